#include "tests/support/scheduler_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;

namespace {

using SlotPhase = Scheduler::SlotPhase;

/// A pool of processes without processes: it makes of the scheduler's answers what ProcessPool does (ask, feed, give,
/// take back, bury, restart, the stages of a shutdown), and its workers start, end and die as a seed says.
class ProcessSimulation final : SchedulerWorld {
 public:
  explicit ProcessSimulation(std::uint32_t seed)
      : SchedulerWorld(seed, WorkerKind::Process), m_maxTasks(pick(3) == 0 ? 1 + pick(4) : 0), m_ahead(pick(2) * 5) {
    batch();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      step();
      checkAll();
    }
    workToTheEnd();
    follow(m_scheduler.shutdown({}, {}, batch()), *m_open);
    checkAll();
    workToTheEnd();
    if (!testing::Test::HasFailure()) checkEnd();
  }

 private:
  /// None: no process. Starting: asked for. Serving. Leaving: it was told to end.
  enum class Phase { None, Starting, Serving, Leaving };
  struct Worker {
    Phase phase = Phase::None;
    TaskNode* running = nullptr;
    std::vector<TaskNode*> handed; // not started, in order
    std::size_t given = 0;
    bool doomed = false; // by the pool
  };

  EventBatch& batch() {
    m_open = &SchedulerWorld::batch();
    return *m_open;
  }
  Worker& worker(SlotIndex slot) {
    if (m_workers.size() <= slot) m_workers.resize(slot + 1u);
    return m_workers[slot];
  }
  std::vector<SlotIndex> workersIn(Phase phase) const {
    std::vector<SlotIndex> slots;
    for (std::size_t i = 0; i < m_workers.size(); ++i)
      if (m_workers[i].phase == phase) slots.push_back(static_cast<SlotIndex>(i));
    return slots;
  }

  void checkAll() {
    check();
    compareWithFold();
    for (std::size_t i = 0; i < m_workers.size(); ++i) {
      const Scheduler::Slot& slot = m_scheduler.slots()[i];
      EXPECT_EQ(slot.task, m_workers[i].running) << i;
      EXPECT_EQ(slot.dispatched, m_workers[i].handed.size()) << i;
      EXPECT_EQ(m_workers[i].phase == Phase::None,
                slot.phase == SlotPhase::Vacant || slot.phase == SlotPhase::Waiting || slot.phase == SlotPhase::Failed)
          << i;
    }
  }

  // --- What ProcessPool does

  void begin(SlotIndex slot) {
    worker(slot) = {};
    worker(slot).phase = Phase::Starting;
  }
  void follow(Scheduler::Wish&& wish, EventBatch& batch) {
    if (wish.start) begin(wish.start.take());
    if (wish.wake) ask(wish.wake.take(), batch);
  }
  void follow(Scheduler::Wishes&& wishes, EventBatch& batch) {
    for (Scheduler::Errand& slot : wishes.wake)
      ask(slot.take(), batch);
    for (Scheduler::Errand& slot : wishes.start)
      begin(slot.take());
  }
  void ask(SlotIndex slot, EventBatch& batch) {
    while (slot != kNoSlot) {
      Worker& w = worker(slot);
      if (m_maxTasks != 0 && w.given >= m_maxTasks && !m_scheduler.slots()[slot].retiring)
        m_scheduler.retire(slot, RetireReason::MaxTasks, batch);
      Scheduler::Next next = m_scheduler.dispatch(slot, batch);
      if (next.task) give(w, *next.task);
      if (next.exit) w.phase = Phase::Leaving;
      if (next.wish.start) begin(next.wish.start.take());
      slot = next.wish.wake.take();
    }
  }
  static void give(Worker& w, TaskNode& task) {
    w.handed.push_back(&task);
    ++w.given;
  }
  void feed(SlotIndex slot, EventBatch& batch) {
    if (worker(slot).phase != Phase::Serving || worker(slot).doomed) return;
    if (!worker(slot).running && worker(slot).handed.empty()) ask(slot, batch);
    if (m_scheduler.slots()[slot].phase != SlotPhase::Running) return;
    for (std::size_t ahead = pick(m_ahead + 1); ahead > 0; --ahead) {
      if (m_maxTasks != 0 && worker(slot).given >= m_maxTasks) return;
      TaskNode* task = m_scheduler.dispatchAhead(slot, batch);
      if (!task) return;
      give(worker(slot), *task);
    }
  }
  /// Some of what it had not begun; the others it begins just now.
  void takeBack(SlotIndex slot, EventBatch& batch) {
    if (m_scheduler.broken()) return;
    Worker& w = worker(slot);
    for (std::size_t i = w.handed.size(); i-- > 0;) {
      if (i == 0 && !w.running && pick(4) == 0) continue;
      m_scheduler.requeue(*w.handed[i], batch);
      w.handed.erase(w.handed.begin() + static_cast<std::ptrdiff_t>(i));
      --w.given;
    }
  }
  void doomAll() {
    m_ended = true;
    for (Worker& w : m_workers)
      w.doomed = w.doomed || (w.phase != Phase::None && w.phase != Phase::Leaving);
  }

