#include "ui/views/notice_bar.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/accessible/names.h"
#include "ui/theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

namespace poolscope::ui {

NoticeBar::NoticeBar(QWidget* parent) : QFrame(parent), m_text(new QLabel), m_dismiss(new QPushButton) {
  nameWidget(this, "Notice bar");
  nameWidget(m_text, "Notice");
  m_text->setTextFormat(Qt::PlainText);
  m_text->setWordWrap(true);
  m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
  nameWidget(m_dismiss, "Dismiss notice");
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(14, 5, 12, 5);
  row->addWidget(m_text, 1);
  row->addWidget(m_dismiss);
  connect(m_dismiss, &QPushButton::clicked, this, &QWidget::hide);
  connect(&Theme::instance(), &Theme::changed, this, &NoticeBar::recolor);
  retranslate();
  recolor();
  hide();
}

void NoticeBar::say(const QString& sentence) {
  setLabelText(m_text, sentence);
  setVisible(!sentence.isEmpty());
}

QString NoticeBar::sentence() const {
  return m_text->text();
}

void NoticeBar::retranslate() {
  m_dismiss->setText(tr("Dismiss"));
  m_dismiss->setToolTip(tr("Hide this line"));
}

void NoticeBar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QFrame::changeEvent(event);
}

void NoticeBar::recolor() {
  QPalette words = m_text->palette();
  words.setColor(QPalette::WindowText, themeColor(ColorRole::FindingText));
  m_text->setPalette(words);
  update();
}

void NoticeBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), themeColor(ColorRole::FindingBar));
  painter.fillRect(QRect(0, 0, 4, height()), themeColor(ColorRole::FindingEdge));
}

} // namespace poolscope::ui
