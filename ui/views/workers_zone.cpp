#include "ui/views/workers_zone.h"

#include "ui/accessible/names.h"
#include "ui/models/words.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/worker_paint.h"
#include "ui/views/zone_metrics.h"
#include "ui/views/zone_text.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr int kTriangle = 18; // px at a head's left end that fold; the rest of it selects
}

WorkersZone::WorkersZone(Session* session, QWidget* parent) : QAbstractScrollArea(parent), m_session(session) {
  nameWidget(this, "Worker cards");
  nameScrollBars(this);
  setFocusPolicy(Qt::StrongFocus);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setBackgroundRole(QPalette::Base);
  connect(session, &Session::changed, this, [this] {
    if (m_clock.isDue(*m_session)) refresh();
  });
  connect(session, &Session::selectionChanged, this, &WorkersZone::refresh);
  connect(&Theme::instance(), &Theme::changed, this, &WorkersZone::refresh);
}

// --- Boxes

void WorkersZone::refresh() {
  const int before = m_layout.height;
  const WorkerBox framed =
      m_focus < rowCount() ? m_layout.boxes[static_cast<std::size_t>(m_focus)] : WorkerBox{}; // by what it shows
  m_layout = layoutWorkers(*m_session, viewport()->width(), m_folds, m_dense);
  const auto same = std::ranges::find_if(m_layout.boxes, [&](const WorkerBox& box) {
    return box.isHead() == framed.isHead() && box.pool == framed.pool && box.slot == framed.slot;
  });
  m_focus = same != m_layout.boxes.end() ? static_cast<int>(same - m_layout.boxes.begin())
                                         : std::clamp(m_focus, 0, std::max(0, rowCount() - 1));
  verticalScrollBar()->setRange(0, std::max(0, m_layout.height - viewport()->height()));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(px(24));
  viewport()->update();
  if (m_layout.height != before) Q_EMIT contentHeightChanged();
}

int WorkersZone::usualHeight() const {
  return layoutWorkers(*m_session, viewport()->width(), m_folds).height;
}

void WorkersZone::setDense(bool dense) {
  if (dense == m_dense) return;
  m_dense = dense;
  refresh();
}

void WorkersZone::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  refresh();
}

void WorkersZone::showEvent(QShowEvent* event) {
  QAbstractScrollArea::showEvent(event);
  refresh();
}

QRect WorkersZone::rowRect(int row) const {
  const WorkerBox& box = m_layout.boxes[static_cast<std::size_t>(row)];
  QRect rect = box.rect.translated(0, -verticalScrollBar()->value());
  if (box.kind == WorkerBox::Kind::Detail) { // stays in sight beside the cells
    const int last = m_layout.height - verticalScrollBar()->value() - rect.height() - 8;
    rect.moveTop(std::clamp(0, rect.top(), std::max(rect.top(), last)));
  }
  return rect;
}

int WorkersZone::rowAt(const QPoint& point) const {
  for (int row = 0; row < rowCount(); ++row)
    if (rowRect(row).contains(point)) return row;
  return -1;
}

void WorkersZone::fold(const WorkerBox& box) {
  m_folds[box.pool] = !box.folded;
  refresh();
}

void WorkersZone::pressRow(int row) {
  const WorkerBox box = m_layout.boxes[static_cast<std::size_t>(row)];
  switch (box.kind) {
  case WorkerBox::Kind::ClosedHead:
    return fold(box);
  case WorkerBox::Kind::More:
    m_folds[box.pool] = false;
    return refresh();
  case WorkerBox::Kind::PoolHead:
  case WorkerBox::Kind::ClosedPool:
    return m_session->select(Selection::ofPool(box.pool));
  default:
    if (box.slot != kNoSlot) m_session->select(box.worker);
  }
}

// --- Painting

void WorkersZone::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  painter.fillRect(event->rect(), themeColor(ColorRole::Window));
  WorkerCells cells(devicePixelRatioF());
  for (int row = 0; row < rowCount(); ++row) {
    const QRect rect = rowRect(row);
    if (!rect.intersects(event->rect())) continue;
    const WorkerBox& box = m_layout.boxes[static_cast<std::size_t>(row)];
    box.isHead() ? paintHead(painter, box, rect) : paintBox(painter, cells, box, rect);
    if (row != m_focus || !hasFocus() || !m_showFocus) continue;
    painter.setPen(QPen(themeColor(Theme::instance().isDark() ? ColorRole::AccentEdge : ColorRole::Accent), 2));
    painter.drawRect(rect.adjusted(-1, -1, 1, 1));
  }
}