  void bury(SlotIndex slot) {
    Worker& w = worker(slot);
    EventBatch& batch = this->batch();
    if (w.running) m_scheduler.finish(slot, pick(4) ? Outcome::WorkerDied : Outcome::Timeout, {}, batch);
    for (std::size_t i = w.handed.size(); i-- > 0;) {
      const bool begun = i == 0 && !w.running && pick(3) == 0; // and had no time to say so
      if (!begun && m_givenBack.insert(w.handed[i]).second && !m_scheduler.broken())
        m_scheduler.requeue(*w.handed[i], batch);
      else
        m_scheduler.failDispatched(*w.handed[i], Outcome::WorkerDied, {}, batch);
    }
    const bool missed = w.phase != Phase::Leaving && !w.doomed && !m_scheduler.broken() && !m_ended &&
                        !m_scheduler.slots()[slot].retiring;
    const SlotPhase then = !missed ? SlotPhase::Vacant : pick(6) == 0 ? SlotPhase::Failed : SlotPhase::Waiting;
    w = {};
    follow(m_scheduler.exited(slot, Event{}, then, {}, batch), batch);
    if (m_scheduler.hopeless() && !m_scheduler.closed() && !m_scheduler.broken())
      follow(m_scheduler.breakPool({}, batch), batch);
  }

  void nextStage() {
    EventBatch& batch = this->batch();
    if (m_scheduler.closed()) return;
    if (m_scheduler.stage() == ShutdownStage::Terminate) {
      m_scheduler.enterStage(ShutdownStage::Kill, batch);
      return;
    }
    if (m_scheduler.stage() != ShutdownStage::Draining) return;
    for (std::size_t i = 0; i < m_workers.size(); ++i)
      takeBack(static_cast<SlotIndex>(i), batch);
    follow(m_scheduler.enterStage(ShutdownStage::CancelQueued, batch), batch);
    for (std::size_t i = 0; i < m_workers.size(); ++i)
      feed(static_cast<SlotIndex>(i), batch);
    if (m_scheduler.closed()) return;
    m_scheduler.enterStage(ShutdownStage::Terminate, batch);
    doomAll();
  }

  // --- What happens

