#include "core/echo/address.h"

#include <arpa/inet.h>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <system_error>
#include <utility>

namespace poolscope {

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

std::uint16_t boundPort(int socket) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(own).sin6_port
                                         : reinterpret_cast<sockaddr_in&>(own).sin_port);
}

UniqueFd openSocket(const char* failed, const std::string& host, std::uint16_t port, bool toListen,
                    const std::function<int(int, const sockaddr*, socklen_t)>& use) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC, wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV | (toListen ? AI_PASSIVE : 0);
  addrinfo* list = nullptr;
  int error = EADDRNOTAVAIL;
  if (const int found = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list); found != 0) {
    if (found == EAI_SYSTEM) error = errno;
    list = nullptr;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(list, [](addrinfo* l) {
    if (l) ::freeaddrinfo(l);
  });
  for (const addrinfo* a = all.get(); a; a = a->ai_next) {
    UniqueFd socket(::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    error = socket ? use(socket.get(), a->ai_addr, a->ai_addrlen) : errno;
    if (error == 0) return socket;
  }
  throw std::system_error(error, std::generic_category(), failed + (" " + addressText(host, port)));
}

UniqueFd connectTo(const std::string& host, std::uint16_t port) {
  return openSocket("cannot connect to", host, port, false, [](int socket, const sockaddr* address, socklen_t size) {
    const int one = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return ::connect(socket, address, size) == 0 ? 0 : errno;
  });
}

} // namespace poolscope
