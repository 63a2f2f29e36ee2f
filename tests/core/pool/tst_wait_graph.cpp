#include "core/pool/wait_graph.h"

#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <latch>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

// A worker that waits for what only waiting workers could bring is told so; every other wait ends as usual.

TEST(WaitGraph, aTaskCannotWaitForATaskOfItsFullPool) {
  ThreadPoolExecutor pool(1);
  auto outer = pool.submit([&] { return pool.submit([] { return 1; }).result(); });
  EXPECT_THROW(outer.result(20s), WouldDeadlock);
  EXPECT_EQ(pool.submit([] { return 2; }).result(20s), 2) << "the pool goes on";
}

TEST(WaitGraph, aTaskCannotWaitForItself) {
  ThreadPoolExecutor pool(4);
  Gate gate;
  Future<int> self;
  self = pool.submit([&]() -> int {
    gate.pass();
    return Future(self).result();
  });
  ASSERT_TRUE(gate.waitForArrivals(1));
  gate.open();
  EXPECT_THROW(self.result(20s), WouldDeadlock);
}

TEST(WaitGraph, twoTasksCannotWaitForEachOther) {
  ThreadPoolExecutor pool(4);
  Gate gate;
  Future<int> a, b;
  a = pool.submit([&] { return gate.pass(), b.result() + 1; });
  b = pool.submit([&] { return gate.pass(), a.result() + 1; });
  ASSERT_TRUE(gate.waitForArrivals(2));
  gate.open();
  wait(std::vector{a, b}, ReturnWhen::AllCompleted, 20s);
  EXPECT_TRUE(a.done() && b.done()) << "the refused one fails, and so the other ends too";
  EXPECT_NE(a.exception(), nullptr);
  EXPECT_NE(b.exception(), nullptr);
}

TEST(WaitGraph, aChainOverTwoPoolsIsFound) {
  ThreadPoolExecutor first(1), second(1);
  // A worker of each waits for a task that is queued behind the worker of the other.
  auto outer =
      first.submit([&] { return second.submit([&] { return first.submit([] { return 1; }).result(); }).result(); });
  EXPECT_THROW(outer.result(20s), WouldDeadlock);
}

TEST(WaitGraph, aChainThatEndsAtAFreeWorkerEnds) {
  ThreadPoolExecutor first(1), second(2);
  auto outer = first.submit(
      [&] { return second.submit([&] { return second.submit([] { return 1; }).result() + 1; }).result() + 1; });
  EXPECT_EQ(outer.result(20s), 3);
}

TEST(WaitGraph, aPromiseMayAlwaysBeKept) {
  ThreadPoolExecutor pool(1);
  Promise<int> promise;
  auto task = pool.submit([future = promise.future()] { return future.result(); });
  promise.setValue(5);
  EXPECT_EQ(task.result(20s), 5);
}

TEST(WaitGraph, waitIsRefusedLikeResult) {
  ThreadPoolExecutor pool(2);
  Gate gate;
  pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  auto all = pool.submit([&] {
    std::vector<Future<void>> futures;
    for (int i = 0; i < 3; ++i)
      futures.push_back(pool.submit([] {}));
    gate.open(); // the other worker can run all three
    return wait(futures).done.size();
  });
  EXPECT_EQ(all.result(20s), 3u);
  pool.resize(1);
  EXPECT_THROW(pool.submit([&] { wait(std::vector{pool.submit([] {})}); }).result(20s), WouldDeadlock);
  EXPECT_THROW(pool.submit([&] {
                     for (const auto& future : asCompleted(std::vector{pool.submit([] {})}))
                       static_cast<void>(future);
                   })
                   .result(20s),
               WouldDeadlock);
  EXPECT_THROW(pool.submit([&] { *pool.map([](int i) { return i; }, std::vector{1}).begin(); }).result(20s),
               WouldDeadlock);
  EXPECT_THROW(pool.submit([&] { pool.waitClosed(); }).result(20s), WouldDeadlock);
  EXPECT_THROW(pool.submit([&] { pool.shutdown(); }).result(20s), WouldDeadlock);
}

