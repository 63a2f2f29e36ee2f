#pragma once

#include <QLabel>
#include <QString>

namespace poolscope::ui {

/// Makes screen readers find a combo box by its fixed name, with the item as its text value and the item's index as a
/// number that can be set. Qt's own interface on Linux announces the current text as the name. Call once, after
/// QApplication.
void installAccessibleFactory();

/// A label's text is what is shown and what a screen reader finds as the description of its fixed name.
inline void setLabelText(QLabel* label, const QString& text) {
  if (label->text() == text) return;
  label->setText(text);
  label->setAccessibleDescription(text);
}

} // namespace poolscope::ui
