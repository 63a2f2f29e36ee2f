// What is told of processor time, against what the kernel says.

#include "core/analysis/activity.h"
#include "core/base/clock.h"
#include "core/base/cpu_time.h"
#include "core/echo/echo_server.h"
#include "core/event/event_log.h"
#include "core/event/state_history.h"
#include "core/pool/process/worker_main.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/worker_sampler.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"
#include "tests/support/gate.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;

namespace {

constexpr std::int64_t kMs = 1'000'000;

int burnFor(int ms) {
  const std::int64_t end = ownThreadCpuTime() + ms * kMs;
  while (ownThreadCpuTime() < end) {
  }
  return ms;
}

/// Processor time of a thread of ours as /proc says it: in ticks of 10 ms.
std::int64_t kernelsTime(std::uint32_t tid) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream rest(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    rest >> skipped;
  std::int64_t user = 0, system = 0;
  rest >> user >> system;
  return (user + system) * (1'000 / ::sysconf(_SC_CLK_TCK)) * kMs;
}

/// This process on two processors, or the one that there is.
struct TwoProcessors {
  TwoProcessors() {
    ::sched_getaffinity(0, sizeof before, &before);
    cpu_set_t two;
    CPU_ZERO(&two);
    for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; ++cpu)
      if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &two), ++count;
    ::sched_setaffinity(0, sizeof two, &two);
  }
  ~TwoProcessors() { ::sched_setaffinity(0, sizeof before, &before); }
  cpu_set_t before;
  int count = 0;
};

struct Watched {
  explicit Watched(std::size_t workers) {
    ThreadPoolOptions options;
    options.maxWorkers = workers, options.log = &log;
    pool = std::make_unique<ThreadPoolExecutor>(options);
  }
  ~Watched() { over = true; }
  /// What a task does until the test is over.
  void spin() const {
    while (!over) {
    }
  }
  void fold() {
    log.drainNow();
    states.advance();
  }
  const PoolLive& live() const { return *states.live().pool(pool->id()); }
  /// Until this many workers run a task.
  bool runs(std::size_t workers) {
    return eventually([&] {
      fold();
      const auto isRunning = [](const WorkerState& worker) { return worker.phase == WorkerPhase::Running; };
      return std::size_t(std::ranges::count_if(live().slots, isRunning)) == workers;
    });
  }
  /// Until the sampler has told of every worker that runs at `t` or later.
  bool toldUntil(std::int64_t t) {
    return eventually([&] {
      fold();
      return std::ranges::all_of(live().slots, [&](const WorkerState& worker) {
        return worker.phase != WorkerPhase::Running ||
               states.lanes().worker(pool->id(), worker.slot)->cpu.lastTime() >= t;
      });
    });
  }
  std::atomic<bool> over{false};
  EventLog log;
  StateHistory states{log.recording()};
  std::unique_ptr<ThreadPoolExecutor> pool;
  WorkerSampler sampler{log};
};

} // namespace

