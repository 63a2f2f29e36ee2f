#include "app/chat_command.h"

#include "core/base/syscall.h"
#include "core/base/unique_fd.h"
#include "core/echo/address.h"

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace poolscope {

namespace {

/// What one terminal says to the server and back. One line at a time: while its reply has not come whole, stdin is not
/// read. A long line is sent while its reply is read, for neither side could keep all of it.
/// Threads: owner.
class Chat {
 public:
  Chat(UniqueFd socket, UniqueFd signals) : m_socket(std::move(socket)), m_signals(std::move(signals)) {
    ::fcntl(m_socket.get(), F_SETFL, O_NONBLOCK);
  }
  int run();

 private:
  static constexpr std::string_view kPrompt = ">>>:";
  bool nextLine();
  void readInput();
  void sendLine();
  void readReply();
  void print(std::string_view text);
  void end(int code, const std::string& why = {}) {
    if (!m_code && !why.empty()) std::fprintf(stderr, "%spoolscope: %s\n", m_atPrompt ? "\n" : "", why.c_str());
    if (!m_code) m_code = code;
  }

  const UniqueFd m_socket, m_signals;
  std::string m_input;       // read and not sent
  std::size_t m_scanned = 0; // of m_input: has no end of line
  bool m_inputEnded = false;
  std::string m_line;        // being sent
  std::size_t m_sent = 0;    // of it
  std::size_t m_awaited = 0; // bytes of its reply
  bool m_atPrompt = false;
  std::optional<int> m_code; // the exit code: it is over
};

int Chat::run() {
  print(kPrompt), m_atPrompt = true;
  while (!m_code) {
    while (!m_code && m_awaited == 0 && nextLine()) {
    }
    if (m_code) break;
    const bool waiting = m_awaited > 0;
    pollfd ready[] = {{m_signals.get(), POLLIN, 0},
                      {m_socket.get(), static_cast<short>(POLLIN | (m_sent < m_line.size() ? POLLOUT : 0)), 0},
                      {waiting ? -1 : STDIN_FILENO, POLLIN, 0}};
    if (!sysCall([&] { return ::poll(ready, 3, -1); })) continue;
    if (ready[0].revents != 0) end(0);
    if (!m_code && (ready[1].revents & POLLOUT) != 0) sendLine();
    if (!m_code && (ready[1].revents & ~POLLOUT) != 0) readReply();
    if (!m_code && ready[2].revents != 0) readInput();
  }
  if (m_atPrompt) print("\n");
  return *m_code;
}

/// Takes the next line of the input: to be sent, or passed over when it is empty. False when there is none yet.
bool Chat::nextLine() {
  std::size_t length = m_input.find('\n', m_scanned);
  if (length == std::string::npos) {
    m_scanned = m_input.size();
    if (!m_inputEnded) return false;
    if (m_input.empty()) {
      end(0);
      return false;
    }
    length = m_input.size(); // the last line needs no end
  }
  m_line = m_input.substr(0, length);
  m_input.erase(0, length + 1);
  m_scanned = m_sent = 0;
  m_awaited = m_line.size();
  m_atPrompt = false;
  if (m_line.empty()) print(kPrompt), m_atPrompt = true;
  return true;
}

void Chat::readInput() {
  char buffer[16384];
  const auto got = sysCall([&] { return ::read(STDIN_FILENO, buffer, sizeof buffer); });
  if (!got || got.value == 0)
    m_inputEnded = true;
  else
    m_input.append(buffer, static_cast<std::size_t>(got.value));
}

void Chat::sendLine() {
  const auto sent =
      sysCall([&] { return ::send(m_socket.get(), m_line.data() + m_sent, m_line.size() - m_sent, MSG_NOSIGNAL); });
  if (sent)
    m_sent += static_cast<std::size_t>(sent.value);
  else if (sent.error != EAGAIN)
    end(1, "the connection broke: " + errorText(sent.error));
}

void Chat::readReply() {
  char buffer[16384];
  const auto got = sysCall([&] { return ::recv(m_socket.get(), buffer, sizeof buffer, 0); });
  if (!got && got.error == EAGAIN) return;
  if (!got) return end(1, "the connection broke: " + errorText(got.error));
  if (got.value == 0) return end(0, "the server has closed the connection");
  const auto count = static_cast<std::size_t>(got.value);
  print({buffer, count});
  if (count < m_awaited) {
    m_awaited -= count;
    return;
  }
  m_awaited = 0;
  print("\n");
  print(kPrompt), m_atPrompt = true;
}

void Chat::print(std::string_view text) {
  while (!text.empty()) {
    const auto written = sysCall([&] { return ::write(STDOUT_FILENO, text.data(), text.size()); });
    if (!written) return end(1, "the output could not be written");
    text.remove_prefix(static_cast<std::size_t>(written.value));
  }
}

} // namespace

int runChat(const ChatCommand& command) {
  UniqueFd socket;
  try {
    socket = connectTo(command.host, command.port);
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "poolscope: %s\n", error.what());
    return 3;
  }
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd signalled(::signalfd(-1, &signals, SFD_CLOEXEC));
  return Chat(std::move(socket), std::move(signalled)).run();
}

} // namespace poolscope
