#pragma once

#include <QObject>

class QKeyEvent;

namespace poolscope::ui {

/// Knows a key that repeats because it is held. On X a repetition is a release and a press at the same moment, and Qt
/// calls it one only when both have arrived at once; often they have not, and it would be a new press: a window for
/// each. Nobody presses a key in the millisecond in which he released it. Such a press reaches its window as a
/// repetition; shortcuts are decided before that, so commands that are done once ask isRepeating().
///
/// One for the program; the application owns it. Threads: GUI thread.
class HeldKeys : public QObject {
  Q_OBJECT
 public:
  static void install(); ///< may be repeated
  static bool isRepeating();

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  using QObject::QObject;
  bool follows(const QKeyEvent& press) const;

  int m_released = 0; // the key, and when
  quint64 m_releasedAt = 0;
  bool m_repeating = false; // the press that is being delivered, or was the last
};

} // namespace poolscope::ui
