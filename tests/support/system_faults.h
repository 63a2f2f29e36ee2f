#pragma once

#include <atomic>

namespace poolscope::test {

/// Puts system calls that fail in the place of the program's own, and takes them away at its end. Made and ended only
/// while nothing runs; what fails may change at any time.
struct SystemFaults {
  SystemFaults();
  ~SystemFaults();
  SystemFaults(const SystemFaults&) = delete;
  SystemFaults& operator=(const SystemFaults&) = delete;

  static std::atomic<int> failThreads;  ///< so many threads from now on cannot be made (EAGAIN); below 0: none can
  static std::atomic<int> threadsTried; ///< that failed
  static std::atomic<int> failDup;      ///< errno of each; 0: none
  static std::atomic<int> failPidfd;    ///< errno of each; 0: none
  static std::atomic<int> failWrite;    ///< errno of each that the program itself prints with; 0: none
};

} // namespace poolscope::test
