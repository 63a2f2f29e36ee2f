#include "ui/chat/state_strip.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/accessible/names.h"
#include "ui/theme/icons.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"

#include <QPainter>

namespace poolscope::ui {

StateStrip::StateStrip(QWidget* parent) : QLabel(parent) {
  nameWidget(this, "Connection state");
  setTextFormat(Qt::PlainText);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  connect(&Theme::instance(), &Theme::changed, this, [this] {
    updateGeometry();
    update();
  });
}

void StateStrip::show(StateRole role, const QString& first, const QString& second) {
  if (role == m_role && first == m_first && second == m_second) return;
  m_role = role, m_first = first, m_second = second;
  setLabelText(this, second.isEmpty() ? first : first + u' ' + second);
  setToolTip(text());
  update();
}

QSize StateStrip::sizeHint() const {
  return px(QSize(240, 48));
}

QSize StateStrip::minimumSizeHint() const {
  return px(QSize(120, 48));
}

void StateStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme& theme = Theme::instance();
  const StateColors& colors = theme.state(m_role);
  paintStateFill(painter, rect(), m_role);
  painter.fillRect(QRect(0, height() - 1, width(), 1), colors.edge);
  const QRect words = rect().adjusted(38, 4, -8, -4);
  painter.fillRect(words.adjusted(-6, 0, 6, 0), colors.fill); // words and glyph stand clear of the pattern
  if (hasGlyph(m_role)) {
    const QRectF box(12, height() / 2.0 - 8, 16, 16);
    painter.fillRect(box.adjusted(-3, -3, 3, 3), colors.fill);
    paintGlyph(painter, glyphOf(m_role), box.adjusted(2, 2, -2, -2), colors.text);
  }
  painter.setPen(colors.text);
  const QRect top(words.x(), words.y(), words.width(), words.height() / 2);
  const auto line = [&](FontRole font, const QString& text, const QRect& at) {
    painter.setFont(theme.font(font, text));
    painter.drawText(at, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(text, Qt::ElideRight, at.width()));
  };
  line(FontRole::Bold, m_first, m_second.isEmpty() ? words : top);
  line(FontRole::Base, m_second, top.translated(0, top.height()));
}

} // namespace poolscope::ui
