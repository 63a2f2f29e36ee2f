#include "core/pool/wait.h"

#include "core/pool/thread_pool_executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <latch>
#include <ranges>
#include <thread>

using namespace poolscope;
using namespace std::chrono_literals;

static_assert(std::ranges::input_range<AsCompleted<int>>);

namespace {

Future<int> finished(int value) {
  Promise<int> promise;
  promise.setValue(value);
  return promise.future();
}
Future<int> failed() {
  Promise<int> promise;
  promise.setException(std::make_exception_ptr(std::runtime_error("no")));
  return promise.future();
}
Future<int> cancelled() {
  Promise<int> promise;
  promise.future().cancel();
  return promise.future();
}

} // namespace

TEST(Wait, duplicatesCountOnce) {
  const Future<int> f = finished(1);
  const auto result = wait(std::vector{f, f});
  EXPECT_EQ(result.done, std::vector{f});
  EXPECT_TRUE(result.notDone.empty());
}

TEST(Wait, nothingToWaitForReturnsAtOnce) {
  const auto result = wait(std::vector<Future<int>>{});
  EXPECT_TRUE(result.done.empty() && result.notDone.empty());
}

TEST(Wait, aCancelledFutureIsDoneForItAtOnce) {
  const Future<int> f = cancelled();
  EXPECT_EQ(wait(std::vector{f}).done, std::vector{f});
}

TEST(Wait, firstCompletedReturnsWithWhatIsDoneAlready) {
  Promise<int> open;
  const Future<int> a = cancelled(), b = finished(1);
  const auto result = wait(std::vector{a, b, open.future()}, ReturnWhen::FirstCompleted);
  EXPECT_EQ(result.done, (std::vector{a, b}));
  EXPECT_EQ(result.notDone, std::vector{open.future()});
}

TEST(Wait, firstExceptionIgnoresSuccessAndCancel) {
  Promise<int> open;
  const auto early = wait(std::vector{finished(1), cancelled(), open.future()}, ReturnWhen::FirstException,
                          std::chrono::nanoseconds(0));
  EXPECT_EQ(early.done.size(), 2u);
  EXPECT_EQ(early.notDone.size(), 1u);
  const auto result = wait(std::vector{finished(1), open.future(), failed()}, ReturnWhen::FirstException);
  EXPECT_EQ(result.notDone, std::vector{open.future()});
}

TEST(Wait, firstExceptionWaitsThroughSuccesses) {
  Promise<int> good, bad, open;
  std::latch waiting(1);
  std::jthread other([&] {
    waiting.wait();
    good.setValue(1);
    bad.setException(std::make_exception_ptr(1));
  });
  waiting.count_down();
  const auto result = wait(std::vector{good.future(), bad.future(), open.future()}, ReturnWhen::FirstException, 20s);
  EXPECT_EQ(result.done, (std::vector{good.future(), bad.future()}));
  EXPECT_EQ(result.notDone, std::vector{open.future()});
}

TEST(Wait, theTimeoutReturnsWhatThereIs) {
  Promise<int> open;
  const Future<int> f = finished(1);
  const auto result = wait(std::vector{f, open.future()}, ReturnWhen::AllCompleted, 1ms);
  EXPECT_EQ(result.done, std::vector{f});
  EXPECT_EQ(result.notDone, std::vector{open.future()});
}

TEST(Wait, losesNoneOfAHundredThatEndTogether) {
  for (int round = 0; round < 20; ++round) {
    ThreadPoolExecutor pool(8);
    std::latch go(1);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 100; ++i)
      futures.push_back(pool.submit([&] { go.wait(); }));
    go.count_down();
    EXPECT_EQ(wait(futures, ReturnWhen::AllCompleted, 20s).done.size(), 100u);
  }
}

TEST(AsCompleted, givesEachOnceAndWhatIsDoneFirst) {
  Promise<int> late;
  const Future<int> a = finished(1), b = failed(), c = cancelled();
  auto range = asCompleted(std::vector{late.future(), a, a, b, c});
  std::vector<Future<int>> got;
  for (const Future<int>& f : range) {
    got.push_back(f);
    if (got.size() == 3) late.setValue(4);
  }
  ASSERT_EQ(got.size(), 4u);
  EXPECT_EQ(got.back(), late.future());
}

TEST(AsCompleted, givesTheDoneOnesBeforeItTimesOut) {
  Promise<int> pending, running;
  running.setRunningOrNotifyCancel();
  auto range = asCompleted(std::vector{cancelled(), pending.future(), running.future(), finished(1)}, 0ns);
  std::size_t got = 0;
  try {
    for (const Future<int>& f : range)
      got += f.done();
    FAIL() << "it ended although two are unfinished";
  } catch (const TimeoutError& e) {
    EXPECT_STREQ(e.what(), "2 (of 4) futures unfinished");
  }
  EXPECT_EQ(got, 2u);
}

TEST(AsCompleted, followsTheOrderOfCompletion) {
  Promise<int> a, b, c;
  auto range = asCompleted(std::vector{a.future(), b.future(), c.future()});
  c.setValue(3);
  a.setValue(1);
  b.future().cancel();
  std::vector<Future<int>> got;
  for (const Future<int>& f : range)
    got.push_back(f);
  EXPECT_EQ(got, (std::vector{c.future(), a.future(), b.future()}));
}

TEST(AsCompleted, keepsNoFutureItHasGiven) {
  auto watched = std::make_shared<int>(1);
  const std::weak_ptr<int> weak = watched;
  std::vector<Future<std::shared_ptr<int>>> futures;
  Promise<std::shared_ptr<int>> other;
  {
    Promise<std::shared_ptr<int>> promise;
    promise.setValue(std::move(watched));
    futures.push_back(promise.future());
    futures.push_back(other.future());
  }
  auto range = asCompleted(futures);
  futures.clear();
  auto it = range.begin();
  EXPECT_FALSE(weak.expired());
  other.setValue(nullptr);
  ++it;
  EXPECT_TRUE(weak.expired());
}

TEST(AsCompleted, mayBeDroppedBeforeTheEnd) {
  Promise<int> open;
  {
    auto range = asCompleted(std::vector{open.future(), finished(1)});
    EXPECT_EQ((*range.begin()).result(), 1);
  }
  open.setValue(1); // tells nobody who is gone
}