void WorkersZone::paintHead(QPainter& painter, const WorkerBox& box, const QRect& rect) const {
  const Theme& theme = Theme::instance();
  const bool opens = box.kind != WorkerBox::Kind::ClosedPool;
  QString text, aside;
  const PoolLive* pool = m_session->state().pool(box.pool);
  if (pool == nullptr) {
    text = ZoneText::tr("%1 closed pools").arg(box.count);
  } else if (box.kind == WorkerBox::Kind::ClosedPool) {
    text = ZoneText::poolName(*m_session, *pool), aside = ZoneText::closed(*pool);
  } else {
    text = ZoneText::poolName(*m_session, *pool) + QStringLiteral(" · ") + Words::sizeOf(*pool);
    if (pool->id == m_session->currentPool()) text += QStringLiteral(" · ") + ZoneText::tr("current");
    aside = ZoneText::closing(*m_session, *pool);
  }
  const bool below = box.folded && box.kind == WorkerBox::Kind::PoolHead && !aside.isEmpty() && !m_dense;
  const int line = below ? rect.height() / 2 : rect.height();
  if (opens)
    paintGlyph(painter, box.folded ? Glyph::ArrowRight : Glyph::ArrowDown,
               QRectF(rect.left() - 1, rect.top() + (line - 12) / 2.0, 12, 12), theme.color(ColorRole::Text));
  QRect where(rect.left() + (opens ? 15 : 0), rect.top(), rect.width() - 15, line);
  painter.setFont(theme.font(FontRole::Label, text));
  painter.setPen(theme.color(ColorRole::Text));
  const QString shown = painter.fontMetrics().elidedText(text, Qt::ElideMiddle, where.width());
  painter.drawText(where, Qt::AlignVCenter | Qt::TextSingleLine, shown);
  if (below)
    where.moveTop(where.top() + line);
  else
    where.setLeft(where.left() + painter.fontMetrics().horizontalAdvance(shown) + kHeadGap);
  painter.setPen(theme.color(ColorRole::Muted));
  painter.drawText(where, Qt::AlignVCenter | Qt::TextSingleLine,
                   painter.fontMetrics().elidedText(aside, Qt::ElideRight, where.width()));
}

void WorkersZone::paintBox(QPainter& painter, WorkerCells& cells, const WorkerBox& box, const QRect& rect) const {
  const PoolLive* pool = m_session->state().pool(box.pool);
  if (pool == nullptr) return;
  if (box.kind == WorkerBox::Kind::More) {
    painter.setFont(Theme::instance().font(FontRole::Label));
    painter.setPen(themeColor(ColorRole::Muted));
    painter.drawText(rect, Qt::AlignCenter, QStringLiteral("+%1").arg(box.count));
    return;
  }
  const WorkerState* worker = box.slot == kNoSlot ? nullptr : m_session->state().worker(box.pool, box.slot);
  if (worker == nullptr) { // the place of the selected one, nobody being selected
    WorkerLook empty;
    empty.outline = WorkerLook::Outline::Dashed;
    empty.name = ZoneText::tr("Nobody selected");
    empty.id = ZoneText::tr("click a worker's cell");
    if (box.kind == WorkerBox::Kind::Detail) paintWorkerCard(painter, rect, empty);
    return;
  }
  if (box.kind == WorkerBox::Kind::Cell) {
    const bool vacant = worker->phase == WorkerPhase::Vacant || worker->phase == WorkerPhase::Starting;
    cells.paint(painter, rect, stateRoleOf(worker->phase),
                vacant ? WorkerLook::Outline::Dashed : WorkerLook::Outline::Solid);
  } else {
    const WorkerLook look = WorkerLook::of(*m_session, *pool, *worker);
    const auto paint = box.kind == WorkerBox::Kind::Chip      ? paintWorkerChip
                       : box.kind == WorkerBox::Kind::Compact ? paintWorkerLine
                                                              : paintWorkerCard;
    paint(painter, rect, look);
  }
  if (!box.selected) return;
  painter.setPen(QPen(themeColor(ColorRole::Text), 2));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(rect.adjusted(1, 1, -1, -1));
}

// --- Input

void WorkersZone::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const QPoint point = event->position().toPoint();
  const int row = rowAt(point);
  if (row < 0) return;
  m_focus = row;
  m_showFocus = false;
  const WorkerBox box = m_layout.boxes[static_cast<std::size_t>(row)];
  if (box.kind == WorkerBox::Kind::PoolHead && point.x() < rowRect(row).left() + kTriangle) return fold(box);
  if (event->modifiers() & Qt::ControlModifier && box.slot != kNoSlot)
    m_session->toggleSelected(box.worker);
  else
    pressRow(row);
  viewport()->update();
}

