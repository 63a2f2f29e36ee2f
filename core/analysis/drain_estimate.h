#pragma once

#include "core/event/pool_state.h"

#include <cstdint>

namespace poolscope {

/// When all that is queued will have been worked off if nothing more is submitted, or why nobody can tell.
struct DrainEstimate {
  enum class Reason : std::uint8_t {
    Known,       ///< `ns` says it
    Empty,       ///< nothing waits
    NothingYet,  ///< no task of this pool has ended: how long one takes is not known
    NotRecorded, ///< tasks have ended, and of none it is known how long a worker had it
    HeldByClient ///< every worker that stays serves a client, and a client leaves when it likes
  };
  Reason reason = Reason::Empty;
  std::int64_t ns = 0;
};

/// From the mean time on a worker of the tasks that ended last, spread over as many workers as may take them: those
/// that stay, and those that may still start.
DrainEstimate estimateDrain(const PoolState& state, const TaskHistory& history, PoolId pool, std::int64_t now);

} // namespace poolscope
