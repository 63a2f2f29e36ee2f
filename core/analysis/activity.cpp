#include "core/analysis/activity.h"

#include <algorithm>

namespace poolscope {

namespace {

constexpr std::int64_t kLeastTask = 1'000'000;    // ns: the workers' own readings are no closer
constexpr std::uint64_t kMostEvents = 500'000;    // read for a rate: a storm then costs milliseconds
constexpr std::int64_t kLeastWindow = 10'000'000; // ns: a rate over less is chance

bool isOccupied(const WorkerState& worker) {
  return worker.phase == WorkerPhase::Running || worker.phase == WorkerPhase::Blocked;
}

/// When the worker in the slot began; 0: nobody knows.
std::int64_t beginOf(const TaskHistory& history, const WorkerLane& lane, PoolId pool, const WorkerState& worker) {
  const auto& lives = history.workersOf(pool);
  for (auto place = lane.workers.rbegin(); place != lane.workers.rend(); ++place)
    if (const WorkerSpan& life = lives[*place]; life.generation == worker.generation)
      return life.starting == kNever ? 0 : life.starting;
  return 0;
}

/// Whether the worker was blocked all the time since `begin`, as a thousand are that wait for their clients.
bool isBlockedSince(const WorkerState& worker, std::int64_t begin) {
  return worker.phase == WorkerPhase::Blocked && worker.since <= begin;
}

TimeUse slotUse(const Lanes& lanes, PoolId pool, const WorkerState& worker, std::int64_t begin, std::int64_t end) {
  const WorkerLane* lane = isBlockedSince(worker, begin) ? nullptr : lanes.worker(pool, worker.slot);
  if (lane != nullptr) return lane->cpu.within(*lane, begin, end);
  const auto length = double(std::max<std::int64_t>(end - begin, 0));
  return {.used = 0, .known = length, .length = length}; // or nobody ever was there
}

/// Processor time and time that could have been, of the pool's slots in the last second.
TimeUse useOf(const PoolLive& pool, const Lanes& lanes, std::int64_t now, bool vacantToo) {
  TimeUse use;
  for (const WorkerState& worker : pool.slots)
    if (vacantToo || worker.phase != WorkerPhase::Vacant)
      use += slotUse(lanes, pool.id, worker, std::max(now - kShareWindow, pool.openedAt), now);
  return use;
}

double endedPerSecond(const Recording& recording, std::uint64_t seq, std::int64_t now) {
  std::int64_t begin = std::max(now - kShareWindow, recording.firstTime());
  std::uint64_t ended = 0, q = std::min(seq, recording.size());
  for (const std::uint64_t first = q > kMostEvents ? q - kMostEvents : 0; q > first; --q) {
    const Event& event = recording[q - 1];
    if (event.t <= begin && begin > recording.firstTime()) break;
    ended += event.kind == EventKind::TaskFinished;
    if (q == first + 1 && first > 0) begin = event.t;
  }
  return double(ended) * 1e9 / double(std::max(now - begin, kLeastWindow));
}

} // namespace

WorkerShares workerShares(const TaskHistory& history, const Lanes& lanes, PoolId pool, const WorkerState& worker,
                          std::int64_t now, std::int64_t window) {
  const WorkerLane* lane = lanes.worker(pool, worker.slot);
  if (lane == nullptr || worker.phase == WorkerPhase::Vacant) return {};
  const std::int64_t begin = std::max(now - window, beginOf(history, *lane, pool, worker));
  return {.computing = lane->cpu.within(*lane, begin, now).share(),
          .waiting = lane->runDelay.empty() ? std::nullopt : lane->runDelay.within(*lane, begin, now).share()};
}

TaskTimes taskTimes(const Lanes& lanes, const TaskRow& task, std::int64_t now) {
  const WorkerLane* lane = task.slot == kNoSlot ? nullptr : lanes.worker(task.pool, task.slot);
  if (lane == nullptr || task.ranAt(now) < kLeastTask) return {};
  const std::int64_t begin = task.started - task.startLag;
  const std::int64_t end = task.finished <= now ? task.finished - task.finishLag : now;
  const auto ns = [&](const ReadingTrack& track) -> std::optional<std::int64_t> {
    // What is not known is as what is: of a task that runs on, the last moments.
    const std::optional<double> share = track.within(*lane, begin, end).share();
    return share ? std::optional(static_cast<std::int64_t>(*share * double(end - begin))) : std::nullopt;
  };
  return {.computing = ns(lane->cpu), .waiting = lane->runDelay.empty() ? std::nullopt : ns(lane->runDelay)};
}

PoolLoad poolLoad(const PoolLive& pool, const TaskHistory& history, const Lanes& lanes, std::int64_t now) {
  PoolLoad load;
  load.slots = pool.slots.size();
  std::size_t computing = 0, running = 0, unknown = 0;
  for (const WorkerState& worker : pool.slots) {
    load.occupied += isOccupied(worker);
    load.blocked += worker.phase == WorkerPhase::Blocked;
    load.idle += worker.phase == WorkerPhase::Idle;
    if (!isOccupied(worker) || isBlockedSince(worker, now - kNowWindow)) continue;
    const WorkerShares shares = workerShares(history, lanes, pool.id, worker, now, kNowWindow);
    running += worker.phase == WorkerPhase::Running;
    unknown += worker.phase == WorkerPhase::Running && !shares.computing;
    computing += shares.computing.value_or(0) >= 0.5;
    load.waiting += shares.waiting.value_or(0) >= 0.5;
  }
  if (running == 0 || unknown < running) load.computing = computing;
  load.use = useOf(pool, lanes, now, true);
  return load;
}

Activity activityAt(const PoolState& state, const Lanes& lanes, const Recording& recording, PoolId current,
                    std::int64_t now) {
  Activity activity;
  activity.endedPerSecond = endedPerSecond(recording, state.seq, now);
  std::size_t slots = 0, occupied = 0;
  TimeUse use;
  for (const PoolLive& pool : state.pools) {
    const auto busy = static_cast<std::size_t>(std::ranges::count_if(pool.slots, isOccupied));
    if (busy == 0) continue;
    const bool vacantToo = pool.id == current;
    occupied += busy;
    slots += static_cast<std::size_t>(std::ranges::count_if(
        pool.slots, [&](const WorkerState& worker) { return vacantToo || worker.phase != WorkerPhase::Vacant; }));
    use += useOf(pool, lanes, now, vacantToo);
  }
  activity.occupied = slots > 0 ? double(occupied) / double(slots) : 0;
  activity.computing = slots > 0 ? use.share() : std::optional(0.0);
  return activity;
}

} // namespace poolscope
