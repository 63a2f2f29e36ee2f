#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

/// The pool that everybody writes first: the yardstick of the benchmarks. Threads: any thread.
class NaivePool {
 public:
  explicit NaivePool(std::size_t workers) {
    for (std::size_t i = 0; i < workers; ++i)
      m_threads.emplace_back([this] { run(); });
  }
  ~NaivePool() {
    {
      const std::lock_guard lock(m_mutex);
      m_stop = true;
    }
    m_changed.notify_all();
    for (std::thread& thread : m_threads)
      thread.join();
  }
  template <class F> auto submit(F f) {
    auto task = std::make_shared<std::packaged_task<decltype(f())()>>(std::move(f));
    auto future = task->get_future();
    {
      const std::lock_guard lock(m_mutex);
      m_queue.emplace_back([task] { (*task)(); });
    }
    m_changed.notify_one();
    return future;
  }

 private:
  void run() {
    for (;;) {
      std::function<void()> call;
      {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_stop || !m_queue.empty(); });
        if (m_queue.empty()) return;
        call = std::move(m_queue.front());
        m_queue.pop_front();
      }
      call();
    }
  }

  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::deque<std::function<void()>> m_queue;
  bool m_stop = false;
  std::vector<std::thread> m_threads;
};
