#include "ui/control/exit_deadline.h"

#include "core/base/complain.h"

#include <unistd.h>

namespace poolscope::ui {

ExitDeadline::~ExitDeadline() {
  {
    MutexLock lock(m_mutex);
    m_ended = true;
  }
  m_changed.notifyAll();
  if (m_thread.joinable()) m_thread.join();
}

void ExitDeadline::arm(std::chrono::milliseconds after, int exitCode) {
  const auto deadline = std::chrono::steady_clock::now() + after;
  {
    MutexLock lock(m_mutex);
    if (m_deadline && *m_deadline <= deadline) return;
    m_deadline = deadline, m_exitCode = exitCode;
  }
  m_changed.notifyAll();
  if (!m_thread.joinable()) m_thread = std::thread([this] { watch(); });
}

void ExitDeadline::disarm() {
  MutexLock lock(m_mutex);
  m_deadline.reset();
}

void ExitDeadline::watch() {
  MutexLock lock(m_mutex);
  while (!m_ended) {
    if (m_deadline && std::chrono::steady_clock::now() >= *m_deadline) {
      complain("something did not end in time; the program ends without it");
      _exit(m_exitCode);
    }
    m_changed.wait(lock, m_deadline);
  }
}

} // namespace poolscope::ui
