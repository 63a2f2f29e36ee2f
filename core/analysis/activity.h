#pragma once

#include "core/event/lanes.h"
#include "core/event/pool_state.h"
#include "core/event/recording.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace poolscope {

// What "computing" and its neighbours mean, once for every view. All is asked of a cursor `now` and what lies before
// it, and is the same at the live end, frozen, and in an opened file. Pure. What no reading tells of is not known
// (empty).
//
//   occupied                  has a task
//   computing, a share        processor time within the last second ÷ that second, or the time that passed since the
//                             worker, or the pool, began
//   N computing               workers whose share in the last 200 ms was at least a half
//   waits for a processor     ready to run, and every processor is busy with others; measured likewise (run delay)

inline constexpr std::int64_t kShareWindow = 1'000'000'000; ///< of a share: calm enough to be read
inline constexpr std::int64_t kNowWindow = 200'000'000;     ///< of what a worker does now

/// How one worker used the time before a moment.
struct WorkerShares {
  std::optional<double> computing; ///< above 1: a process with several threads
  std::optional<double> waiting;   ///< for a processor
};
WorkerShares workerShares(const TaskHistory& history, const Lanes& lanes, PoolId pool, const WorkerState& worker,
                          std::int64_t now, std::int64_t window = kShareWindow);

/// What a task, up to a moment, had of a processor while it ran; ns. Empty for what ran under 1 ms: nobody reads clocks
/// as often.
struct TaskTimes {
  std::optional<std::int64_t> computing, waiting;
};
TaskTimes taskTimes(const Lanes& lanes, const TaskRow& task, std::int64_t now);

/// How busy a pool is at a moment. Vacant slots count as slots that it could have used.
struct PoolLoad {
  std::size_t slots = 0, occupied = 0, blocked = 0, idle = 0;
  std::optional<std::size_t> computing; ///< workers that compute now; empty: nobody read the clock of those that run
  std::size_t waiting = 0;              ///< workers that wait for a processor now, as far as it is known
  TimeUse use;                          ///< slots × ns: processor time in the last second
  double occupiedShare() const { return slots > 0 ? double(occupied) / double(slots) : 0; }
  std::optional<double> computingShare() const { return slots > 0 ? use.share() : std::optional(0.0); }
};
PoolLoad poolLoad(const PoolLive& pool, const TaskHistory& history, const Lanes& lanes, std::int64_t now);

/// What all pools together do at a moment. A pool in which nobody is occupied is in no share, nor are the vacant slots
/// of pools other than `current`.
struct Activity {
  double endedPerSecond = 0; ///< tasks that returned or failed in the last second, or since the recording began
  double occupied = 0;       ///< a share of the slots
  std::optional<double> computing;
};
Activity activityAt(const PoolState& state, const Lanes& lanes, const Recording& recording, PoolId current,
                    std::int64_t now);

} // namespace poolscope
