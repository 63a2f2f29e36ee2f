#include "tests/support/echo_client.h"

#include <arpa/inet.h>
#include <cerrno>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace poolscope::test {

namespace {

sockaddr_in addressOf(const char* host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_port = htons(port);
  ::inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

/// Bytes that came, 0 at the end of the stream, -1 when it broke or the time was over.
ssize_t receiveSome(int socket, char* to, std::size_t most, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() < 0) return -1;
    pollfd ready{socket, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    const ssize_t n = ::recv(socket, to, most, 0);
    if (n < 0 && errno == EINTR) continue;
    return n;
  }
}

} // namespace

EchoClient::EchoClient(std::uint16_t port, const char* host)
    : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = addressOf(host, port);
  if (::connect(m_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) m_socket.reset();
}

bool EchoClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string EchoClient::receive(std::size_t count, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::string got(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t n = receiveSome(m_socket.get(), got.data() + done, count - done, deadline);
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  got.resize(done);
  return got;
}

std::optional<std::string> EchoClient::receiveAll(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::string got;
  char buffer[16384];
  for (;;) {
    const ssize_t n = receiveSome(m_socket.get(), buffer, sizeof buffer, deadline);
    if (n < 0) return {};
    if (n == 0) return got;
    got.append(buffer, static_cast<std::size_t>(n));
  }
}

void EchoClient::endSending() {
  ::shutdown(m_socket.get(), SHUT_WR);
}

void EchoClient::reset() {
  const linger now{1, 0};
  ::setsockopt(m_socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  m_socket.reset();
}

void EchoClient::vanish() {
  sock_filter dropAll[] = {{BPF_RET | BPF_K, 0, 0, 0}};
  const sock_fprog program{1, dropAll};
  ::setsockopt(m_socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

std::string EchoClient::name() const {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(m_socket.get(), reinterpret_cast<sockaddr*>(&own), &size);
  return "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
}

} // namespace poolscope::test
