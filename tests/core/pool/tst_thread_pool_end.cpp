// The ends of a thread pool: its destructor in every place, exits in the middle, threads that are long in ending, and
// what waits for it or may come after it.

#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <latch>
#include <memory>
#include <pthread.h>
#include <semaphore>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

namespace {

ThreadPoolOptions workers(std::size_t count) {
  ThreadPoolOptions options;
  options.maxWorkers = count;
  return options;
}

/// A thread's end takes as long as this gate is closed.
struct SlowEnd {
  Gate* gate = nullptr;
  std::atomic<bool>* ended = nullptr;
  ~SlowEnd() {
    if (!gate) return;
    gate->pass();
    *ended = true;
  }
};

/// A program of its own, which a task ends; a hang ends it by a signal.
template <class F> void program(F&& body) {
  ::alarm(30);
  body();
  for (;;)
    ::pause();
}

} // namespace

// --- Threads

TEST(ThreadPoolEnd, submitDoesNotWaitForAThreadThatIsLongInEnding) {
  Gate slow;
  std::atomic<bool> ended = false;
  ThreadPoolExecutor pool(2);
  {
    Gate busy;
    std::vector<Future<void>> both;
    for (int i = 0; i < 2; ++i)
      both.push_back(pool.submit([&] {
        static thread_local SlowEnd end;
        end.gate = &slow, end.ended = &ended;
        busy.pass();
      }));
    ASSERT_TRUE(busy.waitForArrivals(2));
    pool.resize(1);
    busy.open();
    wait(both);
  }
  ASSERT_TRUE(slow.waitForArrivals(1)) << "one has left, and is in its destructor";
  pool.resize(3);
  std::latch together(3);
  std::vector<Future<void>> more;
  for (int i = 0; i < 3; ++i)
    more.push_back(pool.submit([&] { together.arrive_and_wait(); }));
  EXPECT_EQ(wait(more, ReturnWhen::AllCompleted, 20s).notDone.size(), 0u) << "two more were started meanwhile";
  EXPECT_FALSE(ended);
  slow.open();
}

TEST(ThreadPoolEnd, theDestructorWaitsForWhatThreadsDoAtTheirEnd) {
  Gate slow;
  std::atomic<bool> ended = false;
  std::jthread opener([&] {
    slow.waitForArrivals(1);
    slow.open();
  });
  {
    ThreadPoolExecutor pool(1);
    pool.submit([&] {
      static thread_local SlowEnd end;
      end.gate = &slow, end.ended = &ended;
    });
  }
  EXPECT_TRUE(ended);
}

TEST(ThreadPoolEnd, aWorkersStackIsAsLargeAsAsked) {
  const auto stack = [] {
    pthread_attr_t attributes;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    std::size_t size = 0;
    ::pthread_attr_getstacksize(&attributes, &size);
    ::pthread_attr_destroy(&attributes);
    return size;
  };
  for (std::size_t bytes : {std::size_t{256} << 10, std::size_t{64} << 20}) {
    ThreadPoolOptions options = workers(1);
    options.stackBytes = bytes;
    ThreadPoolExecutor pool(std::move(options));
    const std::size_t size = pool.submit(stack).result(20s);
    EXPECT_GE(size, bytes);
    EXPECT_LT(size, bytes + (2u << 20)) << "a sanitizer adds what it needs itself";
  }
  ThreadPoolOptions small = workers(1), both = workers(1);
  small.stackBytes = 1000;
  EXPECT_THROW(ThreadPoolExecutor(std::move(small)), std::invalid_argument);
  both.stackBytes = 1 << 20, both.threadFactory = [](std::function<void()> body) { return std::thread(body); };
  EXPECT_THROW(ThreadPoolExecutor(std::move(both)), std::invalid_argument);
  ThreadPoolOptions huge = workers(1);
  huge.stackBytes = std::size_t{1} << 50;
  ThreadPoolExecutor pool(std::move(huge));
  EXPECT_THROW(pool.submit([] {}).result(20s), BrokenThreadPool) << "no such thread can be made, and it is said";
}

