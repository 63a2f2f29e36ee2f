#include "ui/timeline/timeline_view.h"

#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPointer>
#include <QScrollBar>
#include <QWheelEvent>

#include <algorithm>

namespace poolscope::ui {

namespace {

constexpr int kLabels = 180; // px of the column with the lanes' names
constexpr int kRuler = 22;   // px
constexpr int kStepRow = 34; // px of pool size, and of queue depth
constexpr int kHead = kRuler + 2 * kStepRow;
constexpr int kRightMargin = 24; // px between the live edge and the view's end
constexpr int kLabelLeast = 34;  // px: narrower spans carry no text
constexpr std::int64_t kFirstSpan = 10'000'000'000;

} // namespace

TimelineView::TimelineView(Session* session, QWidget* parent) : QAbstractScrollArea(parent), m_session(session) {
  setAccessibleName(QStringLiteral("Timeline"));
  setFocusPolicy(Qt::StrongFocus);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setMouseTracking(true);
  setToolTip(tr("Wheel or W and S zoom, drag or A and D move, L follows the live edge"));
  m_axis.begin = session->origin();
  m_axis.span = kFirstSpan;
  connect(session, &Session::changed, this, &TimelineView::refresh);
  connect(session, &Session::selectionChanged, viewport(), qOverload<>(&QWidget::update));
  connect(&Theme::instance(), &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

// --- Range

void TimelineView::refresh() {
  m_lanes = layoutLanes(*m_session);
  verticalScrollBar()->setRange(
      0, std::max(0, static_cast<int>(m_lanes.size()) * Lane::kHeight - (viewport()->height() - kHead)));
  verticalScrollBar()->setPageStep(viewport()->height() - kHead);
  if (m_follow) follow();
  viewport()->update();
}

void TimelineView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  m_axis.width = std::max(1, viewport()->width() - kLabels - kRightMargin);
  refresh();
}

void TimelineView::follow() {
  m_follow = true;
  // The first ten seconds fill from the left; later the live edge stays at the right.
  const std::int64_t last =
      m_session->isBusy() ? m_session->now() : std::max(m_session->state().time, m_session->origin());
  m_axis.begin = std::max(m_session->origin(), last - m_axis.span);
}

void TimelineView::setAxis(const TimeAxis& axis) {
  m_axis = axis;
  const std::int64_t now = m_session->now();
  m_follow = m_session->isLive() && m_axis.end() >= now && m_axis.begin < now;
  if (m_follow && m_axis.end() > now) follow();
  viewport()->update();
}

QRect TimelineView::laneRect(std::size_t lane) const {
  return {0, kHead + m_lanes[lane].y - verticalScrollBar()->value(), viewport()->width(), Lane::kHeight};
}

QRect TimelineView::rectOf(std::int64_t begin, std::int64_t end, const QRect& lane) const {
  // Clamped in double first: a span of a day zoomed to microseconds does not fit an int.
  const double left = std::clamp(m_axis.x(begin), -10.0, m_axis.width + kRightMargin + 10.0);
  const double right = std::clamp(m_axis.x(end), -10.0, m_axis.width + kRightMargin + 10.0);
  const int x = kLabels + static_cast<int>(std::floor(left));
  return {x, lane.top() + 1, std::max(1, kLabels + static_cast<int>(std::floor(right)) - x), lane.height() - 2};
}

// --- Painting

void TimelineView::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), themeColor(ColorRole::Window));
  paintRuler(painter);
  painter.setClipRect(0, kHead, viewport()->width(), viewport()->height() - kHead);
  for (std::size_t i = 0; i < m_lanes.size(); ++i) {
    const QRect rect = laneRect(i);
    if (rect.bottom() >= kHead && rect.top() < viewport()->height()) paintLane(painter, m_lanes[i], rect);
  }
  painter.setClipping(false);
  paintSteps(painter, kRuler, tr("Pool size"), false);
  paintSteps(painter, kRuler + kStepRow, tr("Queue depth"), true);
  const double live = m_axis.x(m_session->isBusy() ? m_session->now() : m_session->state().time);
  if (live >= 0 && live <= m_axis.width + kRightMargin && !m_session->history().tasks().empty())
    painter.fillRect(kLabels + static_cast<int>(live), kRuler, 2, viewport()->height() - kRuler,
                     themeColor(ColorRole::Text));
  if (hasFocus()) {
    painter.setPen(themeColor(ColorRole::Accent));
    painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
  }
}

