// Can this wait ever end? A graph of the workers that wait now, of all pools: it is small, for only workers that sleep
// in a blocking call without a deadline are in it, with I/O threads whose callback does and threads that run a task
// because the queue was full. (Worker processes are not: they know no pool.)
//
// A wait may end when what it waits for may: a future of a Promise always may (somebody outside keeps it), a finished
// one has, a running one unless its worker waits in vain, a queued one unless its pool is full and all its workers wait
// in vain, an element of a chunk of map() when the chunk may. In a pool of processes nothing ends, begins or makes room
// while its I/O thread waits. "In vain" is the greatest set of waits that only wait for each other.
//
// No wait in the graph is in vain: a new one that would be is refused, and it alone could have made others so. So a
// look begins at the new wait and follows what it needs, from slot to wait, until something is found that may end; that
// is told backwards along the way it was reached. Each wait is visited once, each need is followed once: some 100 ns a
// wait, and mostly the first need ends the look, for its pool has a free hand.
//
// Only three things can make a wait vain that was not: a pool that shrinks, one that breaks, and a success in a wait
// for the first failure. After the first two somebody looks once at everything (lookAtWaitsOn); in the third the
// waiting thread looks again itself. Nobody looks by time.
//
// The states of several pools are read one after the other, each under its lock. That finds no deadlock where there is
// none: no worker can begin to wait meanwhile (it would need the graph's lock), so whoever was not waiting at the start
// is seen at its task or free. A pool's hands are counted before the first of its tasks is looked at, and a task only
// goes on from queued to running to done.

#include "core/pool/wait_graph.h"

#include "core/pool/future.h"
#include "core/pool/pool_core.h"

#include <algorithm>
#include <optional>

namespace poolscope::detail {

namespace {
thread_local SubmittersTask* t_tasks = nullptr; // that this thread runs because a queue was full
thread_local WorkerWait* t_wait = nullptr;      // the innermost wait of this thread
} // namespace

struct WaitGraph {
  Mutex mutex{LockRank::Pools};
  std::vector<WorkerWait*> waits GUARDED_BY(mutex); // all
  std::uint64_t entered GUARDED_BY(mutex) = 0;

  // One look.
  struct Edge {
    WaitNode* dependent;
    std::int32_t next;
  };
  struct Reached {
    WorkerWait* wait;
    PoolCore* hands;
  };
  std::uint64_t look GUARDED_BY(mutex) = 0;
  std::vector<Edge> edges GUARDED_BY(mutex);
  std::vector<Reached> toVisit GUARDED_BY(mutex);
  std::vector<WorkerWait*> reached GUARDED_BY(mutex);
  std::vector<WaitNode*> told GUARDED_BY(mutex);              // found to end; their dependents do not know yet
  std::vector<BlockPtr<TaskBlock>> sources GUARDED_BY(mutex); // looked at; let go without the lock

  static WaitGraph& instance() {
    static WaitGraph& graph = *new WaitGraph; // outlives every thread
    return graph;
  }

  void beginLocked() REQUIRES(mutex) {
    ++look;
    edges.clear(), toVisit.clear(), reached.clear(), told.clear();
  }

  void mayEndLocked(WaitNode& node) REQUIRES(mutex) {
    if (node.mayEnd) return;
    node.mayEnd = true;
    told.push_back(&node);
  }
  void tellDependentsLocked() REQUIRES(mutex) {
    while (!told.empty()) {
      const WaitNode& node = *told.back();
      told.pop_back();
      for (std::int32_t i = node.firstDependent; i >= 0; i = edges[static_cast<std::size_t>(i)].next) {
        WaitNode& dependent = *edges[static_cast<std::size_t>(i)].dependent;
        if (!dependent.all || --dependent.missing == 0) mayEndLocked(dependent);
      }
    }
  }

  /// False when there is no such need, or it is known to end.
  bool needsLocked(WaitNode& dependent, WaitNode* need) REQUIRES(mutex) {
    if (!need || need->mayEnd) return false;
    edges.push_back({&dependent, need->firstDependent});
    need->firstDependent = static_cast<std::int32_t>(edges.size()) - 1;
    ++dependent.missing;
    return true;
  }
  WaitNode* reachLocked(WorkerWait* wait) REQUIRES(mutex) {
    if (!wait) return nullptr;
    if (wait->m_node.look != look) {
      wait->m_node = {.look = look};
      reached.push_back(wait);
      toVisit.push_back({wait, nullptr});
    }
    return &wait->m_node;
  }
  /// The pool's workers as whom a queued task needs; with the pool's lock held too.
  WaitNode* reachHandsLocked(PoolCore& core) REQUIRES(mutex) {
    WaitNode& hands = core.waits.hands;
    if (hands.look != look) {
      hands = {.look = look};
      hands.mayEnd = hasFreeHandsLocked(core);
      if (!hands.mayEnd) toVisit.push_back({nullptr, &core});
    }
    return &hands;
  }

