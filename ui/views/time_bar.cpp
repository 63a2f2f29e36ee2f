#include "ui/views/time_bar.h"

#include "ui/accessible/names.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"

#include <QPainter>

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr int kLeastPart = 3; // px: what happened is never invisible
int capWidth(StateRole end) {
  return end == StateRole::Idle ? 0 : end == StateRole::Done ? 4 : 6;
}
} // namespace

TimeBar::TimeBar(QWidget* parent) : QWidget(parent) {
  nameWidget(this, "Time bar");
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void TimeBar::setParts(const std::vector<BarPart>& parts, StateRole end, const QString& words) {
  m_parts = parts;
  m_end = end;
  if (accessibleDescription() != words) setAccessibleDescription(words);
  update();
}

QSize TimeBar::sizeHint() const {
  return {200, px(26)};
}

void TimeBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  std::int64_t all = 0;
  for (const BarPart& part : m_parts)
    all += part.ns;
  const QRect room = rect().adjusted(0, 1, -capWidth(m_end), -1);
  int x = room.left();
  std::int64_t before = 0;
  for (const BarPart& part : m_parts) {
    before += part.ns;
    if (part.ns <= 0) continue;
    int right = room.left() + static_cast<int>(double(before) / double(std::max<std::int64_t>(1, all)) * room.width());
    right = std::min(std::max(right, x + kLeastPart), room.right() + 1);
    const QRect place(x, room.top(), right - x, room.height());
    painter.fillRect(place, themeState(part.role).edge);
    if (place.width() > 2) paintStateFill(painter, place.adjusted(1, 1, -1, -1), part.role);
    painter.setFont(Theme::instance().font(FontRole::Label, part.text));
    if (painter.fontMetrics().horizontalAdvance(part.text) + 12 <= place.width()) {
      painter.setPen(themeState(part.role).text);
      painter.drawText(place.adjusted(6, 0, -4, 0), Qt::AlignVCenter | Qt::TextSingleLine, part.text);
    }
    x = right;
  }
  if (m_end != StateRole::Idle)
    painter.fillRect(QRect(room.right() + 1, 0, capWidth(m_end), height()), themeState(m_end).fill);
}

} // namespace poolscope::ui
