#include "core/analysis/waiting.h"

#include "core/event/state_history.h"
#include "tests/support/event_maker.h"
#include "tests/support/scheduler_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

using namespace poolscope;
using namespace poolscope::test;

namespace {

using For = Waiting::For;
constexpr std::uint32_t kSeeds = 120; // of each kind of pool

/// A pool that random decisions brought somewhere, out of a seed: made once more it is there again, so that the end of
/// each of its workers' tasks can be tried on the real scheduler.
class Pool final : SchedulerWorld {
 public:
  Pool(std::uint32_t seed, WorkerKind kind) : SchedulerWorld(seed, kind), m_process(kind == WorkerKind::Process) {
    for (std::size_t steps = 5 + pick(60); steps > 0; --steps)
      step(), check();
    settle();
    compareWithFold();
  }

  bool isQuiet() const { return m_scheduler.queue().empty(); }
  Waiting waiting() const { return Waiting::of(foldedPool(), history()); }
  std::vector<SlotIndex> helpers() const { return helpersOf(foldedPool()); }
  std::vector<SlotIndex> busy() const {
    std::vector<SlotIndex> slots;
    for (std::size_t i = 0; i < m_workers.size(); ++i)
      if (!m_workers[i].tasks.empty()) slots.push_back(static_cast<SlotIndex>(i));
    return slots;
  }
  /// Whether the head of the queue leaves it when this worker's tasks end, and nobody else's does.
  bool servesTheHead(SlotIndex slot) {
    const TaskNode* head = m_scheduler.queue().head();
    while (!m_workers[slot].tasks.empty())
      endTask(slot);
    ask(slot);
    settle();
    return head->phase != TaskNode::Phase::Queued;
  }

 private:
  struct Worker {
    std::vector<TaskNode*> tasks; // the first runs, but in a process it may only have been handed
  };
  Worker& worker(SlotIndex slot) {
    if (m_workers.size() <= slot) m_workers.resize(slot + 1u);
    return m_workers[slot];
  }

  void step() {
    switch (pick(14)) {
    case 0:
    case 12:
      return follow(m_scheduler.resize(1 + pick(8), By::Person, batch()));
    case 1:
      if (!m_nodes.empty()) m_scheduler.cancel(m_nodes[pick(m_nodes.size())], By::Caller, {}, batch());
      return;
    case 2:
      if (!m_nodes.empty()) m_scheduler.moveToFront(m_nodes[pick(m_nodes.size())], batch());
      return;
    case 3:
      if (pick(20) == 0) follow(m_scheduler.shutdown({.wait = false}, {}, batch()));
      return;
    case 4:
      return arrive();
    case 5:
      return pick(3) == 0 ? die() : settle();
    case 6:
    case 7: {
      const auto slots = busy();
      if (slots.empty()) return;
      const SlotIndex slot = slots[pick(slots.size())];
      endTask(slot);
      if (m_workers[slot].tasks.empty()) ask(slot);
      return;
    }
    default:
      if (!m_scheduler.shuttingDown() && !m_scheduler.broken())
        follow(m_scheduler.submit(newTask(), {}, {}, {}, batch()));
    }
  }

