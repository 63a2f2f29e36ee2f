#include "ui/timeline/hover_text.h"
#include "ui/timeline/timeline_metrics.h"
#include "ui/timeline/timeline_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

// What pointer and keys do with the timeline: UI.md's table. Each gesture begins in mousePressEvent(), which decides by
// the place that was pressed; m_drag says until its end which one it is.

namespace poolscope::ui {

namespace {
constexpr double kWheelFactor = 0.8; // a notch shows so much of the time
constexpr double kKeyFactor = 0.7;
constexpr double kKeyPan = 0.15; // of the width
constexpr int kNear = 3;         // px: so close to a span is meant to be on it

/// Keys that turn something over or go somewhere: held, they do it once.
bool isDoneOnce(int key) {
  return key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_F || key == Qt::Key_Space ||
         key == Qt::Key_Escape;
}
} // namespace

const TaskRow* TimelineView::taskAt(const QPoint& point) const {
  const auto lane = laneAt(point);
  if (!lane || point.x() < trackLeft()) return nullptr;
  return taskNear(*m_session, m_lanes[*lane], timeAt(point.x()), m_time.axis().perPixel() * kNear);
}

// --- Pointer

void TimelineView::wheelEvent(QWheelEvent* event) {
  const QPoint turned = event->angleDelta();
  const double steps = (turned.y() != 0 ? turned.y() : turned.x()) / 120.0;
  const QPoint point = event->position().toPoint();
  event->accept();
  if (steps == 0) return;
  if (event->modifiers() & Qt::ShiftModifier || turned.y() == 0) return m_time.pan(-steps * 60);
  const bool overLabels = point.x() < trackLeft();
  if (event->modifiers() & Qt::AltModifier || (overLabels && !(event->modifiers() & Qt::ControlModifier))) {
    verticalScrollBar()->setValue(verticalScrollBar()->value() - static_cast<int>(steps * 3 * m_laneHeight));
    return;
  }
  // Near the live edge that is what stays, so that watching closer does not lose it.
  double pixel = std::max(0, point.x() - trackLeft());
  const double edge = m_time.axis().x(m_session->end());
  if (m_time.follows() && std::abs(pixel - edge) < 2 * TimeNavigator::kRightMargin) pixel = edge;
  m_time.zoom(std::pow(kWheelFactor, steps), pixel);
}

void TimelineView::mousePressEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  m_pressed = m_lastPoint = point;
  m_pressedTime = timeAt(point.x());
  m_pressedAxis = m_time.axis();
  QToolTip::hideText();
  const bool onTracks = point.x() >= trackLeft();
  if (event->button() == Qt::MiddleButton ||
      (event->button() == Qt::LeftButton && event->modifiers() & Qt::ShiftModifier)) {
    if (onTracks) m_drag = Drag::Pan;
    return updatePointer(point);
  }
  if (event->button() != Qt::LeftButton) return;
  switch (m_minimap.partAt(point)) {
  case Minimap::Part::LeftEdge:
    m_drag = Drag::MapLeft;
    break;
  case Minimap::Part::RightEdge:
    m_drag = Drag::MapRight;
    break;
  case Minimap::Part::Window:
    m_drag = Drag::MapWindow;
    break;
  case Minimap::Part::Outside:
    if (m_minimap.area().contains(point)) {
      m_drag = Drag::MapSeek;
      dragMinimap(point.x());
    } else if (onTracks && point.y() < rulerHeight()) {
      m_drag = Drag::Ruler;
      m_session->seek(m_pressedTime);
    } else if (onTracks || laneAt(point)) {
      m_drag = Drag::Press;
    }
    break;
  }
  updatePointer(point);
}

void TimelineView::mouseMoveEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  switch (m_drag) {
  case Drag::None:
    updatePointer(point);
    return hover(point, event->globalPosition().toPoint());
  case Drag::Press:
    if (std::abs(point.x() - m_pressed.x()) < QApplication::startDragDistance() || m_pressed.x() < trackLeft()) return;
    m_drag = Drag::Range;
    [[fallthrough]];
  case Drag::Range: {
    const std::int64_t here = timeAt(std::clamp(point.x(), trackLeft(), viewport()->width()));
    m_session->setTimeRange(TimeRange{std::min(m_pressedTime, here), std::max(m_pressedTime, here)});
    if (m_session->timeRange())
      QToolTip::showText(event->globalPosition().toPoint(),
                         Qt::convertFromPlainText(rangeHover(*m_session, *m_session->timeRange())), viewport());
    return;
  }
  case Drag::Pan:
    m_time.pan(m_lastPoint.x() - point.x());
    m_lastPoint = point;
    return;
  case Drag::Ruler:
    m_session->seek(timeAt(point.x()));
    return;
  default:
    dragMinimap(point.x());
    m_lastPoint = point;
  }
}

