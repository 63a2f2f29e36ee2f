#include "core/base/futex.h"

#include <cerrno>
#include <climits>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace poolscope {

namespace {
int privateFlag(FutexScope scope) {
  return scope == FutexScope::Process ? FUTEX_PRIVATE_FLAG : 0;
}
} // namespace

bool futexWait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
               std::optional<std::chrono::steady_clock::time_point> deadline, FutexScope scope) {
  timespec at{};
  if (deadline) {
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline->time_since_epoch()).count();
    at.tv_sec = ns > 0 ? ns / 1'000'000'000 : 0;
    at.tv_nsec = ns > 0 ? ns % 1'000'000'000 : 0;
  }
  // The bitset form takes an absolute CLOCK_MONOTONIC time, which is what steady_clock counts.
  const long rc = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | privateFlag(scope), expected, deadline ? &at : nullptr,
                          nullptr, FUTEX_BITSET_MATCH_ANY);
  return !(rc == -1 && errno == ETIMEDOUT);
}

void futexWake(const std::atomic<std::uint32_t>& word, int count, FutexScope scope) {
  syscall(SYS_futex, &word, FUTEX_WAKE | privateFlag(scope), count, nullptr, nullptr, 0);
}

unsigned usableCpus() {
  static const unsigned count = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    const int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return static_cast<unsigned>(n > 0 ? n : 1);
  }();
  return count;
}

} // namespace poolscope
