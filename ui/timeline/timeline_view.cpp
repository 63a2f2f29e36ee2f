#include "ui/timeline/timeline_view.h"

#include "ui/accessible/names.h"
#include "ui/theme/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_metrics.h"

#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace poolscope::ui {

namespace {

constexpr int kFrame = 16;        // ms at 60 Hz
constexpr int kMapGap = 4;        // px above the minimap
constexpr int kMapNeeds = 200;    // px: a lower view gives the minimap's place to the lanes
constexpr int kTickDistance = 90; // px at least between two ticks of the ruler

/// "44–78 s": with as many decimals as tell the ends apart.
QString stretch(std::int64_t begin, std::int64_t end) {
  const std::int64_t length = end - begin;
  std::int64_t step = 1;
  while (step * 100 <= length)
    step *= 10;
  const QString from = formatTick(begin / step * step, step), to = formatTick(end / step * step, step);
  const qsizetype unit = to.lastIndexOf(QLatin1Char(' '));
  // One unit is enough for both.
  const bool shared = unit > 0 && from.endsWith(to.mid(unit));
  return (shared ? from.left(from.size() - (to.size() - unit)) : from) + QStringLiteral("–") + to;
}

} // namespace

TimelineView::TimelineView(Session* session, QWidget* parent)
    : QAbstractScrollArea(parent), m_session(session), m_time(session), m_laneHeight(laneHeight()) {
  nameWidget(this, "Timeline");
  nameScrollBars(this);
  setFocusPolicy(Qt::StrongFocus);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setMouseTracking(true);
  viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
  m_live = new QPushButton(this);
  nameWidget(m_live, session->isRecorded() ? "End" : "Live");
  m_live->setIcon(glyphIcon(Glyph::Live));
  m_live->setLayoutDirection(Qt::RightToLeft); // the sign stands after the word
  m_live->hide();
  connect(m_live, &QPushButton::clicked, this, &TimelineView::goLive);
  m_frame.setSingleShot(true);
  m_frame.setTimerType(Qt::PreciseTimer);
  connect(&m_frame, &QTimer::timeout, viewport(), qOverload<>(&QWidget::update));
  connect(session, &Session::changed, this, &TimelineView::refresh);
  connect(session, &Session::selectionChanged, this, &TimelineView::schedule);
  connect(session, &Session::timeRangeChanged, this, &TimelineView::schedule);
  connect(session, &Session::frozenChanged, this, &TimelineView::schedule);
  connect(&m_time, &TimeNavigator::changed, this, [this] {
    updateRangeText();
    schedule();
  });
  connect(&Theme::instance(), &Theme::changed, this, [this] {
    m_lanePainter.forget();
    layout();
    placeLiveButton();
    schedule();
  });
  QEvent words(QEvent::LanguageChange);
  changeEvent(&words);
}

TimelineView::~TimelineView() = default;

// --- What is shown

void TimelineView::refresh() {
  m_time.update();
  updateRangeText();
  if (!isVisible()) return;
  layout();
  const Shown shown{m_session->now(), m_session->end(), m_session->state().seq, m_lanes.size()};
  // Idle, the clock alone moves the cursor: nothing of that is in the picture.
  const bool same = shown.end == m_shown.end && shown.seq == m_shown.seq && shown.lanes == m_shown.lanes &&
                    (shown.now == m_shown.now || (m_session->isLive() && !m_session->isBusy()));
  if (same) return;
  m_shown = shown;
  schedule();
}

void TimelineView::layout() {
  Shape shape{.lanes = m_session->lanes().shape(),
              .callers = m_session->liveState().callers.size(),
              .clients = m_session->history().clients().size(),
              .pools = m_session->liveState().pools.size(),
              .live = m_session->isLive()};
  for (const CallerLane& caller : m_session->lanes().callers()) // those that have waited have a lane
    shape.waiters += !caller.spans.empty();
  if (!(shape == m_shape)) {
    m_shape = shape;
    m_lanes = layoutLanes(*m_session, m_folded);
  }
  const int room = tracks().height(), rows = std::max(1, static_cast<int>(m_lanes.size()));
  m_laneHeight = std::clamp(room / rows, leastLaneHeight(), laneHeight());
  verticalScrollBar()->setSingleStep(m_laneHeight);
  verticalScrollBar()->setPageStep(std::max(1, room));
  verticalScrollBar()->setRange(0, std::max(0, rows * m_laneHeight - room));
}

