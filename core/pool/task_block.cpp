#include "core/pool/task_block.h"

#include "core/pool/future.h"
#include "core/pool/pool_core.h"
#include "core/pool/wait_graph.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <pthread.h>
#include <span>
#include <vector>

namespace poolscope::detail {

// --- Anchors

namespace {
struct AnchorPool {
  Mutex mutex{LockRank::Leaf};
  std::vector<PoolAnchor*> all GUARDED_BY(mutex), free GUARDED_BY(mutex);
};
AnchorPool& anchors() {
  static AnchorPool& pool = *new AnchorPool;
  return pool;
}

void unlockAfterFork();

/// 64 locks for all blocks: two blocks seldom meet on one, and an idle block carries none.
struct Stripe {
  Mutex mutex{LockRank::Future};
};
std::array<Stripe, 64>& stripes() {
  static std::array<Stripe, 64>& all = *new std::array<Stripe, 64>; // outlives every thread
  return all;
}

// A forked child has only the thread that forked: a lock that another one holds would stay taken in it for ever. So
// fork() waits for those that belong to no pool. In the order of their ranks, each for so long as it takes to hold it.
const int g_atFork = ::pthread_atfork(
    [] {
      WorkerWait::lockForFork();
      for (Stripe& stripe : stripes())
        stripe.mutex.lockForFork();
      anchors().mutex.lockForFork();
      lockBlockMemoryForFork();
    },
    unlockAfterFork,
    [] {
      unlockAfterFork();
      WorkerWait::forgetInForkedChild();
    });

void unlockAfterFork() {
  unlockBlockMemoryAfterFork();
  anchors().mutex.unlockAfterFork();
  for (Stripe& stripe : stripes())
    stripe.mutex.unlockAfterFork();
  WorkerWait::unlockAfterFork();
}
} // namespace

PoolAnchor* takeAnchor() {
  AnchorPool& pool = anchors();
  MutexLock lock(pool.mutex);
  if (pool.free.empty()) {
    pool.all.push_back(new PoolAnchor);
    return pool.all.back();
  }
  PoolAnchor* anchor = pool.free.back();
  pool.free.pop_back();
  anchor->generation = forkGeneration();
  return anchor;
}

void giveBackAnchor(PoolAnchor* anchor) {
  AnchorPool& pool = anchors();
  MutexLock lock(pool.mutex);
  pool.free.push_back(anchor);
}

// --- State

TaskBlock::~TaskBlock() {
  // Callbacks of a block that never became done go with it.
  for (Observer* observer = m_observers; observer;) {
    Observer* following = observer->next;
    if (observer->isCallback) delete observer;
    observer = following;
  }
}

Mutex& TaskBlock::stripe() const {
  return stripes()[(reinterpret_cast<std::uintptr_t>(this) >> 6) % 64].mutex;
}

bool TaskBlock::tryTransition(FutureState from, FutureState to) {
  std::uint32_t word = m_word.load(std::memory_order_acquire);
  while ((word & kStateMask) == static_cast<std::uint32_t>(from)) {
    const std::uint32_t wanted = (word & ~kStateMask) | static_cast<std::uint32_t>(to);
    if (m_word.compare_exchange_weak(word, wanted, std::memory_order_acq_rel)) return true;
  }
  return false;
}

bool TaskBlock::waitDone(Deadline deadline, CallKind call) const {
  if (done()) return true;
  if (task().anchor && !task().anchor->isHere())
    throw BrokenExecutor(
        "this task is with a pool of the parent process: it ends there, not in a child that was forked");
  if (deadline && *deadline <= std::chrono::steady_clock::now()) return false;
  // A worker refuses to wait in vain. Not on its stack: those of a pool's threads lie so that what is at one place in
  // each falls on one and the same place of the processor's caches, and a look at thousands of waits meets them all.
  struct OneWait {
    explicit OneWait(const TaskBlock& block, const char* call)
        : self(&block),
          wait(std::span(&self, 1), WorkerWait::Until::AllDone, call,
               {[](void* nudged) { static_cast<const TaskBlock*>(nudged)->nudge(); }, const_cast<TaskBlock*>(&block)}) {
    }
    const TaskBlock* self;
    WorkerWait wait;
  };
  std::unique_ptr<OneWait> waiting;
  if (!deadline && WorkerWait::concernsCaller())
    waiting = std::make_unique<OneWait>(*this, call == CallKind::Map ? "map()" : "result()");
  BlockPtr<TaskBlock> from; // what it goes on from, at last, is what is shown
  for (auto before = source(); before; before = from->task().source())
    from = before;
  const TaskBlock& waitedFor = from ? from->task() : task();
  const CallerWait shown(waitedFor.log, waitedFor.pool, call, waitedFor.id);
  for (;;) {
    std::uint32_t word = m_word.load(std::memory_order_acquire);
    if ((word & kStateMask) >= static_cast<std::uint32_t>(FutureState::Cancelled)) return true;
    if (waiting) waiting->wait.check(); // a nudge after this changes the word
    if (!(word & kSleepers) && !m_word.compare_exchange_weak(word, word | kSleepers, std::memory_order_acq_rel))
      continue;
    if (!futexWait(m_word, word | kSleepers, deadline)) return done();
  }
}

/// Whoever sleeps for this block looks again.
void TaskBlock::nudge() const {
  m_word.fetch_add(kNudge, std::memory_order_release);
  futexWakeAll(m_word);
}

bool TaskBlock::cancel(By by) {
  if (!anchor) {
    if (tryTransition(FutureState::Pending, FutureState::Cancelled)) publish(FutureState::Cancelled);
    return state() == FutureState::Cancelled;
  }
  if (state() != FutureState::Pending) return state() == FutureState::Cancelled;
  if (!anchor->isHere()) return false;
  if (log) log->reserve(8);
  const CallerId caller = currentCaller(log);
  {
    MutexLock lock(anchor->mutex);
    if (phase != Phase::Queued) return state() == FutureState::Cancelled;
    PoolCore& core = *anchor->core;
    {
      EventBatch batch(core.log, std::max(core.lastStamp, stamp));
      core.scheduler.cancel(*this, by, caller, batch);
      core.lastStamp = batch.stamp();
    }
    settleUnderLock(FutureState::Cancelled);
    core.tellWaitersLocked();
  }
  dropCallable();
  publish(FutureState::Cancelled);
  letGo(); // the queue's
  return true;
}

bool TaskBlock::requestStop(By by) {
  if (!takesStop() || done() || (anchor && !anchor->isHere())) return false;
  if (anchor) {
    if (log) log->reserve(8);
    MutexLock lock(anchor->mutex);
    if (phase == Phase::Free || phase == Phase::Ended) return false;
    PoolCore& core = *anchor->core;
    if (!stopAsked) {
      EventBatch batch(core.log, phase == Phase::Queued ? std::max(core.lastStamp, stamp) : core.lastStamp);
      core.scheduler.stopRequested(*this, by, batch);
      core.lastStamp = batch.stamp();
    }
    stopAsked = true;
  }
  stop();
  return true;
}

std::uint32_t TaskBlock::announce(std::uint32_t settled) {
  if (settled & kSleepers) futexWakeAll(m_word);
  if (!(settled & kObserved)) return 0;
  std::vector<std::unique_ptr<Observer>> callbacks;
  {
    MutexLock lock(stripe());
    for (Observer* observer = std::exchange(m_observers, nullptr); observer;) {
      Observer* following = observer->next;
      observer->linked = false;
      if (observer->isCallback)
        callbacks.emplace_back(observer);
      else
        observer->onDone(*this);
      observer = following;
    }
  }
  std::uint32_t errors = 0;
  for (auto it = callbacks.rbegin(); it != callbacks.rend(); ++it) {
    try {
      (*it)->onDone(*this);
    } catch (...) {
      ++errors;
    }
  }
  return errors;
}

void TaskBlock::addObserver(Observer* observer) {
  {
    MutexLock lock(stripe());
    const std::uint32_t before = m_word.fetch_or(kObserved, std::memory_order_acq_rel);
    if ((before & kStateMask) < static_cast<std::uint32_t>(FutureState::Cancelled)) {
      observer->prev = nullptr, observer->next = m_observers;
      if (m_observers) m_observers->prev = observer;
      m_observers = observer;
      observer->linked = true;
      return;
    }
    if (!observer->isCallback) {
      observer->onDone(*this);
      return;
    }
  }
  const std::unique_ptr<Observer> owned(observer);
  try {
    owned->onDone(*this);
  } catch (...) { // as for the others: a callback's exception goes nowhere
  }
}

void TaskBlock::removeObserver(Observer* observer) {
  MutexLock lock(stripe());
  if (!observer->linked) return;
  (observer->prev ? observer->prev->next : m_observers) = observer->next;
  if (observer->next) observer->next->prev = observer->prev;
  observer->linked = false;
}

void TaskBlock::noteResultRead() const {
  if (!anchor && &task() != this) return task().noteResultRead();
  if (!log || (m_word.fetch_or(kRead, std::memory_order_relaxed) & kRead)) return;
  Event event;
  event.kind = EventKind::TaskResultRead, event.pool = pool, event.task = id.value();
  event.b = currentCaller(log).value();
  log->append(event, stamp);
}

std::string describe(const std::exception_ptr& error) noexcept {
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    if (const char* what = e.what()) return what;
  } catch (...) {
  }
  return "unknown exception";
}

namespace {
constexpr int kMostNested = 50; // each takes about a KiB of the stack
struct Chain {
  int depth = 0;
  std::vector<std::pair<BlockPtr<TaskBlock>, FutureState>> later;
};
thread_local Chain* t_chain = nullptr; // while a publishNext() is on the stack
} // namespace

void publishNext(BlockPtr<TaskBlock> block, FutureState final) {
  if (t_chain && t_chain->depth >= kMostNested) {
    t_chain->later.emplace_back(std::move(block), final);
    return;
  }
  if (t_chain) {
    ++t_chain->depth;
    block->publish(final);
    --t_chain->depth;
    return;
  }
  Chain chain;
  t_chain = &chain;
  block->publish(final);
  while (!chain.later.empty()) {
    auto next = std::move(chain.later.back());
    chain.later.pop_back();
    next.first->publish(next.second);
  }
  t_chain = nullptr;
}

} // namespace poolscope::detail
