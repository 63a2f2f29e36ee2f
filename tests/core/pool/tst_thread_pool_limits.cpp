// What a thread pool offers beyond Python's: a bounded queue, priorities, cooperative stop, a finalizer, a shutdown
// with a deadline, threads that cannot be made.

#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

namespace {

ThreadPoolOptions sized(std::size_t workers, QueueBound bound = {}, EventLog* log = nullptr) {
  ThreadPoolOptions options;
  options.maxWorkers = workers, options.queueBound = bound, options.log = log;
  return options;
}

/// A pool of one worker that is held, so that what is submitted stays queued.
struct Held {
  explicit Held(ThreadPoolOptions options) : pool(std::move(options)) {
    for (std::size_t i = 0; i < pool.maxWorkers(); ++i)
      holders.push_back(pool.submit([this] { gate.pass(); }));
    EXPECT_TRUE(gate.waitForArrivals(pool.maxWorkers()));
  }
  ~Held() { gate.open(); }
  Gate gate;
  std::vector<Future<void>> holders;
  ThreadPoolExecutor pool;
};

std::vector<Event> eventsOf(EventLog& log, EventKind kind) {
  log.drainNow();
  std::vector<Event> events;
  for (std::uint64_t q = 0; q < log.recording().size(); ++q)
    if (log.recording()[q].kind == kind) events.push_back(log.recording()[q]);
  return events;
}

} // namespace

// --- The queue's bound

TEST(QueueBound, aFullQueueRejects) {
  Held held(sized(1, {.limit = 2}));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 2; ++i)
    futures.push_back(held.pool.submit([i] { return i; }));
  EXPECT_THROW(held.pool.submit([] { return 0; }), QueueFull);
  EXPECT_EQ(held.pool.stats().queued, 2u);
  EXPECT_EQ(held.pool.stats().submitted, 3u) << "the refused one was never the pool's";
  EXPECT_TRUE(futures[0].cancel());
  futures.push_back(held.pool.submit([] { return 2; }));
  held.gate.open();
  EXPECT_EQ(futures[2].result(), 2);
}

TEST(QueueBound, countsOnlyWhatWaitsBehindAllWorkers) {
  Gate gate;
  ThreadPoolExecutor pool(sized(4, {.limit = 1}));
  for (int i = 0; i < 5; ++i) // four for the workers to come, one to wait
    EXPECT_NO_THROW(pool.submit([&] { gate.pass(); })) << i;
  EXPECT_THROW(pool.submit([] {}), QueueFull);
  gate.open();
}

TEST(QueueBound, blockWaitsForRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  held.pool.submit([] {});
  std::atomic<bool> in = false;
  std::jthread submitter([&] {
    held.pool.submit([] {});
    in = true;
  });
  EXPECT_FALSE(in);
  held.gate.open();
  submitter.join();
  EXPECT_TRUE(in);
}

TEST(QueueBound, blockGivesUpAtItsDeadline) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block, .patience = 1ms}));
  held.pool.submit([] {});
  EXPECT_THROW(held.pool.submit([] {}), QueueFull);
}

TEST(QueueBound, aCancelMakesRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  auto queued = held.pool.submit([] {});
  std::jthread submitter([&] { held.pool.submit([] {}); });
  EXPECT_TRUE(queued.cancel());
  submitter.join();
}

TEST(QueueBound, aShutdownEndsTheWaitForRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  held.pool.submit([] {});
  std::atomic<int> refused = 0;
  std::jthread submitter([&] {
    try {
      held.pool.submit([] {});
    } catch (const ExecutorShutdown&) {
      ++refused;
    }
  });
  held.pool.shutdown({.wait = false});
  submitter.join();
  EXPECT_EQ(refused, 1);
}

