// Models of the few places where threads meet without a lock around everything, run by relacy under many schedules,
// with every outcome that the memory model allows: the words of Mutex and Parker (core/base/mutex.h) and the wake-ups
// of a pool (core/pool/scheduler.h). They repeat the protocol, not the code: who changes one changes the other.
//
// A lost wake-up shows as a deadlock, a missing order as a data race on an rl::var.

#include <relacy/relacy.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

/// futexWait() and futexWake() of one word: sleeping is atomic with the look at the word.
class Futex {
 public:
  void wait(rl::atomic<unsigned>& word, unsigned expected) {
    m_mutex.lock($);
    if (word.load(rl::memory_order_seq_cst) == expected) m_sleepers.wait(m_mutex, $);
    m_mutex.unlock($);
  }
  void wake() {
    m_mutex.lock($);
    m_sleepers.notify_one($);
    m_mutex.unlock($);
  }

 private:
  rl::mutex m_mutex;
  rl::condition_variable m_sleepers;
};

/// Mutex without its spin, which changes nothing but time.
class MutexWord {
 public:
  void begin() { m_word($) = 0; }
  void lock() {
    unsigned free = 0;
    if (m_word.compare_exchange_strong(free, 1, rl::memory_order_acquire, rl::memory_order_relaxed)) return;
    while (m_word.exchange(2, rl::memory_order_acquire) != 0)
      m_futex.wait(m_word, 2);
  }
  void unlock() {
    if (m_word.exchange(0, rl::memory_order_release) == 2) m_futex.wake();
  }

 private:
  rl::atomic<unsigned> m_word;
  Futex m_futex;
};

class ParkerWord {
 public:
  void begin() { m_word($) = kEmpty; }
  void unpark() {
    if (m_word.exchange(kPermit, rl::memory_order_release) == kAsleep) m_futex.wake();
  }
  void park() {
    for (;;) {
      if (m_word.load(rl::memory_order_acquire) == kPermit) {
        m_word.store(kEmpty, rl::memory_order_relaxed);
        return;
      }
      unsigned empty = kEmpty;
      if (!m_word.compare_exchange_strong(empty, kAsleep, rl::memory_order_acquire, rl::memory_order_acquire) &&
          empty == kPermit)
        continue;
      m_futex.wait(m_word, kAsleep);
    }
  }

 private:
  static constexpr unsigned kEmpty = 0, kAsleep = 1, kPermit = 2;
  rl::atomic<unsigned> m_word;
  Futex m_futex;
};

struct MutexExcludes : rl::test_suite<MutexExcludes, 3> {
  MutexWord mutex;
  rl::var<int> count;
  void before() {
    mutex.begin();
    count($) = 0;
  }
  void thread(unsigned) {
    for (int i = 0; i < 2; ++i) {
      mutex.lock();
      count($) = count($) + 1;
      mutex.unlock();
    }
  }
  void after() { RL_ASSERT(count($) == 6); }
};

struct ParkerLosesNoPermit : rl::test_suite<ParkerLosesNoPermit, 2> {
  ParkerWord to, back;
  rl::var<int> message;
  void before() {
    to.begin(), back.begin();
    message($) = 0;
  }
  void thread(unsigned index) {
    for (int i = 1; i <= 2; ++i) {
      if (index == 0) {
        message($) = i;
        to.unpark();
        back.park();
      } else {
        to.park();
        RL_ASSERT(message($) == i);
        back.unpark();
      }
    }
  }
};