  void step() {
    switch (pick(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      if (!m_scheduler.shuttingDown() && !m_scheduler.broken())
        follow(m_scheduler.submit(newTask(), {}, {}, {}, batch()), *m_open);
      break;
    case 5:
      if (!m_nodes.empty()) m_scheduler.cancel(m_nodes[pick(m_nodes.size())], By::Caller, {}, batch());
      break;
    case 6:
      if (!m_nodes.empty()) m_scheduler.moveToFront(m_nodes[pick(m_nodes.size())], batch());
      break;
    case 7:
      resize();
      break;
    case 8:
      rare();
      break;
    default:
      work();
    }
  }

  void resize() {
    EventBatch& batch = this->batch();
    follow(m_scheduler.resize(1 + pick(8), By::Person, batch), batch);
    for (std::size_t i = 0; i < m_workers.size(); ++i) {
      const auto slot = static_cast<SlotIndex>(i);
      if (m_workers[i].phase == Phase::None || !m_scheduler.slots()[i].retiring) continue;
      takeBack(slot, batch);
      feed(slot, batch);
    }
    follow(m_scheduler.answerQueue(batch), batch);
  }

  void rare() {
    switch (pick(8)) {
    case 0:
      m_scheduler.tellAnew(m_opened, batch());
      break;
    case 1:
      retry();
      break;
    case 2:
      if (const auto serving = workersIn(Phase::Serving); !serving.empty()) { // a long task, or one past its time
        const SlotIndex slot = serving[pick(serving.size())];
        if (!worker(slot).running) break;
        EventBatch& batch = this->batch();
        m_scheduler.stopRequested(*worker(slot).running, By::Timeout, batch);
        takeBack(slot, batch);
        follow(m_scheduler.answerQueue(batch), batch);
      }
      break;
    case 3:
      if (!m_scheduler.shuttingDown() && !m_scheduler.broken())
        m_scheduler.submitFailed(newTask(), {}, {}, {}, {}, batch());
      break;
    case 4:
      if (pick(6) != 0) break;
      follow(m_scheduler.shutdown({.wait = false, .cancelFutures = pick(2) == 0}, {}, batch(), pick(2) ? 1 : 0),
             *m_open);
      break;
    case 5:
      if (m_scheduler.stage()) nextStage();
      break;
    case 6:
      if (pick(20) == 0) follow(m_scheduler.breakPool({}, batch()), *m_open);
      break;
    default:
      if (pick(20) != 0) break; // every worker is ended
      follow(m_scheduler.breakPool({}, batch()), *m_open);
      doomAll();
      follow(m_scheduler.shutdown({.wait = false}, {}, *m_open), *m_open);
    }
  }

  /// Something that a worker does, or that is done for one.
  void work() {
    const auto starting = workersIn(Phase::Starting), serving = workersIn(Phase::Serving);
    const auto leaving = workersIn(Phase::Leaving);
    if (!starting.empty() && pick(3) == 0) return arrive(starting[pick(starting.size())]);
    if (!leaving.empty() && pick(3) == 0) return bury(leaving[pick(leaving.size())]);
    if (pick(8) == 0) {
      restart();
      return;
    }
    if (serving.empty()) return;
    const SlotIndex slot = serving[pick(serving.size())];
    Worker& w = worker(slot);
    if (pick(w.doomed ? 2 : 25) == 0) return bury(slot);
    if (w.running) {
      m_scheduler.finish(slot, pick(5) ? Outcome::Ok : Outcome::Error, {}, batch());
      w.running = nullptr;
      feed(slot, *m_open);
    } else if (!w.handed.empty()) {
      TaskNode* task = w.handed.front();
      EXPECT_TRUE(m_started.insert(task).second) << "a task starts once";
      w.handed.erase(w.handed.begin());
      w.running = task;
      m_scheduler.started(*task, 0, batch());
    }
  }

  void arrive(SlotIndex slot) {
    if (pick(20) == 0 && !worker(slot).doomed) { // it could not be made
      worker(slot) = {};
      follow(m_scheduler.spawnFailed(slot, 11, 0, batch()), *m_open);
      if (m_scheduler.deserted()) follow(m_scheduler.breakPool({}, *m_open), *m_open);
    } else if (pick(15) == 0 || worker(slot).doomed) { // it dies before it says hello
      bury(slot);
    } else {
      m_scheduler.ready(slot, Event{}, batch());
      worker(slot).phase = Phase::Serving;
      feed(slot, *m_open);
    }
  }

  bool restart() {
    for (std::size_t i = 0; i < m_scheduler.slots().size(); ++i) {
      if (m_scheduler.slots()[i].phase != SlotPhase::Waiting) continue;
      if (Scheduler::Errand slot = m_scheduler.restart(static_cast<SlotIndex>(i), batch())) begin(slot.take());
      return true;
    }
    return false;
  }
  bool retry() {
    Scheduler::Errand slot = m_scheduler.retrySpawn(batch());
    if (!slot) return false;
    begin(slot.take());
    return true;
  }

  void workToTheEnd() {
    const auto busy = [&] {
      return std::any_of(m_workers.begin(), m_workers.end(), [](const Worker& w) {
        return w.phase == Phase::Starting || w.phase == Phase::Leaving || w.running || !w.handed.empty() ||
               (w.phase == Phase::Serving && w.doomed);
      });
    };
    while ((busy() || restart() || retry()) && !testing::Test::HasFailure()) {
      work();
      checkAll();
    }
  }

  const std::size_t m_maxTasks;  // per worker; 0: no limit
  const std::size_t m_ahead;     // tasks that are handed ahead at once, at most
  EventBatch* m_open = nullptr;  // the present critical section's
  std::vector<Worker> m_workers; // by slot
  std::set<TaskNode*> m_givenBack, m_started;
  bool m_ended = false;
};

} // namespace

TEST(ProcessSimulation, keepsItsInvariantsAndAgreesWithTheFoldWhateverDies) {
  forThousandSeeds([](std::uint32_t seed) { ProcessSimulation(seed).run(150); });
}
