#include "core/base/cpu_time.h"

#include "core/base/syscall.h"
#include "core/base/unique_fd.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

namespace poolscope {

namespace {

// How Linux makes a clock's id of a number of a thread or process (include/linux/posix-timers.h): the kind of clock
// (2, the scheduler's) and the bit that says "thread" below the inverted number. pthread_getcpuclockid() gives the
// same, but takes a pthread_t, which the numbers in a recording are not.
constexpr clockid_t kScheduler = 2, kThread = 4;
constexpr std::uint32_t kMostIds = 1u << 22; // PID_MAX_LIMIT; the shift would lose the bits of a larger number

std::optional<std::int64_t> read(std::uint32_t id, clockid_t kind) {
  if (id == 0 || id > kMostIds) return std::nullopt; // would mean the caller itself
  timespec time{};
  const auto clock = static_cast<clockid_t>(~id << 3 | static_cast<std::uint32_t>(kind));
  if (::clock_gettime(clock, &time) != 0) return std::nullopt;
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

std::optional<std::int64_t> threadCpuTime(std::uint32_t tid) {
  return read(tid, kScheduler | kThread);
}

std::optional<std::int64_t> processCpuTime(std::uint32_t pid) {
  return read(pid, kScheduler);
}

namespace {
std::int64_t own(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}
} // namespace

std::int64_t ownThreadCpuTime() {
  return own(CLOCK_THREAD_CPUTIME_ID);
}
std::int64_t ownProcessCpuTime() {
  return own(CLOCK_PROCESS_CPUTIME_ID);
}

RunDelay runDelay(std::uint32_t pid, std::uint32_t tid, const char* proc) {
  char path[256], text[128] = {};
  std::snprintf(path, sizeof path, "%s/%u/task/%u/schedstat", proc, pid, tid);
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return {.ns = {}, .missing = errno == ENOENT};
  if (!sysCall([&] { return ::read(file.get(), text, sizeof text - 1); })) return {};
  long long ran = 0, waited = 0;
  if (std::sscanf(text, "%lld %lld", &ran, &waited) != 2 || waited < 0) return {};
  return {.ns = waited};
}

std::uint32_t residentKiB(std::uint32_t pid) {
  char path[40], text[128] = {};
  std::snprintf(path, sizeof path, "/proc/%u/statm", pid);
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return 0;
  if (!sysCall([&] { return ::read(file.get(), text, sizeof text - 1); })) return 0;
  unsigned long size = 0, resident = 0;
  if (std::sscanf(text, "%lu %lu", &size, &resident) != 2) return 0;
  return static_cast<std::uint32_t>(resident * static_cast<unsigned long>(::sysconf(_SC_PAGESIZE)) / 1024);
}

} // namespace poolscope