/// Two workers and somebody who submits three tasks, perhaps lets one worker retire, and shuts down. The rules of
/// Scheduler: an idle worker is woken only when no woken one is on its way, and that one wakes the next.
template <bool Shrinks> struct PoolEnds : rl::test_suite<PoolEnds<Shrinks>, 3> {
  static constexpr int kWorkers = 2, kTasks = 3, kNobody = -1;
  rl::mutex lock;
  ParkerWord parkers[kWorkers];
  // Under the lock.
  rl::var<int> queued, ran, searching, idleCount, alive;
  rl::var<int> idleStack[kWorkers];
  rl::var<int> waking[kWorkers], retiring[kWorkers];
  rl::var<int> stopping;

  void before() {
    queued($) = ran($) = searching($) = idleCount($) = stopping($) = 0;
    alive($) = kWorkers;
    for (int i = 0; i < kWorkers; ++i)
      parkers[i].begin(), idleStack[i]($) = 0, waking[i]($) = 0, retiring[i]($) = 0;
  }
  int wakeIfNeeded() {
    const bool forTask = queued($) > 0 && searching($) == 0;
    const bool toLeave = stopping($) != 0 && queued($) == 0;
    if (idleCount($) == 0 || !(forTask || toLeave)) return kNobody;
    idleCount($) = idleCount($) - 1;
    const int who = idleStack[idleCount($)]($);
    waking[who]($) = 1, searching($) = searching($) + 1;
    return who;
  }
  void carryOut(int who) {
    if (who != kNobody) parkers[who].unpark();
  }
  /// True: it ends.
  bool turn(int self) {
    lock.lock($);
    if (waking[self]($) != 0) waking[self]($) = 0, searching($) = searching($) - 1;
    if (retiring[self]($) != 0 || (stopping($) != 0 && queued($) == 0)) {
      alive($) = alive($) - 1;
      const int next = wakeIfNeeded();
      lock.unlock($);
      carryOut(next);
      return true;
    }
    if (queued($) == 0) {
      idleStack[idleCount($)]($) = self;
      idleCount($) = idleCount($) + 1;
      lock.unlock($);
      parkers[self].park();
      return false;
    }
    queued($) = queued($) - 1, ran($) = ran($) + 1;
    const int next = wakeIfNeeded();
    lock.unlock($);
    carryOut(next);
    return false;
  }
  void submit() {
    lock.lock($);
    queued($) = queued($) + 1;
    const int who = wakeIfNeeded();
    lock.unlock($);
    carryOut(who);
  }
  /// The second worker leaves: now when it sleeps, else at its next turn.
  void shrink() {
    lock.lock($);
    retiring[1]($) = 1;
    int who = kNobody;
    for (int i = 0; i < idleCount($); ++i) {
      if (idleStack[i]($) != 1) continue;
      idleStack[i]($) = static_cast<int>(idleStack[idleCount($) - 1]($));
      idleCount($) = idleCount($) - 1;
      waking[1]($) = 1, searching($) = searching($) + 1;
      who = 1;
      break;
    }
    lock.unlock($);
    carryOut(who);
  }
  void shutdown() {
    lock.lock($);
    stopping($) = 1;
    int wake[kWorkers], count = 0;
    while (queued($) == 0 && idleCount($) > 0) {
      idleCount($) = idleCount($) - 1;
      wake[count] = idleStack[idleCount($)]($);
      waking[wake[count]]($) = 1, searching($) = searching($) + 1;
      ++count;
    }
    lock.unlock($);
    for (int i = 0; i < count; ++i)
      parkers[wake[i]].unpark();
  }
  void thread(unsigned index) {
    if (index < static_cast<unsigned>(kWorkers)) {
      while (!turn(static_cast<int>(index))) {
      }
      return;
    }
    submit();
    submit();
    if (Shrinks) shrink();
    submit();
    shutdown();
  }
  void after() {
    RL_ASSERT(ran($) == kTasks);
    RL_ASSERT(alive($) == 0);
  }
};

template <class Model> int explore(const char* schedules) {
  rl::test_params params;
  params.search_type = rl::random_scheduler_type;
  params.iteration_count = static_cast<rl::iteration_t>(std::strtoul(schedules, nullptr, 10));
  params.execution_depth_limit = 10'000;
  return rl::simulate<Model>(params) ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const char* name = argv[1];
  if (std::strcmp(name, "mutexExcludes") == 0) return explore<MutexExcludes>(argv[2]);
  if (std::strcmp(name, "parkerLosesNoPermit") == 0) return explore<ParkerLosesNoPermit>(argv[2]);
  if (std::strcmp(name, "poolEnds") == 0) return explore<PoolEnds<false>>(argv[2]);
  if (std::strcmp(name, "shrunkPoolEnds") == 0) return explore<PoolEnds<true>>(argv[2]);
  std::fprintf(stderr, "no model is called %s\n", name);
  return 2;
}
