#pragma once

#include "core/base/unique_fd.h"

#include <optional>
#include <sys/types.h>

namespace poolscope {

/// How a process ended: exactly one is set, or none where the kernel kept no record (SIGCHLD was ignored).
struct ProcessEnd {
  std::optional<int> exitCode, signal;
};

/// A descriptor that names one process whatever becomes of its number; readable once it has ended. Empty with errno set
/// where there is no such process. Threads: any thread.
UniqueFd openPidfd(pid_t pid);
/// True when the signal was sent; false when the process has ended.
bool signalPidfd(int pidfd, int signal);
/// Takes the record of a child that has ended, once and of this child only (waitpid(-1) would take other people's).
/// Empty while it lives.
std::optional<ProcessEnd> reapPidfd(int pidfd);

} // namespace poolscope
