#include "tests/support/scheduler_world.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace poolscope::test {

namespace {

EventLogOptions undrained() {
  EventLogOptions options;
  options.startDrainer = false, options.recordingBytes = std::size_t{1} << 20;
  return options;
}

} // namespace

SchedulerWorld::SchedulerWorld(std::uint32_t seed, WorkerKind kind)
    : m_random(seed), m_log(undrained()), m_scheduler(m_pool, 1 + pick(8)) {
  m_opened.kind = EventKind::PoolOpened, m_opened.pool = m_pool, m_opened.flag = static_cast<std::uint8_t>(kind);
  m_opened.b = static_cast<std::uint32_t>(m_scheduler.target());
  batch().add(m_opened);
}

SlotIndex SchedulerWorld::take(std::vector<SlotIndex>& from) {
  const std::size_t i = pick(from.size());
  const SlotIndex slot = from[i];
  from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
  return slot;
}

TaskNode& SchedulerWorld::newTask() {
  TaskNode& node = m_nodes.emplace_back();
  node.id = m_log.newTask();
  node.priority = static_cast<std::int16_t>(pick(10) == 0 ? pick(3) : 0);
  return node;
}

EventBatch& SchedulerWorld::batch() {
  m_batch.reset(); // the one before is published; a thread has one at a time
  m_log.reserve(64);
  m_batch.emplace(&m_log);
  return *m_batch;
}

void SchedulerWorld::check() {
  EXPECT_EQ(m_scheduler.checkInvariants(), "");
}

void SchedulerWorld::compareWithFold() {
  m_batch.reset();
  m_log.drainNow();
  for (; m_read < m_log.recording().size(); ++m_read) {
    StateFold::extend(m_state, m_history, m_log.recording()[m_read]);
    const std::string broken = StateFold::checkInvariants(m_state, m_history);
    if (!broken.empty()) ADD_FAILURE() << broken << ", after event " << m_read;
  }
  const PoolLive& pool = *m_state.pool(m_pool);
  const PoolStats s = m_scheduler.stats();
  EXPECT_EQ(pool.counters.submitted, s.submitted);
  EXPECT_EQ(pool.counters.queued, s.queued);
  EXPECT_EQ(pool.counters.dispatched, s.dispatched);
  EXPECT_EQ(pool.counters.running, s.running);
  EXPECT_EQ(pool.counters.done, s.done);
  EXPECT_EQ(pool.counters.failed, s.failed);
  EXPECT_EQ(pool.counters.cancelled, s.cancelled);
  EXPECT_EQ(pool.target, s.maxWorkers);
  EXPECT_EQ(pool.open, !m_scheduler.closed());
  std::size_t live = 0;
  for (const WorkerState& worker : pool.slots)
    live += worker.phase != WorkerPhase::Vacant && worker.phase != WorkerPhase::Failed;
  EXPECT_EQ(live, s.liveWorkers);
  std::vector<TaskId> queue;
  m_scheduler.queue().forEach([&](const TaskNode& node) { queue.push_back(node.id); });
  EXPECT_EQ(m_state.queuedTasks(m_pool, m_history, 10'000), queue);
}

void SchedulerWorld::checkEnd() {
  compareWithFold();
  const PoolStats s = m_scheduler.stats();
  EXPECT_TRUE(m_scheduler.closed());
  EXPECT_EQ(s.submitted, s.done + s.failed + s.cancelled);
  EXPECT_EQ(s.liveWorkers, 0u);
  for (const TaskNode& node : m_nodes)
    EXPECT_EQ(node.phase, TaskNode::Phase::Ended);
}

void forThousandSeeds(const std::function<void(std::uint32_t)>& simulate) {
  const char* given = std::getenv("POOLSCOPE_SEED");
  const auto first = static_cast<std::uint32_t>(given ? std::strtoul(given, nullptr, 10) : 1);
  for (std::uint32_t seed = first; seed < first + 1000; ++seed) {
    SCOPED_TRACE("POOLSCOPE_SEED=" + std::to_string(seed));
    simulate(seed);
    if (testing::Test::HasFailure()) return;
  }
}

} // namespace poolscope::test