void TimelineView::paintRuler(QPainter& painter) {
  painter.setFont(Theme::instance().font(FontRole::Label));
  const std::int64_t step = m_axis.tickStep(90), origin = m_session->origin();
  std::int64_t t = origin + (m_axis.begin - origin) / step * step;
  for (; t <= m_axis.time(m_axis.width + kRightMargin); t += step) {
    if (t < m_axis.begin) continue;
    const int x = kLabels + static_cast<int>(m_axis.x(t));
    painter.fillRect(x, kRuler - 4, 1, viewport()->height() - kRuler + 4, themeColor(ColorRole::Grid));
    painter.setPen(themeColor(ColorRole::Muted));
    painter.drawText(QRect(x + 4, 0, 120, kRuler), Qt::AlignVCenter, formatTick(t - origin, step));
  }
  painter.fillRect(0, kRuler - 1, viewport()->width(), 1, themeColor(ColorRole::Grid));
}

void TimelineView::paintSteps(QPainter& painter, int top, const QString& label, bool depth) {
  const QRect row(0, top, viewport()->width(), kStepRow);
  painter.setFont(Theme::instance().font(FontRole::Label));
  painter.setPen(themeColor(ColorRole::Text));
  painter.drawText(QRect(12, row.top(), kLabels - 16, row.height()), Qt::AlignVCenter, label);
  const PoolLive* pool = m_session->state().pool(m_session->currentPool());
  if (!pool) return;
  const auto& points = depth ? m_session->history().queueDepth(pool->id) : m_session->history().poolSize(pool->id);
  std::uint32_t most = 1;
  for (const StepPoint& point : points)
    most = std::max(most, point.value);
  const std::int64_t end = pool->open ? m_session->now() : pool->closedAt;
  const int bottom = row.bottom() - 4, height = kStepRow - 20;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].t > m_session->now()) break;
    const std::int64_t until = i + 1 < points.size() ? std::min(points[i + 1].t, m_session->now()) : end;
    const QRect span = rectOf(points[i].t, std::max(until, points[i].t), row);
    if (span.right() < kLabels || span.left() > viewport()->width()) continue;
    const int y = bottom - static_cast<int>(points[i].value * static_cast<std::uint32_t>(height) / most);
    const QRect shown = span.intersected(QRect(kLabels, top, viewport()->width(), kStepRow));
    if (depth) painter.fillRect(shown.left(), y, shown.width(), bottom - y + 1, themeColor(ColorRole::Depth));
    painter.fillRect(shown.left(), y, shown.width(), 2,
                     depth ? themeState(StateRole::Queued).edge : themeColor(ColorRole::Text));
    if (!depth && (i == 0 || points[i].value != points[i - 1].value))
      painter.drawText(QRect(shown.left() + 3, y - 13, 60, 12), Qt::AlignLeft | Qt::AlignVCenter,
                       QString::number(points[i].value));
  }
}

