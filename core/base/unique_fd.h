#pragma once

#include <unistd.h>

#include <utility>

namespace poolscope {

/// Owns one file descriptor and closes it at the end of its life; -1 is none.
/// Threads: owner.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : m_fd(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : m_fd(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return m_fd; }
  explicit operator bool() const { return m_fd >= 0; }
  [[nodiscard]] int release() { return std::exchange(m_fd, -1); }
  /// Closes what was owned. close() is not repeated on EINTR: on Linux the descriptor is gone by then.
  void reset(int fd = -1) {
    if (const int old = std::exchange(m_fd, fd); old >= 0 && old != fd) ::close(old);
  }

 private:
  int m_fd = -1;
};

} // namespace poolscope
