#include "core/base/mutex.h"

#include "core/base/clock.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace poolscope {

namespace {

void pauseCpu() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

} // namespace

void Mutex::lockSlow() {
  // Together far less than a sleep and a wake (50 µs). Each look takes the lock's line from its holder, and whoever
  // takes the lock takes the lines of what it guards: so it looks seldom, and the holder goes on for some turns
  // meanwhile (resources/docs/decisions/0083).
  if (usableCpus() > 1) {
    for (const std::int64_t ns : {2'500, 5'000, 10'000}) {
      const std::int64_t end = monotonicNow() + ns;
      do
        pauseCpu();
      while (monotonicNow() < end);
      std::uint32_t free = kFree;
      if (m_word.load(std::memory_order_relaxed) == kFree &&
          m_word.compare_exchange_strong(free, kHeld, std::memory_order_acquire, std::memory_order_relaxed))
        return;
    }
  }
  while (m_word.exchange(kContended, std::memory_order_acquire) != kFree)
    futexWait(m_word, kContended);
}

void Parker::spin(std::chrono::microseconds most) {
  if (most <= std::chrono::microseconds(0)) return;
  static std::atomic<bool> taken{false}; // one spinner: a second would only take the CPU from who unparks
  if (usableCpus() < 2 || taken.exchange(true, std::memory_order_relaxed)) return;
  const auto end = std::chrono::steady_clock::now() + most;
  do {
    for (int i = 0; i < 32; ++i) {
      if (m_word.load(std::memory_order_relaxed) == kPermit) break;
      pauseCpu();
    }
  } while (m_word.load(std::memory_order_relaxed) != kPermit && std::chrono::steady_clock::now() < end);
  taken.store(false, std::memory_order_relaxed);
}

#ifndef NDEBUG
namespace {
thread_local LockRank t_ranks[16];
thread_local int t_depth = 0;
} // namespace

void Mutex::checkRank() const {
  assert((t_depth == 0 || t_ranks[t_depth - 1] < m_rank) && "locks are taken in the order of their ranks");
}
void Mutex::pushRank() const {
  assert(t_depth < 16);
  t_ranks[t_depth++] = m_rank;
}
void Mutex::popRank() const {
  // A gap may let go of an outer lock first: find it.
  for (int i = t_depth - 1; i >= 0; --i) {
    if (t_ranks[i] != m_rank) continue;
    for (int j = i; j + 1 < t_depth; ++j)
      t_ranks[j] = t_ranks[j + 1];
    --t_depth;
    return;
  }
  assert(false && "a lock is let go by the thread that took it");
}
#endif

} // namespace poolscope
