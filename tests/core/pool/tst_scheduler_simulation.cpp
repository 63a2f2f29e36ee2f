#include "core/event/event_log.h"
#include "core/event/pool_state.h"
#include "core/pool/scheduler.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <optional>
#include <random>
#include <vector>

using namespace poolscope;

namespace {

EventLogOptions undrained() {
  EventLogOptions options;
  options.startDrainer = false, options.recordingBytes = std::size_t{1} << 20;
  return options;
}

/// A pool without threads: random inputs drive the real Scheduler, and workers obey it one step at a time. Every event
/// goes through a real log into a fold, which must agree with the scheduler.
class Simulation {
 public:
  /// `foldEvery`: steps between two comparisons with the fold.
  Simulation(std::uint32_t seed, int foldEvery)
      : m_random(seed), m_foldEvery(foldEvery), m_lingers(pick(2) == 0), m_limit(pick(3) == 0 ? 1 + pick(10) : 0),
        m_scheduler(m_pool, 1 + pick(8)) {
    m_opened.kind = EventKind::PoolOpened, m_opened.pool = m_pool;
    m_opened.b = static_cast<std::uint32_t>(m_scheduler.target());
    batch().add(m_opened);
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      step();
      check();
    }
    workToTheEnd();
    carryOut(m_scheduler.shutdown({}, {}, batch()));
    workToTheEnd();
    if (testing::Test::HasFailure()) return;
    compareWithFold();
    const PoolStats s = m_scheduler.stats();
    EXPECT_TRUE(m_scheduler.closed());
    EXPECT_EQ(s.submitted, s.done + s.failed + s.cancelled);
    EXPECT_EQ(s.liveWorkers, 0u);
    for (const TaskNode& node : m_nodes)
      EXPECT_EQ(node.phase, TaskNode::Phase::Ended);
  }

 private:
  std::size_t pick(std::size_t n) { return m_random() % n; }

  void check() {
    EXPECT_EQ(m_scheduler.checkInvariants(), "");
    if (++m_steps % m_foldEvery == 0) compareWithFold();
  }
  void workToTheEnd() {
    while ((busy() || retry()) && !testing::Test::HasFailure()) {
      work();
      check();
    }
  }
  bool busy() const {
    return !m_asking.empty() || !m_running.empty() || !m_starting.empty() || !m_leaving.empty() || !m_byCallers.empty();
  }
  /// What an executor does when the pause after a failure is over.
  bool retry() {
    const SlotIndex slot = m_scheduler.retrySpawn(batch());
    if (slot != kNoSlot) m_starting.push_back(slot);
    return slot != kNoSlot;
  }

  void compareWithFold() {
    m_batch.reset();
    m_log.drainNow();
    for (; m_read < m_log.recording().size(); ++m_read)
      StateFold::extend(m_state, m_history, m_log.recording()[m_read]);
    EXPECT_EQ(StateFold::checkInvariants(m_state, m_history), "");
    const PoolLive& pool = *m_state.pool(m_pool);
    const PoolStats s = m_scheduler.stats();
    EXPECT_EQ(pool.counters.submitted, s.submitted);
    EXPECT_EQ(pool.counters.queued, s.queued);
    EXPECT_EQ(pool.counters.running, s.running);
    EXPECT_EQ(pool.counters.done, s.done);
    EXPECT_EQ(pool.counters.failed, s.failed);
    EXPECT_EQ(pool.counters.cancelled, s.cancelled);
    EXPECT_EQ(pool.target, s.maxWorkers);
    EXPECT_EQ(pool.open, !m_scheduler.closed());
    std::size_t live = 0;
    for (const WorkerState& worker : pool.slots)
      live += worker.phase != WorkerPhase::Vacant;
    EXPECT_EQ(live, s.liveWorkers);
    std::vector<TaskId> queue;
    m_scheduler.queue().forEach([&](const TaskNode& node) { queue.push_back(node.id); });
    EXPECT_EQ(m_state.queuedTasks(m_pool, m_history, 10'000), queue);
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
    TaskNode& node = m_nodes.emplace_back();
    node.id = m_log.newTask();
    node.priority = static_cast<std::int16_t>(pick(10) == 0 ? pick(3) : 0);
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
        if (m_scheduler.spawnFailed(slot, 11, 0, batch())) carryOut(m_scheduler.breakPool({}, batch()));
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
    const Scheduler::Next next = m_scheduler.next(slot, batch(), m_lingers);
    if (next.task) m_running.push_back(slot);
    if (next.exit && m_lingers) m_leaving.push_back(slot);
    carryOut(next.wish);
  }

  void carryOut(const Scheduler::Wish& wish) {
    if (wish.wake != kNoSlot) m_asking.push_back(wish.wake);
    if (wish.start != kNoSlot) m_starting.push_back(wish.start);
  }
  void carryOut(const Scheduler::Wishes& wishes) {
    m_asking.insert(m_asking.end(), wishes.wake.begin(), wishes.wake.end());
    m_starting.insert(m_starting.end(), wishes.start.begin(), wishes.start.end());
  }

  SlotIndex take(std::vector<SlotIndex>& from) {
    const std::size_t i = pick(from.size());
    const SlotIndex slot = from[i];
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
    return slot;
  }
  EventBatch& batch() {
    m_batch.reset(); // the one before is published; a thread has one at a time
    m_log.reserve(64);
    m_batch.emplace(&m_log);
    return *m_batch;
  }

  std::minstd_rand m_random;
  const int m_foldEvery;
  const bool m_lingers;      // workers have a finalizer
  const std::size_t m_limit; // of the queue
  EventLog m_log{undrained()};
  const PoolId m_pool = m_log.newPool();
  Event m_opened;
  Scheduler m_scheduler;
  std::deque<TaskNode> m_nodes;
  std::vector<SlotIndex> m_starting, m_asking, m_running, m_leaving; // workers by what they do next
  std::vector<TaskNode*> m_byCallers;
  PoolState m_state;
  TaskHistory m_history;
  std::uint64_t m_read = 0;
  int m_steps = 0;
  std::optional<EventBatch> m_batch; // the last step's
};

} // namespace

/// The seeds of one run: the next thousand after POOLSCOPE_SEED, which a failure names.
TEST(SchedulerSimulation, keepsItsInvariantsAndAgreesWithTheFoldForAnySequence) {
  const char* given = std::getenv("POOLSCOPE_SEED");
  const auto first = static_cast<std::uint32_t>(given ? std::strtoul(given, nullptr, 10) : 1);
  for (std::uint32_t seed = first; seed < first + 1000; ++seed) {
    SCOPED_TRACE("POOLSCOPE_SEED=" + std::to_string(seed));
    Simulation(seed, seed % 20 == 0 ? 1 : 100).run(300); // after every step, or now and then
    if (HasFailure()) return;
  }
}
