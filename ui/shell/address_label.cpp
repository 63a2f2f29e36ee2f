#include "ui/shell/address_label.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/accessible/names.h"
#include "ui/theme/theme.h"

#include <QPainter>

namespace poolscope::ui {

namespace {
constexpr int kDot = 8, kGap = 8;
}

AddressLabel::AddressLabel(QWidget* parent) : QLabel(parent) {
  nameWidget(this, "Server address");
  setTextFormat(Qt::PlainText);
  connect(&Theme::instance(), &Theme::changed, this, &QLabel::updateGeometry);
}

void AddressLabel::show(bool listening, const QString& address, const QString& words) {
  const QString text = address.isEmpty() ? words : address + u' ' + words;
  if (listening == m_listening && text == this->text()) return;
  m_listening = listening, m_address = address, m_words = words;
  setLabelText(this, text);
  setToolTip(text);
  updateGeometry();
  update();
}

QSize AddressLabel::minimumSizeHint() const {
  const QFontMetrics figures(Theme::instance().font(FontRole::Figures));
  return {px(kDot) + kGap + figures.horizontalAdvance(m_address), figures.height() + 4};
}

QSize AddressLabel::sizeHint() const {
  const QFontMetrics words(Theme::instance().font(FontRole::Base, m_words));
  return minimumSizeHint() + QSize(kGap + words.horizontalAdvance(m_words) + kGap, 0);
}

void AddressLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme& theme = Theme::instance();
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF dot(0, (height() - px(kDot)) / 2.0, px(kDot), px(kDot));
  if (m_listening) {
    painter.setBrush(theme.state(StateRole::Done).fill);
    painter.setPen(Qt::NoPen);
    painter.drawEllipse(dot);
  } else { // a ring: not by colour alone
    painter.setPen(QPen(theme.color(ColorRole::Muted), 1.5));
    painter.drawEllipse(dot.adjusted(1, 1, -1, -1));
  }
  int x = px(kDot) + kGap;
  painter.setFont(theme.font(FontRole::Figures));
  painter.setPen(theme.color(ColorRole::Text));
  painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignLeft | Qt::AlignVCenter, m_address);
  if (!m_address.isEmpty()) x += painter.fontMetrics().horizontalAdvance(m_address) + kGap;
  painter.setFont(theme.font(FontRole::Base, m_words));
  painter.setPen(theme.color(ColorRole::Muted));
  const QString words = painter.fontMetrics().elidedText(m_words, Qt::ElideRight, width() - x);
  painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignLeft | Qt::AlignVCenter, words);
}

} // namespace poolscope::ui
