#include "ui/shell/control_row.h"

#include "ui/accessible/names.h"
#include "ui/theme/theme.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStyleOption>
#include <QToolTip>

namespace poolscope::ui {

namespace {

/// A hairline between groups of controls.
class Separator final : public QWidget {
 public:
  Separator() { setFixedSize(1, 20); }

 protected:
  void paintEvent(QPaintEvent*) override { QPainter(this).fillRect(rect(), themeColor(ColorRole::ControlBorder)); }
};

/// As wide as the longest item where there is room, but its least width is that of the current one.
class RowCombo final : public QComboBox {
 public:
  RowCombo() { setSizeAdjustPolicy(AdjustToContents); }
  QSize minimumSizeHint() const override {
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const QSize text(fontMetrics().horizontalAdvance(currentText()) + 1, fontMetrics().height());
    return style()->sizeFromContents(QStyle::CT_ComboBox, &option, text, this).boundedTo(sizeHint());
  }

 protected:
  bool event(QEvent* event) override {
    if (event->type() != QEvent::ToolTip || width() >= minimumSizeHint().width()) return QComboBox::event(event);
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), // the list is as wide as its items
                       currentText().toHtmlEscaped() + QStringLiteral("<br>") + toolTip().toHtmlEscaped(), this);
    return true;
  }
  void showPopup() override {
    view()->setMinimumWidth(view()->sizeHintForColumn(0) + 24);
    QComboBox::showPopup();
  }
};

constexpr int kBarest = -2, kCutCombo = 56, kSpacing = 8, kTightSpacing = 4;

} // namespace

ControlRow::ControlRow(const char* name, QWidget* parent) : QWidget(parent), m_layout(new QHBoxLayout(this)) {
  setObjectName(QLatin1String(name));
  nameWidget(this, name);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed); // fit() decides, not the layout's minimum
  m_layout->setContentsMargins(12, 5, 12, 5);
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
  auto* box = new RowCombo;
  nameWidget(box, name);
  m_combos << box;
  connect(box, &QComboBox::currentTextChanged, this, [this, box] {
    box->updateGeometry(); // a longer one may need the room of words
    fit();
  });
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

void ControlRow::setWords(QPushButton* button, const QString& words, int least) {
  m_words.removeIf([button](const Words& known) { return known.button == button; });
  m_words.append({button, words, least});
}

void ControlRow::show(int look) {
  for (QLabel* caption : m_captions)
    caption->setVisible(look > 1);
  for (const Words& words : m_words)
    words.button->setText(look >= words.least ? words.text : QString());
  for (QComboBox* combo : m_combos)
    combo->setMinimumWidth(look > kBarest ? 0 : px(kCutCombo));
  m_layout->setSpacing(look >= 0 ? kSpacing : kTightSpacing);
  showWords(look);
  m_layout->invalidate();
}

/// From the richest look to the barest; measured, because words differ in length with the language and the font.
void ControlRow::fit() {
  if (m_words.isEmpty()) return; // it is being filled
  for (int look = width() < px(kNarrow) ? 2 : 3; look >= kBarest; --look) {
    show(look);
    if (m_layout->totalMinimumSize().width() <= width()) return;
  }
}

void ControlRow::disable(const char* why) {
  m_whyDisabled = why;
  setEnabled(false);
  sayWhyDisabled();
}

void ControlRow::allow(QWidget* control, bool can, const QString& tip, const QString& why) {
  control->setEnabled(can);
  if (m_whyDisabled == nullptr) control->setToolTip(can ? tip : why);
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
