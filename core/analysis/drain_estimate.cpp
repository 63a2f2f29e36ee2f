#include "core/analysis/drain_estimate.h"

#include "core/analysis/waiting.h"

#include <algorithm>

namespace poolscope {

namespace {

constexpr int kTasks = 32; // the tasks a worker ended last say most about the next

/// Sum and number of what the worker's last tasks that had ended by `now` took.
void addEnded(const TaskHistory& history, const WorkerSpan& worker, std::int64_t now, std::int64_t& sum, int& count) {
  const auto& rows = history.tasks();
  auto end = std::ranges::partition_point(worker.tasks, [&](std::uint64_t row) { return rows[row].started <= now; });
  for (int left = kTasks; end != worker.tasks.begin() && left > 0;) {
    const TaskRow& task = rows[*--end];
    if (task.finished > now) continue; // it runs
    sum += task.ranAt(task.finished);
    ++count, --left;
  }
}

} // namespace

DrainEstimate estimateDrain(const PoolState& state, const TaskHistory& history, PoolId id, std::int64_t now) {
  const PoolLive* pool = state.pool(id);
  if (pool == nullptr || pool->counters.queued == 0) return {};
  const Waiting waiting = Waiting::of(*pool, history);
  if (waiting.clients > 0 && waiting.clients == waiting.lanes())
    return {.reason = DrainEstimate::Reason::HeldByClient};
  std::int64_t sum = 0;
  int count = 0;
  const auto& lives = history.workersOf(id);
  for (auto it = lives.rbegin(); it != lives.rend() && count < 8 * kTasks; ++it)
    addEnded(history, *it, now, sum, count);
  if (count == 0) {
    const bool none = pool->counters.done + pool->counters.failed == 0;
    return {.reason = none ? DrainEstimate::Reason::NothingYet : DrainEstimate::Reason::NotRecorded};
  }
  const std::int64_t mean = sum / count;
  std::int64_t remaining = 0; // of what runs now, where somebody stays to go on
  for (const SlotIndex slot : helpersOf(*pool)) {
    const WorkerState* worker = state.worker(id, slot);
    if (const TaskRow* task = worker->task ? history.find(worker->task) : nullptr)
      remaining += std::max<std::int64_t>(0, mean - task->ranAt(now));
  }
  const auto lanes = static_cast<std::int64_t>(std::max<std::size_t>(1, waiting.lanes()));
  const auto queued = static_cast<std::int64_t>(std::min<std::uint64_t>(pool->counters.queued, INT32_MAX));
  return {.reason = DrainEstimate::Reason::Known, .ns = (remaining + queued * mean) / lanes};
}

} // namespace poolscope
