#include "core/echo/listener.h"

#include "core/base/clock.h"
#include "core/base/syscall.h"
#include "core/base/system_calls.h"
#include "core/echo/address.h"
#include "core/echo/socket_calls.h"
#include "core/pool/pool_core.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {

constexpr int kBacklog = 1024; // a thousand clients may come at once; the kernel's own bound is 4096
constexpr int kFirstPauseMs = 50, kMostPauseMs = 1000; // after running out of descriptors
constexpr int kHalfwayMs = 20;                         // for the last acknowledgement of a handshake
constexpr std::uint32_t kTcpFlagsAt = 13;              // RFC 9293, 3.1
constexpr std::int64_t kNoteEveryNs = 1'000'000'000;

void setOption(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

/// Accepted sockets inherit them, so that accepting costs no further call.
void setClientOptions(int socket, std::chrono::milliseconds lostDeadline) {
  setOption(socket, IPPROTO_TCP, TCP_NODELAY, 1); // an answer never waits for the client's acknowledgement
  // A vanished host is noticed: after half the time in silence a probe, and another each sixth; the kernel counts in s.
  const int ms = static_cast<int>(lostDeadline.count());
  setOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  setOption(socket, IPPROTO_TCP, TCP_KEEPIDLE, std::max(ms / 2000, 1));
  setOption(socket, IPPROTO_TCP, TCP_KEEPINTVL, std::max(ms / 6000, 1));
  setOption(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  setOption(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, ms); // what was sent, a probe as well, must be acknowledged by then
}

UniqueFd openSpare() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

} // namespace

Listener::Listener(const std::string& host, std::uint16_t port, std::chrono::milliseconds lostDeadline)
    : m_socket(openSocket("cannot listen on", host, port, true,
                          [&](int socket, const sockaddr* address, socklen_t size) {
                            ::fcntl(socket, F_SETFL, O_NONBLOCK);
                            setOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
                            setClientOptions(socket, lostDeadline);
                            return ::bind(socket, address, size) == 0 && ::listen(socket, kBacklog) == 0 ? 0 : errno;
                          })),
      m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), m_spare(openSpare()), m_port(boundPort(m_socket.get())) {
  if (!m_wake) throw std::system_error(errno, std::generic_category(), "cannot listen on " + addressText(host, port));
}

Listener::~Listener() {
  stop();
}

void Listener::run(Hooks hooks) {
  m_hooks = std::move(hooks);
  m_thread = makeServiceThread("echo accept", [this] { loop(); });
}

void Listener::stop() {
  if (m_thread.joinable()) {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(m_wake.get(), &one, sizeof one));
    m_thread.join();
  }
  for (UniqueFd* fd : {&m_socket, &m_wake, &m_spare})
    fd->reset();
}

void Listener::loop() {
  setCallerName("accept thread");
  int pause = 0;
  for (;;) {
    pollfd ready[] = {{m_wake.get(), POLLIN, 0}, {pause == 0 ? m_socket.get() : -1, POLLIN, 0}};
    const auto count = sysCall([&] { return g_socketCalls.poll(ready, 2, pause == 0 ? -1 : pause); });
    if (ready[0].revents != 0 || !count) break;
    pause = acceptAll() ? 0 : std::clamp(2 * pause, kFirstPauseMs, kMostPauseMs);
  }
  takeTheLast();
}

/// Nobody new from here on: their SYN is dropped, and its repetition finds the port closed. Who is halfway, with an
/// acknowledgement still on its way, comes through; so the queue stays empty once it was, and closing it resets nobody.
void Listener::takeTheLast() {
  sock_filter dropSyn[] = {
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, kTcpFlagsAt}, // a TCP socket's filter sees the packet from its TCP header on
      {BPF_JMP | BPF_JSET | BPF_K, 0, 1, TH_SYN},
      {BPF_RET | BPF_K, 0, 0, 0},
      {BPF_RET | BPF_K, 0, 0, UINT32_MAX},
  };
  const sock_fprog program{std::size(dropSyn), dropSyn};
  ::setsockopt(m_socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  pollfd halfway{m_socket.get(), POLLIN, 0};
  while (acceptAll() && sysCall([&] { return g_socketCalls.poll(&halfway, 1, kHalfwayMs); }).value > 0) {
  }
}

/// Until nobody waits: true. False when descriptors or memory have run out.
bool Listener::acceptAll() {
  for (;;) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    UniqueFd socket(g_socketCalls.accept4(m_socket.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
    if (socket) {
      if (m_hooks.clientCount() >= m_hooks.maxClients) {
        refuse(socket.get(), "ERR too many clients\n");
        note("a client was refused: " + std::to_string(m_hooks.maxClients) + " are connected, which is the limit");
      } else {
        m_hooks.accepted(std::move(socket), addressText(address));
      }
      continue;
    }
    const int error = errno;
    if (error == EAGAIN) return true;
    if (error == EMFILE || error == ENFILE) {
      m_spare.reset();
      m_spare.reset(g_socketCalls.accept4(m_socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (m_spare) refuse(m_spare.get(), "ERR too many clients\n");
      m_spare = openSpare();
    }
    if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
      note("clients are refused: " + errorText(error));
      return false;
    }
    if (error == EINVAL || error == EBADF || error == ENOTSOCK) return false;
    // EINTR, ECONNABORTED and the errors of a network that a client brings along: the next one, please.
  }
}

/// Says why, then closes without a reset as far as that is in our hand: what has come is read.
void Listener::refuse(int socket, const char* sentence) {
  g_socketCalls.send(socket, sentence, std::strlen(sentence), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(socket, SHUT_WR);
  char rest[4096];
  g_socketCalls.recv(socket, rest, sizeof rest, MSG_DONTWAIT);
}

void Listener::note(std::string_view sentence) {
  const std::int64_t now = monotonicNow();
  if (!m_hooks.note || (m_lastNote != INT64_MIN && now - m_lastNote < kNoteEveryNs)) return;
  m_lastNote = now;
  m_hooks.note(sentence);
}

} // namespace poolscope
