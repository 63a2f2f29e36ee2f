#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <pthread.h>
#include <thread>

namespace poolscope {

/// A thread with a stack of a given size, that can be asked whether it is gone without waiting for what it does at its
/// end (the destructors of thread_local objects).
///
/// Made by whoever joins or detaches it, before its destruction. Threads: owner.
class Thread {
 public:
  Thread() = default;
  /// Throws std::system_error when it cannot be made. `stackBytes` 0: the system's usual.
  Thread(std::function<void()> body, std::size_t stackBytes);
  explicit Thread(std::thread&& made); ///< takes it over
  ~Thread();
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;

  bool joinable() const { return m_handle.has_value(); }
  bool isCaller() const { return m_handle && ::pthread_equal(*m_handle, ::pthread_self()) != 0; }
  void join();
  bool tryJoin(); ///< false when it is not gone yet
  void detach();

 private:
  std::optional<pthread_t> m_handle;
};

} // namespace poolscope
