#pragma once

#include <cstddef>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

namespace poolscope {

/// The system calls by which the server meets its clients. A test puts its own in their place, and so makes them fail
/// as the kernel does only under a load that no test can bring about.
///
/// Threads: changed by tests alone, while no server runs; read without a lock by all of the server's threads.
struct SocketCalls {
  int (*accept4)(int socket, sockaddr* address, socklen_t* size, int flags) = ::accept4;
  ssize_t (*recv)(int socket, void* buffer, std::size_t size, int flags) = ::recv;
  ssize_t (*send)(int socket, const void* bytes, std::size_t size, int flags) = ::send;
  int (*poll)(pollfd* sockets, nfds_t count, int timeout) = ::poll;
  int (*epollWait)(int epoll, epoll_event* events, int most, int timeout) = ::epoll_wait;
  int (*epollCtl)(int epoll, int operation, int socket, epoll_event* event) = ::epoll_ctl;
};
extern SocketCalls g_socketCalls;

} // namespace poolscope
