#pragma once

#include <QLabel>

namespace poolscope::ui {

/// One line of words that gives up its end, with a sign, where it has too little room; pointing at it shows all.
/// Threads: GUI thread.
class CutLabel : public QLabel {
  Q_OBJECT
 public:
  explicit CutLabel(QWidget* parent = nullptr);
  QSize minimumSizeHint() const override;
  bool isCut() const; ///< it shows less than its text

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
};

} // namespace poolscope::ui
