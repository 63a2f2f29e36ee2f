#pragma once

#include "core/event/chrome_trace_reader.h"
#include "core/event/recording.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <atomic>
#include <thread>

namespace poolscope::ui {

/// Reads a file into a recording of its own, on a thread of its own: what is read can be looked at while the rest
/// comes.
///
/// Starts at once; the destructor stops the reading within some 10 ms. Order: grew() some times, ended() once.
/// Threads: GUI thread.
class RecordingLoader : public QObject {
  Q_OBJECT
 public:
  explicit RecordingLoader(const QString& path, QObject* parent = nullptr);
  ~RecordingLoader() override;

  const QString& path() const { return m_path; }
  const Recording& recording() const { return m_recording; }
  bool hasEnded() const { return !m_thread.joinable(); }
  const TraceReadResult& result() const { return m_result; } ///< once it has ended
  double progress() const;                                   ///< 0 … 1, by bytes

 Q_SIGNALS:
  void grew();
  void ended();

 private:
  void look();

  const QString m_path;
  Recording m_recording;
  TraceReadResult m_result;              // of the thread until m_done
  std::atomic<std::uint64_t> m_bytes{0}; // written by the thread
  std::atomic<bool> m_done{false};       // set by the thread, last
  std::uint64_t m_seen = 0;
  QTimer m_timer;
  std::jthread m_thread;
};

} // namespace poolscope::ui
