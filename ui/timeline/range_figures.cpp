#include "ui/timeline/range_figures.h"

#include <algorithm>

namespace poolscope::ui {

namespace {

/// Number of elements of an ascending sequence in [begin, end).
template <class Sequence, class Time>
std::uint64_t countIn(const Sequence& sequence, const TimeRange& range, Time&& time) {
  const auto until = [&](std::int64_t t) {
    return std::partition_point(sequence.begin(), sequence.end(), [&](const auto& one) { return time(one) < t; });
  };
  return static_cast<std::uint64_t>(until(range.end) - until(range.begin));
}

/// The step line's value times time in the range.
double areaOf(const StepLine& line, const TimeRange& range) {
  auto it = std::partition_point(line.begin(), line.end(), [&](const StepPoint& p) { return p.t <= range.begin; });
  double sum = 0;
  std::int64_t t = range.begin;
  double value = it == line.begin() ? 0 : double((it - 1)->value);
  for (; it != line.end() && it->t < range.end; ++it) {
    sum += value * double(it->t - t);
    t = it->t, value = double(it->value);
  }
  return sum + value * double(range.end - t);
}

/// Worker × ns in which the pool had a worker.
double presenceOf(const std::vector<WorkerSpan>& workers, const TimeRange& range) {
  double sum = 0;
  for (const WorkerSpan& worker : workers) {
    const std::int64_t begin = worker.starting != kNever ? worker.starting : worker.ready;
    sum += double(std::max<std::int64_t>(std::min(worker.exited, range.end) - std::max(begin, range.begin), 0));
  }
  return sum;
}

/// Adds what a pool in which somebody was `busy` could have done, and what its lanes used of that.
void addCapacity(RangeFigures& figures, const Session& session, const PoolLive& pool, const TimeRange& range,
                 double busy, const TimeUse& use) {
  const TaskHistory& history = session.history();
  double capacity = presenceOf(history.workersOf(pool.id), range);
  const TimeRange open{std::max(range.begin, pool.openedAt), std::min(range.end, pool.open ? kNever : pool.closedAt)};
  if (pool.id == session.currentPool() && open.begin < open.end)
    capacity = std::max(capacity, areaOf(history.poolSize(pool.id), open));
  capacity = std::max(capacity, busy); // threads without slots
  figures.capacity += capacity;
  // What is not known of the lanes was running; of the rest of the capacity it is known that nobody used it.
  figures.use += {.used = use.used, .known = capacity - (use.length - use.known), .length = capacity};
}

} // namespace

RangeFigures figuresOf(const Session& session, const TimeRange& wanted) {
  const TimeRange range{std::max(wanted.begin, session.origin()), std::min(wanted.end, session.end())};
  RangeFigures figures;
  figures.length = wanted.end - wanted.begin;
  if (range.begin >= range.end) return figures;
  const TaskHistory& history = session.history();
  figures.submitted = countIn(history.tasks(), range, [](const TaskRow& row) { return row.submitted; });
  for (const PoolLive& pool : session.liveState().pools) {
    double busy = 0;
    TimeUse use;
    for (std::size_t slot = 0; slot < session.lanes().slotCount(pool.id); ++slot) {
      const WorkerLane* lane = session.lanes().worker(pool.id, static_cast<SlotIndex>(slot));
      if (!lane) continue;
      figures.started += countIn(lane->tasks(), range, [](const LaneTask& task) { return task.begin; });
      const std::uint64_t ended = countIn(lane->tasks(), range, [](const LaneTask& task) { return task.end; });
      const std::uint64_t failed =
          countIn(lane->failures(), range, [&](std::uint32_t place) { return lane->tasks()[place].end; });
      figures.failed += failed;
      figures.done += ended - failed;
      const WorkerLane::Busy had = lane->busy(range.begin, range.end);
      figures.running += had.computing, figures.blocked += had.blocked;
      busy += had.computing + had.blocked;
      use += lane->cpu.within(*lane, range.begin, range.end);
    }
    const StepLine& depth = history.queueDepth(pool.id);
    auto point =
        std::partition_point(depth.begin(), depth.end(), [&](const StepPoint& p) { return p.t <= range.begin; });
    if (point != depth.begin()) --point;
    for (; point != depth.end() && point->t < range.end; ++point)
      figures.mostQueued = std::max(figures.mostQueued, point->value);
    if (busy > 0) addCapacity(figures, session, pool, range, busy, use);
  }
  return figures;
}

} // namespace poolscope::ui
