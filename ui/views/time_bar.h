#pragma once

#include "ui/views/inspector_page.h"

#include <QWidget>

namespace poolscope::ui {

/// Where a task's time went, as a bar: waited, computing, without a processor, blocked, and a cap that says how it
/// ended. Threads: GUI thread.
class TimeBar : public QWidget {
  Q_OBJECT
 public:
  explicit TimeBar(QWidget* parent = nullptr);
  void setParts(const std::vector<BarPart>& parts, StateRole end, const QString& words);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::vector<BarPart> m_parts;
  StateRole m_end = StateRole::Idle;
};

} // namespace poolscope::ui