void TimelineView::paintLane(QPainter& painter, const Lane& lane, const QRect& rect) {
  if (lane.kind == Lane::Kind::Heading) {
    painter.fillRect(rect, themeColor(ColorRole::Panel));
    painter.setFont(Theme::instance().font(FontRole::Label, lane.label));
    painter.setPen(themeColor(ColorRole::Muted));
    painter.drawText(rect.adjusted(12, 0, 0, 0), Qt::AlignVCenter, lane.label);
    return;
  }
  const QRect area(kLabels, rect.top(), rect.width() - kLabels, rect.height());
  painter.save();
  painter.setClipRect(area.intersected(QRect(0, kHead, viewport()->width(), viewport()->height())));
  if (lane.kind == Lane::Kind::Caller) {
    for (const CallerSpan& span : m_session->history().callerSpans()) {
      if (span.caller != lane.caller || span.begin > m_session->now()) continue;
      const std::int64_t end = std::min(span.end, m_session->now());
      paintBlocked(painter, span.begin, end, rect);
      const QRect shown = rectOf(span.begin, end, rect).intersected(area);
      static const char* const calls[] = {QT_TR_NOOP("blocked in submit"), QT_TR_NOOP("blocked in result"),
                                          QT_TR_NOOP("blocked in wait"), QT_TR_NOOP("blocked in map"),
                                          QT_TR_NOOP("blocked in shutdown(wait)")};
      painter.setFont(Theme::instance().font(FontRole::Label));
      painter.setPen(themeState(StateRole::Blocked).text);
      if (shown.width() >= kLabelLeast)
        painter.drawText(shown.adjusted(4, 0, -2, 0), Qt::AlignVCenter, tr(calls[static_cast<int>(span.call)]));
    }
  } else {
    int foldedTo = -1;
    for (const WorkerSpan& worker : m_session->history().workersOf(lane.pool)) {
      if (worker.slot != lane.slot) continue;
      const auto& tasks = worker.tasks;
      const auto& rows = m_session->history().tasks();
      auto first = std::partition_point(tasks.begin(), tasks.end(),
                                        [&](std::uint64_t i) { return rows[i].finished < m_axis.begin; });
      for (; first != tasks.end() && rows[*first].started <= m_axis.time(m_axis.width + kRightMargin); ++first)
        paintTask(painter, rows[*first], rect, foldedTo);
      if (worker.starting != kNever &&
          worker.starting <= m_session->now()) // its life: from start to end, a line below the spans
        painter.fillRect(rectOf(worker.starting, std::min(worker.exited, m_session->now()), rect)
                             .adjusted(0, rect.height() - 3, 0, 0),
                         themeColor(ColorRole::Grid));
    }
  }
  painter.restore();
  painter.setFont(Theme::instance().font(FontRole::Label, lane.label));
  painter.setPen(themeColor(ColorRole::Text));
  painter.drawText(QRect(24, rect.top(), kLabels - 28, rect.height()), Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(lane.label, Qt::ElideMiddle, kLabels - 28));
}

void TimelineView::paintBlocked(QPainter& painter, std::int64_t begin, std::int64_t end, const QRect& lane) {
  const QRect rect = rectOf(begin, end, lane);
  painter.fillRect(rect, themeState(StateRole::Blocked).fill);
  if (rect.width() >= kHatchLeastWidth) paintStateHatch(painter, rect, StateRole::Blocked);
}

