#include "core/pool/parallel_for.h"

#include "core/pool/thread_pool_executor.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <latch>
#include <limits>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

TEST(ParallelFor, callsEachIndexOnceAndReturnsWhenAllIsDone) {
  for (std::size_t workers : {1u, 2u, 8u}) {
    ThreadPoolExecutor pool(workers);
    for (int count : {0, 1, 2, 7, 1000})
      for (int block : {0, 1, 3, 5000}) {
        std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
        pool.parallelFor(
            0, count, [&](int i) { ++calls[static_cast<std::size_t>(i)]; }, block);
        for (const auto& called : calls)
          ASSERT_EQ(called, 1) << workers << " workers, " << count << " indices, block " << block;
      }
  }
}

TEST(ParallelFor, aBodyOfTwoGetsWholeBlocks) {
  ThreadPoolExecutor pool(2);
  std::mutex mutex;
  std::set<std::pair<int, int>> blocks;
  pool.parallelFor(
      10, 31,
      [&](int first, int last) {
        const std::lock_guard lock(mutex);
        blocks.emplace(first, last);
      },
      10);
  EXPECT_EQ(blocks, (std::set<std::pair<int, int>>{{10, 20}, {20, 30}, {30, 31}}));
}

TEST(ParallelFor, endsOfEveryTypeAreNoTrap) {
  ThreadPoolExecutor pool(2);
  std::atomic<int> calls = 0;
  const auto count = [&](auto) { ++calls; };
  pool.parallelFor(5, 5, count);
  pool.parallelFor(5, -5, count);
  pool.parallelFor(3u, 0u, count);
  EXPECT_EQ(calls, 0) << "an end before the begin is nothing, not a wrap";
  std::atomic<std::int64_t> sum = 0;
  pool.parallelFor(-3, 4, [&](int i) { sum += i; });
  EXPECT_EQ(sum, 0);
  pool.parallelFor(std::numeric_limits<int>::max() - 3, std::numeric_limits<int>::max(), count, 2);
  EXPECT_EQ(calls, 3);
  pool.parallelFor<std::int8_t>(-128, 127, count, 100);
  EXPECT_EQ(calls, 3 + 255);
  pool.parallelFor(std::uint64_t{0} - 2, std::uint64_t{0} - 1, count, std::uint64_t{0} - 1);
  EXPECT_EQ(calls, 3 + 255 + 1);
  // The widest range there is, in three blocks.
  std::atomic<std::uint64_t> total = 0;
  pool.parallelFor(
      std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
      [&](std::int64_t first, std::int64_t last) {
        total += static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
      },
      std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(total, std::numeric_limits<std::uint64_t>::max());
  EXPECT_THROW(pool.parallelFor(0, 1, count, -1), std::invalid_argument);
  std::size_t bound = 3;
  pool.parallelFor(std::size_t{0}, bound, count);
  pool.parallelFor(0L, 2, count); // the second is converted to the first's type
}

TEST(ParallelFor, usesTheWorkersAndNotTheCaller) {
  ThreadPoolExecutor pool(3);
  std::latch all(3); // three at once, or it hangs
  std::mutex mutex;
  std::set<std::string> names;
  pool.parallelFor(
      0, 3,
      [&](int) {
        all.arrive_and_wait();
        const std::lock_guard lock(mutex);
        names.insert(currentWorkerName());
      },
      1);
  EXPECT_EQ(names.size(), 3u);
  EXPECT_EQ(names.count(""), 0u);
}

TEST(ParallelFor, theFirstExceptionComesOutWhenTheOthersHaveEnded) {
  ThreadPoolExecutor pool(2);
  std::atomic<int> running = 0, calls = 0;
  EXPECT_THROW(pool.parallelFor(
                   0, 10'000,
                   [&](int i) {
                     ++running, ++calls;
                     if (i == 3) {
                       --running;
                       throw std::domain_error("three");
                     }
                     --running;
                   },
                   1),
               std::domain_error);
  EXPECT_EQ(running, 0);
  EXPECT_LT(calls, 10'000) << "no further block begins";
  EXPECT_EQ(pool.stats().failed, 0u) << "the helpers did what they were to do";
  pool.parallelFor(0, 10, [&](int) { ++calls; });
}

TEST(ParallelFor, inAWorkerItRunsBlocksItself) {
  ThreadPoolExecutor pool(1);
  auto outer = pool.submit([&] {
    std::atomic<int> sum = 0;
    pool.parallelFor(0, 100, [&](int i) { sum += i; });
    return sum.load();
  });
  EXPECT_EQ(outer.result(20s), 4950);
}

TEST(ParallelFor, nestsInAFullPool) {
  ThreadPoolExecutor pool(2);
  std::atomic<int> calls = 0;
  pool.parallelFor(
      0, 8,
      [&](int) {
        pool.parallelFor(
            0, 8,
            [&](int) {
              pool.parallelFor(
                  0, 8, [&](int) { ++calls; }, 1);
            },
            1);
      },
      1);
  EXPECT_EQ(calls, 512);
}

TEST(ParallelFor, anExceptionComesThroughAllLevels) {
  ThreadPoolExecutor pool(2);
  EXPECT_THROW(pool.parallelFor(
                   0, 4,
                   [&](int) {
                     pool.parallelFor(
                         0, 4, [](int) { throw std::domain_error("inner"); }, 1);
                   },
                   1),
               std::domain_error);
}

TEST(ParallelFor, whileItWaitsItsWorkerRunsNothingElse) {
  // What the outer body keeps in thread_local variables stays as it is.
  ThreadPoolExecutor pool(2);
  static thread_local int mine = 0;
  std::atomic<bool> changed = false;
  pool.parallelFor(
      1, 50,
      [&](int i) {
        mine = i;
        pool.parallelFor(
            0, 4, [](int) {}, 1);
        if (mine != i) changed = true;
      },
      1);
  EXPECT_FALSE(changed);
}

TEST(ParallelFor, inAPoolThatShutsDownAWorkerGoesOnAlone) {
  ThreadPoolExecutor pool(2);
  Gate gate;
  std::atomic<int> calls = 0;
  auto outer = pool.submit([&] {
    gate.pass();
    pool.parallelFor(
        0, 100, [&](int) { ++calls; }, 1);
  });
  ASSERT_TRUE(gate.waitForArrivals(1));
  pool.shutdown({.wait = false});
  gate.open();
  EXPECT_NO_THROW(outer.result(20s));
  EXPECT_EQ(calls, 100);
  EXPECT_THROW(pool.parallelFor(0, 1, [](int) {}), ExecutorShutdown) << "from outside it may not";
}

TEST(ParallelFor, aShutdownThatCancelsItsHelpersIsTold) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  std::atomic<int> calls = 0;
  std::jthread other([&] {
    while (pool.stats().queued == 0)
      std::this_thread::yield();
    pool.shutdown({.wait = false, .cancelFutures = true});
    gate.open();
  });
  // The scheduler leaves at the head as many as workers are on their way to: none here.
  EXPECT_THROW(pool.parallelFor(0, 10, [&](int) { ++calls; }), CancelledError);
  EXPECT_EQ(calls, 0);
}

TEST(ParallelFor, theBodyMayWaitForItsOwnTasks) {
  ThreadPoolExecutor pool(2), other(1);
  std::atomic<int> sum = 0;
  pool.parallelFor(
      0, 20, [&](int i) { sum += other.submit([i] { return i; }).result(); }, 1);
  EXPECT_EQ(sum, 190);
}

TEST(ParallelFor, whoCannotReturnBeforeItsBlocksRefusesWhatStandsInTheWay) {
  // The body waits for a task that is queued behind the very worker that runs the loop.
  ThreadPoolExecutor outer(1), pool(1);
  auto loop = outer.submit([&] {
    try {
      pool.parallelFor(0, 1, [&](int) { outer.submit([] {}).result(); });
    } catch (const WouldDeadlock&) {
      return std::string("refused");
    }
    return std::string("done");
  });
  EXPECT_EQ(loop.result(20s), "refused");
}
