#pragma once

#include "core/event/pool_state.h"
#include "ui/timeline/time_axis.h"

#include <QRect>

#include <map>
#include <vector>

class QPainter;

namespace poolscope::ui {

class Session;

/// The greatest value in every 64 points of a step line, so that a queue that changed a million times is drawn by
/// looking at some thousand numbers. Follows the line as it grows. Threads: owner.
class StepPeaks {
 public:
  static constexpr std::size_t kBlock = 64;
  void follow(const StepLine& line);
  /// Per pixel of the axis, in order: the value at its end and the greatest in it; −1 before the line begins.
  struct Column {
    int last = -1, most = -1;
  };
  std::vector<Column> columns(const StepLine& line, const TimeAxis& axis, std::int64_t until) const;

 private:
  std::vector<std::uint32_t> m_peaks;
};

/// Pool size and queue depth as step lines on the lanes' time axis, with their values written at the steps. The current
/// pool is solid, others are dashed and named. Owned by the view. Threads: GUI thread.
class StepRows {
 public:
  enum class Row { Size, Depth };
  void paint(QPainter& painter, const Session& session, const TimeAxis& axis, const QRect& area, Row row);

 private:
  struct Peaks {
    StepPeaks size, depth;
  };
  std::map<PoolId, Peaks> m_peaks;
};

} // namespace poolscope::ui