  static bool retires(const PoolCore& core, std::size_t slot) {
    return slot < core.scheduler.slots().size() && core.scheduler.slots()[slot].retiring;
  }
  /// Whether a worker that stays does not wait, or one more may be made. With the pool's lock held too.
  bool hasFreeHandsLocked(const PoolCore& core) const REQUIRES(mutex) {
    const std::size_t staying = core.scheduler.staying();
    if (staying < core.scheduler.target() || core.waits.workers < staying) return true;
    std::size_t waiting = 0;
    for (std::size_t slot = 0; slot < core.waits.bySlot.size(); ++slot)
      waiting += core.waits.bySlot[slot] && !retires(core, slot);
    return waiting < staying;
  }

  /// What the block's outcome needs, null when nothing.
  WaitNode* needOfLocked(const TaskBlock& given) REQUIRES(mutex) {
    const TaskBlock* block = &given;
    while (!block->done() && !block->task().anchor) { // a future's that goes on from another, or a Promise's
      BlockPtr<TaskBlock> source = block->task().source();
      if (!source) return nullptr;
      block = source.get();
      sources.push_back(std::move(source));
    }
    if (block->done()) return nullptr;
    const TaskBlock& task = block->task();
    MutexLock lock(task.anchor->mutex);
    PoolCore* core = task.anchor->core;
    if (!core || task.done()) return nullptr;
    const PoolWaits& waiting = core->waits;
    if (waiting.io) return reachLocked(waiting.io); // it publishes what has ended, too
    if (task.phase == TaskNode::Phase::Queued) return reachHandsLocked(*core);
    if (task.phase != TaskNode::Phase::Running) return nullptr; // ended, or with a worker process
    if (task.slot != kNoSlot)
      return reachLocked(task.slot < waiting.bySlot.size() ? waiting.bySlot[task.slot] : nullptr);
    const auto its = waiting.bySubmitter.find(&task);
    return reachLocked(its == waiting.bySubmitter.end() ? nullptr : its->second);
  }

  void visitLocked(WorkerWait& wait) REQUIRES(mutex) {
    WaitNode& node = wait.m_node;
    if (wait.m_refused.load(std::memory_order_relaxed)) return mayEndLocked(node);
    switch (wait.m_until) {
    case WorkerWait::Until::AllDone:
      node.all = true;
      for (const TaskBlock* block : wait.m_blocks)
        needsLocked(node, needOfLocked(*block));
      if (node.missing == 0) mayEndLocked(node);
      return;
    case WorkerWait::Until::AnyDone:
      for (const TaskBlock* block : wait.m_blocks)
        if (!needsLocked(node, needOfLocked(*block))) return mayEndLocked(node);
      return;
    case WorkerWait::Until::FirstFailure:
      while (!wait.m_blocks.empty() && hasSucceeded(*wait.m_blocks.front())) // they are of no more use
        wait.m_blocks = wait.m_blocks.subspan(1);
      if (wait.m_blocks.empty()) mayEndLocked(node);
      for (const TaskBlock* block : wait.m_blocks)
        if (!hasSucceeded(*block) && !needsLocked(node, needOfLocked(*block))) return mayEndLocked(node);
      return;
    case WorkerWait::Until::Room:
      return visitRoomLocked(node, *wait.m_pool);
    case WorkerWait::Until::PoolClosed:
    case WorkerWait::Until::PoolIdle:
    case WorkerWait::Until::OthersEnded:
      return visitPoolLocked(wait);
    }
  }
  static bool hasSucceeded(const TaskBlock& block) {
    return block.done() && (block.state() == FutureState::Cancelled || !block.error());
  }
  void visitRoomLocked(WaitNode& node, PoolCore& core) REQUIRES(mutex) {
    MutexLock lock(core.anchor->mutex);
    const Scheduler& scheduler = core.scheduler;
    const bool room = !scheduler.full(core.bound.limit) || scheduler.shuttingDown() || scheduler.broken();
    if (room || !needsLocked(node, core.waits.io ? reachLocked(core.waits.io) : reachHandsLocked(core)))
      mayEndLocked(node);
  }
  void visitPoolLocked(WorkerWait& wait) REQUIRES(mutex) {
    PoolCore& core = *wait.m_pool;
    MutexLock lock(core.anchor->mutex);
    wait.m_node.all = true;
    const auto need = [&](WorkerWait* its) {
      mutex.assertHeld();
      if (wait.m_until != WorkerWait::Until::OthersEnded || its != &wait) needsLocked(wait.m_node, reachLocked(its));
    };
    if (!core.scheduler.closed() && !(wait.m_until == WorkerWait::Until::PoolIdle && core.idleLocked())) {
      for (WorkerWait* its : core.waits.bySlot)
        need(its);
      for (const auto& [task, its] : core.waits.bySubmitter)
        need(its);
      need(core.waits.io);
    }
    if (wait.m_node.missing == 0) mayEndLocked(wait.m_node);
  }
  void visitHandsLocked(PoolCore& core) REQUIRES(mutex) {
    MutexLock lock(core.anchor->mutex);
    for (std::size_t slot = 0; slot < core.waits.bySlot.size(); ++slot) {
      WorkerWait* const wait = core.waits.bySlot[slot];
      if (wait && !retires(core, slot) && !needsLocked(core.waits.hands, reachLocked(wait)))
        return mayEndLocked(core.waits.hands);
    }
  }

