#pragma once

#include "core/base/unique_fd.h"

#include <cstdint>
#include <netdb.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <vector>

namespace poolscope {

/// A port or an address that is not available, in a sentence: in use, not ours, not known, or nobody listens there.
struct AddressError : std::system_error {
  using std::system_error::system_error;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  /// Only who is on this machine reaches it.
  bool isLoopback() const;
};

/// "host:port", an IPv6 address in brackets.
std::string addressText(const std::string& host, std::uint16_t port);
/// The same of a socket's address: "127.0.0.1:8080", "[::1]:8080".
std::string addressText(const sockaddr_storage& address);
/// Where a socket is bound.
SocketAddress boundAddress(int socket);
std::uint16_t boundPort(int socket);
void setPort(SocketAddress& address, std::uint16_t port);

/// How a name is looked up. A test puts its own in its place, while nothing runs. (Not among the SocketCalls: a worker
/// process has those and looks up no names.)
extern int (*g_getaddrinfo)(const char* host, const char* port, const addrinfo* wanted, addrinfo** found);

/// The addresses of a host, each once, at least one. A loopback address needs no network. AddressError, "failed
/// HOST:PORT: reason", when it is not known. May block while a name is looked up.
std::vector<SocketAddress> lookUp(const char* failed, const std::string& host, std::uint16_t port, bool toListen);

/// A connected blocking socket: of the host's addresses the first that answers. AddressError, with the last one's
/// reason, when none does. Blocks until it is connected.
UniqueFd connectTo(const std::string& host, std::uint16_t port);

} // namespace poolscope