void TimelineView::mouseReleaseEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  const Drag drag = std::exchange(m_drag, Drag::None);
  if (drag == Drag::Press) select(point, event->modifiers());
  if (drag == Drag::MapWindow && (point - m_pressed).manhattanLength() < QApplication::startDragDistance())
    m_session->seek(m_minimap.axis().time(point.x() - m_minimap.area().left())); // a click: that moment
  updatePointer(point);
}

void TimelineView::mouseDoubleClickEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  if (const TaskRow* task = taskAt(point)) {
    m_session->select(Selection::ofTask(task->pool, task->id));
    return showSpan(*task);
  }
  mousePressEvent(event);
}

/// Moves what was taken hold of in the minimap to x.
void TimelineView::dragMinimap(int x) {
  const TimeAxis& map = m_minimap.axis();
  const std::int64_t t = map.time(std::clamp(x - m_minimap.area().left(), 0, map.width));
  TimeAxis axis = m_pressedAxis;
  axis.width = m_time.axis().width;
  if (m_drag == Drag::MapWindow) {
    axis.begin += t - map.time(m_pressed.x() - m_minimap.area().left());
  } else if (m_drag == Drag::MapSeek) {
    m_session->seek(t);
    axis = m_time.axis();
    if (t >= axis.begin && t <= axis.end()) return;
    axis = axis.centred(t);
  } else {
    const std::int64_t left = m_drag == Drag::MapLeft ? t : axis.begin;
    const std::int64_t right = m_drag == Drag::MapRight ? t : axis.end();
    axis.span = std::clamp(std::abs(right - left), TimeAxis::kLeast, TimeAxis::kMost);
    axis.begin = std::min(left, right);
  }
  m_time.set(axis);
}

void TimelineView::select(const QPoint& point, Qt::KeyboardModifiers modifiers) {
  const auto lane = laneAt(point);
  if (!lane) return;
  m_focusLane = m_lanes[*lane];
  m_session->setTimeRange({}); // a click beside a marked range lets it go
  const TaskRow* task = taskAt(point);
  const Selection meant = task ? Selection::ofTask(task->pool, task->id) : laneSelection(*m_session, m_lanes[*lane]);
  if (modifiers & Qt::ControlModifier && meant.kind != Selection::Kind::None) return m_session->toggleSelected(meant);
  task ? m_session->select(meant) : activateLane(*lane);
}

void TimelineView::activateLane(std::size_t index) {
  if (index >= m_lanes.size()) return;
  const Lane lane = m_lanes[index];
  m_focusLane = lane;
  if (lane.kind == Lane::Kind::Heading) return setFolded(lane.group, !isFolded(lane.group));
  m_session->select(laneSelection(*m_session, lane));
}

void TimelineView::hover(const QPoint& point, const QPoint& global) {
  QString text;
  if (const TaskRow* task = taskAt(point))
    text = taskHover(*m_session, *task);
  else if (const auto lane = laneAt(point); lane && point.x() >= trackLeft())
    text = laneHover(*m_session, m_lanes[*lane], timeAt(point.x()));
  for (const auto row : {StepRows::Row::Size, StepRows::Row::Depth})
    if (stepRow(row).contains(point))
      text = m_stepRows.hover(*m_session, m_time.axis(), point.x() - trackLeft(), row);
  if (text.isEmpty()) return QToolTip::hideText();
  QToolTip::showText(global, Qt::convertFromPlainText(text), viewport());
}

void TimelineView::updatePointer(const QPoint& point) {
  Qt::CursorShape shape = Qt::ArrowCursor;
  const Minimap::Part part = m_minimap.partAt(point);
  if (m_drag == Drag::Pan)
    shape = Qt::ClosedHandCursor;
  else if (part == Minimap::Part::LeftEdge || part == Minimap::Part::RightEdge)
    shape = Qt::SizeHorCursor;
  else if (part == Minimap::Part::Window)
    shape = m_drag == Drag::MapWindow ? Qt::ClosedHandCursor : Qt::OpenHandCursor;
  else if (point.y() < rulerHeight() && point.x() >= trackLeft())
    shape = Qt::SplitHCursor;
  if (viewport()->cursor().shape() != shape) viewport()->setCursor(shape);
}

