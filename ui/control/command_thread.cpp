#include "ui/control/command_thread.h"

#include <utility>

namespace poolscope::ui {

CommandThread::CommandThread() : m_thread([this] { run(); }) {}

CommandThread::~CommandThread() {
  {
    MutexLock lock(m_mutex);
    m_ending = true;
  }
  m_changed.notifyAll();
  m_thread.join();
}

void CommandThread::post(std::function<void()> command) {
  {
    MutexLock lock(m_mutex);
    m_commands.push_back(std::move(command));
  }
  m_changed.notifyAll();
}

void CommandThread::run() {
  MutexLock lock(m_mutex);
  for (;;) {
    while (m_commands.empty() && !m_ending)
      m_changed.wait(lock);
    if (m_commands.empty()) return;
    const std::function<void()> command = std::move(m_commands.front());
    m_commands.pop_front();
    lock.unlock();
    command();
    lock.lock();
  }
}

} // namespace poolscope::ui
