#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

namespace {

/// The counts of a pool always add up.
void expectConserved(const PoolStats& s) {
  EXPECT_EQ(s.submitted, s.queued + s.dispatched + s.running + s.done + s.failed + s.cancelled);
}

class Pools : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, Pools, testing::Values(1, 2, 8));

} // namespace

TEST_P(Pools, giveTheCallsValue) {
  ThreadPoolExecutor pool(GetParam());
  EXPECT_EQ(pool.submit([](int a, int b) { return a + b; }, 2, 3).result(), 5);
  EXPECT_EQ(*pool.submit([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(7)).result(), 7);
  pool.submit([] {}).result();
}

TEST_P(Pools, carryExceptionsToTheFutureAndLive) {
  ThreadPoolExecutor pool(GetParam());
  auto failing = pool.submit([]() -> int { throw std::out_of_range("doh"); });
  EXPECT_THROW(failing.result(), std::out_of_range);
  EXPECT_NE(failing.exception(), nullptr);
  auto odd = pool.submit([] { throw 42; });
  EXPECT_THROW(odd.result(), int);
  EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
  EXPECT_EQ(pool.stats().failed, 2u);
}

TEST_P(Pools, neverHaveMoreWorkersThanTheirSize) {
  ThreadPoolExecutor pool(GetParam());
  Gate gate;
  std::vector<Future<void>> futures;
  for (std::size_t i = 0; i < 15 * GetParam(); ++i)
    futures.push_back(pool.submit([&] { gate.pass(); }));
  ASSERT_TRUE(gate.waitForArrivals(GetParam()));
  EXPECT_EQ(pool.stats().liveWorkers, GetParam());
  EXPECT_EQ(pool.stats().running, GetParam());
  expectConserved(pool.stats());
  gate.open();
  wait(futures);
  EXPECT_EQ(pool.stats().done, 15 * GetParam());
}

TEST_P(Pools, shutdownRunsWhatIsQueued) {
  std::atomic<int> ran{0};
  ThreadPoolExecutor pool(GetParam());
  std::vector<Future<void>> futures;
  for (int i = 0; i < 200; ++i)
    futures.push_back(pool.submit([&] { ++ran; }));
  pool.shutdown();
  EXPECT_EQ(ran, 200);
  for (auto& future : futures)
    EXPECT_TRUE(future.done());
  EXPECT_TRUE(pool.closed());
  EXPECT_EQ(pool.stats().liveWorkers, 0u);
  EXPECT_THROW(pool.submit([] {}), ExecutorShutdown);
  pool.shutdown();
}

TEST_P(Pools, shutdownWithCancelLeavesNothingPending) {
  ThreadPoolExecutor pool(GetParam());
  Gate gate;
  std::vector<Future<void>> futures;
  for (int i = 0; i < 50; ++i)
    futures.push_back(pool.submit([&] { gate.pass(); }));
  ASSERT_TRUE(gate.waitForArrivals(GetParam()));
  pool.shutdown({.wait = false, .cancelFutures = true});
  EXPECT_EQ(pool.stats().cancelled, 50 - GetParam());
  gate.open();
  pool.shutdown();
  for (auto& future : futures)
    EXPECT_TRUE(future.done());
}

TEST_P(Pools, shutdownWithCancelRunsOneTaskAWorkerHoweverFastTheyCome) {
  for (int round = 0; round < 20; ++round) {
    ThreadPoolExecutor pool(GetParam());
    Gate gate;
    std::vector<Future<void>> futures;
    for (std::size_t i = 0; i < 3 * GetParam(); ++i)
      futures.push_back(pool.submit([&] { gate.pass(); }));
    pool.shutdown({.wait = false, .cancelFutures = true});
    EXPECT_EQ(pool.stats().cancelled, 2 * GetParam());
    gate.open();
    pool.shutdown();
    EXPECT_EQ(pool.stats().done, GetParam());
    for (std::size_t i = 0; i < futures.size(); ++i)
      EXPECT_EQ(futures[i].cancelled(), i >= GetParam()) << i;
  }
}

TEST(ThreadPoolExecutor, whatAShutdownSparesIsPendingAndCanBeCancelled) {
  Gate arrival;
  ThreadPoolOptions options;
  options.maxWorkers = 3;
  options.threadFactory = [&](std::function<void()> body) {
    return std::thread([&arrival, body = std::move(body)] { arrival.pass(), body(); });
  };
  ThreadPoolExecutor pool(std::move(options));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 10; ++i)
    futures.push_back(pool.submit([i] { return i; }));
  pool.shutdown({.wait = false, .cancelFutures = true});
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_EQ(futures[i].state(), i < 3 ? FutureState::Pending : FutureState::Cancelled) << i;
  EXPECT_TRUE(futures[0].cancel());
  arrival.open();
  pool.shutdown();
  EXPECT_TRUE(futures[0].cancelled());
  EXPECT_EQ(futures[1].result(), 1);
  EXPECT_EQ(futures[2].result(), 2);
}

