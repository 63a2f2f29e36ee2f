#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace poolscope {

/// Holds tasks until it is opened, and tells how many have come. Threads: any thread.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(m_mutex);
    ++m_arrived;
    m_changed.notify_all();
    m_changed.wait(lock, [&] { return m_open; });
  }
  void open() {
    const std::lock_guard lock(m_mutex);
    m_open = true;
    m_changed.notify_all();
  }
  /// False after 20 s: then something hangs.
  bool waitForArrivals(std::size_t count) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, std::chrono::seconds(20), [&] { return m_arrived >= count; });
  }

 private:
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::size_t m_arrived = 0;
  bool m_open = false;
};

} // namespace poolscope
