#include "core/event/trace_file.h"

#include "core/base/system_calls.h"
#include "core/event/event_log.h"

#include <system_error>
#include <utility>

namespace poolscope {

namespace {
// A quarter of what is promised (a second): also on a loaded machine it is kept.
constexpr std::chrono::milliseconds kInterval{250};
} // namespace

TraceFile::TraceFile(EventLog& log, const std::string& path, std::function<void(const std::string&)> onError)
    : m_log(log), m_onError(std::move(onError)), m_writer(log.recording(), path), m_error(m_writer.error()) {
  if (!m_error.empty()) return;
  try { // it blocks SIGXFSZ, too: a file over the process's limit is an error to tell, not a signal to die of
    m_thread = makeServiceThread("trace file", [this] { run(); });
  } catch (const std::system_error& error) {
    m_error = path + ": " + error.what();
  }
}

TraceFile::~TraceFile() {
  finish();
}

bool TraceFile::finish(std::optional<std::chrono::milliseconds> most) {
  if (!m_thread.joinable()) return true;
  {
    std::optional<std::chrono::steady_clock::time_point> deadline;
    if (most) deadline = std::chrono::steady_clock::now() + *most;
    MutexLock lock(m_mutex);
    m_stop = true;
    m_changed.notifyAll();
    while (!m_ended)
      if (!m_changed.wait(lock, deadline) && !m_ended) return false;
  }
  m_thread.join();
  return true;
}

std::string TraceFile::error() const {
  MutexLock lock(m_mutex);
  return m_error;
}

void TraceFile::run() {
  for (bool last = false; !last && m_writer.error().empty();) {
    {
      const auto next = std::chrono::steady_clock::now() + kInterval;
      MutexLock lock(m_mutex);
      while (!m_stop && std::chrono::steady_clock::now() < next)
        m_changed.wait(lock, next);
      last = m_stop;
    }
    if (last) {
      m_log.drainNow();
      m_writer.finish();
    } else {
      m_writer.update();
    }
  }
  if (!m_writer.error().empty()) {
    {
      MutexLock lock(m_mutex);
      m_error = m_writer.error();
    }
    if (m_onError) m_onError(m_writer.error());
  }
  MutexLock lock(m_mutex);
  m_ended = true;
  m_changed.notifyAll();
}

} // namespace poolscope
