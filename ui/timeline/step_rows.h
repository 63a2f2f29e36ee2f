#pragma once

#include "core/event/pool_state.h"
#include "ui/theme/theme.h"
#include "ui/timeline/time_axis.h"

#include <QRect>
#include <QString>

#include <functional>
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

/// What is written at a step line. A level's figure stands on the stretch that is drawn at that level, and only where
/// no shorter thing lies within it; a peak that came and went within a pixel is told apart, as one.
struct StepLabel {
  enum class Kind : std::uint8_t { Level, Peak };
  Kind kind = Kind::Level;
  int value = 0;
  int column = 0; ///< where it begins to hold; of a peak: where it was
  QRect rect;     ///< of the text
  QString text;
};

/// Where a row's values lie: pixels of the area.
struct StepScale {
  static constexpr int kTextRoom = 14; ///< px above a line for its value
  QRect area;
  int most = 1; ///< the value at the top
  int y(int value) const {
    return area.bottom() - 3 - static_cast<int>(std::int64_t{area.height() - px(kTextRoom) - 4} * value / most);
  }
  QRect textAt(int x, int value, int width) const {
    return {x, std::max(y(value) - px(kTextRoom) + 1, area.top()), width, px(kTextRoom) - 1};
  }
};

/// Pool size and queue depth as step lines on the lanes' time axis, with their values written at the steps. The current
/// pool is solid, others are dashed and named. Owned by the view. Threads: GUI thread.
class StepRows {
 public:
  enum class Row { Size, Depth };
  using Columns = std::vector<StepPeaks::Column>;
  using TextWidth = std::function<int(const QString&)>;

  void paint(QPainter& painter, const Session& session, const TimeAxis& axis, const QRect& area, Row row);
  /// What the row says of the current pool in one pixel of the axis, as it is drawn there; empty where nothing is.
  QString hover(const Session& session, const TimeAxis& axis, int x, Row row);
  /// "pool size 4, queue depth 6": of the current pool at the cursor.
  static QString description(const Session& session);

  /// The labels of a solid line, which keep off `taken` and are added to it. `name` stands before the first level.
  static std::vector<StepLabel> labels(const Columns& columns, const StepScale& scale, Row row, const QString& name,
                                       const TextWidth& widthOf, std::vector<QRect>& taken);

 private:
  struct Line {
    PoolId pool;
    Columns columns;
    bool current = false;
  };
  Columns columnsOf(const Session& session, PoolId pool, const TimeAxis& axis, Row row);
  std::vector<Line> lines(const Session& session, const TimeAxis& axis, Row row);
  struct Peaks {
    StepPeaks size, depth;
  };
  std::map<PoolId, Peaks> m_peaks;
};

} // namespace poolscope::ui
