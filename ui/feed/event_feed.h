#pragma once

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

namespace poolscope {
class EventLog;
}

namespace poolscope::ui {

class Session;

/// The one crossing from the event log to the window: the log's eventfd wakes it, and a 16-ms timer (one frame at 60
/// Hz) gathers whatever came, so that the session folds at most once a frame. While something runs it also ticks by
/// itself, because spans grow with time.
///
/// Made by the app; borrows log and session, which outlive it.
/// Threads: GUI thread.
class EventFeed : public QObject {
  Q_OBJECT
 public:
  EventFeed(EventLog& log, Session& session, QObject* parent = nullptr);

 public Q_SLOTS:
  /// Whether anybody sees what is fed: then it ticks by itself too; events are folded in any case. At first: yes.
  void setSeen(bool seen);

 Q_SIGNALS:
  void folded(qint64 ns); ///< how long a frame's fold took, the models' part included

 private:
  void wake();
  void frame();

  EventLog& m_log;
  Session& m_session;
  QSocketNotifier m_notifier;
  QTimer m_frame;
  bool m_seen = true;
};

} // namespace poolscope::ui
