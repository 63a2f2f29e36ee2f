// Can this wait ever end? A graph of the workers that wait now, of all pools: it is small, for only workers that sleep
// in a blocking call without a deadline are in it, and I/O threads whose callback does. (Worker processes are not: they
// know no pool.)
//
// A wait may end when what it waits for may: a future of a Promise always may (somebody outside keeps it), a finished
// one has, a running one unless its worker waits in vain, a queued one unless its pool is full and all its workers wait
// in vain, an element of a chunk of map() when the chunk may. In a pool of processes nothing ends, begins or makes room
// while its I/O thread waits. "In vain" is the greatest set of waits that only wait for each other, so we look for the
// others: at first none may end, then whatever may end because of what is known, until nothing changes.
//
// The states of several pools are read one after the other, each under its lock. That finds no deadlock where there is
// none: no worker can begin to wait meanwhile (it would need the graph's lock), so whoever was not waiting at the start
// is seen in one place or another, at its task or free. One that is missed (a worker that retires) is found by the next
// look, half a second later.

#include "core/pool/wait_graph.h"

#include "core/pool/future.h"
#include "core/pool/pool_core.h"

#include <algorithm>
#include <vector>

namespace poolscope::detail {

struct WaitGraph {
  Mutex mutex{LockRank::Pools};
  std::vector<WorkerWait*> waits GUARDED_BY(mutex);

  static WaitGraph& instance() {
    static WaitGraph& graph = *new WaitGraph; // outlives every thread
    return graph;
  }

  bool anyWorkerMayEndLocked(const PoolCore* core) REQUIRES(mutex) {
    return std::any_of(waits.begin(), waits.end(),
                       [&](const WorkerWait* w) { return w->m_core == core && w->m_slot != kNoSlot && w->m_mayEnd; });
  }
  bool ioInVainLocked(const PoolCore* core) REQUIRES(mutex) {
    return std::any_of(waits.begin(), waits.end(),
                       [&](const WorkerWait* w) { return w->m_core == core && w->m_slot == kNoSlot && !w->m_mayEnd; });
  }
  /// Whether a worker of the pool does not wait, or one more may be made. With the pool's lock held too.
  bool hasFreeHandsLocked(const PoolCore& core) REQUIRES(mutex) {
    const auto waiting = static_cast<std::size_t>(std::count_if(
        waits.begin(), waits.end(), [&](const WorkerWait* w) { return w->m_core == &core && w->m_slot != kNoSlot; }));
    const Scheduler& scheduler = core.scheduler;
    return waiting == 0 || scheduler.stats().liveWorkers > waiting || scheduler.staying() < scheduler.target();
  }

  bool mayBeDoneLocked(const TaskBlock& block) REQUIRES(mutex) {
    if (block.done()) return true;
    const TaskBlock& task = block.task();
    if (!task.anchor) return true; // a Promise's
    const PoolCore* core = nullptr;
    TaskNode::Phase phase{};
    SlotIndex slot = kNoSlot;
    bool hasFreeHands = false;
    {
      MutexLock lock(task.anchor->mutex);
      core = task.anchor->core;
      if (!core || task.done()) return true;
      phase = task.phase, slot = task.slot;
      hasFreeHands = hasFreeHandsLocked(*core);
    }
    if (ioInVainLocked(core)) return false; // it publishes what has ended, too
    if (phase == TaskNode::Phase::Running && slot != kNoSlot) {
      const auto its = std::find_if(waits.begin(), waits.end(),
                                    [&](const WorkerWait* w) { return w->m_core == core && w->m_slot == slot; });
      return its == waits.end() || (*its)->m_mayEnd;
    }
    if (phase == TaskNode::Phase::Queued) return hasFreeHands || anyWorkerMayEndLocked(core);
    return true; // ended, with a worker process, or run by who submitted it
  }

  bool mayHaveRoomLocked(const PoolCore& core) REQUIRES(mutex) {
    if (ioInVainLocked(&core)) return false;
    MutexLock lock(core.anchor->mutex);
    return hasFreeHandsLocked(core) || anyWorkerMayEndLocked(&core);
  }

  bool mayEndLocked(const WorkerWait& wait) REQUIRES(mutex) {
    if (wait.m_until == WorkerWait::Until::Room) return mayHaveRoomLocked(*wait.m_pool);
    if (wait.m_until == WorkerWait::Until::PoolClosed)
      return std::none_of(waits.begin(), waits.end(),
                          [&](const WorkerWait* w) { return w->m_core == wait.m_pool && !w->m_mayEnd; });
    const auto mayBeDone = [&](const TaskBlock* block) {
      mutex.assertHeld();
      return mayBeDoneLocked(*block);
    };
    return wait.m_until == WorkerWait::Until::AllDone
               ? std::all_of(wait.m_blocks.begin(), wait.m_blocks.end(), mayBeDone)
               : std::any_of(wait.m_blocks.begin(), wait.m_blocks.end(), mayBeDone);
  }

  /// True when `self` waits in vain.
  bool inVainLocked(WorkerWait& self) REQUIRES(mutex) {
    for (WorkerWait* wait : waits)
      wait->m_mayEnd = false;
    for (bool changed = true; changed;) {
      if (mayEndLocked(self)) return false;
      changed = false;
      for (WorkerWait* wait : waits)
        if (!wait->m_mayEnd && mayEndLocked(*wait)) changed = wait->m_mayEnd = true;
    }
    return true;
  }
};

WorkerWait::WorkerWait(std::span<const TaskBlock* const> blocks, Until until, const char* call)
    : m_blocks(blocks), m_until(until), m_call(call) {
  enter();
}

WorkerWait::WorkerWait(const PoolCore& pool, const char* call, Until until)
    : m_pool(&pool), m_until(until), m_call(call) {
  enter();
}

bool WorkerWait::concernsCaller() {
  return t_ioOf || (t_worker && t_worker->core);
}

void WorkerWait::enter() {
  if (!concernsCaller()) return;
  m_core = t_ioOf ? t_ioOf : t_worker->core;
  m_slot = t_ioOf ? kNoSlot : t_worker->slot;
  {
    WaitGraph& graph = WaitGraph::instance();
    MutexLock lock(graph.mutex);
    graph.waits.push_back(this);
  }
  try {
    check();
  } catch (...) {
    WaitGraph& graph = WaitGraph::instance();
    MutexLock lock(graph.mutex);
    std::erase(graph.waits, this);
    throw;
  }
}

WorkerWait::~WorkerWait() {
  if (!listed()) return;
  WaitGraph& graph = WaitGraph::instance();
  MutexLock lock(graph.mutex);
  std::erase(graph.waits, this);
}

void WorkerWait::check() {
  if (!listed()) return;
  WaitGraph& graph = WaitGraph::instance();
  {
    MutexLock lock(graph.mutex);
    if (!graph.inVainLocked(*this)) return;
  }
  throw WouldDeadlock(std::string(m_call) + (m_slot == kNoSlot ? " from a done-callback" : " from a worker") +
                      " can never return: all that could end it waits in the same way");
}

std::optional<std::chrono::steady_clock::time_point> WorkerWait::recheckAt() const {
  if (!listed()) return std::nullopt;
  return std::chrono::steady_clock::now() + kRecheck;
}

} // namespace poolscope::detail
