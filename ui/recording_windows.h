#pragma once

#include <QObject>
#include <QPointer>
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
  /// null: then a file that is there gets a window in any case, also when it is slow to answer, and that says why
  /// nothing is in it.
  void open(const QString& path, MainWindow* asker);
  /// Opens what a person asks the program's own window for in a window of its own.
  void serve(MainWindow& window);
  MainWindow* newest() const; ///< null when there is none
  void closeAll();            ///< asks nothing

 Q_SIGNALS:
  void opened(poolscope::ui::MainWindow* window);
  /// Nothing of the file could be read; with a sentence.
  void refused(const QString& sentence);

 private:
  class One;
  void forget(const One* one);
  void listen(MainWindow& window);
  bool endWithNext() const; ///< the program ends with the next window that is closed

  ExitDeadline& m_deadline;
  QPointer<MainWindow> m_own; // the program's; null when it has none
  std::vector<std::unique_ptr<One>> m_all;
};

} // namespace poolscope::ui
