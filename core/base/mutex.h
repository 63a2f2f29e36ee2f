#pragma once

#include "core/base/futex.h"

#include <atomic>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <optional>

#if defined(__clang__)
#define POOLSCOPE_TSA(x) __attribute__((x))
#else
#define POOLSCOPE_TSA(x)
#endif
#define CAPABILITY(x) POOLSCOPE_TSA(capability(x))
#define SCOPED_CAPABILITY POOLSCOPE_TSA(scoped_lockable)
#define GUARDED_BY(x) POOLSCOPE_TSA(guarded_by(x))
#define REQUIRES(...) POOLSCOPE_TSA(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) POOLSCOPE_TSA(acquire_capability(__VA_ARGS__))
#define RELEASE(...) POOLSCOPE_TSA(release_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) POOLSCOPE_TSA(try_acquire_capability(__VA_ARGS__))
#define EXCLUDES(...) POOLSCOPE_TSA(locks_excluded(__VA_ARGS__))
#define ASSERT_CAPABILITY(x) POOLSCOPE_TSA(assert_capability(x))
#define RETURN_CAPABILITY(x) POOLSCOPE_TSA(lock_returned(x))
#define NO_THREAD_SAFETY_ANALYSIS POOLSCOPE_TSA(no_thread_safety_analysis)

namespace poolscope {

/// The order in which locks may be taken: only a higher rank while holding a lower one. core/README.md says why.
enum class LockRank : std::uint8_t { Server = 1, Scenario, Logs, Pools, Pool, Future, Drain, Texts, Leaf };

/// The one lock of this program: a word and a futex. Whoever finds it taken looks again after some µs, thrice, before he
/// sleeps; on one CPU at once, for there the wait would only delay the holder. Debug builds check the ranks. Never
/// recursive, and not fair.
///
/// Made as a member of what it guards; destroyed with it, unlocked.
/// Threads: any thread.
class CAPABILITY("mutex") Mutex {
 public:
  explicit Mutex(LockRank rank = LockRank::Leaf) : m_rank(rank) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() ACQUIRE() {
    checkRank();
    std::uint32_t free = kFree;
    if (!m_word.compare_exchange_strong(free, kHeld, std::memory_order_acquire, std::memory_order_relaxed)) lockSlow();
    pushRank();
  }
  void unlock() RELEASE() {
    popRank();
    if (m_word.exchange(kFree, std::memory_order_release) == kContended) futexWake(m_word, 1);
  }
  /// For pthread_atfork: fork() waits for the lock and both processes let go of it, whatever the caller holds.
  void lockForFork() NO_THREAD_SAFETY_ANALYSIS {
    std::uint32_t free = kFree;
    if (!m_word.compare_exchange_strong(free, kHeld, std::memory_order_acquire, std::memory_order_relaxed)) lockSlow();
  }
  void unlockAfterFork() NO_THREAD_SAFETY_ANALYSIS {
    if (m_word.exchange(kFree, std::memory_order_release) == kContended) futexWake(m_word, 1);
  }
  /// Tells Clang's analysis, where it cannot see it (in a lambda), that the caller holds the lock.
  void assertHeld() const ASSERT_CAPABILITY(this) {}

 private:
  static constexpr std::uint32_t kFree = 0, kHeld = 1, kContended = 2;
  void lockSlow();
#ifdef NDEBUG
  void checkRank() const {}
  void pushRank() const {}
  void popRank() const {}
#else
  void checkRank() const;
  void pushRank() const;
  void popRank() const;
#endif

  std::atomic<std::uint32_t> m_word{kFree}; // written by whoever takes or frees the lock
  [[maybe_unused]] LockRank m_rank;
};

/// Holds a Mutex while it lives; unlock() and lock() allow a gap. Threads: owner (a local of one thread).
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : m_mutex(mutex) { m_mutex.lock(); }
  ~MutexLock() RELEASE() {
    if (m_held) m_mutex.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  void unlock() RELEASE() { m_held = false, m_mutex.unlock(); }
  void lock() ACQUIRE() { m_mutex.lock(), m_held = true; }

 private:
  Mutex& m_mutex;
  bool m_held = true;
};

/// Wakes threads that wait for a condition guarded by a Mutex. Waits may end early: loop over the condition.
/// Threads: any thread; wait() with the lock held.
class Condition {
 public:
  void notifyAll() {
    m_epoch.fetch_add(1, std::memory_order_release);
    futexWakeAll(m_epoch);
  }
  /// Lets go of the lock while it sleeps. False when the deadline passed.
  bool wait(MutexLock& lock,
            std::optional<std::chrono::steady_clock::time_point> deadline = {}) NO_THREAD_SAFETY_ANALYSIS {
    const std::uint32_t epoch = m_epoch.load(std::memory_order_acquire);
    lock.unlock();
    const bool inTime = futexWait(m_epoch, epoch, deadline);
    lock.lock();
    return inTime;
  }

 private:
  std::atomic<std::uint32_t> m_epoch{0}; // counts notifications
};

/// One thread's bed: unpark() before park() is not lost. Threads: park(), spin(): owner. unpark(): any thread.
class Parker {
 public:
  void unpark() {
    if (m_word.exchange(kPermit, std::memory_order_release) == kAsleep) futexWake(m_word, 1);
  }
  /// Waits awake, where another CPU could be about to unpark and no other thread of the program waits so. park()
  /// follows.
  void spin(std::chrono::microseconds most);
  /// Until unparked, or the deadline. False when the deadline passed and there was no permit.
  bool park(std::optional<std::chrono::steady_clock::time_point> deadline = {}) {
    for (;;) {
      if (m_word.load(std::memory_order_acquire) == kPermit) {
        m_word.store(kEmpty, std::memory_order_relaxed);
        return true;
      }
      std::uint32_t empty = kEmpty;
      if (!m_word.compare_exchange_strong(empty, kAsleep, std::memory_order_acquire) && empty == kPermit) continue;
      if (!futexWait(m_word, kAsleep, deadline)) return m_word.exchange(kEmpty, std::memory_order_acquire) == kPermit;
    }
  }

 private:
  static constexpr std::uint32_t kEmpty = 0, kAsleep = 1, kPermit = 2;
  std::atomic<std::uint32_t> m_word{kEmpty}; // the owner sleeps on it, a waker stores the permit
};

} // namespace poolscope
