#pragma once

#include "core/base/unique_fd.h"

#include <cstdint>
#include <functional>
#include <string>
#include <sys/socket.h>

namespace poolscope {

/// "host:port", an IPv6 address in brackets.
std::string addressText(const std::string& host, std::uint16_t port);
/// The same of a socket's address: "127.0.0.1:8080", "[::1]:8080".
std::string addressText(const sockaddr_storage& address);
/// The port that a socket is bound to.
std::uint16_t boundPort(int socket);

/// A TCP socket for the first of the host's addresses for which `use` succeeds; `use` gives 0 or an errno. A loopback
/// address needs no network. std::system_error "failed HOST:PORT: reason" with the last errno when there is none.
/// May block while a name is looked up.
UniqueFd openSocket(const char* failed, const std::string& host, std::uint16_t port, bool toListen,
                    const std::function<int(int socket, const sockaddr* address, socklen_t size)>& use);

/// A connected blocking socket; throws as openSocket(). Blocks until it is connected.
UniqueFd connectTo(const std::string& host, std::uint16_t port);

} // namespace poolscope