void TimelineView::schedule() {
  if (!isVisible() || m_frame.isActive()) return;
  const qint64 since = m_sincePaint.isValid() ? m_sincePaint.elapsed() : kFrame;
  if (since >= kFrame)
    viewport()->update();
  else
    m_frame.start(static_cast<int>(kFrame - since));
}

void TimelineView::updateRangeText() {
  const std::int64_t origin = m_session->origin();
  const TimeAxis& axis = m_time.axis();
  const QString shown = tr("%1 of %2")
                            .arg(stretch(std::max<std::int64_t>(axis.begin - origin, 0), axis.end() - origin),
                                 formatElapsed(m_session->end() - origin));
  QString text = shown;
  if (!m_session->isLive()) {
    const std::int64_t step = std::max<std::int64_t>(axis.tickStep(px(kTickDistance)) / 10, 1);
    text = tr("at %1").arg(
               formatTick((m_session->now() - origin) / step * step, std::min<std::int64_t>(step, 100'000'000))) +
           QStringLiteral(" · ") + shown;
  } else if (m_session->isCatchingUp()) {
    text = tr("catching up") + QStringLiteral(" · ") + shown;
  } else if (m_session->isRecorded()) {
    if (m_time.showsAll())
      text = tr("the whole recording") + QStringLiteral(" · ") + formatDuration(m_session->end() - origin);
  } else if (m_time.follows()) {
    text = tr("following live") + QStringLiteral(" · ") + shown;
  }
  placeLiveButton();
  if (text == m_rangeText) return;
  m_rangeText = text;
  Q_EMIT rangeChanged();
}

void TimelineView::placeLiveButton() {
  const bool away = !followsLive();
  if (away == m_live->isHidden()) m_live->setVisible(away);
  if (!away) return;
  m_live->adjustSize();
  const QPoint corner(viewport()->geometry().right() - m_live->width() - 6,
                      viewport()->geometry().top() + rulerHeight());
  if (m_live->pos() != corner) m_live->move(corner);
  m_live->raise();
}

QWidget* TimelineView::liveButton() const {
  return m_live;
}

void TimelineView::goLive() {
  if (m_live->hasFocus()) setFocus(Qt::OtherFocusReason); // the button goes
  m_time.goLive();
}

void TimelineView::setFolded(const LaneGroup& group, bool folded) {
  if (folded == isFolded(group)) return;
  folded ? void(m_folded.insert(group)) : void(m_folded.erase(group));
  m_shape.lanes = UINT64_MAX;
  layout();
  schedule();
}

// --- Geometry

int TimelineView::trackLeft() const {
  return labelColumn();
}

QRect TimelineView::tracks() const {
  // Without room the minimap lies below the view's edge: neither painted nor under the pointer.
  const int high = viewport()->height(), bottom = high < px(kMapNeeds) ? high : high - Minimap::kHeight - kMapGap;
  return QRect(trackLeft(), headHeight(), std::max(1, viewport()->width() - trackLeft()),
               std::max(0, bottom - headHeight()));
}

QRect TimelineView::laneRect(std::size_t lane) const {
  return {0, headHeight() + static_cast<int>(lane) * m_laneHeight - verticalScrollBar()->value(), viewport()->width(),
          m_laneHeight};
}

QRect TimelineView::stepRow(StepRows::Row row) const {
  const QRect area = tracks();
  return {area.left(), rulerHeight() + (row == StepRows::Row::Depth ? stepRowHeight() : 0), area.width(),
          stepRowHeight()};
}

QString TimelineView::description() const {
  const QString steps = StepRows::description(*m_session);
  return steps.isEmpty() ? m_rangeText : m_rangeText + QStringLiteral(" · ") + steps;
}

QString TimelineView::laneDescription(std::size_t lane) const {
  return ui::laneDescription(*m_session, m_lanes[lane], isFolded(m_lanes[lane].group));
}

int TimelineView::laneX(std::int64_t t) const {
  return trackLeft() + m_time.axis().pixel(t);
}
std::int64_t TimelineView::timeAt(int x) const {
  return m_time.axis().time(x - trackLeft());
}

std::optional<std::size_t> TimelineView::laneAt(const QPoint& point) const {
  const QRect area = tracks();
  if (point.y() < area.top() || point.y() > area.bottom()) return {};
  const auto lane = static_cast<std::size_t>((point.y() - area.top() + verticalScrollBar()->value()) / m_laneHeight);
  return lane < m_lanes.size() ? std::optional(lane) : std::nullopt;
}

void TimelineView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  m_time.setWidth(tracks().width());
  layout();
  placeLiveButton();
  schedule();
}