  /// Visits until `root` is known to end, or everything was (also when there is no root).
  void runLocked(const WaitNode* root) REQUIRES(mutex) {
    while (!toVisit.empty() && !(root && root->mayEnd)) {
      const Reached next = toVisit.back();
      toVisit.pop_back();
      next.wait ? visitLocked(*next.wait) : visitHandsLocked(*next.hands);
      tellDependentsLocked();
    }
  }
  bool inVainLocked(WorkerWait& self) REQUIRES(mutex) {
    beginLocked();
    reachLocked(&self);
    runLocked(&self.m_node);
    return !self.m_node.mayEnd;
  }

  void refuseLocked(WorkerWait& wait) REQUIRES(mutex) {
    wait.m_refused.store(true, std::memory_order_release);
    wait.m_bell.ring(wait.m_bell.who);
    mayEndLocked(wait.m_node);
    tellDependentsLocked();
  }
  /// Of the waits that this look found vain, refuses the newest that fits, again and again, while `goOn`.
  template <class Fits, class GoOn> void refuseNewestLocked(Fits&& fits, GoOn&& goOn) REQUIRES(mutex) {
    std::vector<WorkerWait*> vain;
    for (WorkerWait* wait : reached)
      if (!wait->m_node.mayEnd && wait->m_ifVain == WorkerWait::IfVain::Throw && fits(*wait)) vain.push_back(wait);
    std::sort(vain.begin(), vain.end(),
              [](const WorkerWait* a, const WorkerWait* b) { return a->m_entered > b->m_entered; });
    for (WorkerWait* wait : vain) {
      if (!goOn()) return;
      if (!wait->m_node.mayEnd) refuseLocked(*wait);
    }
  }

