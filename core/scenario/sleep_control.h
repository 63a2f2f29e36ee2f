#pragma once

#include "core/base/unique_fd.h"

#include <atomic>
#include <cstdint>
#include <string>

namespace poolscope {

/// The scripted sleeps of a scenario's tasks: how much faster they are, and whether they end early. One page that the
/// run and its worker processes share, so that both commands reach a sleep in any of them at once.
///
/// Made by a run; a worker process adopts it by its path. Threads: any thread.
class SleepControl {
 public:
  /// The run's side. Where the page cannot be shared it is the run's own, and its path is empty.
  static SleepControl make(double speed);
  /// A worker's side. Where the page cannot be opened, a control of its own that nobody commands.
  static SleepControl adopt(const std::string& path);
  SleepControl(SleepControl&& other) noexcept;
  SleepControl& operator=(SleepControl&&) = delete;
  ~SleepControl();

  /// Blocks for that time divided by the speed, or until endSleeps(); shown as a sleeping task.
  void sleepSeconds(double seconds) const;
  void setSpeed(double speed); ///< for sleeps that begin from now on
  void endSleeps();            ///< those that are on, and all later ones
  std::string path() const;    ///< by which the processes of this machine and user open the page

 private:
  struct Page {
    std::atomic<std::uint32_t> ended; // sleepers wait on it
    std::atomic<double> speed;
  };
  static_assert(std::atomic<double>::is_always_lock_free);
  explicit SleepControl(UniqueFd fd);
  UniqueFd m_fd;
  Page* m_page;
};

} // namespace poolscope
