#pragma once

#include "ui/theme/state_role.h"

#include <QLabel>

namespace poolscope::ui {

/// The header of a chat window: the state's colour, pattern and glyph, and two lines of words. A label to a screen
/// reader: `Connection state`, described by its words. Threads: GUI thread.
class StateStrip : public QLabel {
  Q_OBJECT
 public:
  explicit StateStrip(QWidget* parent = nullptr);
  void show(StateRole role, const QString& first, const QString& second);
  using QLabel::show;
  StateRole role() const { return m_role; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  StateRole m_role = StateRole::Idle;
  QString m_first, m_second;
};

} // namespace poolscope::ui