TEST(QueueBound, aWorkerMustNotWaitForRoom) {
  ThreadPoolExecutor pool(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  auto task = pool.submit([&] {
    pool.submit([] {});
    pool.submit([] {});
  });
  EXPECT_THROW(task.result(20s), WouldDeadlock);
}

TEST(QueueBound, theCallerRunsWhatFindsNoRoom) {
  EventLog log;
  {
    Held held(sized(1, {.limit = 1, .whenFull = WhenFull::CallerRuns}, &log));
    held.pool.submit([] {});
    auto here = held.pool.submit([] { return std::this_thread::get_id(); });
    EXPECT_TRUE(here.done());
    EXPECT_EQ(here.result(), std::this_thread::get_id());
    auto failed = held.pool.submit([]() -> int { throw std::runtime_error("no"); });
    EXPECT_THROW(failed.result(), std::runtime_error);
    const PoolStats stats = held.pool.stats();
    EXPECT_EQ(stats.done, 1u);
    EXPECT_EQ(stats.failed, 1u);
    EXPECT_EQ(stats.submitted, stats.queued + stats.running + stats.done + stats.failed);
    held.gate.open();
  }
  const auto started = eventsOf(log, EventKind::TaskStarted);
  EXPECT_EQ(std::count_if(started.begin(), started.end(), [](const Event& e) { return e.slot == kNoSlot; }), 2);
}

// --- Priorities

TEST(Priorities, theGreaterGoFirstAndEqualsInOrder) {
  Held held(sized(1));
  std::vector<int> order;
  const auto submit = [&](int value, int priority) {
    TaskOptions options;
    options.priority = static_cast<std::int16_t>(priority);
    held.pool.submit(options, [&order, value] { order.push_back(value); });
  };
  submit(1, 0), submit(2, 5), submit(3, -1), submit(4, 5), submit(5, 0), submit(6, 7);
  held.gate.open();
  held.pool.shutdown();
  EXPECT_EQ(order, (std::vector{6, 2, 4, 1, 5, 3}));
}

// --- Cooperative stop

TEST(Stop, aTaskThatTakesATokenIsAsked) {
  EventLog log;
  {
    ThreadPoolExecutor pool(sized(1, {}, &log));
    std::latch started(1);
    Future<int> future = pool.submit(
        [&](std::stop_token stop, int value) {
          started.count_down();
          while (!stop.stop_requested())
            std::this_thread::yield();
          return value;
        },
        7);
    started.wait();
    EXPECT_FALSE(future.cancel()) << "it runs";
    EXPECT_TRUE(future.requestStop());
    EXPECT_EQ(future.result(20s), 7) << "its outcome is what it returns";
    EXPECT_FALSE(future.requestStop()) << "it is done";
  }
  EXPECT_EQ(eventsOf(log, EventKind::TaskStopRequested).size(), 1u);
}

TEST(Stop, aQueuedTaskFindsItsTokenStopped) {
  Held held(sized(1));
  auto queued = held.pool.submit([](std::stop_token stop) { return stop.stop_requested(); });
  EXPECT_TRUE(queued.requestStop());
  EXPECT_TRUE(queued.requestStop());
  held.gate.open();
  EXPECT_TRUE(queued.result(20s));
}

TEST(Stop, otherTasksCannotBeAsked) {
  Held held(sized(1));
  auto plain = held.pool.submit([] {});
  EXPECT_FALSE(plain.requestStop());
  EXPECT_FALSE(held.holders[0].requestStop());
  EXPECT_FALSE(held.pool.stopTask(plain.taskId()));
  Promise<int> promise;
  EXPECT_FALSE(promise.future().requestStop());
}

TEST(Stop, anObjectsMemberAndAMoveOnlyArgumentGetTheToken) {
  struct Counter {
    int count(std::stop_token stop, std::unique_ptr<int> from) { return *from + stop.stop_possible(); }
  } counter;
  ThreadPoolExecutor pool(1);
  auto future =
      pool.submit([&](std::stop_token stop, std::unique_ptr<int> p) { return counter.count(stop, std::move(p)); },
                  std::make_unique<int>(4));
  EXPECT_EQ(future.result(20s), 5);
}

TEST(Stop, aTaskIsFoundByItsId) {
  EventLog log;
  ThreadPoolExecutor pool(sized(2, {}, &log));
  std::latch started(1);
  auto task = pool.submit([&](std::stop_token stop) {
    started.count_down();
    while (!stop.stop_requested())
      std::this_thread::yield();
  });
  started.wait();
  EXPECT_TRUE(pool.stopTask(task.taskId()));
  task.result(20s);
}

// --- Initializer and finalizer

TEST(Finalizer, runsOnceInEachWorkerBeforeShutdownReturns) {
  std::mutex mutex;
  std::set<std::string> opened, closed;
  ThreadPoolOptions options = sized(3);
  options.initializer = [&] {
    const std::lock_guard lock(mutex);
    opened.insert(currentWorkerName());
  };
  options.finalizer = [&] {
    const std::lock_guard lock(mutex);
    closed.insert(currentWorkerName());
    throw std::runtime_error("nobody minds");
  };
  ThreadPoolExecutor pool(options);
  Gate gate;
  for (int i = 0; i < 3; ++i)
    pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(3));
  gate.open();
  pool.shutdown();
  EXPECT_EQ(opened.size(), 3u);
  EXPECT_EQ(closed, opened);
  EXPECT_TRUE(pool.closed());
}