TEST(ProcessorTime, moreSpinningWorkersThanProcessorsShareWhatTheKernelGives) {
  const TwoProcessors processors;
  Watched w(8);
  for (int i = 0; i < 8; ++i)
    w.pool->submit([&] { w.spin(); });
  ASSERT_TRUE(w.runs(8));
  ASSERT_TRUE(w.toldUntil(monotonicNow() + 100 * kMs));
  const auto kernels = [&] {
    std::int64_t sum = 0;
    for (const WorkerState& worker : w.live().slots)
      sum += kernelsTime(worker.tid);
    return sum;
  };
  ASSERT_EQ(w.live().slots.size(), 8u);
  const std::int64_t begin = monotonicNow(), before = kernels();
  ASSERT_TRUE(w.toldUntil(begin + 1'500 * kMs));
  const std::int64_t end = monotonicNow(), after = kernels();
  ASSERT_TRUE(w.toldUntil(end));

  TimeUse all;
  double delay = 0;
  for (const WorkerState& worker : w.live().slots) {
    const WorkerLane& lane = *w.states.lanes().worker(w.pool->id(), worker.slot);
    const TimeUse use = lane.cpu.within(lane, begin, end);
    all += use;
    delay += lane.runDelay.within(lane, begin, end).used;
    EXPECT_LE(use.used, double(end - begin) * 1.02);
  }
  // A tick of 10 ms at both ends of eight threads, and what passed while they were read.
  EXPECT_NEAR(all.used, double(after - before), 8 * 20e6 + 0.05 * double(after - before));
  EXPECT_NEAR(all.known, 8.0 * double(end - begin), 1e6);
  const PoolLoad load = poolLoad(w.live(), w.states.tasks(), w.states.lanes(), end);
  EXPECT_EQ(load.occupied, 8u);
  EXPECT_LE(*load.computingShare() * 8, processors.count * 1.05);
  EXPECT_LE(load.computing, std::size_t(2 * processors.count)); // each of them has half a processor
  if (w.live().slots[0].runDelayNs >= 0) {
    EXPECT_NEAR(all.used + delay, 8.0 * double(end - begin), 0.15 * 8.0 * double(end - begin)); // it runs, or waits
    EXPECT_GE(load.waiting, 4u);
  }
}

TEST(ProcessorTime, whoWaitsIsOccupiedAndDoesNotCompute) {
  Gate gate;
  Watched w(4);
  for (int i = 0; i < 4; ++i)
    w.pool->submit([&, i] {
      if (i % 2 == 0) return gate.pass(); // a call that nobody marked
      const Blocking sleeping(BlockReason::Sleep);
      gate.pass();
    });
  ASSERT_TRUE(gate.waitForArrivals(4));
  const std::int64_t begin = monotonicNow();
  ASSERT_TRUE(eventually([&] { return monotonicNow() > begin + 1'200 * kMs; }));
  w.fold();
  const std::int64_t now = monotonicNow();
  const PoolLoad load = poolLoad(w.live(), w.states.tasks(), w.states.lanes(), now);
  EXPECT_EQ(load.occupied, 4u);
  EXPECT_EQ(load.blocked, 2u);
  EXPECT_EQ(load.computing, 0u);
  EXPECT_EQ(load.occupiedShare(), 1);
  EXPECT_LT(load.computingShare(), 0.02);
  gate.open();
}

TEST(ProcessorTime, computingAndSleepingSideBySide) {
  Gate gate;
  Watched w(4);
  w.pool->submit([&] { w.spin(); });
  for (int i = 0; i < 3; ++i)
    w.pool->submit([&] {
      const Blocking sleeping(BlockReason::Sleep);
      gate.pass();
    });
  ASSERT_TRUE(gate.waitForArrivals(3));
  const std::int64_t now = monotonicNow() + 1'100 * kMs;
  ASSERT_TRUE(w.toldUntil(now));
  const PoolLoad load = poolLoad(w.live(), w.states.tasks(), w.states.lanes(), now);
  const Activity all = activityAt(w.states.live(), w.states.lanes(), w.log.recording(), w.pool->id(), now);
  double sum = 0;
  for (const WorkerState& worker : w.live().slots)
    sum += *workerShares(w.states.tasks(), w.states.lanes(), w.pool->id(), worker, now).computing;
  EXPECT_NEAR(*load.computingShare(), sum / 4, 0.001); // every view says the same
  EXPECT_NEAR(*all.computing, *load.computingShare(), 0.001);
  EXPECT_LE(*all.computing, 0.26);
  EXPECT_GT(*all.computing, 0); // however busy the machine is
  EXPECT_EQ(all.occupied, 1);
  gate.open();
}

TEST(ProcessorTime, aWorkerTellsItsOwnWithoutAnybodyWatching) {
  EventLog log;
  ThreadPoolOptions options;
  options.maxWorkers = 1, options.log = &log;
  ThreadPoolExecutor pool(options);
  for (int i = 0; i < 100; ++i)
    pool.submit([] {}).result();
  pool.submit([] { burnFor(20); }).result();
  pool.submit([] {
        burnFor(10);
        const Blocking sleeping(BlockReason::Sleep);
        const std::int64_t begin = monotonicNow();
        while (monotonicNow() < begin + 2 * kMs) { // marked as blocked, and computes: the clock knows
        }
      })
      .result();
  log.drainNow();
  StateHistory states(log.recording());
  states.advance();
  for (std::uint64_t i = 0; i < 100; ++i) {
    const TaskRow& row = states.tasks().tasks()[i];
    if (row.ranAt(kNever - 1) >= kMs) continue; // it was preempted
    EXPECT_FALSE(taskTimes(states.lanes(), row, kNever - 1).computing);
  }
  const auto cpu = [&](std::uint64_t i) {
    return double(taskTimes(states.lanes(), states.tasks().tasks()[i], kNever - 1).computing.value_or(0));
  };
  EXPECT_NEAR(cpu(100), 20e6, 2e6);
  EXPECT_GT(cpu(101), 9e6);
}

TEST(ProcessorTime, aCallbacksTimeIsNotTheNextTasks) {
  EventLog log;
  ThreadPoolOptions options;
  options.maxWorkers = 1, options.log = &log;
  Gate gate;
  ThreadPoolExecutor pool(options);
  auto first = pool.submit([&] { gate.pass(); });
  first.addDoneCallback([](const Future<void>&) { burnFor(30); });
  gate.open();
  pool.submit([] { burnFor(10); }).result();
  log.drainNow();
  StateHistory states(log.recording());
  states.advance();
  const TaskTimes times = taskTimes(states.lanes(), states.tasks().tasks()[1], kNever - 1);
  ASSERT_TRUE(times.computing);
  EXPECT_NEAR(double(*times.computing), 10e6, 3e6);
}

TEST(ProcessorTime, workerProcessesTellTheirOwnOverTheWire) {
  EventLog log;
  {
    ProcessPoolOptions options;
    options.maxWorkers = 1, options.log = &log;
    ProcessPoolExecutor pool(options);
    EXPECT_EQ(pool.submit<burnFor>(40).result(), 40);
    EXPECT_EQ(pool.submit<burnFor>(10).result(), 10);
  }
  log.drainNow();
  StateHistory states(log.recording());
  states.advance();
  const auto cpu = [&](std::uint64_t i) {
    return double(taskTimes(states.lanes(), states.tasks().tasks()[i], kNever - 1).computing.value_or(0));
  };
  EXPECT_NEAR(cpu(0), 40e6, 4e6); // its start is not in it
  EXPECT_NEAR(cpu(1), 10e6, 3e6);
}

class EchoProcessorTime : public testing::TestWithParam<ServeMode> {};

TEST_P(EchoProcessorTime, isToldInEveryMode) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam(), 2);
  options.log = &log;
  EchoServer server(options);
  server.start();
  const auto cpu = [&] {
    log.drainNow();
    std::int64_t most = 0;
    for (std::uint64_t q = 0; q < log.recording().size(); ++q)
      if (const Event& event = log.recording()[q]; event.kind == EventKind::WorkerSampled)
        most = std::max(most, event.ab());
    return most;
  };
  EchoClient client(server.port());
  const std::string message(60'000, 'a'), answer(60'000, 'A');
  EXPECT_TRUE(eventually([&] {
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(client.ask(message), answer);
    return cpu() > 0;
  }));
  server.stop();
}

INSTANTIATE_TEST_SUITE_P(Modes, EchoProcessorTime, everyMode(), modeOfRow);

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
