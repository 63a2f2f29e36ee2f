#pragma once

#include <QObject>
#include <QTimer>

#include <chrono>

class QWidget;

namespace poolscope::ui {

class Session;

/// Lets figures that grow with time alone go on while no event comes: how long a worker has been idle, a client
/// connected, a caller blocked. It folds the session five times a second, twice once such figures are shown in whole
/// seconds: often enough to look alive, half of what a frame a tenth would cost. Not at all while something runs (the feed ticks then),
/// while nothing grows, in the past, in a recording, or while nobody sees the window.
///
/// Made and owned by the window; borrows the session, which outlives it. Threads: GUI thread.
class GrowthTick : public QObject {
  Q_OBJECT
 public:
  GrowthTick(Session& session, QWidget* window);
  bool isTicking() const { return m_tick.isActive(); }
  std::chrono::milliseconds interval() const { return m_tick.intervalAsDuration(); }

 Q_SIGNALS:
  void seenChanged(bool seen); ///< the window can be seen now, or no more

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void look();
  void tickIfNeeded();

  Session& m_session;
  QWidget* m_window;
  QTimer m_tick;
  bool m_seen = false;
};

} // namespace poolscope::ui
