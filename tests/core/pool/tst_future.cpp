#include "core/pool/future.h"

#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

namespace {

/// A future in each state a Promise can bring about.
struct States {
  Promise<int> pending, running, cancelled, failed, finished;
  States() {
    running.setRunningOrNotifyCancel();
    cancelled.future().cancel();
    failed.setException(std::make_exception_ptr(std::runtime_error("no")));
    finished.setValue(42);
  }
};

std::string textOf(const std::exception_ptr& error) {
  return detail::describe(error);
}

} // namespace

TEST(Future, cancelSucceedsOnlyBeforeTheStart) {
  States s;
  EXPECT_TRUE(s.pending.future().cancel());
  EXPECT_FALSE(s.running.future().cancel());
  EXPECT_TRUE(s.cancelled.future().cancel());
  EXPECT_FALSE(s.failed.future().cancel());
  EXPECT_FALSE(s.finished.future().cancel());
  EXPECT_EQ(s.pending.future().state(), FutureState::Cancelled);
  EXPECT_EQ(s.running.future().state(), FutureState::Running);
  EXPECT_EQ(s.finished.future().state(), FutureState::Finished);
}

TEST(Future, doneIsTrueFromTheCancelOn) {
  States s;
  EXPECT_FALSE(s.pending.future().done());
  EXPECT_FALSE(s.running.future().done());
  EXPECT_TRUE(s.cancelled.future().done());
  EXPECT_TRUE(s.failed.future().done());
  EXPECT_TRUE(s.finished.future().done());
}

TEST(Future, resultWithoutTimeSaysWhyThereIsNone) {
  States s;
  EXPECT_THROW(s.pending.future().result(0ns), TimeoutError);
  EXPECT_THROW(s.running.future().result(0ns), TimeoutError);
  EXPECT_THROW(s.cancelled.future().result(0ns), CancelledError);
  EXPECT_THROW(s.failed.future().result(0ns), std::runtime_error);
  EXPECT_EQ(s.finished.future().result(0ns), 42);
}

TEST(Future, exceptionReturnsTheTasksAndThrowsTheWaitsOwn) {
  States s;
  EXPECT_THROW(s.pending.future().exception(0ns), TimeoutError);
  EXPECT_THROW(s.running.future().exception(0ns), TimeoutError);
  EXPECT_THROW(s.cancelled.future().exception(0ns), CancelledError);
  EXPECT_EQ(textOf(s.failed.future().exception(0ns)), "no");
  EXPECT_EQ(s.finished.future().exception(0ns), nullptr);
}

TEST(Future, aSecondOutcomeIsRefusedAndTheFirstKept) {
  States s;
  EXPECT_THROW(s.finished.setValue(1), InvalidStateError);
  EXPECT_THROW(s.finished.setException(std::make_exception_ptr(1)), InvalidStateError);
  EXPECT_EQ(s.finished.future().result(), 42);
  EXPECT_THROW(s.failed.setException(std::make_exception_ptr(1)), InvalidStateError);
  EXPECT_EQ(textOf(s.failed.future().exception()), "no");
  EXPECT_THROW(s.cancelled.setValue(1), InvalidStateError);
}

TEST(Future, setRunningTellsACancelledPromiseApart) {
  States s;
  EXPECT_FALSE(s.cancelled.setRunningOrNotifyCancel());
  EXPECT_TRUE(s.pending.setRunningOrNotifyCancel());
  EXPECT_TRUE(s.pending.future().running());
  EXPECT_THROW(s.finished.setRunningOrNotifyCancel(), InvalidStateError);
}

TEST(Future, aBlockedResultWakesOnValueAndOnCancel) {
  Promise<int> valued, dropped;
  std::latch waiting(2);
  int value = 0;
  bool cancelled = false;
  {
    std::jthread a([&, future = valued.future()] {
      waiting.count_down();
      value = future.result(20s);
    });
    std::jthread b([&, future = dropped.future()] {
      waiting.count_down();
      try {
        future.result(20s);
      } catch (const CancelledError&) {
        cancelled = true;
      }
    });
    waiting.wait();
    valued.setValue(7);
    EXPECT_TRUE(dropped.future().cancel());
  }
  EXPECT_EQ(value, 7);
  EXPECT_TRUE(cancelled);
}

