#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace poolscope {

/// Sleeps while `word` holds `expected`, until woken, a signal, or `deadline` (steady clock). False when the deadline
/// passed. May return early without a reason: test the condition again. Threads: any thread.
bool futexWait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
               std::optional<std::chrono::steady_clock::time_point> deadline = {});
/// Wakes at most `count` sleepers on `word`.
void futexWake(const std::atomic<std::uint32_t>& word, int count);
inline void futexWakeAll(const std::atomic<std::uint32_t>& word) {
  futexWake(word, INT32_MAX);
}

/// CPUs this process may use; a constant after the first call.
unsigned usableCpus();

} // namespace poolscope
