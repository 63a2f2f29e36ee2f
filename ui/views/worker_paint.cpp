#include "ui/views/worker_paint.h"

#include "ui/models/processor_words.h"
#include "ui/theme/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"
#include "ui/views/zone_text.h"

#include <QPainter>

namespace poolscope::ui {

namespace {

constexpr int kCardBar = 24, kChipBar = 18, kPadding = 8;
constexpr qreal kRadius = 3.5;

void paintFrame(QPainter& painter, const QRect& rect, WorkerLook::Outline outline) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  QPen pen(themeColor(outline == WorkerLook::Outline::Dashed ? ColorRole::Dash : ColorRole::Grid), 1);
  if (outline == WorkerLook::Outline::Dashed) pen.setDashPattern({4, 3});
  painter.setPen(pen);
  painter.setBrush(outline == WorkerLook::Outline::Dashed ? QBrush(Qt::NoBrush) : QBrush(themeColor(ColorRole::Panel)));
  painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
  painter.restore();
}

/// The bar at the left: colour, pattern and glyph. An idle worker's is empty, an outline.
void paintBar(QPainter& painter, const QRect& rect, StateRole role) {
  const StateColors& colors = themeState(role);
  if (role == StateRole::Idle) {
    painter.fillRect(QRect(rect.right(), rect.top() + 1, 1, rect.height() - 2), themeColor(ColorRole::Grid));
    return;
  }
  painter.fillRect(rect, colors.edge);
  const QRect inner = rect.adjusted(1, 1, -1, -1);
  paintStateFill(painter, inner, role);
  QRectF glyph(0, 0, px(12), px(12));
  glyph.moveCenter(QRectF(rect).center());
  if (role == StateRole::Blocked)
    painter.fillRect(glyph.adjusted(-1, -2, 1, 2), colors.fill); // the bars stand clear of the hatch
  paintGlyph(painter, glyphOf(role), glyph, colors.text);
}

/// A text in one line, cut with an ellipsis; returns how wide it came out.
int paintText(QPainter& painter, const QRect& rect, FontRole font, ColorRole color, const QString& text,
              Qt::Alignment align = Qt::AlignLeft, bool struck = false) {
  if (rect.width() <= 0 || text.isEmpty()) return 0;
  QFont used = Theme::instance().font(font, text);
  used.setStrikeOut(struck);
  painter.setFont(used);
  painter.setPen(themeColor(color));
  // A worker's name differs from its neighbours' at the end.
  const Qt::TextElideMode where = font == FontRole::Bold ? Qt::ElideMiddle : Qt::ElideRight;
  const QString shown = painter.fontMetrics().elidedText(text, where, rect.width());
  painter.drawText(rect, static_cast<int>(align | Qt::AlignVCenter) | Qt::TextSingleLine, shown);
  return painter.fontMetrics().horizontalAdvance(shown);
}

ColorRole nameColor(const WorkerLook& look) {
  return look.outline == WorkerLook::Outline::Dashed ? ColorRole::Muted : ColorRole::Text;
}

ColorRole doingColor(const WorkerLook& look) {
  return look.role == StateRole::Idle ? ColorRole::Muted : ColorRole::Text;
}

} // namespace

WorkerLook WorkerLook::of(const Session& session, const PoolLive& pool, const WorkerState& worker) {
  WorkerLook look;
  look.role = stateRoleOf(worker.phase);
  const TaskRow* task = worker.task ? session.history().find(worker.task) : nullptr;
  look.name = ZoneText::workerName(session, worker);
  look.shortName = ZoneText::shortName(look.name);
  if (worker.pid != 0)
    look.id = pool.kind == WorkerKind::Process ? QStringLiteral("pid %1").arg(worker.pid)
                                               : QStringLiteral("tid %1").arg(worker.tid);
  std::int64_t since = worker.since;
  switch (worker.phase) {
  case WorkerPhase::Vacant:
    look.outline = Outline::Dashed;
    look.id = ZoneText::vacant(session, pool);
    return look;
  case WorkerPhase::Starting:
    look.outline = Outline::Dashed;
    look.id = ZoneText::tr("starting");
    break;
  case WorkerPhase::Failed:
    look.doing = plainLine(session.text(worker.failure));
    if (look.doing.isEmpty()) look.doing = ZoneText::tr("failed");
    return look;
  case WorkerPhase::Idle:
    look.doing = worker.retiring ? ZoneText::tr("retiring") : ZoneText::tr("idle");
    break;
  case WorkerPhase::Running:
  case WorkerPhase::Blocked:
    if (task != nullptr) look.doing = ZoneText::task(session, *task), since = task->started;
    look.load = ProcessorWords::of(session, pool.id, worker).join(QStringLiteral(" · "));
    if (!worker.retiring || task == nullptr) break;
    if (task->kind == TaskKind::Connection)
      look.until = ZoneText::tr("retires after %1").arg(ZoneText::clientOf(session, *task));
    else
      look.doing = ZoneText::tr("retiring after #%1").arg(task->id.value());
    break;
  }
  look.struck = worker.retiring;
  look.elapsed = formatElapsed(session.now() - since);
  return look;
}