bool TimelineView::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::Leave) QToolTip::hideText();
  return QAbstractScrollArea::viewportEvent(event);
}

// --- Keys

/// Esc lets a marked range go first; only then it is the window's, for the selection.
bool TimelineView::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride && m_session->timeRange() &&
      static_cast<QKeyEvent*>(event)->matches(QKeySequence::Cancel)) {
    event->accept();
    return true;
  }
  return QAbstractScrollArea::event(event);
}

void TimelineView::keyPressEvent(QKeyEvent* event) {
  const TimeAxis& axis = m_time.axis();
  const auto zoom = [&](double factor) {
    const QPoint pointer = viewport()->mapFromGlobal(QCursor::pos());
    const bool over = viewport()->underMouse() && pointer.x() >= trackLeft();
    m_time.zoom(factor, over               ? pointer.x() - trackLeft()
                        : m_time.follows() ? axis.x(m_session->end())
                                           : axis.width / 2.0);
  };
  if (event->modifiers() & Qt::ControlModifier) {
    if (event->key() == Qt::Key_Z && event->modifiers() & Qt::ShiftModifier) return m_time.redo();
    if (event->key() == Qt::Key_Z) return m_time.undo();
    if (event->key() == Qt::Key_Y) return m_time.redo();
    return QAbstractScrollArea::keyPressEvent(event);
  }
  if (event->modifiers() & Qt::AltModifier) {
    if (event->key() != Qt::Key_Left && event->key() != Qt::Key_Right) return QAbstractScrollArea::keyPressEvent(event);
    m_session->seekEvent(event->key() == Qt::Key_Right ? 1 : -1);
    return m_time.reveal(m_session->now());
  }
  if (event->isAutoRepeat() && isDoneOnce(event->key())) return;
  switch (event->key()) {
  case Qt::Key_W:
  case Qt::Key_Plus:
  case Qt::Key_Equal:
    return zoom(kKeyFactor);
  case Qt::Key_S:
  case Qt::Key_Minus:
    return zoom(1 / kKeyFactor);
  case Qt::Key_A:
  case Qt::Key_Left:
    return m_time.pan(-axis.width * kKeyPan);
  case Qt::Key_D:
  case Qt::Key_Right:
    return m_time.pan(axis.width * kKeyPan);
  case Qt::Key_Up:
    return moveLane(-1);
  case Qt::Key_Down:
    return moveLane(1);
  case Qt::Key_PageUp:
    return verticalScrollBar()->triggerAction(QAbstractSlider::SliderPageStepSub);
  case Qt::Key_PageDown:
    return verticalScrollBar()->triggerAction(QAbstractSlider::SliderPageStepAdd);
  case Qt::Key_Return:
  case Qt::Key_Enter:
    for (std::size_t i = 0; m_focusLane && i < m_lanes.size(); ++i)
      if (m_lanes[i] == *m_focusLane) return activateLane(i);
    return;
  case Qt::Key_Period:
    return selectNeighbour(1);
  case Qt::Key_Comma:
    return selectNeighbour(-1);
  case Qt::Key_F:
    return showSelection();
  case Qt::Key_Z:
    return showRange();
  case Qt::Key_Home:
    return m_time.set(axis.showing(m_session->origin(), m_session->end()), TimeNavigator::How::Glide);
  case Qt::Key_L:
  case Qt::Key_End:
    return goLive();
  case Qt::Key_Space: // a file stands still anyway
    if (m_session->isRecorded()) return QAbstractScrollArea::keyPressEvent(event);
    return m_session->setFrozen(m_session->isLive());
  case Qt::Key_Escape:
    if (m_session->timeRange()) return m_session->setTimeRange({});
    return m_session->select(Selection::none());
  default:
    QAbstractScrollArea::keyPressEvent(event);
  }
}

/// To the next lane or heading; what it is about becomes the selection, so that all views follow.
void TimelineView::moveLane(int steps) {
  if (m_lanes.empty()) return;
  std::ptrdiff_t at = steps > 0 ? -1 : static_cast<std::ptrdiff_t>(m_lanes.size());
  for (std::size_t i = 0; i < m_lanes.size(); ++i)
    if (m_focusLane ? m_lanes[i] == *m_focusLane : laneShows(*m_session, m_lanes[i], m_session->selection()))
      at = static_cast<std::ptrdiff_t>(i);
  at = std::clamp<std::ptrdiff_t>(at + steps, 0, static_cast<std::ptrdiff_t>(m_lanes.size()) - 1);
  const auto lane = static_cast<std::size_t>(at);
  m_focusLane = m_lanes[lane];
  scrollToLane(lane);
  if (m_lanes[lane].kind != Lane::Kind::Heading)
    activateLane(lane);
  else if (m_lanes[lane].group.kind == LaneGroup::Kind::Pool)
    m_session->select(Selection::ofPool(m_lanes[lane].group.pool));
  schedule();
}

