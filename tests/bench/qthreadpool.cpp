// The peer QThreadPool, in a program of its own so that no other peer carries Qt: `bench_qthreadpool CASE TASKS
// WORKERS`. With std::promise: QFuture::result() may run the task in the caller.
#include "tests/bench/measure.h"

#include <QThreadPool>

#include <cstdlib>

namespace {

struct QtPool {
  QThreadPool pool;
  explicit QtPool(std::size_t workers) { pool.setMaxThreadCount(static_cast<int>(workers)); }
  ~QtPool() { pool.waitForDone(); }
  template <class F> auto submit(F f) {
    auto promise = std::make_shared<std::promise<void>>();
    auto future = promise->get_future();
    pool.start([f = std::move(f), promise]() mutable {
      f();
      promise->set_value();
    });
    return future;
  }
  template <class Fut> static void get(Fut& future) { future.get(); }
};

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "bench_qthreadpool: needs CASE TASKS WORKERS\n");
    return 2;
  }
  const std::size_t tasks = std::strtoull(argv[2], nullptr, 10), workers = std::strtoull(argv[3], nullptr, 10);
  return bench::measure(QtPool(workers), argv[1], tasks, workers);
}
