#include "core/base/loose_thread.h"

#include "core/base/mutex.h"

#include <cstddef>
#include <thread>
#include <utility>

namespace poolscope {

namespace {

struct Running {
  Mutex mutex{LockRank::Leaf};
  Condition changed;
  std::size_t count GUARDED_BY(mutex) = 0;
};

/// Never destroyed: a thread that ends late must find it.
Running& running() {
  static auto* const all = new Running;
  return *all;
}

} // namespace

void LooseThread::start(std::function<void()> work) {
  {
    MutexLock lock(running().mutex);
    ++running().count;
  }
  std::thread([work = std::move(work)]() mutable {
    work();
    work = nullptr; // what it owned has ended before it counts as ended
    MutexLock lock(running().mutex);
    --running().count;
    running().changed.notifyAll();
  }).detach();
}

bool LooseThread::join(std::chrono::milliseconds atMost) {
  const auto deadline = std::chrono::steady_clock::now() + atMost;
  MutexLock lock(running().mutex);
  while (running().count > 0) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    running().changed.wait(lock, deadline);
  }
  return true;
}

} // namespace poolscope