TEST(ThreadPoolEnd, aFactoryMayThrowWhatItLikes) {
  ThreadPoolOptions options = workers(1);
  options.threadFactory = [](std::function<void()>) -> std::thread { throw 42; };
  ThreadPoolExecutor pool(std::move(options));
  EXPECT_THROW(pool.submit([] {}).result(20s), BrokenThreadPool);
}

// --- What cannot be kept is refused

TEST(ThreadPoolEnd, aTimeoutOrADescriptorForAThreadsTaskIsRefused) {
  ThreadPoolExecutor pool(1);
  TaskOptions timed, with;
  timed.timeout = 1s;
  with.descriptor = std::make_shared<const UniqueFd>();
  EXPECT_THROW(pool.submit(timed, [] {}), std::invalid_argument);
  EXPECT_THROW(pool.post(timed, [] {}), std::invalid_argument);
  EXPECT_THROW(pool.submit(with, [] {}), std::invalid_argument);
  EXPECT_EQ(pool.stats().submitted, 0u);
}

// --- post

TEST(ThreadPoolEnd, postHasNoFutureAndCountsItsFailures) {
  ThreadPoolExecutor pool(1);
  std::atomic<int> sum = 0;
  static_assert(std::is_void_v<decltype(pool.post([] { return 1; }))>);
  pool.post([&](int a, std::unique_ptr<int> b) { sum += a + *b; }, 1, std::make_unique<int>(2));
  pool.post([&] { throw std::runtime_error("nobody hears it"); });
  pool.post({.name = "named", .kind = TaskKind::Call, .priority = 1}, [&] { sum += 10; });
  pool.waitIdle();
  EXPECT_EQ(sum, 13);
  EXPECT_EQ(pool.stats().done, 2u);
  EXPECT_EQ(pool.stats().failed, 1u);
  pool.shutdown();
  EXPECT_THROW(pool.post([] {}), ExecutorShutdown);
}

// --- waitIdle, waitClosed

TEST(ThreadPoolEnd, waitIdleSeesEveryOutcomeAndEveryCallback) {
  ThreadPoolExecutor pool(2);
  pool.waitIdle(); // nothing was ever submitted
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> called = 0;
    std::vector<Future<int>> futures;
    for (int i = 0; i < 4; ++i) {
      futures.push_back(pool.submit([] { return 1; }));
      if (i % 2 == 0) futures.back().addDoneCallback([&](const Future<int>&) { ++called; });
    }
    pool.waitIdle();
    for (const auto& future : futures)
      ASSERT_TRUE(future.done());
    ASSERT_EQ(called, 2);
  }
  EXPECT_EQ(pool.stats().done, 1200u);
}

TEST(ThreadPoolEnd, waitIdleWaitsForWhatTasksSubmit) {
  ThreadPoolExecutor pool(2);
  std::atomic<int> done = 0;
  std::function<void(int)> grow = [&](int left) {
    if (left > 0) pool.post(grow, left - 1), pool.post(grow, left - 1);
    ++done;
  };
  pool.post(grow, 9);
  pool.waitIdle();
  EXPECT_EQ(done, 1023);
}

TEST(ThreadPoolEnd, manyMayWaitForIdleAtOnce) {
  for (int round = 0; round < 100; ++round) {
    ThreadPoolExecutor pool(1);
    Gate gate;
    pool.post([&] { gate.pass(); });
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 3; ++i)
      waiters.emplace_back([&] { pool.waitIdle(); });
    gate.open();
    pool.waitIdle();
  }
}

TEST(ThreadPoolEnd, waitIdleFromAWorkerIsRefused) {
  ThreadPoolExecutor pool(2), other(1);
  EXPECT_THROW(pool.submit([&] { pool.waitIdle(); }).result(20s), WouldDeadlock);
  EXPECT_THROW(pool.submit([&] { pool.waitClosed(); }).result(20s), WouldDeadlock);
  auto across = pool.submit([&] { other.submit([&] { pool.waitIdle(); }).result(); });
  EXPECT_THROW(across.result(20s), WouldDeadlock) << "each waits for the other";
  other.waitIdle(); // whichever was refused, the other one has ended
  EXPECT_NO_THROW(pool.submit([&] { other.waitIdle(); }).result(20s));
}

