// A program outside the tree: it squares numbers on a pool that it resizes, stops a task, and reads the pool's record.

#include "core/event/event_log.h"
#include "core/pool/future.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"

#include <cstdio>
#include <stop_token>
#include <thread>
#include <vector>

int main() {
  poolscope::EventLog log;
  poolscope::ThreadPoolOptions options;
  options.maxWorkers = 2, options.threadNamePrefix = "square", options.log = &log;
  int sum = 0;
  {
    poolscope::ThreadPoolExecutor pool(options);
    for (int square : pool.map([](int x) { return x * x; }, std::vector<int>{1, 2, 3, 4}))
      sum += square;
    pool.resize(4);
    sum += pool.submit([](int a, int b) { return a * b; }, 3, 4).result();
    poolscope::Future<void> patient = pool.submit([](std::stop_token stop) {
      while (!stop.stop_requested())
        std::this_thread::yield();
    });
    patient.requestStop();
    for (const poolscope::Future<void>& future : poolscope::asCompleted(std::vector{patient}))
      future.result();
  }
  const auto events = log.drainNow();
  std::printf("%d, told by %llu events\n", sum, static_cast<unsigned long long>(events));
  return sum == 42 && events > 20 ? 0 : 1;
}
