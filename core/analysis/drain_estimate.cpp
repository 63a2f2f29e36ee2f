#include "core/analysis/drain_estimate.h"

#include <algorithm>

namespace poolscope {

namespace {

constexpr int kTasks = 32; // the tasks a worker ended last say most about the next

/// Sum and number of what the worker's last ended tasks took.
void addEnded(const TaskHistory& history, const WorkerSpan& worker, std::int64_t now, std::int64_t& sum, int& count) {
  int left = kTasks;
  for (auto it = worker.tasks.rbegin(); it != worker.tasks.rend() && left > 0; ++it, --left) {
    const TaskRow& task = history.tasks()[*it];
    if (task.started > now || task.finished > now) continue;
    sum += task.ranAt(task.finished);
    ++count;
  }
}

} // namespace

DrainEstimate estimateDrain(const PoolState& state, const TaskHistory& history, PoolId id, std::int64_t now) {
  const PoolLive* pool = state.pool(id);
  if (pool == nullptr || pool->counters.queued == 0) return {};
  std::size_t workers = 0, held = 0;
  std::int64_t remaining = 0; // of what runs now
  for (const WorkerState& worker : pool->slots) {
    if (worker.phase == WorkerPhase::Failed || worker.retiring) continue;
    ++workers;
    const TaskRow* task = worker.task ? history.find(worker.task) : nullptr;
    held += task != nullptr && task->kind == TaskKind::Connection;
  }
  if (workers > 0 && held == workers) return {.reason = DrainEstimate::Reason::HeldByClient};
  std::int64_t sum = 0;
  int count = 0;
  const auto& lives = history.workersOf(id);
  for (auto it = lives.rbegin(); it != lives.rend() && count < 8 * kTasks; ++it)
    addEnded(history, *it, now, sum, count);
  if (count == 0) return {.reason = DrainEstimate::Reason::NothingYet};
  const std::int64_t mean = sum / count;
  for (const WorkerState& worker : pool->slots)
    if (const TaskRow* task = worker.task ? history.find(worker.task) : nullptr)
      remaining += std::max<std::int64_t>(0, mean - task->ranAt(now));
  const auto lanes = static_cast<std::int64_t>(std::max<std::size_t>(1, workers));
  const auto queued = static_cast<std::int64_t>(std::min<std::uint64_t>(pool->counters.queued, INT32_MAX));
  return {.reason = DrainEstimate::Reason::Known, .ns = (remaining + queued * mean) / lanes};
}

} // namespace poolscope
