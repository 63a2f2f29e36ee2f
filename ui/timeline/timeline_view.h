#pragma once

#include "ui/session/session.h"
#include "ui/timeline/lane_layout.h"
#include "ui/timeline/time_axis.h"

#include <QAbstractScrollArea>

namespace poolscope::ui {

/// Who did what when: pool size and queue depth as step lines, then a lane a caller and a lane a worker. Fill = what
/// was happening; end cap = how it ended; a running span grows with an open right edge.
///
/// Follows the live edge until the person pans or zooms away from it; `End` or L follows again.
/// Threads: GUI thread.
class TimelineView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit TimelineView(Session* session, QWidget* parent = nullptr);
  bool followsLive() const { return m_follow; }
  const std::vector<Lane>& lanes() const { return m_lanes; }
  QRect laneRect(std::size_t lane) const; ///< in viewport coordinates, labels included
  QSize sizeHint() const override { return {800, 300}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void refresh();
  void setAxis(const TimeAxis& axis);
  void follow();
  void paintRuler(QPainter& painter);
  void paintSteps(QPainter& painter, int top, const QString& label, bool depth);
  void paintLane(QPainter& painter, const Lane& lane, const QRect& rect);
  void paintTask(QPainter& painter, const TaskRow& task, const QRect& lane, int& foldedTo);
  void paintBlocked(QPainter& painter, std::int64_t begin, std::int64_t end, const QRect& lane);
  QRect rectOf(std::int64_t begin, std::int64_t end, const QRect& lane) const;
  const TaskRow* taskAt(const QPoint& point) const;

  Session* m_session; // outlives the view
  std::vector<Lane> m_lanes;
  TimeAxis m_axis;
  bool m_follow = true;
  int m_dragFrom = 0;
};

/// Makes screen readers find the timeline's lanes as its children. Call once, after QApplication.
void installTimelineAccessibility();

} // namespace poolscope::ui
