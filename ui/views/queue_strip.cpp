#include "ui/views/queue_strip.h"

#include "ui/accessible/names.h"
#include "ui/models/why_waits.h"
#include "ui/theme/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"
#include "ui/views/zone_metrics.h"
#include "ui/views/zone_text.h"

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr int kHeight = 30, kChipTop = 2, kChipHeight = 24, kChipWidth = 136, kChipGap = 8;
constexpr int kHeadWord = 48; // px of "head ▸"
constexpr int kLeftWidth = 60;
constexpr int kReasonLeast = 200, kReasonMost = 440;
} // namespace

QueueStrip::QueueStrip(Session* session, QWidget* parent) : QWidget(parent), m_session(session) {
  nameWidget(this, "Queue strip");
  setFocusPolicy(Qt::StrongFocus);
  connect(session, &Session::changed, this, [this] {
    if (m_clock.isDue(*m_session)) refresh();
  });
  connect(session, &Session::selectionChanged, this, &QueueStrip::refresh);
  connect(&Theme::instance(), &Theme::changed, this, &QueueStrip::refresh);
}

void QueueStrip::setCommands(TaskCommand cancel, TaskCommand moveToFront) {
  m_cancel = std::move(cancel);
  m_moveToFront = std::move(moveToFront);
}

QSize QueueStrip::sizeHint() const {
  return {400, px(kHeight)};
}

// --- Chips

void QueueStrip::refresh() {
  const PoolLive* pool = m_session->state().pool(m_session->currentPool());
  layoutChips(pool);
  m_reason.clear();
  if (pool != nullptr && !m_chips.empty()) findReason(*pool);
  setAccessibleDescription(m_reason);
  const auto framed = std::ranges::find(m_chips, m_framed, &Chip::task); // the frame stays with its task
  setFocusedRow(framed != m_chips.end() ? static_cast<int>(framed - m_chips.begin()) : m_focus);
  update();
}

void QueueStrip::setFocusedRow(int row) {
  m_focus = std::clamp(row, 0, std::max(0, rowCount() - 1));
  m_framed = m_chips.empty() ? TaskId{} : m_chips[static_cast<std::size_t>(m_focus)].task;
}

/// Room for the head's reason, whatever is selected: so a click moves nothing.
int QueueStrip::reasonWidth(const PoolLive& pool, int most) const {
  const auto head = m_session->state().queuedTasks(pool.id, m_session->history(), 1);
  const TaskRow* task = head.empty() ? nullptr : m_session->history().find(head.front());
  if (task == nullptr) return px(kReasonLeast);
  const QString text = WhyWaits::sentences(*m_session, pool, *task, 1);
  const int wide = QFontMetrics(Theme::instance().font(FontRole::Label, text)).horizontalAdvance(text) + 16;
  return std::clamp(std::min(wide, most), px(kReasonLeast), px(kReasonMost));
}

void QueueStrip::layoutChips(const PoolLive* pool) {
  m_chips.clear();
  m_left = 0;
  if (pool == nullptr || pool->counters.queued == 0) return;
  const std::uint64_t queued = pool->counters.queued;
  int x = kZoneMargin + px(kHeadWord);
  const int end = width() - kZoneMargin;
  const int reason = reasonWidth(*pool, (end - x) * 2 / 5);
  int room = std::max(1, (end - reason - x + kChipGap) / (px(kChipWidth) + kChipGap));
  std::size_t tail = 0;
  if (queued > static_cast<std::uint64_t>(room)) {
    room = std::max(1, (end - reason - x - px(kLeftWidth)) / (px(kChipWidth) + kChipGap));
    tail = room >= 4 ? 2 : room >= 2 ? 1 : 0;
  }
  const auto add = [&](TaskId task, std::uint64_t position) {
    m_chips.push_back({task, position, QRect(x, kChipTop, px(kChipWidth), px(kChipHeight))});
    x += px(kChipWidth) + kChipGap;
  };
  const PoolState& state = m_session->state();
  std::uint64_t position = 0;
  for (const TaskId task : state.queuedTasks(pool->id, m_session->history(), static_cast<std::size_t>(room) - tail))
    add(task, ++position);
  if (position + tail < queued) {
    m_left = queued - position - tail;
    m_leftRect = QRect(x, kChipTop, px(kLeftWidth) - kChipGap, px(kChipHeight));
    x += px(kLeftWidth);
  }
  auto last = state.lastQueuedTasks(pool->id, m_session->history(), tail);
  std::reverse(last.begin(), last.end());
  position = queued - last.size();
  for (const TaskId task : last)
    add(task, ++position);
  m_reasonRect = QRect(x, kChipTop, std::max(0, end - x), px(kChipHeight));
}

void QueueStrip::findReason(const PoolLive& pool) {
  const Selection& selection = m_session->selection();
  Chip about = m_chips.front();
  if (selection.kind == Selection::Kind::Task && selection.pool == pool.id) {
    const auto chip = std::ranges::find(m_chips, selection.task, &Chip::task);
    const TaskRow* task = m_session->history().find(selection.task);
    if (chip != m_chips.end())
      about = *chip;
    else if (task != nullptr && task->phaseAt(m_session->now()) == TaskPhase::Queued)
      about = {selection.task, WhyWaits::position(*m_session, *task), {}}; // somewhere in the middle
  }
  if (const TaskRow* task = m_session->history().find(about.task))
    m_reason = WhyWaits::sentences(*m_session, pool, *task, about.position);
}

