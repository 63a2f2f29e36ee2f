#pragma once

#include "core/event/chrome_trace_reader.h"
#include "core/event/recording.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <atomic>
#include <memory>
#include <stop_token>

namespace poolscope::ui {

/// Reads a file into a recording of its own, on a thread of its own: what is read can be looked at while the rest
/// comes.
///
/// Starts at once; the destructor asks for the end of the reading and does not wait for it: the thread shares what it
/// fills, so a file that never answers holds up nobody. Order: grew() some times, ended() once.
/// Threads: GUI thread.
class RecordingLoader : public QObject {
  Q_OBJECT
 public:
  explicit RecordingLoader(const QString& path, QObject* parent = nullptr);
  ~RecordingLoader() override;

  const QString& path() const { return m_path; }
  const Recording& recording() const { return m_reading->recording; }
  std::shared_ptr<const Recording> sharedRecording() const; ///< for who goes on with it when this is gone
  bool hasEnded() const { return m_ended; }
  const TraceReadResult& result() const { return m_reading->result; } ///< once it has ended
  double progress() const;                                            ///< 0 … 1, by bytes

 Q_SIGNALS:
  void grew();
  void ended();

 private:
  struct Reading {
    Recording recording;
    TraceReadResult result;                    // of the thread until `done`
    std::atomic<std::uint64_t> bytes{0}, of{0}; // written by the thread
    std::atomic<bool> done{false};             // set by the thread, last
  };
  void look();

  const QString m_path;
  const std::shared_ptr<Reading> m_reading;
  std::stop_source m_stop;
  std::uint64_t m_seen = 0;
  bool m_ended = false;
  QTimer m_timer;
};

} // namespace poolscope::ui
