#pragma once

#include <QLabel>
#include <QStringList>

#include <functional>

class QComboBox;

namespace poolscope::ui {

/// Makes screen readers find a combo box by its name, with its items as children, the current one as its text value and
/// that one's index as a number that can be set. Qt's own interface on Linux announces the current text as the name.
/// Call once, after QApplication.
void installAccessibleFactory();

/// Says the items anew, as they are shown and as they are heard: `texts` is asked for both.
void setItemTexts(QComboBox* box, const std::function<QStringList()>& texts);

/// A label's text is what is shown and what a screen reader finds as the description of its fixed name.
inline void setLabelText(QLabel* label, const QString& text) {
  if (label->text() == text) return;
  label->setText(text);
  label->setAccessibleDescription(text);
}

} // namespace poolscope::ui
