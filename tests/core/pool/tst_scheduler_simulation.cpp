#include "core/pool/scheduler.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <random>
#include <vector>

using namespace poolscope;

namespace {

/// A pool without threads: random inputs drive the real Scheduler, and workers obey it one step at a time.
class Simulation {
 public:
  explicit Simulation(std::uint32_t seed) : m_random(seed), m_scheduler(PoolId{}, 1 + pick(8)) {}

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      step();
      EXPECT_EQ(m_scheduler.checkInvariants(), "");
    }
    while (!m_asking.empty() || !m_running.empty() || !m_starting.empty()) {
      if (testing::Test::HasFailure()) return;
      work();
      EXPECT_EQ(m_scheduler.checkInvariants(), "");
    }
    end();
  }

 private:
  std::size_t pick(std::size_t n) { return m_random() % n; }

  void step() {
    switch (pick(12)) {
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
    default:
      work();
    }
  }

  void submit() {
    if (m_scheduler.shuttingDown() || m_scheduler.broken()) return;
    TaskNode& node = m_nodes.emplace_back();
    node.priority = static_cast<std::int16_t>(pick(10) == 0 ? pick(3) : 0);
    carryOut(m_scheduler.submit(node, {}, {}, {}, batch()));
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
    } else if (!m_asking.empty() && pick(2) == 0) {
      ask(take(m_asking));
    } else if (!m_running.empty()) {
      const SlotIndex slot = take(m_running);
      m_scheduler.finish(slot, pick(5) ? Outcome::Ok : Outcome::Error, {}, batch());
      ask(slot);
    }
  }

  void ask(SlotIndex slot) {
    const Scheduler::Next next = m_scheduler.next(slot, batch());
    if (next.task) m_running.push_back(slot);
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

  /// Whatever happened: a shutdown at the end closes the pool, and no task is left.
  void end() {
    carryOut(m_scheduler.shutdown({}, {}, batch()));
    while (!m_asking.empty() || !m_running.empty() || !m_starting.empty()) {
      work();
      ASSERT_EQ(m_scheduler.checkInvariants(), "");
    }
    if (m_scheduler.stats().queued > 0) return; // its last worker could not be made: the executor retries
    EXPECT_TRUE(m_scheduler.closed());
    const PoolStats s = m_scheduler.stats();
    EXPECT_EQ(s.submitted, s.done + s.failed + s.cancelled);
  }

  SlotIndex take(std::vector<SlotIndex>& from) {
    const std::size_t i = pick(from.size());
    const SlotIndex slot = from[i];
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
    return slot;
  }
  EventBatch& batch() {
    m_batch.emplace(nullptr);
    return *m_batch;
  }

  std::minstd_rand m_random;
  Scheduler m_scheduler;
  std::deque<TaskNode> m_nodes;
  std::vector<SlotIndex> m_starting, m_asking, m_running; // workers by what they do next
  std::optional<EventBatch> m_batch;
};

} // namespace

TEST(SchedulerSimulation, keepsItsInvariantsForAnySequence) {
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation(seed).run(300);
    if (HasFailure()) return;
  }
}
