#pragma once

#include "core/base/mutex.h"
#include "core/base/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace poolscope {

/// A listening socket and the thread that accepts from it.
///
/// Made listening; run() starts the thread, which gives each client to `accepted`; stop() ends it. What the kernel had
/// connected by then is still given out: whoever has been connected gets an answer or an end of stream, never a reset.
/// Where descriptors run out, a spare one is used to tell the client so; then it waits 50 ms, twice as long each time,
/// up to 1 s, before it looks again, so that it never spins. Beyond `maxClients` it does the same without waiting.
/// Threads: owner; `accepted` and `note` are called on the accepting thread.
class Listener {
 public:
  struct Hooks {
    std::function<void(UniqueFd socket, std::string peer)> accepted;
    std::function<std::size_t()> clientCount;
    std::function<void(std::string_view)> note; ///< one sentence, at most once a second
    std::size_t maxClients = SIZE_MAX;
  };
  /// A client's host that has vanished is noticed within `lostDeadline`. std::system_error with a sentence when the
  /// address is not available.
  Listener(const std::string& host, std::uint16_t port, std::chrono::milliseconds lostDeadline);
  ~Listener(); ///< stop()
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return m_port; }
  void run(Hooks hooks);
  void stop(); ///< returns when nothing is accepted any more; may be repeated, by one thread at a time

 private:
  void loop();
  bool acceptAll();
  void takeTheLast();
  void refuse(int socket, const char* sentence);
  void note(std::string_view sentence);

  UniqueFd m_socket, m_wake, m_spare;
  std::uint16_t m_port = 0;
  Hooks m_hooks;
  std::int64_t m_lastNote = INT64_MIN; // ns
  std::thread m_thread;
};

} // namespace poolscope
