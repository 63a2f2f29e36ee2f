#include "app/chat_command.h"

#include "app/console.h"
#include "app/line_editor.h"
#include "app/serve_text.h"
#include "app/signals.h"
#include "core/base/complain.h"
#include "core/base/clock.h"
#include "core/base/syscall.h"
#include "core/base/unique_fd.h"
#include "core/echo/address.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {

constexpr std::string_view kPrompt = ">>>:";
constexpr std::string_view kRefusal = "ERR too many clients\n";
constexpr std::size_t kMostInput = 64 * 1024;        // a longer line is sent before its end has come
constexpr std::int64_t kPatienceNs = 300'000'000;    // a reply on one machine comes within one; later there is a reason

/// What one person or pipe says to the server, and back. One line at a time: while its reply has not come whole, the
/// next is not read. A line is sent while its reply is read, for neither side could keep all of a long one.
/// Threads: owner.
class Chat {
 public:
  Chat(UniqueFd socket, Signals& signals, const std::vector<std::string>& messages)
      : m_socket(std::move(socket)), m_signals(signals), m_output(STDOUT_FILENO, signals.fd()),
        m_messages(messages.begin(), messages.end()), m_fromArguments(!messages.empty()),
        m_atTerminal(::isatty(STDOUT_FILENO) == 1), m_prompts(!m_fromArguments && m_atTerminal && ::isatty(STDIN_FILENO) == 1) {
    ::fcntl(m_socket.get(), F_SETFL, O_NONBLOCK);
  }
  int run();

 private:
  enum class Input : std::uint8_t { Read, Left };

  void runEditor();
  void runLines();
  bool nextLine();
  void begin(std::size_t size, bool open);
  bool wait(Input input);
  bool takesInput() const { return !m_inputEnded && m_input.size() < kMostInput && (!m_inLine || m_open); }
  void readInput();
  void sendLine();
  void readReply();
  void reply(std::string_view bytes);
  void settle();
  void closed(const std::string& why);
  bool hasMore();
  void print(std::string_view text);
  void end(int code, const std::string& why = {});

  const UniqueFd m_socket;
  Signals& m_signals;
  Output m_output;
  std::deque<std::string> m_messages; // still to be said
  const bool m_fromArguments, m_atTerminal, m_prompts;
  std::string m_input;      // read and not sent; its first m_unsent bytes are of the present line
  bool m_inputEnded = false;
  bool m_inLine = false;    // a line is being sent and answered
  std::size_t m_unsent = 0; // bytes of the line
  bool m_open = false;      // the end of the line has not come
  std::size_t m_awaited = 0; // bytes of its reply
  std::int64_t m_askedAt = 0; // ns
  bool m_answered = false;    // some of the reply has come
  bool m_saidThatItWaits = false;
  bool m_heard = false;       // anything from the server
  bool m_deaf = false;        // the server takes no more
  std::string m_cut;          // the beginning of a character whose rest has not come
  bool m_atPrompt = false;
  std::optional<int> m_code; // the exit code: it is over
};

int Chat::run() {
  if (m_prompts && LineEditor::isPossible())
    runEditor();
  else
    runLines();
  return *m_code;
}

void Chat::runEditor() {
  m_signals.keepTerminal();
  LineEditor editor{std::string(kPrompt), [this] { return wait(Input::Left); }};
  while (!m_code) {
    m_atPrompt = true;
    const std::optional<std::string> line = editor.read();
    if (!line) end(0);
    if (m_code) break;
    m_atPrompt = false;
    m_input = *line;
    if (!line->empty()) begin(line->size(), false);
    while (!m_code && m_inLine)
      wait(Input::Read);
  }
  if (m_atPrompt) print("\n");
}

void Chat::runLines() {
  const auto prompt = [this] {
    if (m_prompts && !m_code) print(kPrompt), m_atPrompt = true;
  };
  prompt();
  while (!m_code) {
    while (!m_code && !m_inLine && nextLine())
      if (!m_inLine) prompt(); // an empty line
    if (m_code) break;
    const bool before = m_inLine;
    wait(Input::Read);
    if (before && !m_inLine) prompt();
  }
  if (m_atPrompt) print("\n");
}

/// Takes the next line, or passes over an empty one. False when there is none yet.
bool Chat::nextLine() {
  if (m_fromArguments) {
    if (m_messages.empty()) return end(0), false;
    m_input = std::move(m_messages.front());
    m_messages.pop_front();
    return begin(m_input.size(), false), true;
  }
  const std::size_t length = m_input.find('\n');
  if (length == 0) return m_input.erase(0, 1), true;
  if (length != std::string::npos) return begin(length, false), true;
  if (m_inputEnded && m_input.empty()) return end(0), false;
  if (m_inputEnded) return begin(m_input.size(), false), true; // the last line needs no end
  if (m_input.size() >= kMostInput) return begin(m_input.size(), true), true;
  return false;
}

void Chat::begin(std::size_t size, bool open) {
  m_inLine = true, m_unsent = size, m_open = open;
  m_askedAt = monotonicNow();
  m_answered = m_saidThatItWaits = m_atPrompt = false;
}

