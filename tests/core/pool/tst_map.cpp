#include "core/pool/map.h"

#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <ranges>
#include <string>
#include <tuple>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

static_assert(std::ranges::input_range<MapResults<int>>);

namespace {

MapOptions within(std::chrono::nanoseconds timeout) {
  MapOptions options;
  options.timeout = timeout;
  return options;
}
MapOptions ahead(std::size_t elements) {
  MapOptions options;
  options.bufferSize = elements;
  return options;
}
MapOptions chunks(std::size_t size) {
  MapOptions options;
  options.chunkSize = size;
  return options;
}

template <class R> auto listOf(R&& results) {
  std::vector<std::ranges::range_value_t<R>> list;
  for (auto& value : results)
    list.push_back(value);
  return list;
}

} // namespace

TEST(Map, tuplesAreSeveralArguments) {
  ThreadPoolExecutor pool(2);
  const std::vector<std::tuple<int, int>> pairs{{2, 3}, {4, 5}};
  EXPECT_EQ(listOf(pool.map([](int a, int b) { return a * b; }, pairs)), (std::vector{6, 20}));
}

TEST(Map, anExceptionEndsOnlyItsElement) {
  ThreadPoolExecutor pool(2);
  auto results = pool.map(
      [](int d) {
        if (d == 0) throw std::domain_error("zero");
        return 10 / d;
      },
      std::vector{2, 0, 5});
  auto it = results.begin();
  EXPECT_EQ(*it, 5);
  ++it;
  EXPECT_THROW(*it, std::domain_error);
  ++it;
  EXPECT_EQ(*it, 2);
  ++it;
  EXPECT_TRUE(it == results.end());
}

TEST(Map, aTasksOwnTimeoutErrorIsNotTheMaps) {
  ThreadPoolExecutor pool(1);
  auto results = pool.map(
      [](int i) {
        if (i == 1) throw TimeoutError("the task's own");
        return i;
      },
      std::vector{0, 1, 2}, within(20s));
  auto it = results.begin();
  ++it;
  EXPECT_THROW(*it, TimeoutError);
  ++it;
  EXPECT_EQ(*it, 2);
}

TEST(Map, pastTheDeadlineItCancelsTheRestAndIsAtItsEnd) {
  ThreadPoolExecutor pool(1);
  std::latch go(1);
  std::atomic<int> started = 0;
  Future<void> first = pool.submit([&] { go.wait(); });
  auto results = pool.map([&](int) { ++started; }, std::vector{1, 2}, within(0ns));
  auto it = results.begin();
  EXPECT_THROW(*it, TimeoutError);
  EXPECT_TRUE(it == results.end());
  EXPECT_EQ(pool.stats().cancelled, 2u);
  go.count_down();
  pool.shutdown();
  EXPECT_EQ(started, 0);
}

TEST(Map, whatIsNeverReadStillRuns) {
  std::atomic<int> ran = 0;
  ThreadPoolExecutor pool(2);
  pool.map([&](int) { ++ran; }, std::views::iota(0, 10));
  pool.shutdown();
  EXPECT_EQ(ran, 10);
}

TEST(Map, droppingItCancelsTheRestOnceIterationHadBegun) {
  ThreadPoolExecutor pool(1);
  std::latch go(1);
  std::atomic<int> ran = 0;
  {
    auto results = pool.map(
        [&](int i) {
          if (i == 1) go.wait();
          return ++ran;
        },
        std::views::iota(0, 10));
    EXPECT_EQ(*results.begin(), 1);
  }
  go.count_down();
  pool.shutdown();
  EXPECT_LE(ran, 2);
  EXPECT_GE(pool.stats().cancelled, 8u);
}

TEST(Map, refusesEmptyBuffersAndChunks) {
  ThreadPoolExecutor pool(1);
  const auto same = [](int i) { return i; };
  EXPECT_THROW(pool.map(same, std::vector{1}, ahead(0)), std::invalid_argument);
  EXPECT_THROW(pool.map(same, std::vector{1}, chunks(0)), std::invalid_argument);
}

TEST(Map, everyBufferSizeGivesTheSameResults) {
  ThreadPoolExecutor pool(3);
  for (std::size_t size : {1u, 2u, 10u, 20u})
    EXPECT_EQ(listOf(pool.map([](int i) { return i * i; }, std::views::iota(0, 10), ahead(size))),
              (std::vector{0, 1, 4, 9, 16, 25, 36, 49, 64, 81}));
  EXPECT_TRUE(listOf(pool.map([](int i) { return i; }, std::vector<int>{}, ahead(2))).empty());
}

