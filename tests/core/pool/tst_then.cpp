// Future::then(): what goes on from a future.

#include "core/pool/future.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

namespace {

template <class T> Future<T> ready(T value) {
  Promise<T> promise;
  promise.setValue(std::move(value));
  return promise.future();
}

} // namespace

TEST(Then, goesOnWithTheValueWhetherItIsThereOrComes) {
  EXPECT_EQ(ready(2).then([](int x) { return x + 1; }).result(), 3);
  Promise<std::string> promise;
  Future<std::size_t> size = promise.future().then([](const std::string& s) { return s.size(); });
  EXPECT_FALSE(size.done());
  promise.setValue("four");
  EXPECT_EQ(size.result(0ns), 4u);
  Promise<void> nothing;
  Future<void> after = nothing.future().then([] {}).then([] {});
  nothing.setValue();
  EXPECT_TRUE(after.done());
  ThreadPoolExecutor pool(1);
  EXPECT_EQ(pool.submit([] { return 20; }).then([](int x) { return x * 2; }).get(), 40);
}

TEST(Then, runsWhereADoneCallbackRuns) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  auto task = pool.submit([&] { gate.pass(); });
  auto name = task.then([] { return currentWorkerName(); });
  gate.open();
  EXPECT_EQ(name.result(20s), pool.name() + "_0");
  EXPECT_EQ(task.then([] { return currentWorkerName(); }).result(), "") << "it was done: here";
}

TEST(Then, aFailureAndACancelPassBy) {
  bool called = false;
  Promise<int> bad;
  bad.setException(std::make_exception_ptr(std::domain_error("no")));
  auto failed = bad.future().then([&](int) { called = true; }).then([&] { called = true; });
  EXPECT_THROW(failed.result(), std::domain_error);
  Promise<int> dropped;
  auto next = dropped.future().then([&](int) { called = true; });
  auto last = next.then([&] { called = true; });
  EXPECT_TRUE(dropped.future().cancel());
  EXPECT_TRUE(next.cancelled() && last.cancelled());
  EXPECT_FALSE(called);
  Promise<int> gone;
  Future<int> orphan = gone.future().then([](int x) { return x; });
  gone = Promise<int>();
  EXPECT_THROW(orphan.result(), BrokenExecutor);
}

TEST(Then, whatItThrowsIsTheOutcome) {
  auto next = ready(1).then([](int) -> int { throw std::out_of_range("here"); });
  EXPECT_THROW(next.result(), std::out_of_range);
  EXPECT_THROW(next.then([](int x) { return x; }).result(), std::out_of_range);
}

TEST(Then, aFutureIsFlattened) {
  Promise<int> inner;
  Future<int> flat = ready(1).then([&](int) { return inner.future(); });
  static_assert(std::is_same_v<decltype(ready(1).then([&](int) { return inner.future(); })), Future<int>>);
  EXPECT_FALSE(flat.done());
  inner.setValue(7);
  EXPECT_EQ(flat.result(), 7);
  Promise<void> bad, dropped;
  bad.setException(std::make_exception_ptr(std::domain_error("inner")));
  EXPECT_THROW(ready(1).then([&](int) { return bad.future(); }).result(), std::domain_error);
  auto cancelled = ready(1).then([&](int) { return dropped.future(); });
  dropped.future().cancel();
  EXPECT_TRUE(cancelled.cancelled());
  EXPECT_THROW(ready(1).then([&](int) { return Future<int>(); }).result(), InvalidStateError);
  ThreadPoolExecutor pool(2);
  EXPECT_EQ(pool.submit([] { return 3; }).then([&](int x) { return pool.submit([x] { return x * x; }); }).get(), 9);
}

TEST(Then, cancellingItKeepsItFromBeingCalledAndLeavesTheFirstAlone) {
  Promise<int> promise;
  bool called = false;
  auto next = promise.future().then([&](int) { called = true; });
  EXPECT_TRUE(next.cancel());
  promise.setValue(1);
  EXPECT_FALSE(called);
  EXPECT_EQ(promise.future().result(), 1);
}

TEST(Then, moveOnlyValuesAndCallables) {
  auto owner = std::make_unique<int>(10);
  Future<std::unique_ptr<int>> next =
      ready(std::make_unique<int>(5)).then([owner = std::move(owner)](std::unique_ptr<int> p) {
        return std::make_unique<int>(*p + *owner);
      });
  EXPECT_EQ(*next.get(), 15);
  Promise<std::unique_ptr<int>> inner;
  inner.setValue(std::make_unique<int>(4));
  Future<std::unique_ptr<int>> flat = ready(1).then([&](int) { return inner.future(); });
  EXPECT_EQ(*flat.get(), 4);
  Future<std::unique_ptr<int>> looked = ready(std::make_unique<int>(6));
  EXPECT_EQ(looked.then([](const std::unique_ptr<int>& p) { return *p; }).get(), 6);
  EXPECT_EQ(*looked.result(), 6) << "who only looks leaves it there";
}

TEST(Then, aLongChainNeedsNoStack) {
  Promise<int> promise;
  Future<int> last = promise.future();
  for (int i = 0; i < 100'000; ++i)
    last = last.then([](int x) { return x + 1; });
  promise.setValue(0);
  EXPECT_EQ(last.result(), 100'000);
  Promise<int> bad;
  last = bad.future();
  for (int i = 0; i < 100'000; ++i)
    last = last.then([](int x) { return x + 1; });
  bad = Promise<int>();
  EXPECT_THROW(last.result(), BrokenExecutor);
}

TEST(Then, aChainThroughAPoolOfOneWorker) {
  ThreadPoolExecutor pool(1);
  std::function<Future<int>(int)> countDown = [&](int left) -> Future<int> {
    return pool.submit([left] { return left; }).then([&](int n) { return n == 0 ? ready(0) : countDown(n - 1); });
  };
  EXPECT_EQ(countDown(2000).result(20s), 0);
}

TEST(Then, aWorkerIsNotLetWaitInVainForWhatGoesOn) {
  ThreadPoolExecutor pool(1);
  auto outer = pool.submit([&] { return pool.submit([] { return 1; }).then([](int x) { return x; }).result(); });
  EXPECT_THROW(outer.result(20s), WouldDeadlock);
  Gate gate;
  ThreadPoolExecutor two(2);
  auto flat = two.submit([&] {
    auto inner = two.submit([&] { gate.pass(); });
    // The continuation runs on the other worker, and what it returns waits behind both.
    auto next = inner.then([&] { return two.submit([] { return 1; }); });
    gate.open();
    return next.result();
  });
  EXPECT_EQ(flat.result(20s), 1) << "the other worker is free again";
}

TEST(Then, theCallableIsDestroyedWhenItHasRun) {
  auto watched = std::make_shared<int>(1);
  const std::weak_ptr<int> weak = watched;
  Promise<int> promise;
  auto next = promise.future().then([watched = std::move(watched)](int x) { return x + *watched; });
  EXPECT_FALSE(weak.expired());
  promise.setValue(1);
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(next.result(), 2);
}