void TimelineView::showEvent(QShowEvent* event) {
  QAbstractScrollArea::showEvent(event);
  m_shown = {};
  refresh();
}

void TimelineView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) {
    m_live->setText(m_session->isRecorded() ? tr("End") : tr("Live"));
    m_live->setToolTip(m_session->isRecorded() ? tr("Show the end of the recording (L)")
                                               : tr("Return to the live edge and follow it (L)"));
    m_lanePainter.forget();
    m_rangeText.clear();
    updateRangeText();
    schedule();
  }
  QAbstractScrollArea::changeEvent(event);
}

void TimelineView::scrollContentsBy(int, int) {
  schedule();
}

// --- Painting

void TimelineView::paintEvent(QPaintEvent*) {
  m_sincePaint.start();
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), themeColor(ColorRole::Window));
  const QRect area = tracks();
  const TimeAxis& axis = m_time.axis();
  paintGrid(painter);

  painter.setClipRect(0, area.top(), viewport()->width(), area.height());
  const std::size_t first = static_cast<std::size_t>(verticalScrollBar()->value() / m_laneHeight);
  const std::size_t last = std::min(m_lanes.size(), first + static_cast<std::size_t>(area.height() / m_laneHeight) + 2);
  for (std::size_t i = first; i < last; ++i)
    paintLabel(painter, i, laneRect(i));
  painter.setClipRect(area);
  painter.setFont(Theme::instance().font(FontRole::Label));
  m_lanePainter.begin(painter, *m_session, axis, area);
  for (std::size_t i = first; i < last; ++i)
    m_lanePainter.add(m_lanes[i], laneRect(i));
  m_lanePainter.finish();
  painter.setClipRect(QRect(area.left(), rulerHeight(), area.width(), area.bottom() - rulerHeight() + 1));
  for (const auto row : {StepRows::Row::Size, StepRows::Row::Depth})
    m_stepRows.paint(painter, *m_session, axis, stepRow(row), row);
  paintCancelled(painter);
  paintRange(painter);
  paintArrow(painter);
  painter.setClipping(false);
  paintRuler(painter);
  paintCursor(painter);

  const auto name = [&](int top, int height, const QString& text) {
    painter.setFont(Theme::instance().font(FontRole::Label, text));
    painter.setPen(themeColor(ColorRole::Text));
    painter.drawText(QRect(14, top, trackLeft() - 20, height), Qt::AlignVCenter, text);
  };
  name(rulerHeight() + 6, stepRowHeight() - 6, tr("Pool size"));
  name(rulerHeight() + stepRowHeight() + 6, stepRowHeight() - 6, tr("Queue depth"));
  const QRect map(area.left(), area.bottom() + 1 + kMapGap, area.width() - 2, Minimap::kHeight - 2);
  name(map.top(), map.height(), tr("Session"));
  m_minimap.place(*m_session, map, axis);
  m_minimap.paint(painter, *m_session);
  if (hasFocus()) {
    painter.setPen(themeColor(ColorRole::Accent));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
  }
}

void TimelineView::paintGrid(QPainter& painter) {
  const TimeAxis& axis = m_time.axis();
  const std::int64_t step = axis.tickStep(px(kTickDistance)), origin = m_session->origin();
  const int bottom = tracks().bottom();
  for (std::int64_t t = origin + (axis.begin - origin) / step * step; t <= axis.end(); t += step)
    if (t >= axis.begin && t >= origin)
      painter.fillRect(laneX(t), rulerHeight() - 4, 1, bottom - rulerHeight() + 5, themeColor(ColorRole::Grid));
}

void TimelineView::paintRuler(QPainter& painter) {
  const TimeAxis& axis = m_time.axis();
  painter.setFont(Theme::instance().font(FontRole::Label));
  painter.setPen(themeColor(ColorRole::Muted));
  const std::int64_t step = axis.tickStep(px(kTickDistance)), origin = m_session->origin();
  const QRect ruler(trackLeft(), 0, viewport()->width() - trackLeft(), rulerHeight());
  painter.fillRect(ruler.left(), rulerHeight() - 1, ruler.width(), 1, themeColor(ColorRole::Grid));
  painter.setClipRect(ruler);
  for (std::int64_t t = origin + (axis.begin - origin) / step * step; t <= axis.end(); t += step) {
    if (t < axis.begin || t < origin) continue;
    painter.fillRect(laneX(t), rulerHeight() - 6, 1, 6, themeColor(ColorRole::Dash));
    const QString text = formatTick(t - origin, step);
    if (laneX(t) + 5 + painter.fontMetrics().horizontalAdvance(text) > ruler.right()) continue; // cut, it would mislead
    painter.drawText(QRect(laneX(t) + 5, 0, px(kTickDistance), rulerHeight()), Qt::AlignVCenter, text);
  }
  painter.setClipping(false);
}

