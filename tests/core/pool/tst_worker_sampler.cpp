#include "core/pool/worker_sampler.h"

#include "core/base/cpu_time.h"
#include "core/base/syscall.h"
#include "core/event/event_log.h"
#include "core/event/state_history.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/support/gate.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace poolscope;
using namespace poolscope::test;

namespace {

/// Computes until the calling thread has used this much more processor time.
void burn(std::int64_t ns) {
  const std::int64_t end = *threadCpuTime(currentThreadId()) + ns;
  while (*threadCpuTime(currentThreadId()) < end) {
  }
}

struct Pool {
  Pool() {
    ThreadPoolOptions options;
    options.maxWorkers = 2, options.log = &log;
    pool = std::make_unique<ThreadPoolExecutor>(options);
  }
  std::int64_t cpuNs(SlotIndex slot) {
    log.drainNow();
    states.advance();
    const WorkerState* worker = states.live().worker(pool->id(), slot);
    return worker != nullptr ? worker->cpuNs : -1;
  }
  EventLog log;
  StateHistory states{log.recording()};
  std::unique_ptr<ThreadPoolExecutor> pool;
};

} // namespace

TEST(CpuTime, isReadOfThreadsAndProcesses) {
  const std::int64_t before = *threadCpuTime(currentThreadId());
  burn(2'000'000);
  EXPECT_GE(*threadCpuTime(currentThreadId()), before + 2'000'000);
  EXPECT_GE(*processCpuTime(static_cast<std::uint32_t>(getpid())), 2'000'000);
  EXPECT_GT(residentKiB(static_cast<std::uint32_t>(getpid())), 500u);
  EXPECT_FALSE(threadCpuTime(0));
  EXPECT_FALSE(processCpuTime(0x3fffffff)); // beyond the kernel's largest number
  EXPECT_EQ(residentKiB(0x3fffffff), 0u);
}

TEST(CpuTime, aRunDelayIsReadOrMissing) {
  const MarkDirectory proc;
  const std::string root = proc.path(""), task = proc.path("12/task/34");
  EXPECT_TRUE(runDelay(12, 34, root.c_str()).missing);
  std::filesystem::create_directories(task);
  std::ofstream(task + "/schedstat") << "103369379 192822287 275\n";
  EXPECT_EQ(runDelay(12, 34, root.c_str()).ns, 192822287);
  std::ofstream(task + "/schedstat") << "nothing\n";
  EXPECT_FALSE(runDelay(12, 34, root.c_str()).ns);
  EXPECT_FALSE(runDelay(12, 34, root.c_str()).missing);
}

TEST(WorkerSampler, looksAtWhoRunsOnAndTellsItOnceWhenItStandsStill) {
  Pool p;
  WorkerSampler sampler(p.log, {.startThread = false, .proc = "/nowhere"});
  EXPECT_EQ(sampler.sampleNow(), 0u);
  Gate gate;
  auto task = p.pool->submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  p.log.drainNow();
  EXPECT_EQ(sampler.sampleNow(), 1u); // it runs: where it stands
  std::size_t told = 0;
  for (int i = 0; i < 100; ++i)
    told += sampler.sampleNow();
  EXPECT_LE(told, 3u); // it waits in a call that nobody marked: silence, but for its way into that call
  gate.open();
  task.result();
  p.log.drainNow();
  sampler.sampleNow(); // what it still used before its end
  EXPECT_EQ(sampler.sampleNow(), 0u);
}

TEST(WorkerSampler, afterSilenceItFirstTellsWhatItSawBefore) {
  Pool p;
  WorkerSampler sampler(p.log, {.startThread = false, .proc = "/nowhere"});
  Gate gate, second;
  auto task = p.pool->submit([&] {
    gate.pass();
    burn(5'000'000);
    second.pass();
  });
  ASSERT_TRUE(gate.waitForArrivals(1));
  p.log.drainNow();
  while (sampler.sampleNow() > 0) { // until it stands still
  }
  gate.open();
  ASSERT_TRUE(second.waitForArrivals(1));
  EXPECT_EQ(sampler.sampleNow(), 2u);
  p.log.drainNow();
  const std::uint64_t end = p.log.recording().size();
  const Event before = p.log.recording()[end - 2], after = p.log.recording()[end - 1];
  EXPECT_GT(before.d, 0u); // so long ago
  EXPECT_LE(before.ab() + 5'000'000, after.ab());
  second.open();
  task.result();
}

TEST(WorkerSampler, tellsWhoWaitedForAProcessor) {
  const MarkDirectory proc;
  Pool p;
  WorkerSampler sampler(p.log, {.startThread = false, .proc = proc.path("")});
  Gate gate;
  std::uint32_t tid = 0;
  auto task = p.pool->submit([&] {
    tid = currentThreadId();
    gate.pass();
  });
  ASSERT_TRUE(gate.waitForArrivals(1));
  const std::string file = proc.path(std::to_string(getpid()) + "/task/" + std::to_string(tid));
  std::filesystem::create_directories(file);
  std::ofstream(file + "/schedstat") << "1 7000000 1\n";
  p.cpuNs(0);
  sampler.sampleNow();
  p.cpuNs(0);
  EXPECT_EQ(p.states.live().worker(p.pool->id(), 0)->runDelayNs, 7'000'000);
  std::ofstream(file + "/schedstat") << "1 9000000 1\n";
  sampler.sampleNow();
  p.cpuNs(0);
  EXPECT_EQ(p.states.live().worker(p.pool->id(), 0)->runDelayNs, 9'000'000);
  gate.open();
  task.result();
}

TEST(WorkerSampler, aKernelWithoutSuchFiguresLeavesThemUnknown) {
  Pool p;
  WorkerSampler sampler(p.log, {.startThread = false, .proc = "/nowhere"});
  Gate gate;
  auto task = p.pool->submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  p.log.drainNow();
  sampler.sampleNow();
  p.cpuNs(0);
  EXPECT_LT(p.states.live().worker(p.pool->id(), 0)->runDelayNs, 0);
  gate.open();
  task.result();
}

TEST(WorkerSampler, forgetsWorkersThatEnded) {
  Pool p;
  WorkerSampler sampler(p.log, {.startThread = false});
  p.pool->submit([] { burn(1'000'000); }).result();
  p.pool->shutdown();
  p.log.drainNow();
  EXPECT_EQ(sampler.sampleNow(), 0u);
}

TEST(WorkerSampler, aSampleAfterTheEndChangesNothing) {
  Pool p;
  p.pool->submit([] {}).result();
  p.pool->shutdown();
  Event late;
  late.kind = EventKind::WorkerSampled;
  late.pool = p.pool->id(), late.slot = 0;
  late.setAb(1'000);
  p.log.append(late);
  p.log.drainNow();
  p.states.advance();
  EXPECT_TRUE(p.states.live().pool(p.pool->id())->slots.empty());
  EXPECT_EQ(StateFold::checkInvariants(p.states.live(), p.states.tasks()), "");
}

TEST(WorkerSampler, samplesByItself) {
  Pool p;
  WorkerSampler sampler(p.log, {.interval = std::chrono::milliseconds(1)});
  Gate gate;
  auto busy = p.pool->submit([&] {
    burn(1'000'000);
    gate.pass();
  });
  ASSERT_TRUE(gate.waitForArrivals(1));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (p.cpuNs(0) < 1'000'000 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_GE(p.cpuNs(0), 1'000'000);
  gate.open();
  busy.result();
}
