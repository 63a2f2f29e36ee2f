#include "tests/support/scheduler_world.h"

#include <gtest/gtest.h>

#include <vector>

using namespace poolscope;
using namespace poolscope::test;

namespace {

/// A pool of threads without threads: random inputs drive the scheduler, and workers obey it one step at a time.
class Simulation final : SchedulerWorld {
 public:
  /// `foldEvery`: steps between two comparisons with the fold.
  Simulation(std::uint32_t seed, int foldEvery)
      : SchedulerWorld(seed, WorkerKind::Thread), m_foldEvery(foldEvery), m_lingers(pick(2) == 0),
        m_limit(pick(3) == 0 ? 1 + pick(10) : 0) {}

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      step();
      checkStep();
    }
    workToTheEnd();
    carryOut(m_scheduler.shutdown({}, {}, batch()));
    workToTheEnd();
    if (!testing::Test::HasFailure()) checkEnd();
  }

 private:
  void checkStep() {
    check();
    if (++m_steps % m_foldEvery == 0) compareWithFold();
  }
  void workToTheEnd() {
    while ((busy() || retry()) && !testing::Test::HasFailure()) {
      work();
      checkStep();
    }
  }
  bool busy() const {
    return !m_asking.empty() || !m_running.empty() || !m_starting.empty() || !m_leaving.empty() || !m_byCallers.empty();
  }
  /// What an executor does when the pause after a failure is over.
  bool retry() {
    Scheduler::Errand slot = m_scheduler.retrySpawn(batch());
    if (!slot) return false;
    m_starting.push_back(slot.take());
    return true;
  }

  void step() {
    switch (pick(14)) {
    case 0:
    case 1:
    case 2:
    case 3:
      submit();
      break;
    case 4:
      if (!m_nodes.empty()) m_scheduler.cancel(m_nodes[pick(m_nodes.size())], By::Caller, {}, batch());
      break;
    case 5:
      carryOut(m_scheduler.resize(1 + pick(8), By::Person, batch()));
      break;
    case 6:
      if (!m_nodes.empty()) m_scheduler.moveToFront(m_nodes[pick(m_nodes.size())], batch());
      break;
    case 7:
      if (pick(40) == 0) carryOut(m_scheduler.shutdown({.wait = false, .cancelFutures = pick(2) == 0}, {}, batch()));
      break;
    case 8:
      rare();
      break;
    default:
      work();
    }
  }

  void rare() {
    switch (pick(5)) {
    case 0:
      m_scheduler.tellAnew(m_opened, batch());
      break;
    case 1:
      if (!m_running.empty()) {
        TaskNode* task = m_scheduler.slots()[m_running[pick(m_running.size())]].task;
        m_scheduler.stopRequested(*task, By::Caller, batch());
      }
      break;
    case 2:
      if (m_scheduler.shuttingDown()) carryOut(m_scheduler.enterStage(ShutdownStage::CancelQueued, batch()));
      break;
    case 3:
      if (pick(20) == 0) carryOut(m_scheduler.breakPool({}, batch()));
      break;
    default:
      retry();
    }
  }

  void submit() {
    if (m_scheduler.shuttingDown() || m_scheduler.broken()) return;
    TaskNode& node = newTask();
    if (m_scheduler.full(m_limit)) {
      m_scheduler.startByCaller(node, {}, {}, {}, batch());
      m_byCallers.push_back(&node);
    } else {
      carryOut(m_scheduler.submit(node, {}, {}, {}, batch()));
    }
  }

  /// One worker does its next step: a started one arrives, a woken one asks, a busy one ends its task.
  void work() {
    if (!m_starting.empty() && pick(2) == 0) {
      const SlotIndex slot = take(m_starting);
      if (pick(20) == 0) {
        carryOut(m_scheduler.spawnFailed(slot, 11, 0, batch()));
        if (m_scheduler.deserted()) carryOut(m_scheduler.breakPool({}, batch()));
        return;
      }
      m_scheduler.ready(slot, Event{}, batch());
      ask(slot);
    } else if (!m_byCallers.empty() && pick(2) == 0) {
      m_scheduler.finishByCaller(*m_byCallers.back(), Outcome::Ok, {}, batch());
      m_byCallers.pop_back();
    } else if (!m_leaving.empty() && pick(2) == 0) {
      carryOut(m_scheduler.exited(take(m_leaving), Event{}, Scheduler::SlotPhase::Vacant, {}, batch()));
    } else if (!m_asking.empty() && pick(2) == 0) {
      ask(take(m_asking));
    } else if (!m_running.empty()) {
      const SlotIndex slot = take(m_running);
      m_scheduler.finish(slot, pick(5) ? Outcome::Ok : Outcome::Error, {}, batch());
      ask(slot);
    }
  }

  void ask(SlotIndex slot) {
    Scheduler::Next next = m_scheduler.next(slot, batch(), m_lingers);
    if (next.task) m_running.push_back(slot);
    if (next.exit && m_lingers) m_leaving.push_back(slot);
    carryOut(std::move(next.wish));
  }

  void carryOut(Scheduler::Wish&& wish) {
    if (wish.wake) m_asking.push_back(wish.wake.take());
    if (wish.start) m_starting.push_back(wish.start.take());
  }
  void carryOut(Scheduler::Wishes&& wishes) {
    for (Scheduler::Errand& slot : wishes.wake)
      m_asking.push_back(slot.take());
    for (Scheduler::Errand& slot : wishes.start)
      m_starting.push_back(slot.take());
  }

  const int m_foldEvery;
  const bool m_lingers;                                              // workers have a finalizer
  const std::size_t m_limit;                                         // of the queue
  std::vector<SlotIndex> m_starting, m_asking, m_running, m_leaving; // workers by what they do next
  std::vector<TaskNode*> m_byCallers;
  int m_steps = 0;
};

} // namespace

TEST(SchedulerSimulation, keepsItsInvariantsAndAgreesWithTheFoldForAnySequence) {
  // After every step, or now and then.
  forThousandSeeds([](std::uint32_t seed) { Simulation(seed, seed % 20 == 0 ? 1 : 100).run(300); });
}