void TimelineView::paintLabel(QPainter& painter, std::size_t index, const QRect& rect) {
  const Lane& lane = m_lanes[index];
  const bool heading = lane.kind == Lane::Kind::Heading;
  const LaneText text = laneText(*m_session, lane, isFolded(lane.group));
  if (heading) {
    painter.fillRect(rect.adjusted(0, 1, 0, -1), themeColor(ColorRole::Panel));
    paintGlyph(painter, isFolded(lane.group) ? Glyph::ArrowRight : Glyph::ArrowDown,
               QRectF(14, rect.center().y() - 3.5, 8, 8), themeColor(ColorRole::Muted));
  } else if (isLaneSelected(*m_session, lane)) {
    painter.fillRect(0, rect.top(), trackLeft(), rect.height(), themeColor(ColorRole::SelectedRow));
  }
  const int right = heading ? viewport()->width() - 8 : trackLeft() - kGlyphSize - 12;
  painter.setFont(Theme::instance().font(FontRole::Label, text.label));
  painter.setPen(themeColor(heading || text.muted ? ColorRole::Muted : ColorRole::Text));
  painter.drawText(QRect(kLabelLeft, rect.top(), right - kLabelLeft, rect.height()), Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(text.label, Qt::ElideMiddle, right - kLabelLeft));
  if (!heading && hasGlyph(text.state))
    paintGlyph(painter, glyphOf(text.state),
               QRectF(trackLeft() - kGlyphSize - 8, rect.center().y() - kGlyphSize / 2.0 + 0.5, kGlyphSize, kGlyphSize),
               themeColor(text.muted ? ColorRole::Disabled : ColorRole::Muted));
  if (hasFocus() && m_focusLane == lane) {
    painter.setPen(themeColor(ColorRole::Accent));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRect(4, rect.top(), trackLeft() - 8, rect.height() - 1));
  }
}

/// The live edge; or, in the past, the moment that the other views show, with a veil on what was not yet.
void TimelineView::paintCursor(QPainter& painter) {
  if (m_session->recording().size() == 0) return;
  const bool live = m_session->isLive();
  const QRect area = tracks();
  const int x = laneX(live ? m_session->end() : m_session->now());
  if (!live && x < area.right()) {
    QColor veil = themeColor(ColorRole::Window);
    veil.setAlphaF(0.55f);
    const int from = std::max(x + 1, area.left());
    painter.fillRect(from, rulerHeight(), area.right() - from + 1, area.bottom() - rulerHeight() + 1, veil);
  }
  if (x < area.left() || x > area.right()) return;
  painter.fillRect(x, rulerHeight(), 2, area.bottom() - rulerHeight() + 1, themeColor(ColorRole::Text));
  if (live) return;
  const std::int64_t step = std::max<std::int64_t>(m_time.axis().tickStep(px(kTickDistance)) / 10, 1);
  const QString text =
      formatTick((m_session->now() - m_session->origin()) / step * step, std::min<std::int64_t>(step, 100'000'000));
  painter.setFont(Theme::instance().font(FontRole::Label));
  const int width = painter.fontMetrics().horizontalAdvance(text) + 10;
  const QRect flag(std::clamp(x - width / 2, area.left(), std::max(area.left(), area.right() - width)), 2, width,
                   rulerHeight() - 3);
  painter.fillRect(flag, themeColor(ColorRole::Text));
  painter.setPen(themeColor(ColorRole::Window));
  painter.drawText(flag, Qt::AlignCenter, text);
}

void TimelineView::paintRange(QPainter& painter) {
  const auto& range = m_session->timeRange();
  if (!range) return;
  const QRect area = tracks();
  const int left = std::clamp(laneX(range->begin), area.left() - 2, area.right() + 2);
  const int right = std::clamp(laneX(range->end), area.left() - 2, area.right() + 2);
  QColor band = themeColor(ColorRole::Text);
  band.setAlphaF(0.08f);
  const int height = area.bottom() - rulerHeight() + 1;
  painter.fillRect(left, rulerHeight(), right - left, height, band);
  painter.fillRect(left, rulerHeight(), 1, height, themeColor(ColorRole::Text));
  painter.fillRect(right, rulerHeight(), 1, height, themeColor(ColorRole::Text));
  const QString text = formatDuration(range->end - range->begin);
  painter.setFont(Theme::instance().font(FontRole::Label));
  painter.setPen(themeColor(ColorRole::Text));
  if (right - left > painter.fontMetrics().horizontalAdvance(text) + 8)
    painter.drawText(QRect(left, rulerHeight(), right - left, 14), Qt::AlignCenter, text);
}