void TimelineView::paintTask(QPainter& painter, const TaskRow& task, const QRect& lane, int& foldedTo) {
  if (task.started > m_session->now()) return;
  const std::int64_t end = std::min(task.finished, m_session->now());
  const QRect rect = rectOf(task.started, end, lane);
  const bool ended = task.finished <= m_session->now();
  const bool failed = ended && task.outcome != Outcome::Ok;
  if (rect.right() <= foldedTo && !failed) return; // several in one pixel are one; a failure is always drawn
  foldedTo = rect.right();
  painter.fillRect(rect, themeState(StateRole::Running).fill);
  for (const BlockedSpan& blocked : task.blocked)
    if (blocked.begin <= m_session->now()) paintBlocked(painter, blocked.begin, std::min(blocked.end, end), lane);
  if (ended && (rect.width() > 6 || failed)) {
    const int cap = failed ? 6 : 4;
    painter.fillRect(rect.right() - cap + 1, rect.top(), cap, rect.height(),
                     themeState(failed ? StateRole::Failed : StateRole::Done).fill);
  }
  const QRect shown = rect.intersected(QRect(kLabels, lane.top(), viewport()->width(), lane.height()));
  if (shown.width() >= kLabelLeast) {
    const bool blocked = !task.blocked.empty();
    QString text = QStringLiteral("#%1").arg(task.id.value());
    if (blocked) text += QLatin1Char(' ') + Words::of(task.blocked.back().reason);
    painter.setFont(Theme::instance().font(FontRole::Label, text));
    painter.setPen(themeState(blocked ? StateRole::Blocked : StateRole::Running).text);
    painter.drawText(shown.adjusted(4, 0, -6, 0), Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(text, Qt::ElideRight, shown.width() - 10));
  }
  if (m_session->selection().kind == Selection::Kind::Task && m_session->selection().task == task.id) {
    painter.setPen(QPen(themeColor(ColorRole::Text), 2));
    painter.drawRect(rect.adjusted(0, 0, -1, -1));
  }
}

// --- Input

const TaskRow* TimelineView::taskAt(const QPoint& point) const {
  for (std::size_t i = 0; i < m_lanes.size(); ++i) {
    if (!laneRect(i).contains(point) || m_lanes[i].kind != Lane::Kind::Worker || point.x() < kLabels) continue;
    const std::int64_t t = m_axis.time(point.x() - kLabels);
    for (const WorkerSpan& worker : m_session->history().workersOf(m_lanes[i].pool)) {
      if (worker.slot != m_lanes[i].slot) continue;
      for (const std::uint64_t index : worker.tasks) {
        const TaskRow& task = m_session->history().tasks()[index];
        if (task.started <= t && t <= std::min(task.finished, m_session->now())) return &task;
      }
    }
  }
  return nullptr;
}

void TimelineView::mousePressEvent(QMouseEvent* event) {
  m_dragFrom = event->position().toPoint().x();
  if (const TaskRow* task = taskAt(event->position().toPoint()))
    return m_session->select(Selection::ofTask(task->pool, task->id));
  for (std::size_t i = 0; i < m_lanes.size(); ++i)
    if (laneRect(i).contains(event->position().toPoint()) && m_lanes[i].kind == Lane::Kind::Worker)
      m_session->select(Selection::ofWorker(m_lanes[i].pool, m_lanes[i].slot));
}

void TimelineView::mouseMoveEvent(QMouseEvent* event) {
  const int x = event->position().toPoint().x();
  if (event->buttons() & Qt::LeftButton) {
    setAxis(m_axis.panned(m_dragFrom - x));
    m_dragFrom = x;
    return;
  }
  const TaskRow* task = taskAt(event->position().toPoint());
  viewport()->setToolTip(task ? tr("#%1 %2: waited %3, ran %4, of it blocked %5")
                                    .arg(task->id.value())
                                    .arg(plainLine(m_session->text(task->name)).toHtmlEscaped(),
                                         formatDuration(task->waitedAt(m_session->now())),
                                         formatDuration(task->ranAt(m_session->now())),
                                         formatDuration(task->blockedAt(m_session->now())))
                              : QString());
}

void TimelineView::wheelEvent(QWheelEvent* event) {
  const double steps = event->angleDelta().y() / 120.0 + event->angleDelta().x() / 120.0;
  if (event->modifiers() & Qt::ShiftModifier)
    setAxis(m_axis.panned(-steps * 60));
  else if (event->modifiers() & Qt::AltModifier)
    verticalScrollBar()->setValue(verticalScrollBar()->value() - static_cast<int>(steps * 3 * Lane::kHeight));
  else
    setAxis(m_axis.zoomed(std::pow(0.8, steps), m_follow ? m_axis.width : event->position().x() - kLabels));
  event->accept();
}