TEST(WaitGraph, anyOfSeveralIsEnough) {
  ThreadPoolExecutor pool(1);
  Promise<int> promise;
  auto task = pool.submit([&] {
    const std::vector futures{pool.submit([] { return 1; }), promise.future()};
    return wait(futures, ReturnWhen::FirstCompleted).done.size();
  });
  promise.setValue(1);
  EXPECT_EQ(task.result(20s), 1u);
}

TEST(WaitGraph, aWaitWithATimeoutIsNeverRefused) {
  ThreadPoolExecutor pool(1);
  auto outer = pool.submit([&] { return pool.submit([] { return 1; }).result(10ms); });
  EXPECT_THROW(outer.result(20s), TimeoutError);
}

TEST(WaitGraph, shutdownOfAPoolThatWaitsForTheCallerIsRefused) {
  ThreadPoolExecutor first(1), second(1);
  Gate gate;
  auto outer = first.submit([&] {
    auto inner = second.submit([&] { // waits for a task queued behind this very worker
      gate.pass();
      return first.submit([] { return 1; }).result();
    });
    static_cast<void>(inner);
    gate.open();
    second.shutdown();
  });
  wait(std::vector{outer}, ReturnWhen::AllCompleted, 20s);
  EXPECT_TRUE(outer.done()) << "one of the two was refused";
}

TEST(WaitGraph, aPoolThatShrinksUnderItsWaitersIsNoticed) {
  ThreadPoolExecutor pool(2);
  Gate gate;
  auto busy = pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  std::latch queued(1);
  auto outer = pool.submit([&] {
    auto inner = pool.submit([] { return 1; });
    queued.count_down();
    return inner.result();
  });
  queued.wait();
  pool.resize(1); // one of the two leaves: the busy one, which alone could have run the inner task
  gate.open();
  wait(std::vector{outer}, ReturnWhen::AllCompleted, 20s);
  ASSERT_TRUE(outer.done());
  if (outer.exception()) {
    EXPECT_THROW(outer.result(), WouldDeadlock);
  }
}

TEST(WaitGraph, aShrinkThatMakesAWaitVainTellsItAtOnce) {
  ThreadPoolExecutor pool(2);
  Gate gate;
  std::latch started(1), first(1), queued(1);
  auto outer = pool.submit([&] { // on slot 0, which stays
    started.count_down();
    first.wait();
    auto inner = pool.submit([] { return 1; });
    queued.count_down();
    return inner.result();
  });
  started.wait();
  auto busy = pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  first.count_down();
  queued.wait();
  pool.resize(1); // the busy one leaves after its task: it will not run the inner one
  EXPECT_THROW(outer.result(20s), WouldDeadlock) << "while the other is still busy";
  gate.open();
  EXPECT_NO_THROW(busy.result(20s));
}

TEST(WaitGraph, aShrinkRefusesOnlyWhatStandsAtItsDoor) {
  ThreadPoolExecutor pool(2), other(1);
  Gate gate;
  std::latch started(1), first(1), queued(1);
  Future<int> middle = pool.submit([&] { // on slot 0, which stays
    started.count_down();
    first.wait();
    auto inner = pool.submit([] { return 1; });
    queued.count_down();
    try {
      return inner.result();
    } catch (const WouldDeadlock&) {
      return 2;
    }
  });
  auto outer = other.submit([&] { return middle.result() + 10; });
  started.wait();
  auto busy = pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  first.count_down();
  queued.wait();
  pool.resize(1);
  EXPECT_EQ(outer.result(20s), 12) << "it may go on: what it waited for was told";
  gate.open();
  EXPECT_NO_THROW(busy.result(20s));
}

namespace {
ThreadPoolOptions oneWorkerCallerRuns() {
  ThreadPoolOptions options;
  options.maxWorkers = 1, options.queueBound = {.limit = 1, .whenFull = WhenFull::CallerRuns, .patience = {}};
  return options;
}
} // namespace

TEST(WaitGraph, aTaskRunByItsSubmitterCannotWaitForItsPoolsEnd) {
  ThreadPoolExecutor pool(oneWorkerCallerRuns());
  Gate gate;
  pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  pool.submit([] {});
  EXPECT_THROW(pool.submit([&] { pool.shutdown(); }).result(20s), WouldDeadlock);
  gate.open();
}

