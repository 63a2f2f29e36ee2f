#include "ui/shell/line_writer.h"

#include "core/base/loose_thread.h"
#include "core/base/mutex.h"
#include "core/base/syscall.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace poolscope::ui {

using namespace std::chrono_literals;

struct LineWriter::Queue {
  Mutex mutex{LockRank::Leaf};
  Condition changed;
  std::string waiting GUARDED_BY(mutex);
  bool ending GUARDED_BY(mutex) = false, ended GUARDED_BY(mutex) = false;

  /// The thread's life.
  void write(int fd) {
    MutexLock lock(mutex);
    for (bool fails = false;;) {
      while (waiting.empty() && !ending)
        changed.wait(lock);
      if (waiting.empty()) break;
      const std::string text = std::exchange(waiting, {});
      lock.unlock();
      for (std::size_t done = 0; !fails && done < text.size();) {
        const auto wrote = sysCall([&] { return ::write(fd, text.data() + done, text.size() - done); });
        fails = !wrote;
        done += static_cast<std::size_t>(std::max<ssize_t>(wrote.value, 0));
      }
      lock.lock();
    }
    ended = true;
    changed.notifyAll();
  }
};

LineWriter::LineWriter(int fd) : m_queue(std::make_shared<Queue>()) {
  LooseThread::start([queue = m_queue, fd] { queue->write(fd); });
}

LineWriter::~LineWriter() {
  const auto deadline = std::chrono::steady_clock::now() + 1s;
  MutexLock lock(m_queue->mutex);
  m_queue->ending = true;
  m_queue->changed.notifyAll();
  while (!m_queue->ended && m_queue->changed.wait(lock, deadline)) {
  }
}

void LineWriter::write(std::string line) {
  MutexLock lock(m_queue->mutex);
  m_queue->waiting += std::move(line) + '\n';
  m_queue->changed.notifyAll();
}

} // namespace poolscope::ui