TEST(Finalizer, runsWhenAWorkerRetiresAndItsSlotIsReused) {
  EventLog log;
  std::atomic<int> ended = 0;
  {
    ThreadPoolOptions options = sized(2, {}, &log);
    options.finalizer = [&] { ++ended; };
    ThreadPoolExecutor pool(options);
    Gate gate;
    pool.submit([&] { gate.pass(); });
    pool.submit([&] { gate.pass(); });
    ASSERT_TRUE(gate.waitForArrivals(2));
    pool.resize(1);
    gate.open();
    pool.submit([] {}).result();
    pool.shutdown();
    EXPECT_EQ(ended, 2);
  }
  EXPECT_EQ(eventsOf(log, EventKind::WorkerExited).size(), 2u);
}

// --- Shutdown with a deadline

TEST(ShutdownDeadline, goesThroughItsStages) {
  EventLog log;
  {
    ThreadPoolExecutor pool(sized(1, {}, &log));
    std::latch started(1);
    auto listens = pool.submit([&](std::stop_token stop) {
      started.count_down();
      while (!stop.stop_requested())
        std::this_thread::yield();
    });
    auto queued = pool.submit([] {});
    started.wait();
    pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 1ms});
    EXPECT_TRUE(pool.closed());
    EXPECT_TRUE(queued.cancelled());
    EXPECT_EQ(listens.exception(), nullptr);
  }
  std::vector<ShutdownStage> stages;
  for (const Event& event : eventsOf(log, EventKind::PoolShutdownStage))
    stages.push_back(static_cast<ShutdownStage>(event.flag));
  EXPECT_EQ(stages, (std::vector{ShutdownStage::Draining, ShutdownStage::CancelQueued, ShutdownStage::Terminate,
                                 ShutdownStage::Done}));
  EXPECT_GT(eventsOf(log, EventKind::PoolShutdownBegun)[0].cd(), 0);
}

TEST(ShutdownDeadline, aDrainInTimeIsNotDisturbed) {
  EventLog log;
  {
    ThreadPoolExecutor pool(sized(2, {}, &log));
    std::vector<Future<int>> futures;
    for (int i = 0; i < 100; ++i)
      futures.push_back(pool.submit([i] { return i; }));
    pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 60s});
    for (int i = 0; i < 100; ++i)
      EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(), i);
  }
  EXPECT_EQ(eventsOf(log, EventKind::PoolShutdownStage).size(), 2u) << "draining, done";
}

TEST(ShutdownDeadline, isKeptWhereNobodyWaits) {
  ThreadPoolExecutor pool(1);
  std::latch started(1);
  auto listens = pool.submit([&](std::stop_token stop) {
    started.count_down();
    while (!stop.stop_requested())
      std::this_thread::yield();
  });
  auto queued = pool.submit([] {});
  started.wait();
  pool.shutdown({.wait = false, .cancelFutures = false, .deadline = 1ms});
  listens.result(20s);
  EXPECT_THROW(queued.result(20s), CancelledError);
  pool.shutdown();
}

TEST(ShutdownDeadline, aThreadThatDoesNotListenIsLeftBehind) {
  Gate gate;
  ThreadPoolExecutor pool(1);
  auto deaf = pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  const auto begin = std::chrono::steady_clock::now();
  pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 0ns});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
  EXPECT_FALSE(pool.closed());
  gate.open();
  deaf.result(20s);
}

// --- Threads that cannot be made

TEST(SpawnFailure, theRestIsTriedAgainWhileSomebodyWaitsForTheEnd) {
  ThreadPoolOptions options = sized(3);
  std::atomic<int> tries = 0;
  options.threadFactory = [&](std::function<void()> body) {
    const int now = ++tries;
    if (now == 2 || now == 3) throw std::system_error(EAGAIN, std::system_category());
    return std::thread(std::move(body));
  };
  ThreadPoolExecutor pool(options);
  Gate gate;
  for (int i = 0; i < 3; ++i)
    pool.submit([&] { gate.pass(); });
  std::jthread waiter([&] { pool.shutdown(); }); // its wait does what is due
  EXPECT_TRUE(gate.waitForArrivals(3)) << "all three workers came in the end";
  gate.open();
  waiter.join();
  EXPECT_EQ(pool.stats().done, 3u);
}

TEST(SpawnFailure, isTriedAgainThoughNobodyComesBy) {
  ThreadPoolOptions options = sized(2);
  std::atomic<int> tries = 0;
  options.threadFactory = [&](std::function<void()> body) {
    const int now = ++tries;
    if (now == 2 || now == 3) throw std::system_error(EAGAIN, std::system_category());
    return std::thread(std::move(body));
  };
  ThreadPoolExecutor pool(options);
  Gate gate;
  auto first = pool.submit([&] { gate.pass(); }), second = pool.submit([&] { gate.pass(); });
  // The only worker is held, and nobody submits, resizes or waits for the pool's end.
  EXPECT_TRUE(gate.waitForArrivals(2)) << "the second worker came";
  EXPECT_EQ(tries, 4);
  gate.open();
  wait(std::vector{first, second});
}

