#pragma once

#include "core/analysis/activity.h"

#include <QObject>
#include <QString>
#include <QTimer>

class QLabel;
class QStatusBar;

namespace poolscope::ui {

class Session;

/// The line at the bottom: what all pools together are doing at the left, what the log lost and how long the last frame
/// took at the right.
///
/// It reads the session at most ten times a second, and the rates at most four times; while a rate is not zero it looks
/// again by itself, because rates fall when nothing happens.
/// Made by the window; borrows session and bar, which outlive it. Threads: GUI thread.
class StatusLine : public QObject {
  Q_OBJECT
 public:
  StatusLine(Session& session, QStatusBar* bar);
  void update();
  void setFoldTime(std::int64_t ns) { m_foldNs = ns; }
  void setPaintTime(std::int64_t ns) { m_paintNs = ns; }

  static QString counters(const Session& session, const Activity& activity);
  static QString rate(double perSecond); ///< "41/s", "0.4/s"

 private:
  void later();

  Session& m_session;
  QLabel *m_counters, *m_frame;
  Activity m_activity;
  std::int64_t m_activityAt = 0; // the session's time when it was computed
  std::int64_t m_foldNs = 0, m_paintNs = 0;
  QTimer m_pause, m_again;
  bool m_stale = false;
};

} // namespace poolscope::ui