void TimelineView::scrollToLane(std::size_t lane) {
  const int top = static_cast<int>(lane) * m_laneHeight, room = tracks().height();
  const int value = verticalScrollBar()->value();
  if (top < value) verticalScrollBar()->setValue(top);
  if (top + m_laneHeight > value + room) verticalScrollBar()->setValue(top + m_laneHeight - room);
}

void TimelineView::showSpan(const TaskRow& task) {
  if (task.started == kNever) return;
  m_time.show(task.started, std::min(task.finished, m_session->end()));
}

void TimelineView::showSelection() {
  const Selection selection = m_session->selection();
  const bool again = m_centred == selection;
  m_centred = again ? Selection{} : selection;
  std::int64_t begin = kNever, end = kNever;
  if (selection.kind == Selection::Kind::Task) {
    const TaskRow* task = m_session->history().find(selection.task);
    if (!task || task->submitted > m_session->end()) return;
    begin = task->started <= m_session->end() ? task->started : task->submitted;
    end = std::min(task->finished, m_session->end());
  } else if (selection.kind == Selection::Kind::Client) {
    const ClientRow* client = m_session->history().findClient(selection.client);
    if (!client || client->connected > m_session->end()) return;
    begin = client->connected, end = std::min(client->disconnected, m_session->end());
  } else if (selection.kind == Selection::Kind::Worker) {
    const WorkerLane* lane = m_session->lanes().worker(selection.pool, selection.slot);
    if (!lane || lane->tasks().empty()) return;
    begin = lane->tasks().front().begin, end = std::min(lane->tasks().back().end, m_session->end());
  } else if (selection.kind == Selection::Kind::Pool) {
    const PoolLive* pool = m_session->liveState().pool(selection.pool);
    if (!pool) return;
    begin = pool->openedAt, end = std::min(pool->open ? kNever : pool->closedAt, m_session->end());
  }
  if (begin == kNever) return;
  for (std::size_t i = 0; i < m_lanes.size(); ++i)
    if (laneShows(*m_session, m_lanes[i], selection)) scrollToLane(i);
  again ? m_time.show(begin, end) : m_time.centre(begin + (end - begin) / 2);
}

void TimelineView::showRange() {
  if (const auto& range = m_session->timeRange()) return m_time.show(range->begin, range->end);
  m_time.show(m_session->origin(), m_session->end());
}

void TimelineView::selectNeighbour(int steps) {
  const Selection selection = m_session->selection();
  const TaskRow* row = selection.kind == Selection::Kind::Task ? m_session->history().find(selection.task) : nullptr;
  const bool ofWorker = selection.kind == Selection::Kind::Worker;
  if (!ofWorker && (!row || row->started == kNever)) return;
  const WorkerLane* lane =
      m_session->lanes().worker(row ? row->pool : selection.pool, row ? row->slot : selection.slot);
  if (!lane || lane->tasks().empty()) return;
  const auto& tasks = lane->tasks();
  std::ptrdiff_t at;
  if (row) {
    const auto here = std::partition_point(tasks.begin(), tasks.end(),
                                           [&](const LaneTask& task) { return task.begin < row->started; });
    at = (here - tasks.begin()) + steps;
  } else { // from the worker to what it did first, or last, in sight
    at = static_cast<std::ptrdiff_t>(lane->firstTaskEndingAfter(steps > 0 ? m_time.axis().begin : m_time.axis().end()));
    at += steps > 0 ? 0 : -1;
  }
  if (at < 0 || at >= static_cast<std::ptrdiff_t>(tasks.size())) return;
  const LaneTask& task = tasks[static_cast<std::size_t>(at)];
  if (task.begin > m_session->end()) return;
  const TaskRow& next = m_session->history().tasks()[task.row];
  m_session->select(Selection::ofTask(next.pool, next.id));
  m_time.reveal(std::min(task.begin, m_session->end()));
}

} // namespace poolscope::ui
