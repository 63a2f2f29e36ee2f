#pragma once

#include "core/base/unique_fd.h"

#include <cstddef>
#include <optional>
#include <sys/types.h>

namespace poolscope {

/// How a process ended: exactly one of the two is set, or none where the kernel kept no record (SIGCHLD was ignored).
struct ProcessEnd {
  std::optional<int> exitCode, signal;
  std::size_t peakBytes = 0; ///< the most memory that it had; at least what its parent had had when it was spawned
};

/// A descriptor that names one process whatever becomes of its number; readable once it has ended. Empty with errno set
/// where there is no such process. Threads: any thread.
UniqueFd openPidfd(pid_t pid);
/// True when the signal was sent; false when the process has ended.
bool signalPidfd(int pidfd, int signal);
/// The most memory that this process has had, in bytes.
std::size_t peakOfThisProcess();
/// Takes the record of a child that has ended, once and of this child only (waitpid(-1) would take other people's).
/// Empty while it lives.
std::optional<ProcessEnd> reapPidfd(int pidfd);

} // namespace poolscope
