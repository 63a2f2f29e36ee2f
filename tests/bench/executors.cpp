// One peer's figure of one quantity of the thread pool: `bench_executors PEER CASE TASKS WORKERS` prints nanoseconds a
// task (or the p50 and p99 of a round trip). Each run is a process of its own; executors.py makes rounds and ratios.
#include "core/base/futex.h"
#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/bench/naive_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace poolscope;

namespace {

using Clock = std::chrono::steady_clock;

double nsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

/// Ours, with or without its recording.
struct Ours {
  std::unique_ptr<EventLog> log;
  std::unique_ptr<ThreadPoolExecutor> pool;
  Ours(std::size_t workers, bool recording) {
    if (recording) log = std::make_unique<EventLog>();
    ThreadPoolOptions options;
    options.maxWorkers = workers, options.log = log.get();
    pool = std::make_unique<ThreadPoolExecutor>(std::move(options));
  }
  template <class F> auto submit(F f) { return pool->submit(std::move(f)); }
  template <class Fut> static void get(Fut& future) { future.result(); }
};

struct Naive {
  NaivePool pool;
  explicit Naive(std::size_t workers) : pool(workers) {}
  template <class F> auto submit(F f) { return pool.submit(std::move(f)); }
  template <class Fut> static void get(Fut& future) { future.get(); }
};

struct Asio {
  boost::asio::thread_pool pool;
  explicit Asio(std::size_t workers) : pool(workers) {}
  ~Asio() { pool.join(); }
  template <class F> auto submit(F f) {
    std::promise<void> promise;
    auto future = promise.get_future();
    boost::asio::post(pool, [f = std::move(f), promise = std::move(promise)]() mutable {
      f();
      promise.set_value();
    });
    return future;
  }
  template <class Fut> static void get(Fut& future) { future.get(); }
};

struct Tbb {
  tbb::global_control limit; // else no more workers than CPUs less one
  tbb::task_arena arena;
  explicit Tbb(std::size_t workers)
      : limit(tbb::global_control::max_allowed_parallelism, workers + 1), arena(static_cast<int>(workers) + 1, 1) {}
  template <class F> auto submit(F f) {
    auto promise = std::make_shared<std::promise<void>>();
    auto future = promise->get_future();
    arena.enqueue([f = std::move(f), promise] {
      f();
      promise->set_value();
    });
    return future;
  }
  template <class Fut> static void get(Fut& future) { future.get(); }
};

/// T1: one producer keeps a future a task, then waits for all.
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

void printRoundTrips(std::vector<double>& times) {
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

/// The floor of a round trip: two threads and two futex words.
void futexRoundTrips(std::size_t tasks) {
  std::atomic<std::uint32_t> there{0}, back{0};
  std::thread other([&] {
    for (std::uint32_t i = 1; i <= tasks + 100; ++i) {
      while (there.load() != i)
        futexWait(there, i - 1);
      back = i;
      futexWake(back, 1);
    }
  });
  std::vector<double> times;
  for (std::uint32_t i = 1; i <= tasks + 100; ++i) {
    const auto start = Clock::now();
    there = i;
    futexWake(there, 1);
    while (back.load() != i)
      futexWait(back, i - 1);
    if (i > 100) times.push_back(nsSince(start));
  }
  other.join();
  printRoundTrips(times);
}

template <class Pool> int measure(Pool&& pool, const std::string& what, std::size_t tasks) {
  if (what == "submit")
    std::printf("%.1f\n", submitAll(pool, tasks));
  else if (what == "flat")
    std::printf("%.1f\n", flat(pool, tasks));
  else if (what == "trip")
    roundTrips(pool, tasks);
  else
    return 2;
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "bench_executors: needs PEER CASE TASKS WORKERS\n");
    return 2;
  }
  const std::string peer = argv[1], what = argv[2];
  const std::size_t tasks = std::strtoull(argv[3], nullptr, 10), workers = std::strtoull(argv[4], nullptr, 10);
  if (peer == "ours") return measure(Ours(workers, true), what, tasks);
  if (peer == "ours-unrecorded") return measure(Ours(workers, false), what, tasks);
  if (peer == "naive") return measure(Naive(workers), what, tasks);
  if (peer == "asio") return measure(Asio(workers), what, tasks);
  if (peer == "tbb") return measure(Tbb(workers), what, tasks);
  if (peer == "futex" && what == "trip") return futexRoundTrips(tasks), 0;
  std::fprintf(stderr, "bench_executors: unknown peer or case: %s %s\n", peer.c_str(), what.c_str());
  return 2;
}