int QueueStrip::rowAt(const QPoint& point) const {
  for (int row = 0; row < rowCount(); ++row)
    if (rowRect(row).contains(point)) return row;
  return -1;
}

void QueueStrip::resizeEvent(QResizeEvent*) {
  refresh();
}

// --- Painting

void QueueStrip::paintChip(QPainter& painter, const Chip& chip) const {
  const TaskRow* task = m_session->history().find(chip.task);
  if (task == nullptr) return;
  const StateColors& colors = themeState(StateRole::Queued);
  painter.fillRect(chip.rect, colors.edge);
  painter.fillRect(chip.rect.adjusted(1, 1, -1, -1), colors.fill);
  paintGlyph(painter, Glyph::Dots,
             QRectF(chip.rect.left() + 6, chip.rect.top() + (chip.rect.height() - 12) / 2.0, 12, 12), colors.text);
  painter.setPen(colors.text);
  const QString waited = formatElapsed(m_session->now() - task->submitted);
  QRect text = chip.rect.adjusted(24, 0, -6, 0);
  painter.setFont(Theme::instance().font(FontRole::Figures));
  painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine, waited);
  text.setRight(text.right() - painter.fontMetrics().horizontalAdvance(waited) - 6);
  const QString client = ZoneText::clientOf(*m_session, *task);
  const QString name = QStringLiteral("#%1 ").arg(task->id.value()) +
                       (client.isEmpty() ? plainLine(m_session->text(task->name)) : client);
  painter.setFont(Theme::instance().font(FontRole::Label, name));
  painter.drawText(text, Qt::AlignVCenter | Qt::TextSingleLine,
                   painter.fontMetrics().elidedText(name, Qt::ElideRight, text.width()));
  if (!isSelected(chip)) return;
  painter.setPen(QPen(themeColor(ColorRole::Text), 2));
  painter.drawRect(chip.rect.adjusted(0, 0, 0, 0));
}

void QueueStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme& theme = Theme::instance();
  painter.fillRect(rect(), theme.color(ColorRole::Window));
  if (m_chips.empty()) {
    const QRect box(kZoneMargin, kChipTop, width() - 2 * kZoneMargin, px(kChipHeight));
    QPen dashes(theme.color(ColorRole::Dash), 1);
    dashes.setDashPattern({4, 3});
    painter.setPen(dashes);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5);
    const QString text = ZoneText::tr("A task that finds no free worker waits here.");
    painter.setFont(theme.font(FontRole::Label, text));
    painter.setPen(theme.color(ColorRole::Muted));
    painter.drawText(box.adjusted(12, 0, -8, 0), Qt::AlignVCenter | Qt::TextSingleLine, text);
  } else {
    painter.setFont(theme.font(FontRole::Label));
    painter.setPen(theme.color(ColorRole::Muted));
    painter.drawText(QRect(kZoneMargin, kChipTop, px(kHeadWord), px(kChipHeight)), Qt::AlignVCenter,
                     ZoneText::tr("head"));
    paintGlyph(painter, Glyph::ArrowRight,
               QRectF(kZoneMargin + px(kHeadWord) - 19, kChipTop + (px(kChipHeight) - 12) / 2.0, 12, 12),
               theme.color(ColorRole::Muted));
    if (m_left > 0) painter.drawText(m_leftRect, Qt::AlignCenter, QStringLiteral("(+%1)").arg(formatCount(m_left)));
    for (const Chip& chip : m_chips)
      paintChip(painter, chip);
    painter.setFont(theme.font(FontRole::Label, m_reason));
    painter.setPen(theme.color(ColorRole::Text));
    painter.drawText(m_reasonRect.adjusted(4, 0, 0, 0), Qt::AlignVCenter | Qt::TextSingleLine,
                     painter.fontMetrics().elidedText(m_reason, Qt::ElideRight, m_reasonRect.width() - 4));
  }
  if (!hasFocus() || !m_showFocus) return;
  painter.setRenderHint(QPainter::Antialiasing, false);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme.color(theme.isDark() ? ColorRole::AccentEdge : ColorRole::Accent), 2));
  painter.drawRect(m_chips.empty() ? rect().adjusted(kZoneMargin, 1, -kZoneMargin, -1)
                                   : rowRect(m_focus).adjusted(-2, -1, 2, 1));
}

// --- Input

bool QueueStrip::isSelected(const Chip& chip) const {
  return m_session->isSelected(Selection::ofTask(m_session->currentPool(), chip.task));
}

void QueueStrip::pressRow(int row) {
  m_session->select(Selection::ofTask(m_session->currentPool(), m_chips[static_cast<std::size_t>(row)].task));
}