/// Until something happens, and does what follows from it. `input`: whether stdin is read. True when it is left and can
/// be read.
bool Chat::wait(Input input) {
  for (;;) {
    int timeout = -1;
    if (m_inLine && !m_answered && !m_saidThatItWaits)
      timeout = static_cast<int>(std::max<std::int64_t>(0, m_askedAt + kPatienceNs - monotonicNow()) / 1'000'000 + 1);
    const bool listens = input == Input::Left || (!m_fromArguments && takesInput());
    pollfd ready[] = {{m_signals.fd(), POLLIN, 0},
                      {m_socket.get(), static_cast<short>(POLLIN | (m_unsent > 0 && !m_deaf ? POLLOUT : 0)), 0},
                      {listens ? STDIN_FILENO : -1, POLLIN, 0}};
    const auto count = sysCall([&] { return ::poll(ready, 3, timeout); });
    if (!count) return end(1, "cannot wait: " + errorText(count.error)), false;
    if (ready[0].revents != 0) return end(m_inLine ? 1 : 0), false;
    if (count.value == 0) {
      if (monotonicNow() < m_askedAt + kPatienceNs) continue;
      m_saidThatItWaits = true;
      complain("waits: no worker is free");
      continue;
    }
    if ((ready[1].revents & ~POLLOUT) != 0) readReply();
    if (!m_code && (ready[1].revents & POLLOUT) != 0) sendLine();
    if (m_code) return false;
    if (ready[2].revents != 0 && input == Input::Left) return true;
    if (ready[2].revents != 0) readInput();
    if (input == Input::Read) return false;
  }
}

void Chat::readInput() {
  char buffer[16384];
  const auto got = sysCall([&] { return ::read(STDIN_FILENO, buffer, sizeof buffer); });
  if (!got && got.error == EAGAIN) return;
  if (!got || got.value == 0)
    m_inputEnded = true;
  else
    m_input.append(buffer, static_cast<std::size_t>(got.value));
  if (!m_open) return;
  const std::size_t lineEnd = m_input.find('\n', m_unsent); // all of what was there is of the line
  m_unsent = std::min(lineEnd, m_input.size());
  m_open = lineEnd == std::string::npos && !m_inputEnded;
  settle();
}

void Chat::sendLine() {
  const auto sent = sysCall([&] { return ::send(m_socket.get(), m_input.data(), m_unsent, MSG_NOSIGNAL); });
  if (!sent) {
    m_deaf = sent.error != EAGAIN; // what it has said before is still to be read, and then why
    return;
  }
  const auto count = static_cast<std::size_t>(sent.value);
  m_input.erase(0, count);
  m_unsent -= count, m_awaited += count;
}

void Chat::readReply() {
  char buffer[16384];
  const auto got = sysCall([&] { return ::recv(m_socket.get(), buffer, sizeof buffer, 0); });
  if (!got && got.error == EAGAIN) return;
  if (!got) return closed("the connection broke: " + errorText(got.error));
  if (got.value == 0) return closed("the server has closed the connection");
  reply({buffer, static_cast<std::size_t>(got.value)});
}

void Chat::reply(std::string_view bytes) {
  // An answer has no small letters, and no end of line that was not sent: this is nobody's echo.
  if (!std::exchange(m_heard, true) && bytes.starts_with(kRefusal))
    return end(1, "the server has refused: too many clients");
  m_answered = true;
  m_awaited -= std::min(m_awaited, bytes.size());
  if (m_atTerminal) {
    m_cut += bytes;
    const std::size_t whole = m_cut.size() - (m_awaited > 0 ? cutCharacter(m_cut) : 0);
    print(escaped(std::string_view(m_cut).substr(0, whole)));
    m_cut.erase(0, whole);
  } else {
    print(bytes);
  }
  settle();
}

/// The line is over when it has been answered.
void Chat::settle() {
  if (!m_inLine || m_open || m_unsent > 0 || m_awaited > 0) return;
  m_inLine = false;
  if (!m_input.empty() && m_input.front() == '\n') m_input.erase(0, 1); // its end, which is not sent
  if (m_atTerminal) print("   (" + timeText(std::chrono::nanoseconds(monotonicNow() - m_askedAt)) + ")");
  print("\n");
}

/// Nothing comes from the server any more.
void Chat::closed(const std::string& why) {
  const bool unanswered = m_inLine || hasMore();
  end(unanswered || !why.starts_with("the server") ? 1 : 0, why + (unanswered ? " before it answered" : ""));
}

/// There is something that will not be answered any more.
bool Chat::hasMore() {
  if (!m_messages.empty()) return true;
  if (m_fromArguments) return false;
  const auto isAsked = [this] { return m_input.find_first_not_of('\n') != std::string::npos; };
  pollfd ready{STDIN_FILENO, POLLIN, 0};
  if (!isAsked() && !m_prompts && !m_inputEnded && ::poll(&ready, 1, 0) > 0) readInput();
  return isAsked();
}

void Chat::print(std::string_view text) {
  if (!m_output.write(text) && m_signals.first() == 0) end(1, m_output.why());
}

void Chat::end(int code, const std::string& why) {
  if (m_code) return;
  m_code = code;
  if (why.empty()) return;
  if (m_atPrompt) m_output.write("\n"), m_atPrompt = false;
  complain(why);
}

} // namespace

int runChat(const ChatCommand& command) {
  Signals signals(0);
  UniqueFd socket;
  signals.endAtOnce(true); // while the host's name is looked up and it is connected
  try {
    socket = connectTo(command.host, command.port);
  } catch (const AddressError& error) {
    complain(error.what());
    return 3;
  }
  signals.endAtOnce(false);
  return Chat(std::move(socket), signals, command.messages).run();
}

} // namespace poolscope