TEST(Future, callbacksRunOnceInOrderAndSeeTheOutcome) {
  Promise<int> promise;
  std::vector<int> calls;
  promise.future().addDoneCallback([&](const Future<int>& f) { calls.push_back(f.result()); });
  promise.future().addDoneCallback([&](const Future<int>&) -> void { throw std::runtime_error("doh!"); });
  promise.future().addDoneCallback([&](const Future<int>& f) { calls.push_back(f.result() + 1); });
  promise.setValue(5);
  EXPECT_EQ(calls, (std::vector{5, 6}));
  promise.future().addDoneCallback([&](const Future<int>&) { calls.push_back(9); }); // done already: here and now
  promise.future().addDoneCallback([&](const Future<int>&) -> void { throw 1; });
  EXPECT_EQ(calls, (std::vector{5, 6, 9}));
}

TEST(Future, cancelRunsItsCallbacksBeforeItReturns) {
  Promise<void> promise;
  int calls = 0;
  promise.future().addDoneCallback([&](const Future<void>& f) { calls += f.cancelled(); });
  EXPECT_TRUE(promise.future().cancel());
  EXPECT_TRUE(promise.future().cancel()); // true again, and no second call
  EXPECT_EQ(calls, 1);
}

TEST(Future, aPromiseThatGoesWithoutAnOutcomeBreaksItsFuture) {
  Future<int> future;
  {
    Promise<int> promise;
    future = promise.future();
  }
  EXPECT_THROW(future.result(), BrokenExecutor);
}

TEST(Future, moveOnlyResultsMoveOutOfATemporary) {
  static_assert(std::is_same_v<decltype(std::declval<const Future<std::unique_ptr<int>>&>().result()),
                               const std::unique_ptr<int>&>);
  ThreadPoolExecutor pool(1);
  std::unique_ptr<int> value = pool.submit([] { return std::make_unique<int>(3); }).result();
  EXPECT_EQ(*value, 3);
  Promise<std::string> text;
  text.setValue("copied");
  EXPECT_EQ(text.future().result(), "copied");
  EXPECT_EQ(text.future().result(), "copied"); // a temporary of a copyable type left the value where it was
}

TEST(Future, argumentsMayBeMovedInOrReferred) {
  ThreadPoolExecutor pool(1);
  int seen = 0;
  pool.submit([](std::unique_ptr<int> p, int& out) { out = *p; }, std::make_unique<int>(8), std::ref(seen)).result();
  EXPECT_EQ(seen, 8);
}

TEST(Future, mayOutliveItsPool) {
  Future<int> future, cancelled;
  {
    ThreadPoolExecutor pool(1);
    future = pool.submit([] { return 1; });
    std::latch started(1), go(1);
    pool.submit([&] { started.count_down(), go.wait(); });
    started.wait();
    cancelled = pool.submit([] { return 2; });
    EXPECT_TRUE(cancelled.cancel());
    go.count_down();
  }
  EXPECT_EQ(future.result(), 1);
  EXPECT_FALSE(future.cancel());
  EXPECT_TRUE(cancelled.cancel());
}

TEST(Future, cancelAndStartNeverBothHappen) {
  ThreadPoolExecutor pool(2);
  std::vector<Future<void>> futures;
  std::atomic<int> ran = 0;
  int cancelled = 0;
  for (int i = 0; i < 5000; ++i)
    futures.push_back(pool.submit([&] { ++ran; }));
  for (auto& future : futures)
    cancelled += future.cancel();
  wait(futures);
  EXPECT_EQ(ran + cancelled, 5000);
  EXPECT_EQ(pool.stats().cancelled, static_cast<std::size_t>(cancelled));
  EXPECT_EQ(pool.stats().queued, 0u);
}

TEST(Future, aWaiterAboutToWakeIsNotTakenForADeadlock) {
  // The first task waits for the second, which ends; the third then waits for the fourth while the first may not have
  // woken yet: its worker will run the fourth.
  for (int round = 0; round < 300; ++round) {
    ThreadPoolExecutor pool(2);
    std::latch ready(1);
    Future<int> second, third;
    Future<int> first = pool.submit([&] {
      second = pool.submit([&] {
        ready.wait();
        return 1;
      });
      third = pool.submit([&] { return pool.submit([] { return 2; }).result(); });
      ready.count_down();
      return second.result();
    });
    EXPECT_EQ(first.result(20s), 1);
    EXPECT_EQ(third.result(20s), 2);
  }
}
