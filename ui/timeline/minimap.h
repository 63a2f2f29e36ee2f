#pragma once

#include "ui/timeline/time_axis.h"

#include <QRect>

class QPainter;

namespace poolscope::ui {

class Session;

/// The whole session in one row: the share of all workers that was occupied, the visible window as a frame, the cursor.
/// Geometry and paint; the view moves the frame. Threads: GUI thread.
class Minimap {
 public:
  enum class Part : std::uint8_t { Outside, LeftEdge, Window, RightEdge };
  static constexpr int kHeight = 30;

  /// The session over `area`'s width, `shown` being what the timeline shows of it.
  void place(const Session& session, const QRect& area, const TimeAxis& shown);
  void paint(QPainter& painter, const Session& session) const;
  const QRect& area() const { return m_area; }
  const TimeAxis& axis() const { return m_axis; } ///< of the whole session; pixels count from area().left()
  QRect window() const { return m_window; }
  Part partAt(const QPoint& point) const;

 private:
  QRect m_area, m_window;
  TimeAxis m_axis;
};

} // namespace poolscope::ui