TEST(Map, anEndlessInputIsReadOnlyBufferSizeAhead) {
  ThreadPoolExecutor pool(2);
  int pulled = 0;
  auto endless = std::views::iota(0) | std::views::transform([&](int i) { return ++pulled, i; });
  auto results = pool.map([](int i) { return std::to_string(i); }, endless, ahead(2));
  EXPECT_EQ(pulled, 2);
  auto it = results.begin();
  EXPECT_EQ(*it, "0");
  ++it;
  EXPECT_EQ(*it, "1");
  EXPECT_EQ(pulled, 3);
}

TEST(Map, aBufferedOneRefusesToGoOnAfterShutdown) {
  ThreadPoolExecutor pool(1);
  auto results = pool.map([](int i) { return i; }, std::views::iota(0), ahead(1));
  pool.shutdown();
  auto it = results.begin();
  EXPECT_EQ(*it, 0);
  EXPECT_THROW(++it, ExecutorShutdown);
}

TEST(Map, voidBecomesMonostate) {
  ThreadPoolExecutor pool(1);
  EXPECT_EQ(listOf(pool.map([](int) {}, std::vector{1, 2})).size(), 2u);
}

TEST(Map, keepsNoResultItHasGiven) {
  ThreadPoolExecutor pool(1);
  auto results = pool.map([](int i) { return std::make_shared<int>(i); }, std::vector{0, 1});
  auto it = results.begin();
  const std::weak_ptr<int> weak = *it;
  wait(std::vector<Future<void>>{pool.submit([] {})}); // the worker has let go of the elements by then
  EXPECT_FALSE(weak.expired());
  ++it;
  EXPECT_TRUE(weak.expired());
}

TEST(MapUnordered, givesWhatIsReadyFirst) {
  ThreadPoolExecutor pool(2);
  std::latch go(1);
  auto results = pool.mapUnordered(
      [&](int i) {
        if (i == 0) go.wait();
        return i;
      },
      std::vector{0, 1, 2, 3});
  std::vector<int> got;
  for (int value : results) {
    got.push_back(value);
    if (got.size() == 3) go.count_down();
  }
  EXPECT_EQ(got, (std::vector{1, 2, 3, 0}));
}

TEST(MapUnordered, anExceptionEndsOnlyItsElement) {
  ThreadPoolExecutor pool(1);
  auto results = pool.mapUnordered([](int i) { return i == 1 ? throw std::domain_error("one") : i; },
                                   std::views::iota(0, 4), ahead(2));
  int sum = 0, failures = 0;
  for (auto it = results.begin(); it != results.end(); ++it) {
    try {
      sum += *it;
    } catch (const std::domain_error&) {
      ++failures;
    }
  }
  EXPECT_EQ(sum, 5);
  EXPECT_EQ(failures, 1);
}

TEST(MapUnordered, readsAnEndlessInputOnlyBufferSizeAhead) {
  ThreadPoolExecutor pool(2);
  int pulled = 0;
  auto endless = std::views::iota(0) | std::views::transform([&](int i) { return ++pulled, i; });
  auto results = pool.mapUnordered([](int i) { return i; }, endless, ahead(3));
  auto it = results.begin();
  for (int i = 0; i < 100; ++i, ++it)
    EXPECT_LT(*it, 103);
  EXPECT_EQ(pulled, 103);
}

TEST(MapUnordered, pastTheDeadlineItCancelsTheRestAndIsAtItsEnd) {
  ThreadPoolExecutor pool(1);
  std::latch go(1);
  pool.submit([&] { go.wait(); });
  auto results = pool.mapUnordered([](int) {}, std::vector{1, 2}, within(0ns));
  auto it = results.begin();
  EXPECT_THROW(*it, TimeoutError);
  EXPECT_TRUE(it == results.end());
  EXPECT_EQ(pool.stats().cancelled, 2u);
  go.count_down();
}

TEST(MapUnordered, nothingGivesNothing) {
  ThreadPoolExecutor pool(1);
  EXPECT_TRUE(listOf(pool.mapUnordered([](int i) { return i; }, std::vector<int>{})).empty());
}
