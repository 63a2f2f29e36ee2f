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
#include <vector>

namespace poolscope {

namespace {

constexpr int kBacklog = 1024; // a thousand clients may come at once; the kernel's own bound is 4096
constexpr int kFirstPauseMs = 50, kMostPauseMs = 1000; // after running out of descriptors
constexpr int kMostPortTries = 20;                     // for one that is free at each address
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

ListenerAlarm::ListenerAlarm() : m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!m_wake) throw std::system_error(errno, std::generic_category(), "cannot listen");
}

void ListenerAlarm::ring() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(m_wake.get(), &one, sizeof one));
}

void ListenerAlarm::quiet() {
  std::uint64_t rung;
  static_cast<void>(!::read(m_wake.get(), &rung, sizeof rung));
}

Listener::Listener(const std::string& host, std::uint16_t port, std::chrono::milliseconds lostDeadline)
    : m_spare(openSpare()) {
  constexpr const char* kFailed = "cannot listen on";
  const std::vector<SocketAddress> wanted = lookUp(kFailed, host, port, true);
  int error = open(port, lostDeadline, wanted);
  // The port that was free at one address may be taken at the other.
  for (int i = 0; i < kMostPortTries && error == EADDRINUSE && port == 0; ++i)
    error = open(0, lostDeadline, wanted);
  if (error != 0) throw AddressError(error, std::generic_category(), kFailed + (" " + addressText(host, port)));
}

/// Listens at each of the addresses; one that this machine does not have is passed over if another is there. 0 or an
/// errno, and then nothing is open.
int Listener::open(std::uint16_t port, std::chrono::milliseconds lostDeadline, std::vector<SocketAddress> wanted) {
  m_sockets.clear(), m_addresses.clear();
  m_port = port;
  int error = EADDRNOTAVAIL;
  for (SocketAddress& address : wanted) {
    UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
      error = errno;
      continue;
    }
    setOption(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (wanted.size() > 1 && address.family() == AF_INET6) setOption(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    setClientOptions(socket.get(), lostDeadline);
    setPort(address, m_port);
    if (::bind(socket.get(), address.get(), address.size) != 0 || ::listen(socket.get(), kBacklog) != 0) {
      error = errno;
      if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT) continue;
      m_sockets.clear(), m_addresses.clear(); // another has it there: half of who come would meet somebody else
      return error;
    }
    m_port = boundPort(socket.get());
    m_addresses.push_back(boundAddress(socket.get()));
    m_sockets.push_back(std::move(socket));
  }
  return m_sockets.empty() ? error : 0;
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
    m_stopping = true;
    m_alarm->ring();
    m_thread.join();
  }
  m_sockets.clear();
  m_spare.reset();
}

void Listener::loop() {
  setCallerName("accept thread");
  std::vector<pollfd> ready;
  ready.push_back({m_alarm->fd(), POLLIN, 0});
  ready.push_back({m_hooks.watched, POLLIN, 0});
  for (const UniqueFd& socket : m_sockets)
    ready.push_back({socket.get(), POLLIN, 0});
  int pause = 0;
  while (!m_stopping) {
    for (std::size_t i = 0; i < m_sockets.size(); ++i)
      ready[i + 2].fd = pause == 0 ? m_sockets[i].get() : -1;
    const auto count = sysCall([&] { return g_socketCalls.poll(ready.data(), ready.size(), pause == 0 ? -1 : pause); });
    if (!count) break;
    if (ready[0].revents != 0) m_alarm->quiet();
    if (ready[1].revents != 0) m_hooks.look();
    if (m_stopping) break;
    if (!m_alarm->pausing()) pause = 0; // there is room again
    if (pause != 0 && count.value != 0) continue;
    m_alarm->setPausing(true); // before it looks: room that is made meanwhile is noticed
    pause = acceptAll() ? 0 : std::clamp(2 * pause, kFirstPauseMs, kMostPauseMs);
    if (pause == 0) m_alarm->setPausing(false);
  }
  m_alarm->setPausing(false);
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
  std::vector<pollfd> halfway;
  for (const UniqueFd& socket : m_sockets) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    halfway.push_back({socket.get(), POLLIN, 0});
  }
  while (acceptAll() &&
         sysCall([&] { return g_socketCalls.poll(halfway.data(), halfway.size(), kHalfwayMs); }).value > 0) {
  }
}

/// Until nobody waits: true. False when descriptors or memory have run out, so that not even that can be said.
bool Listener::acceptAll() {
  bool all = true;
  for (const UniqueFd& socket : m_sockets)
    all = acceptFrom(socket.get()) && all;
  return all;
}

bool Listener::acceptFrom(int listening) {
  for (;;) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    UniqueFd socket(g_socketCalls.accept4(listening, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC));
    if (socket) {
      if (m_hooks.clientCount() >= m_hooks.maxClients) {
        m_hooks.refused(addressText(address)); // first: who has read it finds itself counted
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
      note("clients are refused: " + errorText(error));
      if (refuseWithSpare(listening)) continue;
      if (errno == EAGAIN) return true; // the kernel looks for a descriptor first: nobody waits
      return false;
    }
    if (error == ENOBUFS || error == ENOMEM) {
      note("clients are refused: " + errorText(error));
      return false;
    }
    if (error == EINVAL || error == EBADF || error == ENOTSOCK) return false;
    // EINTR, ECONNABORTED and the errors of a network that a client brings along: the next one, please.
  }
}

/// No descriptor is left: one client is told so by means of the spare one. False with an errno when none was.
bool Listener::refuseWithSpare(int listening) {
  m_spare.reset();
  UniqueFd socket(g_socketCalls.accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
  const int error = errno;
  const bool refused = static_cast<bool>(socket);
  if (refused) {
    m_hooks.refused({});
    refuse(socket.get(), "ERR too many clients\n");
  }
  socket.reset();
  m_spare = openSpare();
  errno = error;
  return refused;
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