/// The selected task's way: from its submit on the caller's lane to its start.
void TimelineView::paintArrow(QPainter& painter) {
  const Selection& selection = m_session->selection();
  const TaskRow* task = selection.kind == Selection::Kind::Task ? m_session->history().find(selection.task) : nullptr;
  if (!task || task->submitted == kNever) return;
  const QRect area = tracks();
  int fromY = rulerHeight() + 2 * stepRowHeight() - 3, toY = -1; // without a caller's lane: from the queue
  for (std::size_t i = 0; i < m_lanes.size(); ++i) {
    const Lane& lane = m_lanes[i];
    const QRect rect = laneRect(i);
    if (lane.kind == Lane::Kind::Caller && m_session->lanes().callers()[lane.place].id == task->caller)
      fromY = std::max(rect.bottom() - 1, area.top() - 4);
    if (lane.kind == Lane::Kind::Worker && task->started <= m_session->end() && lane.group.pool == task->pool &&
        lane.slot == task->slot)
      toY = rect.center().y();
  }
  const double x0 = laneX(task->submitted) + 0.5;
  painter.save();
  painter.setClipRect(area.left(), rulerHeight(), area.width(), area.bottom() - rulerHeight() + 1);
  painter.setRenderHint(QPainter::Antialiasing);
  const QColor line = themeColor(ColorRole::Text), casing = themeColor(ColorRole::Window);
  QPainterPath path(QPointF(x0, fromY));
  if (toY >= 0) {
    const double x1 = laneX(task->started) - 1, reach = std::min(60.0, std::max(12.0, (x1 - x0) * 0.5));
    path.cubicTo(QPointF(x0 + 2, toY - 4), QPointF(x1 - reach, toY), QPointF(x1 - 7, toY));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(casing, 5));
    painter.drawPath(path);
    painter.setPen(QPen(line, 1.75));
    painter.drawPath(path);
    QPainterPath head(QPointF(x1, toY));
    head.lineTo(x1 - 10, toY - 5);
    head.lineTo(x1 - 10, toY + 5);
    head.closeSubpath();
    painter.setPen(QPen(casing, 1));
    painter.setBrush(line);
    painter.drawPath(head);
  } else { // it waits, or it ended without a start
    const double x1 = laneX(std::min(task->finished, m_session->end()));
    painter.setPen(QPen(line, 1.75, Qt::DotLine));
    painter.drawLine(QPointF(x0, fromY), QPointF(x1, fromY));
  }
  painter.setPen(QPen(casing, 1));
  painter.setBrush(line);
  painter.drawEllipse(QPointF(x0, fromY), 3.5, 3.5);
  painter.restore();
}

/// Tasks that were cancelled before they ran have no lane: they are told where they waited.
void TimelineView::paintCancelled(QPainter& painter) {
  const TimeAxis& axis = m_time.axis();
  const int y = rulerHeight() + 2 * stepRowHeight() - 13;
  for (const PoolLive& pool : m_session->liveState().pools) {
    const auto& bursts = m_session->lanes().unstarted(pool.id);
    auto it =
        std::partition_point(bursts.begin(), bursts.end(), [&](const TaskBurst& b) { return b.end < axis.begin; });
    int reached = INT_MIN;
    for (; it != bursts.end() && it->begin <= std::min(axis.end(), m_session->end()); ++it) {
      const int x = laneX(it->begin);
      if (x < reached) continue;
      paintStateBadge(painter, QRect(x - 6, y, 12, 12), StateRole::Cancelled);
      const TaskRow* task = m_session->history().find(it->first);
      const bool cancelled = !task || task->outcome == Outcome::Cancelled;
      const QString count = formatCount(it->count);
      const QString text = cancelled ? tr("%1 cancelled").arg(count) : tr("%1 lost").arg(count);
      painter.setFont(Theme::instance().font(FontRole::Label, text));
      painter.setPen(themeColor(ColorRole::Text));
      painter.drawText(QRect(x + 9, y - 2, 120, 15), Qt::AlignVCenter, text);
      reached = x + 9 + painter.fontMetrics().horizontalAdvance(text) + 6;
    }
  }
}

} // namespace poolscope::ui