  void arrive() {
    if (m_starting.empty()) return;
    const SlotIndex slot = take(m_starting);
    if (!m_process && pick(8) == 0) {
      follow(m_scheduler.spawnFailed(slot, 11, 0, batch()));
      if (m_scheduler.deserted()) follow(m_scheduler.breakPool({}, batch()));
      return;
    }
    m_scheduler.ready(slot, Event{}, batch());
    ask(slot);
  }
  /// A worker process dies: its slot waits for the next try, or is given up.
  void die() {
    const auto slots = busy();
    if (!m_process || slots.empty()) return;
    const SlotIndex slot = slots[pick(slots.size())];
    while (!m_workers[slot].tasks.empty())
      endTask(slot);
    const bool retires = m_scheduler.slots()[slot].retiring;
    const auto then = retires        ? Scheduler::SlotPhase::Vacant
                      : pick(3) == 0 ? Scheduler::SlotPhase::Failed
                                     : Scheduler::SlotPhase::Waiting;
    follow(m_scheduler.exited(slot, Event{}, then, {}, batch()));
    if (m_scheduler.hopeless() && !m_scheduler.closed()) follow(m_scheduler.breakPool({}, batch()));
  }
  void endTask(SlotIndex slot) {
    TaskNode* task = m_workers[slot].tasks.front();
    if (task->phase == TaskNode::Phase::Dispatched) m_scheduler.started(*task, 0, batch());
    m_scheduler.finish(slot, Outcome::Ok, {}, batch());
    m_workers[slot].tasks.erase(m_workers[slot].tasks.begin());
  }
  void ask(SlotIndex slot) {
    Scheduler::Next next = m_process ? m_scheduler.dispatch(slot, batch()) : m_scheduler.next(slot, batch());
    if (next.task) worker(slot).tasks.push_back(next.task);
    if (m_process && next.task && pick(2) == 0) {
      m_scheduler.started(*next.task, 0, batch());
      if (TaskNode* ahead = pick(3) == 0 ? m_scheduler.dispatchAhead(slot, batch()) : nullptr)
        worker(slot).tasks.push_back(ahead);
    }
    follow(std::move(next.wish));
    if (m_process && next.exit)
      follow(m_scheduler.exited(slot, Event{}, Scheduler::SlotPhase::Vacant, {}, batch()));
  }
  /// Whoever is on the way comes; no task ends, and no pause after a failure is over.
  void settle() {
    for (bool moved = true; moved;) {
      moved = !m_asking.empty() || !m_starting.empty();
      if (!m_asking.empty())
        ask(take(m_asking));
      else
        arrive();
    }
  }
  void follow(Scheduler::Wish&& wish) {
    if (wish.wake) m_asking.push_back(wish.wake.take());
    if (wish.start) m_starting.push_back(wish.start.take());
  }
  void follow(Scheduler::Wishes&& wishes) {
    for (Scheduler::Errand& slot : wishes.wake)
      m_asking.push_back(slot.take());
    for (Scheduler::Errand& slot : wishes.start)
      m_starting.push_back(slot.take());
  }

  const bool m_process;
  std::vector<Worker> m_workers;
  std::vector<SlotIndex> m_starting, m_asking;
};

Waiting waitingAfter(const std::function<void(EventMaker&)>& write) {
  Recording recording;
  EventMaker maker(recording);
  write(maker);
  StateHistory states(recording);
  states.advance();
  return Waiting::of(*states.live().pool(PoolId{1}), states.tasks());
}

} // namespace

TEST(Waiting, theEndOfAHelpersTaskServesTheHeadAndTheEndOfAnotherDoesNot) {
  int helped = 0, retired = 0;
  for (const WorkerKind kind : {WorkerKind::Thread, WorkerKind::Process})
    for (std::uint32_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      const Pool pool(seed, kind);
      if (pool.isQuiet()) continue;
      const Waiting waiting = pool.waiting();
      const std::vector<SlotIndex> helpers = pool.helpers(), busy = pool.busy();
      EXPECT_EQ(waiting.free + waiting.starting, 0u);
      EXPECT_EQ(waiting.helpers, helpers.size());
      EXPECT_EQ(waiting.helpers + waiting.retiring, busy.size());
      EXPECT_NE(waiting.waitsFor(1), For::FreeWorker);
      EXPECT_NE(waiting.waitsFor(1), For::Start);
      for (const SlotIndex slot : busy) {
        const bool named = std::ranges::binary_search(helpers, slot);
        EXPECT_EQ(Pool(seed, kind).servesTheHead(slot), named) << "slot " << slot;
        ++(named ? helped : retired);
      }
    }
  EXPECT_GT(helped, 200);
  EXPECT_GT(retired, 50); // both halves of the claim were tried
}

TEST(Waiting, workersThatRetireAreNoCapacity) {
  const Waiting waiting = waitingAfter([](EventMaker& log) {
    log.opened(1, 7);
    for (SlotIndex slot = 0; slot < 7; ++slot)
      log.submitted(1, slot + 1u).ready(1, slot).started(1, slot + 1u, slot);
    for (std::uint64_t task = 8; task <= 12; ++task)
      log.submitted(1, task);
    log.resized(1, 7, 2);
    for (SlotIndex slot = 2; slot < 7; ++slot)
      log.worker(EventKind::WorkerRetiring, 1, slot, static_cast<std::uint8_t>(RetireReason::Resize));
  });
  EXPECT_EQ(waiting.helpers, 2u);
  EXPECT_EQ(waiting.retiring, 5u);
  EXPECT_EQ(waiting.lanes(), 2u);
  for (const std::size_t position : {0, 1, 5})
    EXPECT_EQ(waiting.waitsFor(position), For::Helper);
}

