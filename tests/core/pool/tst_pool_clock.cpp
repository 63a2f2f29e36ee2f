// Deadlines, pauses and graces of both pools on a clock that the test turns: an hour passes in a moment, and nothing
// happens before it has.

#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/support/gate.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace tasks {

int square(int x) {
  return x * x;
}
void crash() {
  ::raise(SIGKILL);
}
/// Ends only by SIGKILL.
void ignoreTheEnd(const std::string& mark) {
  ::signal(SIGTERM, SIG_IGN);
  std::ofstream(mark) << ::getpid();
  for (;;)
    ::pause();
}

} // namespace tasks

namespace {

class TurnedClock {
 public:
  std::function<std::int64_t()> reader() const {
    return [this] { return m_now.load(); };
  }
  void turn(std::chrono::nanoseconds by) { m_now += by.count(); }

 private:
  std::atomic<std::int64_t> m_now{1'000'000'000};
};

/// Long enough for what must not happen to happen.
void letGo() {
  std::this_thread::sleep_for(20ms);
}

/// What counts a time may begin to count late on a busy machine: the clock is turned until it has happened.
bool turnUntil(TurnedClock& clock, std::chrono::nanoseconds step, const std::function<bool()>& holds) {
  return eventually([&] {
    clock.turn(step);
    return holds();
  });
}

ThreadPoolOptions threads(std::size_t workers, const TurnedClock& clock) {
  ThreadPoolOptions options;
  options.maxWorkers = workers, options.clock = clock.reader();
  return options;
}

ProcessPoolOptions processes(std::size_t workers, const TurnedClock& clock) {
  ProcessPoolOptions options;
  options.maxWorkers = workers, options.clock = clock.reader();
  return options;
}

} // namespace

TEST(ThreadPoolClock, aShutdownsDeadlineComesWithTheClock) {
  TurnedClock clock;
  ThreadPoolExecutor pool(threads(1, clock));
  std::atomic<bool> asked = false;
  auto listens = pool.submit([&](std::stop_token stop) {
    while (!stop.stop_requested())
      std::this_thread::sleep_for(1ms);
    asked = true;
  });
  auto queued = pool.submit([] {});
  ASSERT_TRUE(eventually([&] { return listens.running(); }));
  pool.shutdown({.wait = false, .cancelFutures = false, .deadline = 1h});
  clock.turn(59min);
  letGo();
  EXPECT_FALSE(queued.done());
  EXPECT_FALSE(asked);
  clock.turn(1min);
  pool.shutdown();
  EXPECT_TRUE(queued.cancelled());
  EXPECT_TRUE(asked);
}

TEST(ThreadPoolClock, whoWaitsForTheEndLeavesADeafThreadAfterTheGrace) {
  TurnedClock clock;
  Gate gate;
  ThreadPoolExecutor pool(threads(1, clock));
  auto deaf = pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  std::atomic<bool> back = false;
  std::jthread waits([&] {
    pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 1h});
    back = true;
  });
  letGo();
  EXPECT_FALSE(back);
  EXPECT_TRUE(turnUntil(clock, 2h, [&] { return back.load(); }));
  EXPECT_FALSE(pool.closed());
  gate.open();
}

TEST(ThreadPoolClock, aThreadThatCouldNotBeMadeIsTriedAgainAfterThePause) {
  TurnedClock clock;
  ThreadPoolOptions options = threads(2, clock);
  std::atomic<int> tries = 0;
  options.threadFactory = [&](std::function<void()> body) {
    if (++tries == 2) throw std::system_error(EAGAIN, std::system_category());
    return std::thread(std::move(body));
  };
  Gate gate;
  ThreadPoolExecutor pool(options);
  pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  pool.submit([&] { gate.pass(); });
  letGo();
  EXPECT_EQ(tries, 2);
  clock.turn(1s);
  EXPECT_TRUE(gate.waitForArrivals(2));
  EXPECT_EQ(tries, 3);
  gate.open();
}

TEST(ThreadPoolClock, patienceWithAFullQueueEndsWithTheClock) {
  TurnedClock clock;
  ThreadPoolOptions options = threads(1, clock);
  options.queueBound = {.limit = 1, .whenFull = WhenFull::Block, .patience = 1h};
  Gate gate;
  ThreadPoolExecutor pool(options);
  pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  auto queued = pool.submit([] {});
  std::atomic<bool> full = false;
  std::jthread submits([&] {
    try {
      pool.submit([] {});
    } catch (const QueueFull&) {
      full = true;
    }
  });
  letGo();
  EXPECT_FALSE(full);
  EXPECT_TRUE(turnUntil(clock, 1h, [&] { return full.load(); }));
  gate.open();
}

TEST(ProcessPoolClock, aTasksTimeoutAndTheGraceAfterIt) {
  TurnedClock clock;
  MarkDirectory marks;
  ProcessPoolOptions options = processes(1, clock);
  options.grace = 1h;
  ProcessPoolExecutor pool(options);
  TaskOptions limited;
  limited.timeout = 1h;
  auto deaf = pool.submit<&tasks::ignoreTheEnd>(limited, marks.path("deaf"));
  ASSERT_TRUE(eventually([&] { return deaf.running() && marks.has("deaf"); }));
  const pid_t worker = pool.workerPids().at(0);
  clock.turn(59min);
  letGo();
  EXPECT_FALSE(deaf.done());
  clock.turn(1min); // SIGTERM, which it ignores
  letGo();
  EXPECT_FALSE(factsOf(worker).gone());
  clock.turn(1h);
  EXPECT_THROW(deaf.result(20s), TaskTimeout);
  EXPECT_TRUE(eventually([&] { return factsOf(worker).gone(); }));
  EXPECT_EQ(pool.submit<&tasks::square>(7).result(20s), 49);
}

TEST(ProcessPoolClock, aDeadWorkerIsReplacedAfterThePause) {
  TurnedClock clock;
  ProcessPoolOptions options = processes(1, clock);
  options.firstPause = options.longestPause = 1s;
  ProcessPoolExecutor pool(options);
  EXPECT_THROW(pool.submit<&tasks::crash>().result(20s), WorkerDied);
  auto next = pool.submit<&tasks::square>(3);
  letGo();
  EXPECT_FALSE(next.done());
  EXPECT_TRUE(turnUntil(clock, 1ms, [&] { return next.done(); }));
  EXPECT_EQ(next.result(0s), 9);
}

TEST(ProcessPoolClock, onlyDeathsWithinThePeriodFailASlot) {
  TurnedClock clock;
  ProcessPoolOptions options = processes(1, clock);
  options.firstPause = options.longestPause = 1ms, options.mostRestarts = 2, options.restartPeriod = 1h;
  ProcessPoolExecutor pool(options);
  const auto ended = [&](auto future) { return turnUntil(clock, 1ms, [&] { return future.done(); }); };
  for (int i = 0; i < 6; ++i) { // two an hour are borne for ever
    EXPECT_TRUE(ended(pool.submit<&tasks::crash>()));
    if (i % 2 == 1) clock.turn(2h);
  }
  auto sound = pool.submit<&tasks::square>(3);
  EXPECT_TRUE(ended(sound));
  EXPECT_EQ(sound.result(0s), 9);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(ended(pool.submit<&tasks::crash>()));
  EXPECT_THROW(pool.submit<&tasks::square>(3).result(20s), BrokenProcessPool);
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
