#include "core/echo/address.h"

#include "core/base/syscall.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

namespace poolscope {

int (*g_getaddrinfo)(const char*, const char*, const addrinfo*, addrinfo**) = ::getaddrinfo;

namespace {

/// What a look-up says: "Name or service not known".
class LookUpCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "getaddrinfo"; }
  std::string message(int error) const override { return ::gai_strerror(error); }
};

const std::error_category& lookUpCategory() {
  static const LookUpCategory category;
  return category;
}

/// Waits until a connecting socket is connected: 0 or an errno.
int finishConnecting(int socket) {
  pollfd ready{socket, POLLOUT, 0};
  if (const auto polled = sysCall([&] { return ::poll(&ready, 1, -1); }); !polled) return polled.error;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

} // namespace

bool SocketAddress::isLoopback() const {
  if (family() == AF_INET)
    return ntohl(reinterpret_cast<const sockaddr_in&>(storage).sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == IN_LOOPBACKNET);
}

std::string addressText(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string addressText(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return addressText(text, ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  return addressText(text, ntohs(v4.sin_port));
}

SocketAddress boundAddress(int socket) {
  SocketAddress own;
  own.size = sizeof own.storage;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&own.storage), &own.size);
  return own;
}

std::uint16_t boundPort(int socket) {
  const SocketAddress own = boundAddress(socket);
  return ntohs(own.family() == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(own.storage).sin6_port
                                        : reinterpret_cast<const sockaddr_in&>(own.storage).sin_port);
}

void setPort(SocketAddress& address, std::uint16_t port) {
  if (address.family() == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port = htons(port);
  else
    reinterpret_cast<sockaddr_in&>(address.storage).sin_port = htons(port);
}

std::vector<SocketAddress> lookUp(const char* failed, const std::string& host, std::uint16_t port, bool toListen) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC, wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV | (toListen ? AI_PASSIVE : 0);
  addrinfo* list = nullptr;
  const int error = g_getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list);
  if (error != 0) {
    const std::error_code why = error == EAI_SYSTEM ? std::error_code(errno, std::generic_category())
                                                    : std::error_code(error, lookUpCategory());
    throw AddressError(why, failed + (" " + addressText(host, port)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(list, ::freeaddrinfo);
  std::vector<SocketAddress> found;
  for (const addrinfo* a = all.get(); a; a = a->ai_next) {
    SocketAddress address;
    address.size = a->ai_addrlen;
    std::memcpy(&address.storage, a->ai_addr, a->ai_addrlen);
    const auto same = [&](const SocketAddress& other) {
      return other.size == address.size && std::memcmp(&other.storage, &address.storage, address.size) == 0;
    };
    if (std::ranges::none_of(found, same)) found.push_back(address);
  }
  return found;
}

UniqueFd connectTo(const std::string& host, std::uint16_t port) {
  constexpr const char* kFailed = "cannot connect to";
  int error = EADDRNOTAVAIL;
  for (const SocketAddress& address : lookUp(kFailed, host, port, false)) {
    UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
      error = errno;
      continue;
    }
    const int one = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    error = ::connect(socket.get(), address.get(), address.size) == 0 ? 0 : errno;
    if (error == EINTR) error = finishConnecting(socket.get()); // a signal does not end it: it goes on by itself
    if (error == 0) return socket;
  }
  throw AddressError(error, std::generic_category(), kFailed + (" " + addressText(host, port)));
}

} // namespace poolscope
