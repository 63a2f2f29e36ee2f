#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace poolscope {

/// Who may meet on a word: the threads of one process, or of all processes that map its page.
enum class FutexScope : std::uint8_t { Process, Machine };

/// Sleeps while `word` holds `expected`, until woken, a signal, or `deadline` (steady clock). False when the deadline
/// passed. May return early without a reason: test the condition again. Threads: any thread.
bool futexWait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
               std::optional<std::chrono::steady_clock::time_point> deadline = {},
               FutexScope scope = FutexScope::Process);
/// Wakes at most `count` sleepers on `word`.
void futexWake(const std::atomic<std::uint32_t>& word, int count, FutexScope scope = FutexScope::Process);
inline void futexWakeAll(const std::atomic<std::uint32_t>& word, FutexScope scope = FutexScope::Process) {
  futexWake(word, INT32_MAX, scope);
}

/// CPUs this process may use; a constant after the first call.
unsigned usableCpus();

} // namespace poolscope
