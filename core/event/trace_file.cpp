#include "core/event/trace_file.h"

#include "core/event/event_log.h"

#include <signal.h>

#include <chrono>
#include <utility>

namespace poolscope {

namespace {
// A quarter of what is promised (a second): also on a loaded machine it is kept.
constexpr std::chrono::milliseconds kInterval{250};
} // namespace

TraceFile::TraceFile(EventLog& log, const std::string& path, std::function<void(const std::string&)> onError)
    : m_log(log), m_onError(std::move(onError)), m_writer(log.recording(), path), m_error(m_writer.error()) {
  if (m_error.empty()) m_thread = std::thread([this] { run(); });
}

TraceFile::~TraceFile() {
  finish();
}

void TraceFile::finish() {
  {
    MutexLock lock(m_mutex);
    m_stop = true;
    m_changed.notifyAll();
  }
  if (m_thread.joinable()) m_thread.join();
}

std::string TraceFile::error() const {
  MutexLock lock(m_mutex);
  return m_error;
}

void TraceFile::run() {
  sigset_t tooLarge; // a file over the process's limit is an error to tell, not a signal to die of
  sigemptyset(&tooLarge);
  sigaddset(&tooLarge, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &tooLarge, nullptr);
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
  if (m_writer.error().empty()) return;
  {
    MutexLock lock(m_mutex);
    m_error = m_writer.error();
  }
  if (m_onError) m_onError(m_writer.error());
}

} // namespace poolscope
