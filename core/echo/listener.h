#pragma once

#include "core/base/unique_fd.h"
#include "core/echo/address.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace poolscope {

/// What the accepting thread sleeps with; shared with whoever wakes it, who may outlive the listener.
/// Threads: any thread.
class ListenerAlarm {
 public:
  ListenerAlarm();
  int fd() const { return m_wake.get(); }
  void ring();
  void quiet(); ///< to the accepting thread: it has woken
  /// A descriptor is free again: who waits for one need not wait for the end of the pause.
  void room() {
    if (m_pausing.exchange(false)) ring();
  }
  void setPausing(bool pausing) { m_pausing = pausing; }
  bool pausing() const { return m_pausing; }

 private:
  UniqueFd m_wake;
  std::atomic<bool> m_pausing{false}; // set by the accepting thread, taken back by whoever has made room
};

/// The sockets that listen at one port, one for each address of a host (`localhost` has two), and the thread that
/// accepts from them.
///
/// Made listening; run() starts the thread, which gives each client to `accepted`; stop() ends it. What the kernel had
/// connected by then is still given out: whoever has been connected gets an answer or an end of stream, never a reset.
/// Where descriptors run out, a spare one is used to tell all who wait, one after the other. Where even that cannot be,
/// it waits 50 ms, twice as long each time, up to 1 s, or until a client leaves, before it looks again, so that it never
/// spins. Beyond `maxClients` it does the same without waiting.
/// Threads: owner; the hooks are called on the accepting thread.
class Listener {
 public:
  struct Hooks {
    std::function<void(UniqueFd socket, std::string peer)> accepted;
    std::function<std::size_t()> clientCount;
    std::function<void(std::string_view peer)> refused; ///< peer: empty where it is not known
    std::function<void(std::string_view)> note;         ///< one sentence, at most once a second
    std::size_t maxClients = SIZE_MAX;
    int watched = -1; ///< a descriptor beside; `look` is called while it is readable
    std::function<void()> look;
  };
  /// A client's host that has vanished is noticed within `lostDeadline`. AddressError where the address is not
  /// available.
  Listener(const std::string& host, std::uint16_t port, std::chrono::milliseconds lostDeadline);
  ~Listener(); ///< stop()
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return m_port; }
  const std::vector<SocketAddress>& addresses() const { return m_addresses; } ///< that it is bound to
  const std::shared_ptr<ListenerAlarm>& alarm() const { return m_alarm; }
  void run(Hooks hooks); ///< std::system_error where the thread cannot be made
  void stop(); ///< returns when nothing is accepted any more; may be repeated, by one thread at a time

 private:
  int open(std::uint16_t port, std::chrono::milliseconds lostDeadline, std::vector<SocketAddress> wanted);
  void loop();
  bool acceptAll();
  bool acceptFrom(int socket);
  bool refuseWithSpare(int socket);
  void takeTheLast();
  void refuse(int socket, const char* sentence);
  void note(std::string_view sentence);

  std::vector<UniqueFd> m_sockets;
  std::vector<SocketAddress> m_addresses;
  UniqueFd m_spare;
  const std::shared_ptr<ListenerAlarm> m_alarm = std::make_shared<ListenerAlarm>();
  std::atomic<bool> m_stopping{false}; // written by stop()
  std::uint16_t m_port = 0;
  Hooks m_hooks;
  std::int64_t m_lastNote = INT64_MIN; // ns
  std::thread m_thread;
};

} // namespace poolscope
