#pragma once

#include "core/base/mutex.h"
#include "core/event/chrome_trace_writer.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace poolscope {

class EventLog;

/// A recording on disk that follows a log while the program runs: a thread of its own writes what came, four times a
/// second, so that the file can be read after a kill -9.
///
/// Made before the pools and the server whose events it keeps; borrows the log, which outlives it. Destroyed after
/// them: then everything is in the file and the file is closed.
/// Threads: any thread; the destructor blocks until the rest is written.
class TraceFile {
 public:
  /// Creates or truncates the file at once; when that fails error() says so and nothing is written. `onError`: told
  /// once, in the writing thread, of a write that failed later (a full disk). The program goes on, the file ends there.
  TraceFile(EventLog& log, const std::string& path, std::function<void(const std::string&)> onError = {});
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  /// Writes the rest and closes the file. May be repeated. False when that took longer than `most`: then it goes on, and
  /// the destructor waits for it.
  bool finish(std::optional<std::chrono::milliseconds> most = {});
  /// Empty, or one sentence with the path and the system's reason.
  std::string error() const;

 private:
  void run();

  EventLog& m_log;
  std::function<void(const std::string&)> m_onError;
  ChromeTraceWriter m_writer; // of the thread; before it starts and after it ends, of the owner
  mutable Mutex m_mutex;
  Condition m_changed;
  bool m_stop GUARDED_BY(m_mutex) = false, m_ended GUARDED_BY(m_mutex) = false;
  std::string m_error GUARDED_BY(m_mutex);
  std::thread m_thread;
};

} // namespace poolscope
