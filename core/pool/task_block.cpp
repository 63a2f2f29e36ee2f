#include "core/pool/task_block.h"

#include "core/base/pages.h"
#include "core/pool/future.h"
#include "core/pool/pool_core.h"
#include "core/pool/wait_graph.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POOLSCOPE_PLAIN_BLOCKS 1 // a sanitizer must see every block's life
#endif

namespace poolscope::detail {

// --- Memory. A block is made by a submitter and often freed by a worker; malloc's arenas are slow at just that. So:
// free lists by size class, one set a thread, that exchange whole batches through a global list. Fresh memory comes
// from regions that grow with the demand, up to a huge page: a queue of a million tasks then costs some hundred page
// faults.

namespace {

constexpr std::size_t kClassStep = 32, kClasses = 16; // up to 512 bytes; greater ones come from malloc
constexpr std::size_t kBatch = 64;                    // blocks exchanged at once: the lock costs little per block
constexpr std::size_t kFirstRegion = 64 * 1024;       // holds the largest batch twice; 400 tasks of the usual size

struct FreeBlock {
  FreeBlock* next;
};
struct FreeBatch {
  FreeBlock* head = nullptr;
  std::size_t count = 0;
};
struct GlobalBlocks {
  Mutex mutex{LockRank::Leaf};
  std::array<std::vector<FreeBatch>, kClasses> batches GUARDED_BY(mutex);
  char* region GUARDED_BY(mutex) = nullptr; // what is left of the newest region; regions are kept for ever
  std::size_t left GUARDED_BY(mutex) = 0, lastRegion GUARDED_BY(mutex) = kFirstRegion / 2;
};
GlobalBlocks& globalBlocks() {
  static GlobalBlocks& blocks = *new GlobalBlocks; // outlives every thread's cache
  return blocks;
}

#ifndef POOLSCOPE_PLAIN_BLOCKS
FreeBatch refill(std::size_t sizeClass) {
  GlobalBlocks& global = globalBlocks();
  MutexLock lock(global.mutex);
  auto& batches = global.batches[sizeClass];
  FreeBatch batch;
  if (!batches.empty()) {
    batch = batches.back();
    batches.pop_back();
    return batch;
  }
  const std::size_t size = (sizeClass + 1) * kClassStep;
  if (global.left < size * kBatch) {
    const std::size_t wanted = std::min(2 * global.lastRegion, kHugePage);
    const Pages pages = Pages::lazy(wanted);
    if (!pages.data) throw std::bad_alloc();
    if (wanted < kHugePage) Pages::populate(pages.data, wanted);
    global.region = static_cast<char*>(pages.data);
    global.left = global.lastRegion = wanted;
  }
  for (; batch.count < kBatch; ++batch.count) {
    global.left -= size;
    batch.head = new (global.region + global.left) FreeBlock{batch.head};
  }
  return batch;
}

/// A thread's free blocks: up to two batches a class, then one goes to the global list.
struct ThreadBlocks {
  std::array<FreeBatch, kClasses> current, spare;
  ~ThreadBlocks() {
    GlobalBlocks& global = globalBlocks();
    MutexLock lock(global.mutex);
    for (std::size_t i = 0; i < kClasses; ++i)
      for (const FreeBatch& batch : {current[i], spare[i]})
        if (batch.head) global.batches[i].push_back(batch);
  }
};
thread_local ThreadBlocks t_blocks;
#endif

} // namespace

void* TaskBlock::operator new(std::size_t size) {
#ifndef POOLSCOPE_PLAIN_BLOCKS
  const std::size_t sizeClass = (size - 1) / kClassStep;
  if (sizeClass < kClasses) {
    FreeBatch& batch = t_blocks.current[sizeClass];
    if (!batch.head) {
      std::swap(batch, t_blocks.spare[sizeClass]);
      if (!batch.head) batch = refill(sizeClass);
    }
    FreeBlock* block = batch.head;
    batch.head = block->next;
    --batch.count;
    return block;
  }
#endif
  return ::operator new(size);
}

void TaskBlock::operator delete(void* memory, std::size_t size) {
#ifndef POOLSCOPE_PLAIN_BLOCKS
  const std::size_t sizeClass = (size - 1) / kClassStep;
  if (sizeClass < kClasses) {
    FreeBatch& batch = t_blocks.current[sizeClass];
    if (batch.count >= kBatch) {
      FreeBatch& spare = t_blocks.spare[sizeClass];
      if (spare.head) {
        MutexLock lock(globalBlocks().mutex);
        globalBlocks().batches[sizeClass].push_back(spare);
      }
      spare = batch;
      batch = {};
    }
    auto* block = static_cast<FreeBlock*>(memory);
    block->next = batch.head;
    batch.head = block;
    ++batch.count;
    return;
  }
#endif
  ::operator delete(memory); // without its size: Clang 14 has no sized form
}

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
  // 64 locks for all blocks: two blocks seldom meet on one, and an idle block carries none.
  struct Stripe {
    Mutex mutex{LockRank::Future};
  };
  static std::array<Stripe, 64>& stripes = *new std::array<Stripe, 64>; // outlives every thread
  return stripes[(reinterpret_cast<std::uintptr_t>(this) >> 6) % 64].mutex;
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
    throw BrokenExecutor("this task is with a pool of the parent process: it ends there, not in a child that was forked");
  if (deadline && *deadline <= std::chrono::steady_clock::now()) return false;
  const TaskBlock* const self[] = {this};
  std::optional<WorkerWait> waiting; // a worker refuses to wait in vain
  if (!deadline && WorkerWait::concernsCaller())
    waiting.emplace(self, WorkerWait::Until::AllDone, call == CallKind::Map ? "map()" : "result()",
                    WorkerWait::Bell{[](void* block) { static_cast<const TaskBlock*>(block)->nudge(); },
                                     const_cast<TaskBlock*>(this)});
  const TaskBlock& waitedFor = task();
  const CallerWait shown(waitedFor.log, waitedFor.pool, call, waitedFor.id);
  for (;;) {
    std::uint32_t word = m_word.load(std::memory_order_acquire);
    if ((word & kStateMask) >= static_cast<std::uint32_t>(FutureState::Cancelled)) return true;
    if (waiting) waiting->check(); // a nudge after this changes the word
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
  release(); // the queue's reference
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

std::uint32_t TaskBlock::publish(FutureState final) {
  const std::uint32_t before = m_word.exchange(static_cast<std::uint32_t>(final), std::memory_order_acq_rel);
  if (before & kSleepers) futexWakeAll(m_word);
  if (!(before & kObserved)) return 0;
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

std::string describe(const std::exception_ptr& error) {
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

} // namespace poolscope::detail