TEST(ThreadPoolEnd, waitIdleEndsWithACancelAndWithTheEnd) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  pool.post([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  auto queued = pool.submit([] {});
  std::jthread other([&] {
    EXPECT_TRUE(queued.cancel());
    gate.open();
  });
  pool.waitIdle();
  EXPECT_TRUE(queued.cancelled());
  pool.shutdown();
  pool.waitIdle();
  pool.waitClosed();
}

TEST(ThreadPoolEnd, waitClosedWaitsForAShutdownThatOthersBegin) {
  ThreadPoolExecutor pool(1);
  std::atomic<bool> ran = false;
  std::jthread other([&] {
    pool.post([&] { ran = true; });
    pool.shutdown({.wait = false});
  });
  pool.waitClosed();
  EXPECT_TRUE(ran && pool.closed());
}

// --- What comes after the executor

TEST(ThreadPoolEnd, bufferedResultsAfterTheirExecutorRefuseToGoOn) {
  const auto check = [](auto makeResults) {
    auto pool = std::make_unique<ThreadPoolExecutor>(1);
    auto results = makeResults(*pool);
    auto it = results.begin();
    EXPECT_EQ(*it, 0);
    pool.reset();
    EXPECT_THROW(++it, ExecutorShutdown);
    EXPECT_EQ(*it, 1) << "what was submitted has its outcome";
    EXPECT_THROW(++it, ExecutorShutdown);
    EXPECT_TRUE(it == results.end());
  };
  const auto same = [](int i) { return i; };
  check([&](ThreadPoolExecutor& pool) { return pool.map(same, std::views::iota(0), {.bufferSize = 2}); });
  check([&](ThreadPoolExecutor& pool) { return pool.mapUnordered(same, std::views::iota(0), {.bufferSize = 2}); });
}

TEST(ThreadPoolEnd, iteratorsFollowResultsThatAreMoved) {
  ThreadPoolExecutor pool(1);
  const auto twice = [](int i) { return 2 * i; };
  auto results = pool.map(twice, std::views::iota(0, 4));
  auto it = results.begin();
  auto moved = std::make_unique<decltype(results)>(std::move(results));
  EXPECT_EQ(*++it, 2);
  EXPECT_TRUE(results.begin() == results.end()) << "nothing is left here";
  results.close();
  auto unordered = pool.mapUnordered(twice, std::views::iota(0, 2));
  auto at = unordered.begin();
  auto elsewhere = std::move(unordered);
  EXPECT_EQ(*at, 0);
  EXPECT_TRUE(unordered.begin() == unordered.end());
  auto completed = asCompleted(std::vector{pool.submit([] { return 5; })});
  auto first = completed.begin();
  auto kept = std::move(completed);
  EXPECT_EQ((*first).result(), 5);
  EXPECT_TRUE(completed.begin() == completed.end());
}

TEST(ThreadPoolEnd, aTaskMayHaveTheLastReferenceToItsPool) {
  for (int round = 0; round < 50; ++round) {
    const auto finished = std::make_shared<std::counting_semaphore<>>(0);
    const auto others = std::make_shared<std::atomic<int>>(0);
    Future<int> task;
    {
      ThreadPoolOptions options = workers(2);
      options.finalizer = [finished] { finished->release(); };
      auto pool = std::make_shared<ThreadPoolExecutor>(std::move(options));
      Gate gate;
      task = pool->submit([pool, &gate, others]() mutable {
        gate.pass();
        pool->post([others] { ++*others; });
        pool.reset(); // its own pool ends here
        return 5;
      });
      ASSERT_TRUE(gate.waitForArrivals(1));
      pool.reset();
      gate.open();
      EXPECT_EQ(task.result(20s), 5) << "and goes on with its task";
    }
    EXPECT_TRUE(finished->try_acquire_for(20s)) << "its worker ends by itself";
  }
}

TEST(ThreadPoolEnd, aDestructorInAnotherPoolsWorkerRefusesWhoWaitsForThatWorker) {
  ThreadPoolExecutor outer(1);
  std::string seen;
  auto task = outer.submit([&] {
    Promise<Future<void>> inner;
    {
      ThreadPoolExecutor pool(1);
      inner.setValue(pool.submit([&] { outer.submit([] {}).result(); })); // behind this very worker
    }
    try {
      inner.future().result().result();
    } catch (const WouldDeadlock& e) {
      seen = e.what();
    }
  });
  EXPECT_NO_THROW(task.result(20s));
  EXPECT_FALSE(seen.empty());
}

// --- std::exit()

TEST(ThreadPoolExit, inATaskOfAGlobalPoolItEndsTheProgramWithItsCode) {
  EXPECT_EXIT(program([] {
                static ThreadPoolExecutor pool(2);
                pool.submit([] { std::exit(3); });
              }),
              testing::ExitedWithCode(3), "");
}

TEST(ThreadPoolExit, withALogAndOtherWork) {
  EXPECT_EXIT(program([] {
                static EventLog log;
                static ThreadPoolExecutor pool([] {
                  ThreadPoolOptions options;
                  options.maxWorkers = 2, options.log = &log;
                  return options;
                }());
                static Gate gate;
                static std::atomic<bool> ended{false};
                pool.submit([] { gate.pass(), ended = true; });
                for (int i = 0; i < 100; ++i)
                  pool.submit([] { std::this_thread::yield(); });
                gate.waitForArrivals(1);
                std::atexit([] { // before the pool goes
                  gate.open();
                });
                pool.submit({.name = {}, .kind = TaskKind::Call, .priority = 9}, [] { std::exit(4); });
              }),
              testing::ExitedWithCode(4), "");
}

TEST(ThreadPoolExit, whileAnotherTaskWaitsForTheOneThatExits) {
  EXPECT_EXIT(program([] {
                static ThreadPoolExecutor pool(2);
                static Gate gate;
                static Future<void> exiting = pool.submit([] {
                  gate.pass();
                  std::exit(5);
                });
                pool.submit([] {
                  gate.open();
                  exiting.result();
                });
              }),
              testing::ExitedWithCode(5), "");
}

TEST(ThreadPoolExit, whileMainWaitsForIt) {
  EXPECT_EXIT(program([] {
                static ThreadPoolExecutor pool(1);
                pool.submit([] { std::exit(6); }).result();
              }),
              testing::ExitedWithCode(6), "");
  EXPECT_EXIT(program([] {
                static ThreadPoolExecutor pool(1);
                pool.post([] { std::exit(6); });
                pool.shutdown();
              }),
              testing::ExitedWithCode(6), "");
}

TEST(ThreadPoolExit, inADoneCallbackAndInATaskThatItsSubmitterRuns) {
  EXPECT_EXIT(program([] {
                static ThreadPoolExecutor pool(1);
                static Gate gate;
                auto task = pool.submit([] { gate.pass(); });
                task.addDoneCallback([](const Future<void>&) { std::exit(7); });
                gate.open();
              }),
              testing::ExitedWithCode(7), "");
  EXPECT_EXIT(program([] {
                static ThreadPoolExecutor pool([] {
                  ThreadPoolOptions options;
                  options.maxWorkers = 1,
                  options.queueBound = {.limit = 1, .whenFull = WhenFull::CallerRuns, .patience = {}};
                  return options;
                }());
                static Gate gate;
                pool.post([] { gate.pass(); });
                gate.waitForArrivals(1);
                pool.post([] {});
                std::atexit([] { gate.open(); });
                pool.post([] { std::exit(8); });
              }),
              testing::ExitedWithCode(8), "");
}
