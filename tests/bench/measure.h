#pragma once

#include "core/base/pages.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

/// The quantities of the thread pools' benchmark, over any pool with submit(f) → a future and get(future).
/// Each prints its figure: nanoseconds a task, bytes a task, or the p50 and p99 of round trips in ns.
namespace bench {

using Clock = std::chrono::steady_clock;

inline double nsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

inline double residentBytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Has the machine ready the memory that a case will take. The host of a virtual machine takes back what was free for
/// two seconds and then needs 4 ms for each 2 MiB (0.13 otherwise): the machine's price, and whoever ran last paid
/// less.
inline void readyMemory() {
  constexpr std::size_t kBytes = std::size_t{512} << 20;
  const poolscope::Pages pages = poolscope::Pages::lazy(kBytes);
  if (pages.data != nullptr) poolscope::Pages::populate(pages.data, kBytes);
  pages.free();
}

/// T1 to T4: one producer keeps a future a task, then waits for all.
template <class Pool> double submitAll(Pool& pool, std::size_t tasks) {
  std::vector<decltype(pool.submit([] {}))> futures;
  futures.reserve(tasks);
  const auto start = Clock::now();
  for (std::size_t i = 0; i < tasks; ++i)
    futures.push_back(pool.submit([] {}));
  for (auto& future : futures)
    pool.get(future);
  return nsSince(start) / static_cast<double>(tasks);
}

/// T5: one task submits all the others.
template <class Pool> double flat(Pool& pool, std::size_t tasks) {
  std::atomic<std::size_t> left = tasks;
  std::promise<void> done;
  const auto start = Clock::now();
  auto first = pool.submit([&] {
    for (std::size_t i = 0; i < tasks; ++i)
      pool.submit([&] {
        if (left.fetch_sub(1) == 1) done.set_value();
      });
  });
  done.get_future().wait();
  const double ns = nsSince(start) / static_cast<double>(tasks);
  pool.get(first);
  return ns;
}

/// T5: each task submits two more, until there are so many.
template <class Pool> class Tree {
 public:
  Tree(Pool& pool, std::size_t tasks) : m_pool(pool), m_tasks(tasks), m_left(tasks) {}
  double run() {
    const auto start = Clock::now();
    m_pool.submit([this] { node(0); });
    m_done.get_future().wait();
    return nsSince(start) / static_cast<double>(m_tasks);
  }

 private:
  void node(std::size_t index) {
    for (const std::size_t child : {2 * index + 1, 2 * index + 2})
      if (child < m_tasks) m_pool.submit([this, child] { node(child); });
    if (m_left.fetch_sub(1) == 1) m_done.set_value();
  }
  Pool& m_pool;
  const std::size_t m_tasks;
  std::atomic<std::size_t> m_left;
  std::promise<void> m_done;
};

/// T8: what a queued task and its future hold, while the workers are held.
template <class Pool> double bytes(Pool& pool, std::size_t tasks, std::size_t workers) {
  std::promise<void> open;
  const std::shared_future<void> opened = open.get_future().share();
  std::vector<decltype(pool.submit([] {}))> futures;
  futures.reserve(tasks + workers);
  for (std::size_t i = 0; i < workers; ++i)
    futures.push_back(pool.submit([opened] { opened.wait(); }));
  const double before = residentBytes();
  for (std::size_t i = 0; i < tasks; ++i)
    futures.push_back(pool.submit([] {}));
  const double held = (residentBytes() - before) / static_cast<double>(tasks);
  open.set_value();
  for (auto& future : futures)
    pool.get(future);
  return held;
}

inline void printRoundTrips(std::vector<double>& times) {
  std::sort(times.begin(), times.end());
  std::printf("%.1f %.1f\n", times[times.size() / 2], times[times.size() * 99 / 100]);
}

/// T6, T7: submit → result, one at a time.
template <class Pool> void roundTrips(Pool& pool, std::size_t tasks) {
  std::vector<double> times;
  for (std::size_t i = 0; i < tasks + 100; ++i) {
    const auto start = Clock::now();
    auto future = pool.submit([] {});
    pool.get(future);
    if (i >= 100) times.push_back(nsSince(start));
  }
  printRoundTrips(times);
}

template <class Pool> int measure(Pool&& pool, const std::string& what, std::size_t tasks, std::size_t workers) {
  if (what != "trip") readyMemory();
  if (what == "submit")
    std::printf("%.1f\n", submitAll(pool, tasks));
  else if (what == "flat")
    std::printf("%.1f\n", flat(pool, tasks));
  else if (what == "tree")
    std::printf("%.1f\n", Tree(pool, tasks).run());
  else if (what == "bytes")
    std::printf("%.1f\n", bytes(pool, tasks, workers));
  else if (what == "trip")
    roundTrips(pool, tasks);
  else
    return 2;
  return 0;
}

} // namespace bench
