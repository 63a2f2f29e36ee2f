#pragma once

#include <QObject>
#include <QTimer>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "core/base/mutex.h"

namespace poolscope::ui {

/// Notices when the GUI thread does not answer: a timer beats there, a thread watches the beat, and a gap of more than
/// kGap is said in the log, once while it lasts and once with its length when it is over. Pool and server go on all the
/// while; this only makes a fault of the window visible.
///
/// Made by runWindow(). Threads: GUI thread; its own thread reads the beat.
class HangWatch : public QObject {
  Q_OBJECT
 public:
  static constexpr std::chrono::milliseconds kGap{1'000};
  explicit HangWatch(QObject* parent = nullptr);
  ~HangWatch() override;

 private:
  void watch();

  QTimer m_beat;
  std::atomic<std::int64_t> m_lastBeat; // ns; written by the GUI thread
  Mutex m_mutex{LockRank::Leaf};
  Condition m_changed;
  bool m_ending GUARDED_BY(m_mutex) = false;
  std::thread m_thread;
};

} // namespace poolscope::ui
