// One peer's figure of one quantity of the thread pool: `bench_executors PEER CASE TASKS WORKERS` prints the
// figure that tests/bench/measure.h says. Each run is a process of its own; executors.py makes rounds and ratios.
#include "core/base/futex.h"
#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/bench/measure.h"
#include "tests/bench/naive_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

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

using bench::Clock, bench::nsSince;

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

/// oneTBB's own way for a tree: no future, the group waits. As get() of a future it has nothing to wait for.
struct TbbGroup {
  tbb::global_control limit;
  tbb::task_group group;
  explicit TbbGroup(std::size_t workers) : limit(tbb::global_control::max_allowed_parallelism, workers + 1) {}
  ~TbbGroup() { group.wait(); }
  template <class F> void submit(F f) { group.run(std::move(f)); }
};

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
  bench::printRoundTrips(times);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "bench_executors: needs PEER CASE TASKS WORKERS\n");
    return 2;
  }
  const std::string peer = argv[1], what = argv[2];
  const std::size_t tasks = std::strtoull(argv[3], nullptr, 10), workers = std::strtoull(argv[4], nullptr, 10);
  if (peer == "ours") return bench::measure(Ours(workers, true), what, tasks, workers);
  if (peer == "ours-unrecorded") return bench::measure(Ours(workers, false), what, tasks, workers);
  if (peer == "naive") return bench::measure(Naive(workers), what, tasks, workers);
  if (peer == "asio") return bench::measure(Asio(workers), what, tasks, workers);
  if (peer == "tbb") return bench::measure(Tbb(workers), what, tasks, workers);
  if (peer == "tbb-group" && what == "tree") {
    TbbGroup group(workers);
    return std::printf("%.1f\n", bench::Tree(group, tasks).run()), 0;
  }
  if (peer == "futex" && what == "trip") return futexRoundTrips(tasks), 0;
  std::fprintf(stderr, "bench_executors: unknown peer or case: %s %s\n", peer.c_str(), what.c_str());
  return 2;
}
