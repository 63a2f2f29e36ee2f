#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <QTimer>

#include <cstdint>
#include <functional>

class QCheckBox;
class QMessageBox;
class QWidget;

namespace poolscope::ui {

class ExitDeadline;
class PoolController;
class Session;

/// How a window ends. While tasks run or a recording is being saved it asks once: wait, cancel queued, kill, or stay
/// open; and whether the recording shall be saved before. A second close while it asks or waits means kill. Nobody
/// waits longer than kMost from the first close on, answered or not: then what runs is ended, and what is not saved is
/// named on stderr.
///
/// Made and owned by the window, which asks mayClose() in its closeEvent. Order: Open → (Asking) → Draining → Done,
/// then the window is closed again and may. A window without which the program goes on closes at once: what it saves
/// is saved without it.
/// Threads: GUI thread.
class Closing : public QObject {
  Q_OBJECT
 public:
  static constexpr std::chrono::milliseconds kMost{9'000};        ///< from the first close to the end
  static constexpr std::chrono::milliseconds kForAnAnswer{5'000}; ///< then queued tasks are cancelled
  static constexpr std::chrono::milliseconds kMostForTasks{6'000}; ///< then saving begins, whatever still runs
  static constexpr std::chrono::milliseconds kMostAfterSignal{4'600};

  Closing(Session& session, PoolController& controller, ExitDeadline& deadline, QWidget* window);
  void setEndsProgram(std::function<bool()> endsProgram); ///< asked at each close; none: always
  bool mayClose();    ///< the window was asked to close: true when it may at once
  void endBySignal(); ///< without a question
  void endNow();      ///< what runs; not what is being saved
  void leave() { m_stage = Stage::Done; } ///< the program has ended already: the next close asks nothing

 Q_SIGNALS:
  void draining();                       ///< the window can let go of what is its own: chat windows
  void saveWanted(const QString& path); ///< the person wants the recording; it is over now, or there is no more time

 private:
  enum class Stage : std::uint8_t { Open, Asking, Draining, Done };
  enum class Way : std::uint8_t { Wait, CancelQueued, Kill, LeaveOut }; // the last: what is not written yet
  void ask();
  void showQuestion(std::chrono::milliseconds left);
  void drain(Way way);
  void tick();
  void tickDraining();
  void finish();
  void allow(std::chrono::milliseconds more);
  std::chrono::milliseconds elapsed() const { return std::chrono::milliseconds(m_since.elapsed()); }
  QString whatRuns() const;
  bool tasksRun() const;
  bool isTold() const;

  Session& m_session;
  PoolController& m_controller;
  ExitDeadline& m_deadline;
  QWidget* m_window; // owns this
  std::function<bool()> m_endsProgram;
  Stage m_stage = Stage::Open;
  QElapsedTimer m_since;
  std::chrono::milliseconds m_until{kMost}; // since then, what still runs or is being saved is ended
  QTimer m_tick;
  QPointer<QMessageBox> m_box;
  QPointer<QCheckBox> m_saveBox;
  QString m_proposed; // where the recording would go
  QString m_wanted;   // where it shall go, as soon as it can
  bool m_killed = false;
};

} // namespace poolscope::ui
