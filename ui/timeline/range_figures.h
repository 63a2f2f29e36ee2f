#pragma once

#include "core/event/reading_track.h"
#include "ui/session/session.h"

#include <cstdint>
#include <optional>

namespace poolscope::ui {

/// What happened in a stretch of time, over all pools; counted without looking at every task.
struct RangeFigures {
  std::int64_t length = 0;                                        ///< ns
  std::uint64_t submitted = 0, started = 0, done = 0, failed = 0; ///< tasks, by when it happened
  std::uint32_t mostQueued = 0;                                   ///< the deepest queue of any pool
  double running = 0, blocked = 0;                                ///< worker × ns that had a task
  TimeUse use;                                                    ///< processor time, of what there could have been
  double capacity = 0; ///< worker × ns that there could have been: of pools in which somebody was occupied; of the
                       ///< current one its slots, of others the workers that were there
  double occupiedShare() const { return capacity > 0 ? (running + blocked) / capacity : 0; }
  std::optional<double> computingShare() const { return capacity > 0 ? use.share() : std::optional(0.0); }
};

RangeFigures figuresOf(const Session& session, const TimeRange& range);

} // namespace poolscope::ui