TEST(Waiting, aStartingWorkerIsForAsManyAsAreStarting) {
  const Waiting waiting = waitingAfter([](EventMaker& log) {
    log.opened(1, 2).submitted(1, 1).submitted(1, 2).submitted(1, 3).ready(1, 0).started(1, 1, 0);
    log.worker(EventKind::WorkerStarting, 1, 1, 0, 1);
  });
  EXPECT_EQ(waiting.waitsFor(1), For::Start);
  EXPECT_EQ(waiting.waitsFor(2), For::Helper); // not its worker
}

TEST(Waiting, whoFreesASlotOfAHandedTaskHasOneStill) {
  const Waiting waiting = waitingAfter([](EventMaker& log) {
    log.opened(1, 1, WorkerKind::Process).submitted(1, 1).submitted(1, 2).submitted(1, 3).ready(1, 0);
    log.task(EventKind::TaskDispatched, 1, 1, 0).started(1, 1, 0).task(EventKind::TaskDispatched, 1, 2, 0);
    log.finished(1, 1, 0);
  });
  EXPECT_EQ(waiting.free, 0u); // between two tasks, not idle
  EXPECT_EQ(waiting.helpers, 1u);
}

TEST(Waiting, saysWhatElseAPoolWaitsFor) {
  const auto full = [](EventMaker& log, std::uint32_t target) -> EventMaker& {
    return log.opened(1, target).submitted(1, 1).submitted(1, 2).ready(1, 0).started(1, 1, 0);
  };
  EXPECT_EQ(waitingAfter([&](EventMaker& log) { full(log, 1).pool(EventKind::PoolHeld, 1); }).waitsFor(1), For::Release);
  EXPECT_EQ(waitingAfter([&](EventMaker& log) { full(log, 2); }).waitsFor(1), For::NewWorker);
  EXPECT_EQ(waitingAfter([&](EventMaker& log) {
              full(log, 2).worker(EventKind::PoolSpawnFailed, 1, 1, 0, 11);
            }).waitsFor(1),
            For::Retry);
  EXPECT_EQ(waitingAfter([&](EventMaker& log) {
              full(log, 2).worker(EventKind::WorkerStarting, 1, 1, 0, 1).worker(EventKind::WorkerSlotFailed, 1, 1);
            }).waitsFor(1),
            For::Helper); // a slot that was given up gets no worker
  EXPECT_EQ(waitingAfter([&](EventMaker& log) {
              full(log, 1).shutdownBegun(1).worker(EventKind::WorkerRetiring, 1, 0);
            }).waitsFor(1),
            For::NewWorker); // its place is free again
  EXPECT_EQ(waitingAfter([&](EventMaker& log) {
              full(log, 1).finished(1, 1, 0);
            }).waitsFor(1),
            For::FreeWorker);
}

TEST(Waiting, theOldestIsFoundWhereverItStands) {
  Recording recording;
  EventMaker log(recording);
  log.opened(1, 1).ready(1, 0);
  log.at(100).submitted(1, 1);
  for (std::uint64_t task = 2; task <= 40; ++task)
    log.at(1000 + static_cast<std::int64_t>(task)).submitted(1, task, 5); // all before the oldest
  log.at(2000).submitted(1, 41, -1);
  StateHistory states(recording);
  states.advance();
  const auto oldest = [&](std::int64_t t) { return oldestQueued(states.stateAt(t), states.tasks(), PoolId{1}); };
  EXPECT_EQ(oldest(3000), 100);
  log.at(4000).started(1, 1, 0);
  states.advance();
  EXPECT_EQ(oldest(5000), 1002);
  EXPECT_EQ(oldest(3000), 100); // then it waited still
  EXPECT_EQ(oldest(50), kNever);
}
