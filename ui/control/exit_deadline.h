#pragma once

#include "core/base/mutex.h"

#include <chrono>
#include <optional>
#include <thread>

namespace poolscope::ui {

/// The last resort of a program that was asked to end: once armed, it ends the process at the deadline whatever hangs.
/// Worker processes end with it, because they watch their parent.
///
/// Made in main's scope, before everything that may hang at its end; its own end, in time, ends it.
/// Threads: any thread.
class ExitDeadline {
 public:
  ExitDeadline() = default;
  ~ExitDeadline();
  ExitDeadline(const ExitDeadline&) = delete;
  ExitDeadline& operator=(const ExitDeadline&) = delete;
  void arm(std::chrono::milliseconds after, int exitCode); ///< again: the earlier deadline holds
  void disarm();                                           ///< the end was taken back

 private:
  void watch();

  Mutex m_mutex{LockRank::Leaf};
  Condition m_changed;
  std::optional<std::chrono::steady_clock::time_point> m_deadline GUARDED_BY(m_mutex);
  int m_exitCode GUARDED_BY(m_mutex) = 0;
  bool m_ended GUARDED_BY(m_mutex) = false;
  std::thread m_thread; // owner: whoever arms first
};

} // namespace poolscope::ui
