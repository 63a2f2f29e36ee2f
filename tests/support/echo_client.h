#pragma once

#include "core/base/unique_fd.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace poolscope::test {

/// A client of the echo server with real, blocking sockets and a limit to every wait: what it cannot do within 20 s
/// fails. Threads: owner.
class EchoClient {
 public:
  explicit EchoClient(std::uint16_t port, const char* host = "127.0.0.1");
  EchoClient(EchoClient&&) = default;
  EchoClient& operator=(EchoClient&&) = default;

  bool connected() const { return static_cast<bool>(m_socket); }
  bool send(std::string_view bytes);
  /// `count` bytes, fewer when the stream ended or broke or the time was over.
  std::string receive(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds(20));
  std::string ask(std::string_view bytes) { return send(bytes) ? receive(bytes.size()) : "not sent"; }
  /// Everything up to the end of the stream; none when it was reset or the time was over.
  std::optional<std::string> receiveAll(std::chrono::milliseconds limit = std::chrono::seconds(20));
  void endSending(); ///< half-close
  void reset();      ///< closes with a RST
  void close() { m_socket.reset(); }
  /// From now on nothing that comes reaches the socket, and nothing is acknowledged: as if its host had vanished.
  void vanish();
  int socket() const { return m_socket.get(); }
  std::string name() const; ///< "127.0.0.1:PORT" as the server sees it

 private:
  UniqueFd m_socket;
};

} // namespace poolscope::test