TEST(ThreadPoolExecutor, aThreadThatCannotBeMadeInAShutdownTakesItsTaskWithIt) {
  Gate refusal;
  ThreadPoolOptions options;
  options.maxWorkers = 2;
  options.threadFactory = [&, made = 0](const std::function<void()>& body) mutable {
    if (++made == 1) return std::thread(body);
    refusal.pass();
    throw std::system_error(EAGAIN, std::system_category());
  };
  ThreadPoolExecutor pool(std::move(options));
  Gate gate;
  auto first = pool.submit([&] { gate.pass(); });
  std::optional<Future<void>> second;
  std::thread submitter([&] { second = pool.submit([&] { gate.pass(); }); });
  ASSERT_TRUE(refusal.waitForArrivals(1));
  pool.shutdown({.wait = false, .cancelFutures = true});
  EXPECT_EQ(pool.stats().cancelled, 0u);
  refusal.open();
  submitter.join();
  EXPECT_TRUE(second->cancelled());
  gate.open();
  pool.shutdown();
  EXPECT_FALSE(first.cancelled());
}

TEST_P(Pools, mapKeepsTheOrder) {
  ThreadPoolExecutor pool(GetParam());
  std::vector<int> in(100), out;
  std::iota(in.begin(), in.end(), 0);
  for (int value : pool.map([](int x) { return 2 * x; }, in))
    out.push_back(value);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(out[static_cast<std::size_t>(i)], 2 * i);
}

TEST(ThreadPoolExecutor, tasksHaveIdsWithoutALog) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  auto running = pool.submit([&](std::stop_token stop) {
    gate.pass();
    EXPECT_TRUE(stop.stop_requested());
  });
  ASSERT_TRUE(gate.waitForArrivals(1));
  std::vector<Future<int>> queued;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i)
    queued.push_back(pool.submit([i, &order] { return order.push_back(i), i; }));
  const std::set<TaskId> ids{running.taskId(), queued[0].taskId(), queued[1].taskId(), queued[2].taskId()};
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_FALSE(ids.contains(TaskId{}));
  EXPECT_FALSE(pool.cancelTask(TaskId{}));
  EXPECT_FALSE(pool.moveToFront(TaskId{}));
  EXPECT_FALSE(pool.stopTask(TaskId{}));
  EXPECT_TRUE(pool.cancelTask(queued[1].taskId()));
  EXPECT_TRUE(pool.moveToFront(queued[2].taskId()));
  EXPECT_TRUE(pool.stopTask(running.taskId()));
  gate.open();
  pool.shutdown();
  EXPECT_EQ(order, (std::vector{2, 0}));
  EXPECT_TRUE(queued[1].cancelled());
}

TEST(ThreadPoolExecutor, startsNoWorkerBeforeTheFirstTask) {
  ThreadPoolExecutor pool(4);
  EXPECT_EQ(pool.stats().liveWorkers, 0u);
}