void QueueStrip::mousePressEvent(QMouseEvent* event) {
  const int row = rowAt(event->position().toPoint());
  if (row < 0) return;
  setFocusedRow(row);
  m_showFocus = false;
  const Chip& chip = m_chips[static_cast<std::size_t>(row)];
  if (event->button() == Qt::LeftButton && event->modifiers() & Qt::ControlModifier)
    m_session->toggleSelected(Selection::ofTask(m_session->currentPool(), chip.task));
  else if (event->button() == Qt::LeftButton || !isSelected(chip)) // the menu is about all that are selected
    pressRow(row);
}

/// Commands reach the pool as it is now: not what is shown frozen, nor a pool that has ended.
bool QueueStrip::canCommand() const {
  const PoolLive* pool = m_session->state().pool(m_session->currentPool());
  return m_cancel && m_moveToFront && m_session->isLive() && pool != nullptr && pool->open;
}

/// The selected tasks that wait here, head first.
std::vector<TaskId> QueueStrip::chosen() const {
  std::vector<TaskId> tasks;
  const PoolLive* pool = m_session->state().pool(m_session->currentPool());
  if (pool == nullptr || m_session->selection().kind != Selection::Kind::Task) return tasks;
  for (const TaskId task : m_session->state().queuedTasks(pool->id, m_session->history(), pool->counters.queued))
    if (m_session->isSelected(Selection::ofTask(pool->id, task))) tasks.push_back(task);
  return tasks;
}

void QueueStrip::contextMenuEvent(QContextMenuEvent* event) {
  const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
  const int row = byKey ? m_focus : rowAt(event->pos());
  if (row < 0 || row >= rowCount() || !m_cancel) return;
  if (!byKey && !isSelected(m_chips[static_cast<std::size_t>(row)])) pressRow(row);
  const PoolId pool = m_session->currentPool();
  const std::vector<TaskId> tasks = chosen();
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QAction* cancel = menu->addAction(tasks.size() == 1 ? ZoneText::tr("Cancel task #%1").arg(tasks.front().value())
                                                      : ZoneText::tr("Cancel %1 tasks").arg(tasks.size()));
  QAction* front = menu->addAction(ZoneText::tr("Move to front"));
  cancel->setEnabled(canCommand() && !tasks.empty());
  front->setEnabled(cancel->isEnabled() &&
                    tasks != m_session->state().queuedTasks(pool, m_session->history(), tasks.size()));
  connect(cancel, &QAction::triggered, this, [this, pool, tasks] {
    for (const TaskId task : tasks)
      m_cancel(pool, task);
  });
  connect(front, &QAction::triggered, this, [this, pool, tasks] {
    for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) // the first one comes last, before all others
      m_moveToFront(pool, *task);
  });
  menu->popup(byKey ? mapToGlobal(rowRect(row).bottomLeft()) : event->globalPos());
}

void QueueStrip::moveFocus(int row) {
  if (m_chips.empty()) return;
  setFocusedRow(row);
  pressRow(m_focus);
  announceFocusedRow(this, m_focus);
  update();
}

void QueueStrip::keyPressEvent(QKeyEvent* event) {
  m_showFocus = true;
  switch (event->key()) {
  case Qt::Key_Left:
    return moveFocus(m_focus - 1);
  case Qt::Key_Right:
    return moveFocus(m_focus + 1);
  case Qt::Key_Home:
    return moveFocus(0);
  case Qt::Key_End:
    return moveFocus(rowCount() - 1);
  case Qt::Key_Return:
  case Qt::Key_Enter:
  case Qt::Key_Space:
    if (!m_chips.empty()) pressRow(m_focus);
    return;
  case Qt::Key_Delete:
    if (canCommand() && !event->isAutoRepeat())
      for (const TaskId task : chosen())
        m_cancel(m_session->currentPool(), task);
    return;
  case Qt::Key_Escape:
    return m_session->select(Selection::none());
  default:
    QWidget::keyPressEvent(event);
  }
}

void QueueStrip::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  m_showFocus = event->reason() != Qt::MouseFocusReason;
  announceFocusedRow(this, rowCount() > 0 ? m_focus : -1);
}

bool QueueStrip::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const int row = rowAt(help->pos());
  const QString text = row >= 0 ? rowName(row) : m_reasonRect.contains(help->pos()) ? m_reason : QString();
  QToolTip::showText(help->globalPos(), text.toHtmlEscaped(), this);
  return true;
}

// --- For screen readers

QString QueueStrip::rowName(int row) const {
  const Chip& chip = m_chips[static_cast<std::size_t>(row)];
  const TaskRow* task = m_session->history().find(chip.task);
  if (task == nullptr) return {};
  return ZoneText::tr("Position %1, task %2, waiting for %3")
      .arg(formatCount(chip.position), ZoneText::task(*m_session, *task),
           formatElapsed(m_session->now() - task->submitted));
}

QAccessible::State QueueStrip::rowState(int row) const {
  QAccessible::State state;
  state.focusable = state.selectable = true;
  state.focused = hasFocus() && row == m_focus;
  state.selected = isSelected(m_chips[static_cast<std::size_t>(row)]);
  return state;
}

} // namespace poolscope::ui
