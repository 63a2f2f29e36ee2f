#include "tests/support/socket_faults.h"

#include "core/echo/address.h"
#include "core/echo/socket_calls.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <random>
#include <sys/time.h>
#include <unordered_map>

namespace poolscope::test {

std::atomic<int> SocketFaults::failAccept{0}, SocketFaults::failAcceptTimes{-1}, SocketFaults::accepts{0},
    SocketFaults::failSend{0}, SocketFaults::failWatch{0}, SocketFaults::failLookUp{0};
std::atomic<bool> SocketFaults::spareHelps{false};

namespace {

constexpr const char* kVariable = "POOLSCOPE_TEST_SOCKET_FAULT";
std::atomic<SocketFault> g_fault{SocketFault::Interrupted};
thread_local std::minstd_rand t_random(1); // as each thread goes its own way, so do its faults

int fail(int error) {
  errno = error;
  return -1;
}

bool oneIn(unsigned n) {
  return t_random() / 16 % n == 0;
}

/// The fault that this call meets.
SocketFault turn() {
  const SocketFault fault = g_fault;
  if (fault != SocketFault::AllOfThem) return fault;
  return static_cast<SocketFault>(t_random() / 16 % static_cast<unsigned>(SocketFault::AllOfThem));
}

bool interrupts(SocketFault fault) {
  return fault == SocketFault::Interrupted && oneIn(2);
}
bool notNow(SocketFault fault) {
  return fault == SocketFault::NotNow && !oneIn(4);
}

/// Whether the kernel could say EAGAIN to a recv: a blocking socket waits.
bool mayBeEmpty(int socket, int flags) {
  if ((flags & MSG_DONTWAIT) != 0 || (::fcntl(socket, F_GETFL) & O_NONBLOCK) != 0) return true;
  timeval limit{};
  socklen_t size = sizeof limit;
  ::getsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, &size);
  return limit.tv_sec != 0 || limit.tv_usec != 0;
}

/// Who watches which socket: a fault that the kernel would follow with a report of epoll is followed by one here, too.
struct Watched {
  int epoll;
  epoll_event event;
};
std::mutex g_watchedMutex;
std::unordered_map<int, Watched> g_watched; // under the mutex; of closed sockets too

void reportAgain(int socket) {
  const std::lock_guard lock(g_watchedMutex);
  if (const auto it = g_watched.find(socket); it != g_watched.end())
    ::epoll_ctl(it->second.epoll, EPOLL_CTL_MOD, socket, &it->second.event);
}

int faultyAccept(int socket, sockaddr* address, socklen_t* size, int flags) {
  const SocketFault fault = turn();
  if (interrupts(fault)) return fail(EINTR);
  if (notNow(fault)) return fail(EAGAIN);
  const bool spared = SocketFaults::spareHelps && address == nullptr;
  if (const int error = SocketFaults::failAccept; error != 0 && !spared && SocketFaults::failAcceptTimes != 0) {
    if (SocketFaults::failAcceptTimes > 0) --SocketFaults::failAcceptTimes;
    ++SocketFaults::accepts;
    return fail(error);
  }
  return ::accept4(socket, address, size, flags);
}

ssize_t faultyRecv(int socket, void* buffer, std::size_t size, int flags) {
  const SocketFault fault = turn();
  if (interrupts(fault)) return fail(EINTR);
  if (notNow(fault) && mayBeEmpty(socket, flags)) return reportAgain(socket), fail(EAGAIN);
  if (fault == SocketFault::OneByteReads) size = 1, reportAgain(socket);
  return ::recv(socket, buffer, size, flags);
}

ssize_t faultySend(int socket, const void* bytes, std::size_t size, int flags) {
  const SocketFault fault = turn();
  if (interrupts(fault)) return fail(EINTR);
  if (notNow(fault)) return reportAgain(socket), fail(EAGAIN);
  if (const int error = SocketFaults::failSend.exchange(0); error != 0) return fail(error);
  return ::send(socket, bytes, fault == SocketFault::OneByteSends ? 1 : size, flags);
}

int faultyPoll(pollfd* sockets, nfds_t count, int timeout) {
  return interrupts(turn()) ? fail(EINTR) : ::poll(sockets, count, timeout);
}

int faultyEpollWait(int epoll, epoll_event* events, int most, int timeout) {
  const SocketFault fault = turn();
  if (interrupts(fault)) return fail(EINTR);
  return ::epoll_wait(epoll, events, fault == SocketFault::AllOfThem ? most : 1, timeout);
}

int faultyEpollCtl(int epoll, int operation, int socket, epoll_event* event) {
  if (const int error = SocketFaults::failWatch.exchange(0); error != 0) return fail(error);
  {
    const std::lock_guard lock(g_watchedMutex);
    g_watched[socket] = {epoll, *event};
  }
  return ::epoll_ctl(epoll, operation, socket, event);
}

int faultyLookUp(const char* host, const char* port, const addrinfo* wanted, addrinfo** found) {
  if (const int error = SocketFaults::failLookUp; error != 0) return error;
  return ::getaddrinfo(host, port, wanted, found);
}

void install(SocketFault fault) {
  {
    const std::lock_guard lock(g_watchedMutex);
    g_watched.clear(); // their numbers may be others' by now
  }
  g_fault = fault;
  g_socketCalls = {faultyAccept, faultyRecv, faultySend, faultyPoll, faultyEpollWait, faultyEpollCtl};
  g_getaddrinfo = faultyLookUp;
}

} // namespace

std::string socketFaultName(SocketFault fault) {
  constexpr const char* kNames[] = {"Interrupted", "OneByteSends", "OneByteReads", "NotNow", "AllOfThem", "AsTold"};
  return kNames[static_cast<std::size_t>(fault)];
}

SocketFaults::SocketFaults(SocketFault fault) {
  install(fault);
  ::setenv(kVariable, std::to_string(static_cast<int>(fault)).c_str(), 1);
}

SocketFaults::~SocketFaults() {
  ::unsetenv(kVariable);
  g_socketCalls = {};
  g_getaddrinfo = ::getaddrinfo;
  failAccept = 0, failAcceptTimes = -1, accepts = 0, failSend = 0, failWatch = 0, failLookUp = 0, spareHelps = false;
}

void SocketFaults::inheritInWorker() {
  if (const char* fault = std::getenv(kVariable)) install(static_cast<SocketFault>(std::atoi(fault)));
}

} // namespace poolscope::test