void paintWorkerCard(QPainter& painter, const QRect& rect, const WorkerLook& look) {
  paintFrame(painter, rect, look.outline);
  const bool bar = look.outline == WorkerLook::Outline::Solid;
  if (bar) paintBar(painter, QRect(rect.topLeft(), QSize(px(kCardBar), rect.height())), look.role);
  const QRect text = rect.adjusted(bar ? px(kCardBar) + kPadding : 16, 0, -kPadding, 0);
  const auto line = [&](int top) { return QRect(text.left(), rect.top() + px(top), text.width(), px(18)); };
  const int down = bar ? 0 : 9; // two lines stand in the middle
  paintText(painter, line(4 + down), FontRole::Bold, nameColor(look), look.name, Qt::AlignLeft, look.struck);
  if (look.until.isEmpty())
    paintText(painter, line(23 + down), FontRole::Label, ColorRole::Muted,
              look.load.isEmpty() ? look.id : look.id + QStringLiteral(" · ") + look.load);
  else
    paintText(painter, line(23 + down), FontRole::Label, ColorRole::Text, look.until);
  if (!bar) { // a start that takes long says how long
    paintText(painter, line(23 + down), FontRole::Figures, ColorRole::Muted, look.elapsed, Qt::AlignRight);
    return;
  }
  const int taken = paintText(painter, line(42), FontRole::Figures, ColorRole::Muted, look.elapsed, Qt::AlignRight);
  paintText(painter, line(42).adjusted(0, 0, taken > 0 ? -taken - 6 : 0, 0), FontRole::Base, doingColor(look),
            look.doing);
}

void paintWorkerChip(QPainter& painter, const QRect& rect, const WorkerLook& look) {
  paintFrame(painter, rect, look.outline);
  const bool bar = look.outline == WorkerLook::Outline::Solid;
  if (bar) paintBar(painter, QRect(rect.topLeft(), QSize(px(kChipBar), rect.height())), look.role);
  const QRect text = rect.adjusted((bar ? px(kChipBar) : 0) + 6, 2, -4, -2);
  paintText(painter, QRect(text.left(), text.top(), text.width(), px(18)), FontRole::Bold, nameColor(look),
            look.shortName, Qt::AlignLeft, look.struck);
  paintText(painter, QRect(text.left(), text.top() + px(18), text.width(), px(16)), FontRole::Label, doingColor(look),
            !look.until.isEmpty()    ? look.until
            : bar                    ? look.doing
            : look.elapsed.isEmpty() ? ZoneText::tr("vacant")
                                     : look.id);
}

void paintWorkerLine(QPainter& painter, const QRect& rect, const WorkerLook& look) {
  paintFrame(painter, rect, look.outline);
  const bool bar = look.outline == WorkerLook::Outline::Solid;
  if (bar) paintBar(painter, QRect(rect.topLeft(), QSize(px(kChipBar), rect.height())), look.role);
  QRect text = rect.adjusted((bar ? px(kChipBar) : 0) + 6, 0, -6, 0);
  const int name =
      paintText(painter, text, FontRole::Bold, nameColor(look), look.shortName, Qt::AlignLeft, look.struck);
  text.setLeft(text.left() + name + 6);
  paintText(painter, text, FontRole::Label, doingColor(look),
            !look.until.isEmpty()    ? look.until
            : bar                    ? look.doing
            : look.elapsed.isEmpty() ? ZoneText::tr("vacant")
                                     : look.id);
}

void WorkerCells::paint(QPainter& painter, const QRect& rect, StateRole role, WorkerLook::Outline outline) {
  QPixmap& cell = m_cells[static_cast<int>(role)][static_cast<int>(outline)];
  if (cell.isNull()) {
    cell = QPixmap(rect.size() * m_ratio);
    cell.setDevicePixelRatio(m_ratio);
    cell.fill(Qt::transparent);
    QPainter into(&cell);
    const QRect whole(QPoint(), rect.size());
    if (role == StateRole::Idle) {
      into.setPen(outline == WorkerLook::Outline::Dashed ? QPen(themeColor(ColorRole::Dash), 1, Qt::DotLine)
                                                         : QPen(themeColor(ColorRole::ControlBorder), 1));
      into.drawRect(whole.adjusted(0, 0, -1, -1));
    } else {
      paintStateBadge(into, whole, role);
    }
  }
  painter.drawPixmap(rect.topLeft(), cell);
}

} // namespace poolscope::ui
