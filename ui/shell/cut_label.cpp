#include "ui/shell/cut_label.h"

#include <QHelpEvent>
#include <QPainter>
#include <QStyle>
#include <QToolTip>

namespace poolscope::ui {

CutLabel::CutLabel(QWidget* parent) : QLabel(parent) {
  setTextFormat(Qt::PlainText);
}

QSize CutLabel::minimumSizeHint() const {
  const QMargins margins = contentsMargins();
  return {std::min(QLabel::minimumSizeHint().width(),
                   fontMetrics().averageCharWidth() * 8 + margins.left() + margins.right()),
          QLabel::minimumSizeHint().height()};
}

bool CutLabel::isCut() const {
  return fontMetrics().horizontalAdvance(text()) > contentsRect().width();
}

bool CutLabel::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip || !isCut()) return QLabel::event(event);
  const QString all = toolTip().isEmpty() ? text() : text() + u'\n' + toolTip();
  QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(),
                     all.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>")), this);
  return true;
}

void CutLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  style()->drawItemText(&painter, contentsRect(), static_cast<int>(alignment()), palette(), isEnabled(),
                        fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()), foregroundRole());
}

} // namespace poolscope::ui