void TimelineView::keyPressEvent(QKeyEvent* event) {
  const double middle = m_follow ? m_axis.width : m_axis.width / 2.0;
  switch (event->key()) {
  case Qt::Key_W:
  case Qt::Key_Plus:
    setAxis(m_axis.zoomed(0.7, middle));
    return;
  case Qt::Key_S:
  case Qt::Key_Minus:
    setAxis(m_axis.zoomed(1 / 0.7, middle));
    return;
  case Qt::Key_A:
  case Qt::Key_Left:
    setAxis(m_axis.panned(-m_axis.width * 0.15));
    return;
  case Qt::Key_D:
  case Qt::Key_Right:
    setAxis(m_axis.panned(m_axis.width * 0.15));
    return;
  case Qt::Key_L:
  case Qt::Key_End:
    follow();
    viewport()->update();
    return;
  case Qt::Key_Space:
    m_session->setFrozen(m_session->isLive());
    return;
  case Qt::Key_Escape:
    m_session->select(Selection::none());
    return;
  default:
    QAbstractScrollArea::keyPressEvent(event);
  }
}

// --- Accessibility

namespace {

/// One lane, read from the view each time it is asked.
class LaneAccessible final : public QAccessibleInterface {
 public:
  LaneAccessible(TimelineView* view, int index) : m_view(view), m_index(static_cast<std::size_t>(index)) {}
  bool isValid() const override { return m_view && m_index < m_view->lanes().size(); }
  QObject* object() const override { return nullptr; }
  QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_view); }
  QAccessibleInterface* child(int) const override { return nullptr; }
  QAccessibleInterface* childAt(int, int) const override { return nullptr; }
  int childCount() const override { return 0; }
  int indexOfChild(const QAccessibleInterface*) const override { return -1; }
  QAccessible::Role role() const override { return QAccessible::ListItem; }
  QAccessible::State state() const override { return {}; }
  void setText(QAccessible::Text, const QString&) override {}
  QString text(QAccessible::Text kind) const override {
    if (!isValid() || kind != QAccessible::Name) return {};
    const Lane& lane = m_view->lanes()[m_index];
    return lane.state.isEmpty() ? lane.label : lane.label + QStringLiteral(", ") + lane.state;
  }
  QRect rect() const override {
    if (!isValid()) return {};
    const QRect r = m_view->laneRect(m_index);
    return {m_view->viewport()->mapToGlobal(r.topLeft()), r.size()};
  }

 private:
  QPointer<TimelineView> m_view;
  std::size_t m_index;
};

class TimelineAccessible final : public QAccessibleWidget {
 public:
  explicit TimelineAccessible(TimelineView* view) : QAccessibleWidget(view, QAccessible::List) {}
  ~TimelineAccessible() override {
    for (const QAccessible::Id id : m_ids)
      QAccessible::deleteAccessibleInterface(id);
  }
  int childCount() const override { return static_cast<int>(view()->lanes().size()); }
  QAccessibleInterface* child(int index) const override {
    if (index < 0 || index >= childCount()) return nullptr;
    while (static_cast<int>(m_ids.size()) <= index)
      m_ids.push_back(
          QAccessible::registerAccessibleInterface(new LaneAccessible(view(), static_cast<int>(m_ids.size()))));
    return QAccessible::accessibleInterface(m_ids[static_cast<std::size_t>(index)]);
  }
  int indexOfChild(const QAccessibleInterface* wanted) const override {
    for (int i = 0; i < childCount(); ++i)
      if (child(i) == wanted) return i;
    return -1;
  }

 private:
  TimelineView* view() const { return static_cast<TimelineView*>(object()); }
  mutable std::vector<QAccessible::Id> m_ids;
};

} // namespace

void installTimelineAccessibility() {
  QAccessible::installFactory([](const QString&, QObject* object) -> QAccessibleInterface* {
    auto* view = qobject_cast<TimelineView*>(object);
    return view ? new TimelineAccessible(view) : nullptr;
  });
}

} // namespace poolscope::ui
