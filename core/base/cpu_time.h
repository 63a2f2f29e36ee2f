#pragma once

#include <cstdint>
#include <optional>

namespace poolscope {

/// Processor time that a thread of this process, or any whole process, has used so far, in ns. Empty when there is no
/// such thread or process any more. One system call, no file. Threads: any thread.
std::optional<std::int64_t> threadCpuTime(std::uint32_t tid);
std::optional<std::int64_t> processCpuTime(std::uint32_t pid);
std::int64_t ownThreadCpuTime();
std::int64_t ownProcessCpuTime();

/// How long a thread was ready and waited for a processor so far, in ns ("run delay"), without a wait that still goes
/// on: the second number of /proc/PID/task/TID/schedstat. `missing`: there is no such file, because the kernel keeps no
/// such figures or the thread has ended. Opens and reads a file, some 5 µs. Threads: any thread.
struct RunDelay {
  std::optional<std::int64_t> ns;
  bool missing = false;
};
RunDelay runDelay(std::uint32_t pid, std::uint32_t tid, const char* proc = "/proc");

/// Memory of a process that is resident now, in KiB; 0 when that cannot be read. Threads: any thread.
std::uint32_t residentKiB(std::uint32_t pid);

} // namespace poolscope