  static bool isAtTheDoor(const WorkerWait& wait, const PoolCore& core) {
    return wait.m_pool == &core || std::any_of(wait.m_blocks.begin(), wait.m_blocks.end(), [&](const TaskBlock* block) {
             const TaskBlock& task = block->task();
             if (task.anchor != core.anchor) return false;
             MutexLock lock(task.anchor->mutex);
             return task.phase == TaskNode::Phase::Queued;
           });
  }
};

SubmittersTask::SubmittersTask(PoolCore& pool, const TaskNode& node) : core(pool), task(node), outer(t_tasks) {
  t_tasks = this;
}
SubmittersTask::~SubmittersTask() {
  t_tasks = outer;
}

WorkerWait::WorkerWait(std::span<const TaskBlock* const> blocks, Until until, const char* call, Bell bell,
                       IfVain ifVain)
    : m_blocks(blocks), m_until(until), m_call(call), m_bell(bell), m_ifVain(ifVain) {
  enter();
}

WorkerWait::WorkerWait(PoolCore& pool, const char* call, Until until, Bell bell, IfVain ifVain)
    : m_pool(&pool), m_until(until), m_call(call), m_bell(bell), m_ifVain(ifVain) {
  enter();
}

bool WorkerWait::concernsCaller() {
  return t_ioOf || t_tasks || (t_worker && t_worker->core);
}

void WorkerWait::enter() {
  if (!concernsCaller()) return;
  m_io = t_ioOf, m_tasks = t_tasks;
  if (t_worker && t_worker->core) m_worker = t_worker->core, m_slot = t_worker->slot;
  WaitGraph& graph = WaitGraph::instance();
  bool vain = false;
  std::vector<BlockPtr<TaskBlock>> letGo;
  {
    MutexLock lock(graph.mutex);
    m_outer = std::exchange(t_wait, this);
    m_entered = ++graph.entered;
    m_place = graph.waits.size();
    graph.waits.push_back(this);
    m_listed = true;
    if (m_worker) {
      PoolWaits& its = m_worker->waits;
      if (its.bySlot.size() <= m_slot) its.bySlot.resize(m_slot + std::size_t{1});
      its.workers += its.bySlot[m_slot] == nullptr;
      its.bySlot[m_slot] = this;
    }
    if (m_io) m_io->waits.io = this;
    for (const SubmittersTask* task = m_tasks; task; task = task->outer)
      task->core.waits.bySubmitter[&task->task] = this;
    vain = graph.inVainLocked(*this);
    if (vain && m_ifVain == IfVain::RefuseOthers) {
      graph.refuseNewestLocked([](const WorkerWait&) { return true; }, [&] { return !m_node.mayEnd; });
      m_hopeless = !m_node.mayEnd;
      vain = false;
    }
    letGo.swap(graph.sources);
  }
  if (!vain) return;
  leave();
  refuse();
}

void WorkerWait::leave() {
  WaitGraph& graph = WaitGraph::instance();
  if (!m_home.isHere()) return; // the graph has forgotten it
  MutexLock lock(graph.mutex);
  t_wait = m_outer;
  m_listed = false;
  graph.waits[m_place] = graph.waits.back();
  graph.waits[m_place]->m_place = m_place;
  graph.waits.pop_back();
  if (m_worker) {
    m_worker->waits.bySlot[m_slot] = m_outer;
    m_worker->waits.workers -= m_outer == nullptr;
  }
  if (m_io) m_io->waits.io = m_outer;
  for (const SubmittersTask* task = m_tasks; task; task = task->outer) {
    // The outer wait has it too, if the task was running then.
    bool outers = false;
    for (const SubmittersTask* its = m_outer ? m_outer->m_tasks : nullptr; its; its = its->outer)
      outers = outers || its == task;
    if (outers)
      task->core.waits.bySubmitter[&task->task] = m_outer;
    else
      task->core.waits.bySubmitter.erase(&task->task);
  }
}

WorkerWait::~WorkerWait() {
  if (m_listed) leave();
}

void WorkerWait::refuse() const {
  const char* from = m_io       ? " from a done-callback"
                     : m_worker ? " from a worker"
                                : " from a task that its submitter runs";
  throw WouldDeadlock(std::string(m_call) + from + " can never return: all that could end it waits in the same way");
}

void WorkerWait::check() const {
  if (refused()) refuse();
}

void WorkerWait::lookAgain() {
  if (!m_listed) return;
  bool vain;
  std::vector<BlockPtr<TaskBlock>> letGo;
  {
    WaitGraph& graph = WaitGraph::instance();
    MutexLock lock(graph.mutex);
    vain = graph.inVainLocked(*this);
    letGo.swap(graph.sources);
  }
  if (vain) refuse();
}

void WorkerWait::lookAtWaitsOn(PoolCore& pool) {
  WaitGraph& graph = WaitGraph::instance();
  std::vector<BlockPtr<TaskBlock>> letGo; // after the lock
  MutexLock lock(graph.mutex);
  if (graph.waits.empty()) return;
  graph.beginLocked();
  for (WorkerWait* wait : graph.waits)
    graph.reachLocked(wait);
  graph.runLocked(nullptr);
  const auto always = [] { return true; };
  graph.refuseNewestLocked([&](const WorkerWait& wait) { return WaitGraph::isAtTheDoor(wait, pool); }, always);
  graph.refuseNewestLocked([](const WorkerWait&) { return true; }, always);
  letGo.swap(graph.sources);
}

void WorkerWait::lockForFork() {
  WaitGraph::instance().mutex.lockForFork();
}
void WorkerWait::unlockAfterFork() {
  WaitGraph::instance().mutex.unlockAfterFork();
}
void WorkerWait::forgetInForkedChild() {
  WaitGraph& graph = WaitGraph::instance();
  MutexLock lock(graph.mutex);
  graph.waits.clear();
  t_wait = nullptr;
}

} // namespace poolscope::detail
