#pragma once

#include <QObject>
#include <QString>

#include <memory>
#include <vector>

namespace poolscope::ui {

class ExitDeadline;
class MainWindow;

/// Windows over opened recordings: each has its own session, and no pool. A file in which nothing can be read gets no
/// window; the one who asked for it says why.
///
/// Made by runWindow(); closing the program's own window closes them all.
/// Threads: GUI thread.
class RecordingWindows : public QObject {
  Q_OBJECT
 public:
  explicit RecordingWindows(ExitDeadline& deadline, QObject* parent = nullptr); ///< borrows the deadline
  ~RecordingWindows() override;

  /// Shows the file's window as soon as there is something to see. `asker`: who is told when there never is; may be
  /// null: then a window is shown anyway and says so itself.
  void open(const QString& path, MainWindow* asker);
  /// Opens what a person asks this window for in a window of its own.
  void serve(MainWindow& window);
  MainWindow* newest() const; ///< null when there is none
  void closeAll();

 Q_SIGNALS:
  void opened(poolscope::ui::MainWindow* window);

 private:
  class One;
  void forget(const One* one);

  ExitDeadline& m_deadline;
  std::vector<std::unique_ptr<One>> m_all;
};

} // namespace poolscope::ui