TEST(SpawnFailure, withNobodyLeftTheNextSubmitTriesAtOnce) {
  ThreadPoolOptions options = sized(2);
  std::atomic<bool> fails = true;
  ThreadPoolExecutor* self = nullptr;
  Future<int> first;
  options.threadFactory = [&](std::function<void()> body) {
    if (fails) { // by the time it fails, nothing is queued any more
      for (TaskId id{1}; id.value() < 3; id = TaskId{id.value() + 1})
        self->cancelTask(id);
      throw std::system_error(EAGAIN, std::system_category());
    }
    return std::thread(std::move(body));
  };
  EventLog log;
  options.log = &log;
  ThreadPoolExecutor pool(options);
  self = &pool;
  first = pool.submit([] { return 1; });
  EXPECT_TRUE(first.cancelled());
  fails = false;
  EXPECT_EQ(pool.submit([] { return 2; }).result(20s), 2);
}

TEST(SpawnFailure, neitherLosesNorRepeatsATask) {
  ThreadPoolOptions options = sized(8);
  std::atomic<unsigned> tries = 0;
  options.threadFactory = [&](std::function<void()> body) {
    if (++tries % 3 != 1) throw std::system_error(EAGAIN, std::system_category());
    return std::thread(std::move(body));
  };
  std::atomic<int> ran = 0;
  ThreadPoolExecutor pool(options);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 1000; ++i) {
    futures.push_back(pool.submit([&] { ++ran; }));
    if (i % 100 == 50) pool.resize(1 + static_cast<std::size_t>(i) % 8);
  }
  wait(futures);
  EXPECT_EQ(ran, 1000);
  EXPECT_EQ(pool.stats().done, 1000u);
}

// --- Resize

TEST(Resize, theLowestFreeSlotIsReusedWithANewGeneration) {
  EventLog log;
  {
    ThreadPoolExecutor pool(sized(3, {}, &log));
    const auto fill = [&](std::size_t n) {
      Gate gate;
      std::vector<Future<void>> futures;
      for (std::size_t i = 0; i < n; ++i)
        futures.push_back(pool.submit([&] { gate.pass(); }));
      ASSERT_TRUE(gate.waitForArrivals(n));
      gate.open();
      wait(futures);
    };
    fill(3);
    while (pool.stats().idleWorkers < 3)
      std::this_thread::yield(); // a busy one would be kept instead of the lowest
    pool.resize(1);
    while (pool.stats().liveWorkers > 1)
      std::this_thread::yield(); // else the growth would keep them
    pool.resize(3);
    fill(3);
  }
  std::vector<std::pair<int, unsigned>> started;
  for (const Event& event : eventsOf(log, EventKind::WorkerStarting))
    started.emplace_back(event.slot, event.a);
  EXPECT_EQ(started, (std::vector<std::pair<int, unsigned>>{{0, 1}, {1, 1}, {2, 1}, {1, 2}, {2, 2}}));
}

TEST(Resize, mayComeFromATaskAndFromACallback) {
  ThreadPoolExecutor pool(1);
  pool.submit([&] { pool.resize(3); }).result(20s);
  EXPECT_EQ(pool.maxWorkers(), 3u);
  Promise<void> resized;
  Gate gate;
  auto task = pool.submit([&] { gate.pass(); });
  task.addDoneCallback([&](const Future<void>&) {
    pool.resize(2);
    resized.setValue();
  });
  gate.open();
  resized.future().result(20s);
  EXPECT_EQ(pool.maxWorkers(), 2u);
  pool.submit([&] { pool.resize(1); }).result(20s); // its own worker may be the one to leave
  EXPECT_EQ(pool.submit([] { return 1; }).result(20s), 1);
}

TEST(Resize, growsOnlyByWhatIsQueued) {
  Held held(sized(1));
  held.pool.submit([&] { held.gate.pass(); });
  held.pool.resize(8);
  EXPECT_TRUE(held.gate.waitForArrivals(2));
  EXPECT_EQ(held.pool.stats().liveWorkers, 2u);
}

TEST(Callbacks, mayShutThePoolDown) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  Promise<bool> refused;
  auto task = pool.submit([&] { gate.pass(); });
  task.addDoneCallback([&](const Future<void>&) {
    pool.submit([] {});
    try {
      pool.shutdown();
      refused.setValue(false);
    } catch (const WouldDeadlock&) {
      refused.setValue(true);
    }
  });
  gate.open();
  EXPECT_TRUE(refused.future().result(20s));
  pool.shutdown();
  EXPECT_EQ(pool.stats().done, 2u);
}