void WorkersZone::moveFocus(int row) {
  if (rowCount() == 0) return;
  m_focus = std::clamp(row, 0, rowCount() - 1);
  const QRect rect = m_layout.boxes[static_cast<std::size_t>(m_focus)].rect;
  QScrollBar* bar = verticalScrollBar();
  if (rect.top() - 4 < bar->value()) bar->setValue(rect.top() - 4);
  if (rect.bottom() + 4 > bar->value() + viewport()->height()) bar->setValue(rect.bottom() + 4 - viewport()->height());
  announceFocusedRow(this, m_focus);
  viewport()->update();
}

/// The row of the nearest line above (−1) or below (1) whose middle is nearest to this one's; itself where there is
/// none.
int WorkersZone::rowBeyond(int row, int lines) const {
  const QRect from = m_layout.boxes[static_cast<std::size_t>(row)].rect;
  int best = row, bestDistance = INT_MAX;
  for (int other = 0; other < rowCount(); ++other) {
    const QRect to = m_layout.boxes[static_cast<std::size_t>(other)].rect;
    const int down = lines > 0 ? to.top() - from.bottom() : from.top() - to.bottom();
    if (down < 0) continue;
    const int distance = down * 16 + std::abs(to.center().x() - from.center().x()); // the next line before all
    if (distance < bestDistance) best = other, bestDistance = distance;
  }
  return best;
}

void WorkersZone::keyPressEvent(QKeyEvent* event) {
  m_showFocus = true;
  if (rowCount() == 0) return QAbstractScrollArea::keyPressEvent(event);
  switch (event->key()) {
  case Qt::Key_Left:
    return moveFocus(m_focus - 1);
  case Qt::Key_Right:
    return moveFocus(m_focus + 1);
  case Qt::Key_Up:
    return moveFocus(rowBeyond(m_focus, -1));
  case Qt::Key_Down:
    return moveFocus(rowBeyond(m_focus, 1));
  case Qt::Key_Home:
    return moveFocus(0);
  case Qt::Key_End:
    return moveFocus(rowCount() - 1);
  case Qt::Key_Return:
  case Qt::Key_Enter:
    if (event->isAutoRepeat()) return;
    return pressRow(m_focus);
  case Qt::Key_Space:
    if (event->isAutoRepeat()) return;
    if (m_layout.boxes[static_cast<std::size_t>(m_focus)].isHead())
      return fold(m_layout.boxes[static_cast<std::size_t>(m_focus)]);
    return pressRow(m_focus);
  case Qt::Key_Escape:
    return m_session->select(Selection::none());
  default:
    QAbstractScrollArea::keyPressEvent(event);
  }
}

void WorkersZone::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  m_showFocus = event->reason() != Qt::MouseFocusReason;
  announceFocusedRow(this, m_focus);
  viewport()->update();
}

void WorkersZone::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

bool WorkersZone::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const int row = rowAt(help->pos());
  const QString text = row < 0 ? QString() : rowName(row);
  QToolTip::showText(help->globalPos(), text.toHtmlEscaped(), viewport(), row < 0 ? QRect() : rowRect(row));
  return true;
}

// --- For screen readers

QString WorkersZone::rowName(int row) const {
  const WorkerBox& box = m_layout.boxes[static_cast<std::size_t>(row)];
  const PoolLive* pool = m_session->state().pool(box.pool);
  if (box.kind == WorkerBox::Kind::ClosedHead) return ZoneText::tr("%1 closed pools").arg(box.count);
  if (pool == nullptr) return {};
  if (box.kind == WorkerBox::Kind::More) return ZoneText::tr("%1 more workers").arg(box.count);
  if (box.isHead()) {
    QStringList parts{ZoneText::poolName(*m_session, *pool)};
    parts << (pool->open ? Words::sizeOf(*pool) : ZoneText::closed(*pool));
    if (pool->id == m_session->currentPool()) parts << ZoneText::tr("current");
    if (const QString closing = ZoneText::closing(*m_session, *pool); !closing.isEmpty()) parts << closing;
    return parts.join(QStringLiteral(", "));
  }
  const WorkerState* worker = box.slot == kNoSlot ? nullptr : m_session->state().worker(box.pool, box.slot);
  return worker != nullptr ? ZoneText::worker(*m_session, *pool, *worker) : ZoneText::tr("Nobody selected");
}

QAccessible::State WorkersZone::rowState(int row) const {
  const WorkerBox& box = m_layout.boxes[static_cast<std::size_t>(row)];
  QAccessible::State state;
  state.focusable = state.selectable = true;
  state.focused = hasFocus() && row == m_focus;
  const PoolLive* pool = m_session->state().pool(box.pool);
  if (box.isHead()) {
    state.expandable = box.kind != WorkerBox::Kind::ClosedPool;
    state.expanded = state.expandable && !box.folded;
    state.selected = pool != nullptr && m_session->selection() == Selection::ofPool(box.pool);
  } else {
    state.selected = box.selected;
  }
  state.offscreen = !viewport()->rect().intersects(rowRect(row));
  return state;
}

} // namespace poolscope::ui
