#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <QTimer>

class QMessageBox;
class QWidget;

namespace poolscope::ui {

class ExitDeadline;
class PoolController;
class Session;

/// How the window ends. With tasks running it asks once: wait, cancel queued, kill, or stay open; a second close while
/// it asks or waits means kill. Nobody waits longer than kMost from the first close on, answered or not.
///
/// Made and owned by the window, which asks mayClose() in its closeEvent. Order: Open → (Asking) → Draining → Done,
/// then the window is closed again and may. Threads: GUI thread.
class Closing : public QObject {
  Q_OBJECT
 public:
  static constexpr std::chrono::milliseconds kMost{9'000};        ///< from the first close to the end
  static constexpr std::chrono::milliseconds kForAnAnswer{5'000}; ///< then queued tasks are cancelled
  static constexpr std::chrono::milliseconds kMostAfterSignal{4'600};

  Closing(Session& session, PoolController& controller, ExitDeadline& deadline, QWidget* window);
  bool mayClose();    ///< the window was asked to close: true when it may at once
  void endBySignal(); ///< without a question
  void endNow();

 Q_SIGNALS:
  void draining(); ///< the window can let go of what is its own: chat windows

 private:
  enum class Stage : std::uint8_t { Open, Asking, Draining, Done };
  enum class Way : std::uint8_t { Wait, CancelQueued, Kill };
  void ask();
  void drain(Way way);
  void tick();
  void finish();
  QString whatRuns() const;
  bool anythingRuns() const;

  Session& m_session;
  PoolController& m_controller;
  ExitDeadline& m_deadline;
  QWidget* m_window; // owns this
  Stage m_stage = Stage::Open;
  QElapsedTimer m_since;
  QTimer m_tick;
  QPointer<QMessageBox> m_box;
  bool m_killed = false;
};

} // namespace poolscope::ui
