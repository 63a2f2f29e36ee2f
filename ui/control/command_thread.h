#pragma once

#include "core/base/mutex.h"

#include <deque>
#include <functional>
#include <thread>

namespace poolscope::ui {

/// Runs commands that may block, one after another, off the GUI thread.
///
/// Made and owned by a controller. The destructor runs what is left, then joins. Threads: any thread.
class CommandThread {
 public:
  CommandThread();
  ~CommandThread();
  CommandThread(const CommandThread&) = delete;
  CommandThread& operator=(const CommandThread&) = delete;
  void post(std::function<void()> command);

 private:
  void run();

  Mutex m_mutex{LockRank::Leaf};
  Condition m_changed;
  std::deque<std::function<void()>> m_commands GUARDED_BY(m_mutex);
  bool m_ending GUARDED_BY(m_mutex) = false;
  std::thread m_thread;
};

} // namespace poolscope::ui