TEST(ThreadPoolExecutor, sequentialSubmitsReuseOneWorker) {
  ThreadPoolExecutor pool(8);
  for (int i = 0; i < 10'000; ++i)
    pool.submit([] {}).result();
  EXPECT_LE(pool.stats().liveWorkers, 2u);
  EXPECT_EQ(pool.stats().done, 10'000u); // counted before result() returned
}

TEST(ThreadPoolExecutor, refusesImpossibleSizes) {
  EXPECT_THROW(ThreadPoolExecutor(0), std::invalid_argument);
  EXPECT_THROW(ThreadPoolExecutor(4097), std::invalid_argument);
  ThreadPoolExecutor pool(1);
  EXPECT_THROW(pool.resize(0), std::invalid_argument);
  EXPECT_THROW(pool.resize(4097), std::invalid_argument);
}

TEST(ThreadPoolExecutor, namesWorkersByPrefixAndSlot) {
  ThreadPoolOptions options;
  options.maxWorkers = 3, options.threadNamePrefix = "SpecialPool";
  ThreadPoolExecutor pool(options);
  EXPECT_EQ(pool.submit([] { return currentWorkerName(); }).result(), "SpecialPool_0");
  EXPECT_EQ(currentWorkerName(), "");
  EXPECT_TRUE(ThreadPoolExecutor(1).name().starts_with("ThreadPoolExecutor-"));
}

TEST(ThreadPoolExecutor, cancelLeavesTheQueueAndTellsEverybodyAtOnce) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  auto running = pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  auto queued = pool.submit([] { return 1; });
  bool called = false;
  queued.addDoneCallback([&](const Future<int>& f) { called = f.cancelled(); });
  EXPECT_FALSE(running.cancel());
  EXPECT_TRUE(queued.cancel());
  EXPECT_TRUE(queued.cancel());
  EXPECT_TRUE(called);
  EXPECT_EQ(pool.stats().queued, 0u);
  EXPECT_EQ(wait(std::vector{queued}).done.size(), 1u);
  EXPECT_THROW(queued.result(), CancelledError);
  gate.open();
}

TEST(ThreadPoolExecutor, manyCancelsLeaveAnEmptyQueue) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  pool.submit([&] { gate.pass(); });
  std::vector<Future<void>> futures;
  for (int i = 0; i < 100'000; ++i)
    futures.push_back(pool.submit([] {}));
  for (auto& future : futures)
    EXPECT_TRUE(future.cancel());
  EXPECT_EQ(pool.stats().queued, 0u);
  EXPECT_EQ(pool.stats().cancelled, 100'000u);
  gate.open();
}

TEST(ThreadPoolExecutor, aThrowingCallbackHurtsNobody) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  auto future = pool.submit([&] { gate.pass(); });
  std::vector<int> order;
  future.addDoneCallback([&](const Future<void>&) { order.push_back(1); });
  future.addDoneCallback([&](const Future<void>&) { throw std::runtime_error("doh"); });
  future.addDoneCallback([&](const Future<void>&) { order.push_back(3); });
  gate.open();
  pool.submit([] {}).result();
  pool.shutdown();
  EXPECT_EQ(order, (std::vector<int>{1, 3}));
}

TEST(ThreadPoolExecutor, growingServesTheQueueAtOnce) {
  ThreadPoolExecutor pool(2);
  Gate gate;
  std::vector<Future<void>> futures;
  for (int i = 0; i < 8; ++i)
    futures.push_back(pool.submit([&] { gate.pass(); }));
  ASSERT_TRUE(gate.waitForArrivals(2));
  pool.resize(8);
  EXPECT_TRUE(gate.waitForArrivals(8));
  gate.open();
}

TEST(ThreadPoolExecutor, shrinkingKeepsRunningTasks) {
  ThreadPoolExecutor pool(4);
  Gate gate;
  std::vector<Future<void>> futures;
  for (int i = 0; i < 12; ++i)
    futures.push_back(pool.submit([&] { gate.pass(); }));
  ASSERT_TRUE(gate.waitForArrivals(4));
  pool.resize(1);
  EXPECT_EQ(pool.stats().running, 4u);
  gate.open();
  wait(futures);
  pool.shutdown();
  EXPECT_EQ(pool.stats().done, 12u);
}

TEST(ThreadPoolExecutor, resizesUnderLoadLoseNothing) {
  ThreadPoolExecutor pool(4);
  std::atomic<int> ran{0};
  std::vector<Future<void>> futures;
  std::minstd_rand random(1);
  for (int i = 0; i < 10'000; ++i) {
    futures.push_back(pool.submit([&] { ++ran; }));
    pool.resize(1 + random() % 16);
  }
  wait(futures);
  EXPECT_EQ(ran, 10'000);
  expectConserved(pool.stats());
}

TEST(ThreadPoolExecutor, resizeWorksWhileAShutdownDrains) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  for (int i = 0; i < 4; ++i)
    pool.submit([&] { gate.pass(); });
  pool.shutdown({.wait = false});
  pool.resize(4);
  EXPECT_TRUE(gate.waitForArrivals(4));
  gate.open();
  pool.shutdown();
  EXPECT_EQ(pool.stats().done, 4u);
  pool.resize(2); // ended: no effect, no error
}

TEST(ThreadPoolExecutor, blockingCallsThatCanNeverReturnAreRefused) {
  ThreadPoolExecutor pool(1);
  auto nested = pool.submit([&] { return pool.submit([] { return 1; }).result(); });
  EXPECT_THROW(nested.result(), WouldDeadlock);
  auto closing = pool.submit([&] { pool.shutdown(); });
  EXPECT_THROW(closing.result(), WouldDeadlock);
}

TEST(ThreadPoolExecutor, aFailingInitializerBreaksThePool) {
  ThreadPoolOptions options;
  options.maxWorkers = 2, options.initializer = [] { throw std::runtime_error("no licence"); };
  ThreadPoolExecutor pool(options);
  try {
    pool.submit([] {}).result(); // the worker may break the pool before or after
    FAIL();
  } catch (const BrokenThreadPool& e) {
    EXPECT_NE(std::string(e.what()).find("no licence"), std::string::npos);
  }
  EXPECT_THROW(pool.submit([] {}), BrokenThreadPool);
}

TEST(ThreadPoolExecutor, workGoesOnWithTheThreadsThatCouldBeMade) {
  ThreadPoolOptions options;
  int made = 0;
  options.maxWorkers = 4;
  options.threadFactory = [&](std::function<void()> body) {
    if (++made > 1) throw std::system_error(EAGAIN, std::system_category());
    return std::thread(std::move(body));
  };
  ThreadPoolExecutor pool(options);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 20; ++i)
    futures.push_back(pool.submit([i] { return i; }));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(), i);
}