TEST(WaitGraph, aTaskRunByItsSubmitterMayWaitForWhatAWorkerBrings) {
  ThreadPoolExecutor pool(oneWorkerCallerRuns());
  Gate gate;
  pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  auto queued = pool.submit([] { return 1; });
  EXPECT_EQ(pool.submit([&] { return gate.open(), queued.result() + 1; }).result(20s), 2);
}

TEST(WaitGraph, theFirstFailureOfWhatHasSucceededNeverComes) {
  ThreadPoolExecutor pool(1);
  Promise<void> succeeded;
  succeeded.setValue();
  auto outer = pool.submit([&] {
    wait(std::vector{succeeded.future(), pool.submit([] {})}, ReturnWhen::FirstException);
  });
  EXPECT_THROW(outer.result(20s), WouldDeadlock);
}

TEST(WaitGraph, aWaitForTheFirstFailureLooksAgainAfterASuccess) {
  ThreadPoolExecutor pool(1);
  Promise<void> promise;
  std::latch queued(1);
  auto outer = pool.submit([&] {
    const std::vector futures{promise.future(), pool.submit([] {})};
    queued.count_down();
    wait(futures, ReturnWhen::FirstException); // the promise may fail: so it may wait
  });
  queued.wait();
  promise.setValue();
  EXPECT_THROW(outer.result(20s), WouldDeadlock);
}

TEST(WaitGraph, aWaitForTheFirstFailureIsNotRefusedWhileOneMayFail) {
  ThreadPoolExecutor pool(1);
  Promise<void> first, second;
  std::latch queued(1);
  auto outer = pool.submit([&] {
    const std::vector futures{first.future(), pool.submit([] {}), second.future()};
    queued.count_down();
    return wait(futures, ReturnWhen::FirstException).done.size();
  });
  queued.wait();
  first.setValue();
  second.setException(std::make_exception_ptr(std::runtime_error("at last")));
  EXPECT_EQ(outer.result(20s), 2u);
}

TEST(WaitGraph, roomThatHasComeEndsAWaitThatHasNotWokenYet) {
  // The submitter in `other` waits for room; the task that makes room then waits for that submitter's task.
  for (int round = 0; round < 200; ++round) {
    ThreadPoolOptions options;
    options.maxWorkers = 1, options.queueBound = {.limit = 1, .whenFull = WhenFull::Block, .patience = {}};
    ThreadPoolExecutor pool(std::move(options)), other(1);
    Gate gate;
    std::latch known(1);
    Future<int> outer;
    auto first = pool.submit([&] { gate.pass(); });
    ASSERT_TRUE(gate.waitForArrivals(1));
    auto second = pool.submit([&] { return known.wait(), outer.result(); });
    std::latch begun(1);
    outer = other.submit([&] {
      begun.count_down();
      pool.submit([] {});
      return 5;
    });
    known.count_down();
    begun.wait();
    gate.open();
    EXPECT_EQ(second.result(20s), 5) << "round " << round;
  }
}

TEST(WaitGraph, legalRecursionOfThreeHundredWorkersIsQuick) {
  ThreadPoolExecutor pool(301);
  std::function<int(int)> depth = [&](int left) -> int {
    return left == 0 ? 0 : 1 + pool.submit(depth, left - 1).result();
  };
  EXPECT_EQ(pool.submit(depth, 300).result(20s), 300); // minutes, when each wait looks at all others twice a second
}

TEST(WaitGraph, aCallbackOfAWorkerIsAWorkerToo) {
  ThreadPoolExecutor pool(1);
  Promise<bool> refused;
  Gate gate;
  auto task = pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  task.addDoneCallback([&](const Future<void>&) {
    try {
      pool.submit([] {}).result();
      refused.setValue(false);
    } catch (const WouldDeadlock&) {
      refused.setValue(true);
    }
  });
  gate.open();
  EXPECT_TRUE(refused.future().result(20s));
}

TEST(WaitGraph, deepNestingEndsWhileAWorkerIsLeft) {
  ThreadPoolExecutor pool(6);
  std::function<int(int)> depth = [&](int left) -> int {
    return left == 0 ? 0 : 1 + pool.submit(depth, left - 1).result();
  };
  EXPECT_EQ(pool.submit(depth, 5).result(20s), 5);
  EXPECT_THROW(pool.submit(depth, 6).result(20s), WouldDeadlock);
}
