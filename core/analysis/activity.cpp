#include "core/analysis/activity.h"

#include <algorithm>
#include <map>

namespace poolscope {

namespace {

constexpr std::uint64_t kMostEvents = 500'000;

/// Processor times of one worker, read from the end backwards until one lies before the window.
struct Samples {
  std::int64_t newest = 0, oldest = 0;
  bool any = false, all = false;

  void readBack(const Event& event, std::int64_t begin) {
    if (all) return;
    if (any && event.ab() > oldest) { // of an earlier worker in this slot
      all = true;
      return;
    }
    oldest = event.ab();
    if (!any) newest = oldest;
    any = true;
    all = event.t <= begin;
  }
};
using Place = std::pair<PoolId, SlotIndex>;

/// ns in which the task held a worker and was not blocked, within [begin, end].
std::int64_t computedWithin(const TaskRow& task, std::int64_t begin, std::int64_t end) {
  std::int64_t ns = std::min(task.finished, end) - std::max(task.started, begin);
  const auto first = std::partition_point(task.blocked.begin(), task.blocked.end(),
                                          [begin](const BlockedSpan& span) { return span.end <= begin; });
  for (auto span = first; span != task.blocked.end() && span->begin < end; ++span)
    ns -= std::min(span->end, end) - std::max(span->begin, begin);
  return std::max<std::int64_t>(ns, 0);
}

std::int64_t computedByTasks(const PoolState& state, const TaskHistory& history, std::int64_t begin, std::int64_t end) {
  std::int64_t sum = 0;
  for (const PoolLive& pool : state.pools) {
    if (!pool.open && pool.closedAt < begin) continue;
    for (const WorkerSpan& worker : history.workersOf(pool.id)) {
      if (worker.exited < begin) continue;
      for (auto it = worker.tasks.rbegin(); it != worker.tasks.rend(); ++it) {
        const TaskRow& task = history.tasks()[*it];
        if (task.finished <= begin) break;
        if (task.started < end) sum += computedWithin(task, begin, end);
      }
    }
  }
  return sum;
}

} // namespace

Activity activityAt(const PoolState& state, const TaskHistory& history, const Recording& recording, std::int64_t now,
                    std::int64_t window) {
  const std::int64_t begin = now - window;
  std::int64_t covered = window;
  std::uint64_t ended = 0;
  std::map<Place, Samples> samples;
  std::uint64_t q = std::min(state.seq, recording.size());
  for (const std::uint64_t first = q > kMostEvents ? q - kMostEvents : 0; q > first; --q) {
    const Event& event = recording[q - 1];
    if (event.t <= begin - window) break;
    if (event.kind == EventKind::TaskFinished) ended += event.t > begin;
    if (event.kind == EventKind::WorkerSampled) samples[{event.pool, event.slot}].readBack(event, begin);
    if (q == first + 1 && first > 0) covered = std::clamp<std::int64_t>(now - event.t, 1, window);
  }
  Activity activity;
  activity.endedPerSecond = static_cast<double>(ended) * 1e9 / static_cast<double>(covered);
  for (const PoolLive& pool : state.pools)
    activity.sampled = activity.sampled || std::ranges::any_of(pool.slots, [](auto& w) { return w.cpuNs > 0; });
  std::int64_t ns = 0;
  for (const auto& [place, worker] : samples)
    ns += std::min(worker.newest - worker.oldest, covered);
  if (!activity.sampled) ns = computedByTasks(state, history, begin, now), covered = window;
  activity.computing = static_cast<double>(ns) / static_cast<double>(covered);
  return activity;
}

} // namespace poolscope