TEST(ThreadPoolExecutor, withoutAnyThreadItBreaks) {
  ThreadPoolOptions options;
  options.threadFactory = [](std::function<void()>) -> std::thread {
    throw std::system_error(EAGAIN, std::system_category());
  };
  ThreadPoolExecutor pool(options);
  auto future = pool.submit([] {});
  EXPECT_THROW(future.result(), BrokenThreadPool);
}

TEST(ThreadPoolExecutor, dropsClosuresBeforeItSleeps) {
  ThreadPoolExecutor pool(1);
  auto token = std::make_shared<int>(1);
  std::weak_ptr<int> watch = token;
  pool.submit([token = std::move(token)] {}).result();
  EXPECT_TRUE(watch.expired());
}

TEST(ThreadPoolExecutor, recordsCausesBeforeEffects) {
  EventLog log;
  {
    ThreadPoolOptions options;
    options.maxWorkers = 4, options.log = &log;
    ThreadPoolExecutor pool(options);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 2000; ++i)
      futures.push_back(pool.submit([] {}));
    wait(futures);
  }
  log.drainNow();
  const Recording& recording = log.recording();
  std::map<std::uint64_t, int> stage;
  std::int64_t last = 0;
  std::size_t finished = 0;
  for (std::uint64_t q = 0; q < recording.size(); ++q) {
    const Event& event = recording[q];
    EXPECT_GE(event.t, last);
    last = event.t;
    switch (event.kind) {
    case EventKind::TaskSubmitted:
      EXPECT_EQ(stage[event.task]++, 0);
      break;
    case EventKind::TaskStarted:
      EXPECT_EQ(stage[event.task]++, 1);
      break;
    case EventKind::TaskFinished:
      EXPECT_EQ(stage[event.task]++, 2);
      ++finished;
      break;
    default:
      break;
    }
  }
  EXPECT_EQ(finished, 2000u);
  std::uint64_t first = 0;
  while (!recording[first].pool)
    ++first;
  EXPECT_EQ(recording[first].kind, EventKind::PoolOpened);
}
