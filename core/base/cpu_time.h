#pragma once

#include <cstdint>
#include <optional>

namespace poolscope {

/// Processor time that a thread of this process, or any whole process, has used so far, in ns. Empty when there is no
/// such thread or process any more. One system call, no file. Threads: any thread.
std::optional<std::int64_t> threadCpuTime(std::uint32_t tid);
std::optional<std::int64_t> processCpuTime(std::uint32_t pid);

/// Memory of a process that is resident now, in KiB; 0 when that cannot be read. Threads: any thread.
std::uint32_t residentKiB(std::uint32_t pid);

} // namespace poolscope
