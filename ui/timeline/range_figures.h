#pragma once

#include "ui/session/session.h"

#include <cstdint>

namespace poolscope::ui {

/// What happened in a stretch of time, over all pools; counted without looking at every task.
struct RangeFigures {
  std::int64_t length = 0;                                        ///< ns
  std::uint64_t submitted = 0, started = 0, done = 0, failed = 0; ///< tasks, by when it happened
  std::uint32_t mostQueued = 0;                                   ///< the deepest queue of any pool
  double computing = 0, blocked = 0;                              ///< worker × ns
  double capacity = 0;                                            ///< worker × ns that there could have been
  double occupiedShare() const { return capacity > 0 ? (computing + blocked) / capacity : 0; }
  double computingShare() const { return capacity > 0 ? computing / capacity : 0; }
};

RangeFigures figuresOf(const Session& session, const TimeRange& range);

} // namespace poolscope::ui
