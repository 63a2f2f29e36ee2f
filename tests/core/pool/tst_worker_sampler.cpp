#include "core/pool/worker_sampler.h"

#include "core/base/cpu_time.h"
#include "core/base/syscall.h"
#include "core/event/event_log.h"
#include "core/event/state_history.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <unistd.h>

using namespace poolscope;

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

TEST(WorkerSampler, tellsWhoComputesAndKeepsSilentAboutWhoDoesNot) {
  Pool p;
  WorkerSampler sampler(p.log, {.startThread = false});
  EXPECT_EQ(sampler.sampleNow(), 0u);
  p.pool->submit([] { burn(5'000'000); }).result();
  p.log.drainNow();
  EXPECT_GE(sampler.sampleNow(), 1u);
  EXPECT_GE(p.cpuNs(0), 5'000'000);
  const std::uint64_t events = p.log.recording().size();
  for (int i = 0; i < 100; ++i)
    sampler.sampleNow(); // what an idle worker uses of these rounds is at most a wake-up
  p.log.drainNow();
  EXPECT_LE(p.log.recording().size(), events + 1);
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
