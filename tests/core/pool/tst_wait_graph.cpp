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
  EXPECT_THROW(pool.submit([&] { pool.drain(); }).result(20s), WouldDeadlock);
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
  if (outer.exception()) EXPECT_THROW(outer.result(), WouldDeadlock);
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
