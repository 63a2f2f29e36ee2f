#pragma once

#include "core/event/event_log.h"
#include "core/event/pool_state.h"
#include "core/pool/scheduler.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <vector>

namespace poolscope::test {

/// The real Scheduler without threads, in a world of random inputs. Each of its events goes through a real log into a
/// fold, which must agree with the scheduler. A simulation derives from it and plays the workers.
/// Threads: owner.
class SchedulerWorld {
 public:
  SchedulerWorld(std::uint32_t seed, WorkerKind kind);

 protected:
  std::size_t pick(std::size_t n) { return m_random() % n; }
  SlotIndex take(std::vector<SlotIndex>& from); ///< a random one, out of the list
  TaskNode& newTask();
  /// A critical section; its events are published when the next one begins.
  EventBatch& batch();

  /// The scheduler's own invariants.
  void check();
  /// Folds the new events one by one, the fold's invariants after each; then compares the whole with the scheduler.
  void compareWithFold();
  const PoolLive& foldedPool() const { return *m_state.pool(m_pool); } ///< as the last compareWithFold() left it
  const TaskHistory& history() const { return m_history; }
  /// At the end: closed, every task has its outcome, nobody is left.
  void checkEnd();

  std::minstd_rand m_random;
  EventLog m_log;
  const PoolId m_pool = m_log.newPool();
  Event m_opened;
  Scheduler m_scheduler;
  std::deque<TaskNode> m_nodes;

 private:
  PoolState m_state;
  TaskHistory m_history;
  std::uint64_t m_read = 0;
  std::optional<EventBatch> m_batch; // the last step's
};

/// Runs `simulate(seed)` for the thousand seeds after POOLSCOPE_SEED, or after 0; a failure names its seed.
void forThousandSeeds(const std::function<void(std::uint32_t)>& simulate);

} // namespace poolscope::test
