// What a pool of processes offers beyond Python's, as the thread pool does: a bounded queue, a shutdown with a
// deadline, waits that are refused because they could never end.

#include "core/pool/process_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace tasks {

int square(int x) {
  return x * x;
}
/// Leaves a mark and goes on only when there is another: a gate between processes.
void mark(const std::string& path, const std::string& until) {
  std::ofstream(path) << ::getpid();
  while (::access(until.c_str(), F_OK) != 0)
    ::usleep(1000);
}

} // namespace tasks

namespace {

ProcessPoolOptions sized(std::size_t workers, QueueBound bound = {}, EventLog* log = nullptr) {
  ProcessPoolOptions options;
  options.maxWorkers = workers, options.queueBound = bound, options.log = log;
  return options;
}

/// A pool whose workers are all held, so that what is submitted stays queued.
struct Held {
  explicit Held(ProcessPoolOptions options) : pool(std::move(options)) {
    for (std::size_t i = 0; i < pool.maxWorkers(); ++i)
      holders.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go")));
    EXPECT_TRUE(eventually([&] { return pool.stats().running == pool.maxWorkers(); }));
  }
  ~Held() { open(); }
  void open() { std::ofstream(marks.path("go")); }
  MarkDirectory marks;
  std::vector<Future<void>> holders;
  ProcessPoolExecutor pool;
};

} // namespace

// --- The queue's bound

TEST(ProcessQueueBound, aFullQueueRejects) {
  EventLog log;
  Held held(sized(1, {.limit = 2}, &log));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 2; ++i)
    futures.push_back(held.pool.submit<&tasks::square>(i));
  EXPECT_THROW(held.pool.submit<&tasks::square>(9), QueueFull);
  EXPECT_EQ(held.pool.stats().queued, 2u);
  EXPECT_EQ(held.pool.stats().submitted, 3u) << "the refused one was never the pool's";
  EXPECT_TRUE(futures[0].cancel());
  futures.push_back(held.pool.submit<&tasks::square>(3));
  held.open();
  EXPECT_EQ(futures[2].result(20s), 9);
  held.pool.shutdown();
  EXPECT_EQ(foldDiffers(log, held.pool.id(), held.pool.stats()), "");
}

TEST(ProcessQueueBound, countsOnlyWhatWaitsBehindAllWorkers) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(sized(2, {.limit = 1}));
  for (int i = 0; i < 3; ++i) // two for the workers to come, one to wait
    EXPECT_NO_THROW(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go"))) << i;
  EXPECT_THROW(pool.submit<&tasks::square>(1), QueueFull);
  std::ofstream(marks.path("go"));
}

TEST(ProcessQueueBound, blockWaitsForRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  held.pool.submit<&tasks::square>(1);
  Future<int> late;
  std::jthread submitter([&] { late = held.pool.submit<&tasks::square>(7); });
  held.open();
  submitter.join();
  EXPECT_EQ(late.result(20s), 49);
}

TEST(ProcessQueueBound, blockGivesUpAtItsDeadline) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block, .patience = 1ms}));
  held.pool.submit<&tasks::square>(1);
  EXPECT_THROW(held.pool.submit<&tasks::square>(2), QueueFull);
}

TEST(ProcessQueueBound, aCancelMakesRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  auto queued = held.pool.submit<&tasks::square>(1);
  std::jthread submitter([&] { held.pool.submit<&tasks::square>(2); });
  EXPECT_TRUE(queued.cancel());
  submitter.join();
}

TEST(ProcessQueueBound, theEndOfThePoolEndsTheWaitForRoom) {
  for (const bool killed : {false, true}) {
    Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
    held.pool.submit<&tasks::square>(1);
    std::atomic<int> refused = 0;
    std::jthread submitter([&] {
      try {
        held.pool.submit<&tasks::square>(2);
      } catch (const ExecutorShutdown&) {
        ++refused;
      }
    });
    killed ? held.pool.killWorkers() : held.pool.shutdown({.wait = false});
    submitter.join();
    EXPECT_EQ(refused, 1);
  }
}

TEST(ProcessQueueBound, aCallbackMustNotWaitForRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  held.pool.submit<&tasks::mark>(held.marks.path("second"), held.marks.path("end"));
  std::atomic<bool> refused = false, called = false;
  held.holders[0].addDoneCallback([&](const Future<void>&) {
    try { // the second task has the worker now, so one more may wait, and no other
      held.pool.submit<&tasks::square>(1);
      held.pool.submit<&tasks::square>(2);
    } catch (const WouldDeadlock&) {
      refused = true;
    }
    called = true;
  });
  held.open();
  EXPECT_TRUE(eventually([&] { return called.load(); }));
  EXPECT_TRUE(refused);
  std::ofstream(held.marks.path("end"));
}

TEST(ProcessQueueBound, whatCannotTravelNeedsNoRoom) {
  Held held(sized(1, {.limit = 1}));
  held.pool.submit<&tasks::square>(1);
  auto unfit = held.pool.submit<&tasks::mark>(std::string(std::size_t{17} << 20, 'x'), "");
  EXPECT_THROW(unfit.result(20s), SerializationError);
}

TEST(ProcessQueueBound, theCallerNeverRunsAProcessesTask) {
  EXPECT_THROW(ProcessPoolExecutor(sized(1, {.limit = 1, .whenFull = WhenFull::CallerRuns})), std::invalid_argument);
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
