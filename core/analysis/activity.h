#pragma once

#include "core/event/pool_state.h"
#include "core/event/recording.h"

#include <cstdint>

namespace poolscope {

/// What went on in the time before a moment.
struct Activity {
  double endedPerSecond = 0; ///< tasks that returned or failed
  double computing = 0;      ///< workers' worth of computing: 1.5 is one worker all the time and one half of it
  bool sampled = false;      ///< `computing` is processor time; else it is the time in which tasks were not blocked
};

/// Of the `window` ns before the cursor `state`, `now` being its time. Reads the events of that time and, for where the
/// processor times began, of as much before; at most some 500 000, so that a storm of events costs milliseconds.
/// Pure: the same at the live end, frozen, and in an opened file.
Activity activityAt(const PoolState& state, const TaskHistory& history, const Recording& recording, std::int64_t now,
                    std::int64_t window = 1'000'000'000);

} // namespace poolscope
