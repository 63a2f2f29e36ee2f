#pragma once

#include "ui/views/inspector_page.h"

#include <QLabel>

namespace poolscope::ui {

/// A value that can be selected and copied. Copying all of it, or with nothing selected, gives the exact text: every
/// nanosecond. Its accessible name is what it is a value of, its description the text.
/// Threads: GUI thread.
class FactLabel : public QLabel {
  Q_OBJECT
 public:
  explicit FactLabel(QWidget* parent = nullptr);
  bool setFact(const Fact& fact); ///< true when it shows another text now
  const QString& exact() const { return m_exact; }
  void copy() const; ///< to the clipboard

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  QString m_exact;
};

} // namespace poolscope::ui
