#pragma once

#include "core/event/worker_lane.h"
#include "ui/timeline/time_axis.h"

#include <cstdint>
#include <vector>

namespace poolscope::ui {

/// One lane folded to pixels: stretches of one state that are at least two pixels wide, snapped to whole pixels, and
/// between them columns in which several narrow ones share a pixel, with the share of each state.
///
/// Pure geometry, reused from lane to lane so that a frame allocates nothing. Every instant of the visible range is in
/// exactly one of the two; so nothing vanishes, however narrow.
/// Threads: owner.
class LaneFold {
 public:
  struct Wide {
    int left, right; ///< pixels [left, right), within [0, axis.width)
    LaneState state; ///< never Idle
    bool open;       ///< goes on where the range ends
  };
  /// Columns [left, right) that narrow things lie in; each neighbour of a run is wide or empty.
  struct Run {
    int left, right;
  };

  /// What the lane did in [from, until) as far as the axis shows it.
  void fold(const WorkerLane& lane, const TimeAxis& axis, std::int64_t from, std::int64_t until);
  const std::vector<Wide>& wide() const { return m_wide; }
  const std::vector<Run>& runs() const { return m_runs; }
  float computing(int column) const { return m_computing[static_cast<std::size_t>(column)]; } ///< 0 … 1
  float blocked(int column) const { return m_blocked[static_cast<std::size_t>(column)]; }

 private:
  void add(std::vector<float>& share, double left, double right, double amount);
  void touch(int column);

  std::vector<Wide> m_wide;
  std::vector<Run> m_runs;
  std::vector<float> m_computing, m_blocked;
  int m_reached = 0; // no wide stretch begins before: a narrow one lies there
};

} // namespace poolscope::ui
