#include "ui/control/exit_deadline.h"

#include <cstdio>
#include <unistd.h>

namespace poolscope::ui {

ExitDeadline::~ExitDeadline() {
  {
    MutexLock lock(m_mutex);
    m_disarmed = true;
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

void ExitDeadline::watch() {
  MutexLock lock(m_mutex);
  while (!m_disarmed) {
    if (std::chrono::steady_clock::now() >= *m_deadline) {
      std::fputs("poolscope: something did not end in time; the program ends without it\n", stderr);
      _exit(m_exitCode);
    }
    m_changed.wait(lock, m_deadline);
  }
}

} // namespace poolscope::ui
