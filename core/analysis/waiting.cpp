#include "core/analysis/waiting.h"

#include <algorithm>

namespace poolscope {

namespace {

bool hasWorker(const WorkerState& worker) {
  return worker.phase != WorkerPhase::Vacant && worker.phase != WorkerPhase::Failed;
}

/// Which workers have a task: one that they run, or one that they were handed and have not started.
class Busy {
 public:
  explicit Busy(const PoolLive& pool) {
    for (const auto& [task, slot] : pool.dispatchedTasks)
      m_handed.push_back(slot);
    std::ranges::sort(m_handed);
  }
  bool operator()(const WorkerState& worker) const {
    return worker.task || std::ranges::binary_search(m_handed, worker.slot);
  }

 private:
  std::vector<SlotIndex> m_handed;
};

} // namespace

Waiting Waiting::of(const PoolLive& pool, const TaskHistory& history) {
  Waiting waiting;
  waiting.held = pool.held, waiting.spawnErrno = pool.spawnErrno, waiting.unbounded = pool.target == 0;
  const Busy isBusy(pool);
  std::size_t failed = 0;
  for (const WorkerState& worker : pool.slots) {
    failed += worker.phase == WorkerPhase::Failed;
    if (!hasWorker(worker)) continue;
    const bool busy = isBusy(worker);
    if (worker.retiring) {
      waiting.retiring += busy;
    } else if (busy) {
      ++waiting.helpers;
      const TaskRow* task = worker.task ? history.find(worker.task) : nullptr;
      waiting.clients += task != nullptr && task->kind == TaskKind::Connection;
    } else {
      ++(worker.phase == WorkerPhase::Starting ? waiting.starting : waiting.free);
    }
  }
  const std::size_t taken = waiting.free + waiting.starting + waiting.helpers + failed;
  waiting.room = pool.target > taken ? pool.target - taken : 0;
  return waiting;
}

Waiting::For Waiting::waitsFor(std::size_t position) const {
  if (held) return For::Release;
  if (position != 0 && position <= free) return For::FreeWorker;
  if (position != 0 && position <= free + starting) return For::Start;
  if (spawnErrno != 0) return For::Retry;
  if (unbounded) return For::NewWorker;
  if (position != 0 && position <= free + starting + room) return For::NewWorker;
  return lanes() > 0 ? For::Helper : For::Nobody;
}

std::vector<SlotIndex> helpersOf(const PoolLive& pool) {
  const Busy isBusy(pool);
  std::vector<SlotIndex> slots;
  for (const WorkerState& worker : pool.slots)
    if (hasWorker(worker) && !worker.retiring && isBusy(worker)) slots.push_back(worker.slot);
  return slots;
}

std::int64_t oldestQueued(const PoolState& state, const TaskHistory& history, PoolId id) {
  const PoolLive* pool = state.pool(id);
  if (pool == nullptr) return kNever;
  std::int64_t oldest = kNever;
  const auto& places = history.tasksOf(id);
  const std::uint64_t end = std::min<std::uint64_t>(pool->queueEnd, places.size());
  for (std::uint64_t place = pool->queueHead; place < end; ++place) { // the line is in order of submission
    const TaskRow& row = history.tasks()[places[place]];
    if (row.leftLine < state.seq) continue;
    oldest = row.submitted;
    break;
  }
  for (const auto& [key, task] : pool->exceptions)
    if (const TaskRow* row = history.find(task)) oldest = std::min(oldest, row->submitted);
  return oldest;
}

} // namespace poolscope
