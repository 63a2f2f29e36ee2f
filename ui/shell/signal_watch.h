#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <vector>

namespace poolscope::ui {

/// SIGINT, SIGTERM and SIGHUP as a Qt signal, through a pipe that the handler writes to. A second one ends the program
/// at once, in the handler itself, with 128 + its number: a window that hangs can still be ended. One that was ignored
/// when the program started stays ignored.
///
/// Made once, before any other thread. Threads: GUI thread.
class SignalWatch : public QObject {
  Q_OBJECT
 public:
  explicit SignalWatch(QObject* parent = nullptr);
  ~SignalWatch() override;

 Q_SIGNALS:
  void received(int number);

 private:
  void read();
  std::vector<int> m_taken; // the signals; not those that were ignored
  QSocketNotifier* m_notifier = nullptr; // none where there is no pipe: then signals keep their default
};

} // namespace poolscope::ui
