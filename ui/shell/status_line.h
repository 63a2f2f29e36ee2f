#pragma once

#include <QObject>

class QLabel;
class QStatusBar;

namespace poolscope::ui {

class Session;

/// The line at the bottom: what all pools together are doing, and what the log lost.
/// Made by the window; borrows session and bar, which outlive it. Threads: GUI thread.
class StatusLine : public QObject {
  Q_OBJECT
 public:
  StatusLine(Session& session, QStatusBar* bar);
  void update();

 private:
  Session& m_session;
  QLabel* m_counters;
};

} // namespace poolscope::ui
