#pragma once

#include <initializer_list>

namespace poolscope {

/// The signals that ask a command to end, of the whole process. The first gives the command 4.6 s to drain, whatever
/// pipe, file or peer holds it up; then, or at the second one, the process ends.
///
/// watch() comes before any other thread: it blocks the signals, and all threads inherit that.
/// Threads: any thread; watch() owner, once.
struct EndingSignals {
  /// `endsWith0`: also a process whose draining did not end in time; else it ends as the shell names the signal.
  static void watch(std::initializer_list<int> numbers, bool endsWith0);
  static int received(); ///< 0: none yet
  static int wait();     ///< blocks until there is one
};

} // namespace poolscope
