#include "ui/shell/control_row.h"

#include "ui/accessible/names.h"
#include "ui/theme/theme.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

namespace poolscope::ui {

namespace {

/// A hairline between groups of controls.
class Separator final : public QWidget {
 public:
  Separator() { setFixedSize(1, 20); }

 protected:
  void paintEvent(QPaintEvent*) override { QPainter(this).fillRect(rect(), themeColor(ColorRole::ControlBorder)); }
};

} // namespace

ControlRow::ControlRow(const char* name, QWidget* parent) : QWidget(parent), m_layout(new QHBoxLayout(this)) {
  setObjectName(QLatin1String(name));
  nameWidget(this, name);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed); // fit() decides, not the layout's minimum
  m_layout->setContentsMargins(12, 5, 12, 5);
  m_layout->setSpacing(8);
  m_layout->setSizeConstraint(QLayout::SetNoConstraint);
}

QSize ControlRow::minimumSizeHint() const {
  return {0, m_layout->minimumSize().height()};
}

void ControlRow::addWidget(QWidget* widget) {
  m_layout->addWidget(widget);
}

void ControlRow::addCaptioned(QWidget* widget) {
  auto* caption = new QLabel;
  caption->setBuddy(widget);
  caption->setTextFormat(Qt::PlainText);
  m_captions << caption;
  m_layout->addWidget(caption);
  m_layout->addWidget(widget);
}

QComboBox* ControlRow::addCombo(const char* name) {
  auto* box = new QComboBox;
  nameWidget(box, name);
  addCaptioned(box);
  return box;
}

QPushButton* ControlRow::addButton(const char* name, Glyph glyph) {
  auto* button = new QPushButton;
  nameWidget(button, name);
  button->setIcon(glyphIcon(glyph));
  m_layout->addWidget(button);
  return button;
}

void ControlRow::addSeparator() {
  m_layout->addWidget(new Separator);
}

void ControlRow::addStretch() {
  m_layout->addStretch(1);
}

void ControlRow::setCaption(const QWidget* widget, const QString& text) {
  for (QLabel* caption : m_captions)
    if (caption->buddy() == widget) caption->setText(text);
}

void ControlRow::fit() {
  // From the richest look to the barest; measured, because words differ in length with the language and the font.
  for (int words = width() < kNarrow ? 2 : 3; words >= 0; --words) {
    for (QLabel* caption : m_captions)
      caption->setVisible(words > 1);
    showWords(words);
    m_layout->invalidate();
    if (m_layout->totalMinimumSize().width() <= width()) return;
  }
}

void ControlRow::disable(const char* why) {
  m_whyDisabled = why;
  setEnabled(false);
  sayWhyDisabled();
}

void ControlRow::sayWhyDisabled() {
  if (m_whyDisabled == nullptr) return;
  for (QWidget* control : findChildren<QWidget*>(Qt::FindDirectChildrenOnly))
    control->setToolTip(tr(m_whyDisabled));
}

void ControlRow::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fit();
}

void ControlRow::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate(), sayWhyDisabled();
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::FontChange) fit();
}

} // namespace poolscope::ui
