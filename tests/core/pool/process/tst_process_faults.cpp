#include "core/event/event_log.h"
#include "core/pool/process_pool_executor.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

// FAULTS: what a pool of worker processes promises when they die, hang or run out of memory (F01–F05).

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace tasks {

int pid() {
  return ::getpid();
}
void nap(int ms) {
  ::usleep(static_cast<unsigned>(ms) * 1000);
}
void killed(int number) {
  ::signal(number, SIG_DFL); // a sanitizer's own handler would turn it into an exit code
  ::raise(number);
}
void killedWith(std::size_t memory, int number) {
  const std::string held(memory, 'x');
  killed(number + (held.back() == 'x' ? 0 : 1)); // it is written, and stays
}
void nullWrite() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}
void lastWords() {
  std::fputs("first line\nthe very last words\n", stderr);
  ::raise(SIGKILL);
}
void leave(int code) {
  ::_exit(code);
}
void leaveProperly(int code) {
  std::exit(code);
}
void spin() {
  for (volatile bool forever = true; forever;) {
  }
}
void mark(const std::string& path, const std::string& until) {
  std::ofstream(path) << ::getpid();
  while (!until.empty() && ::access(until.c_str(), F_OK) != 0)
    ::usleep(1000);
}
std::size_t allocate(std::size_t size) {
  return std::string(size, 'x').size();
}
/// Encodes itself only after its worker is dead: a crash while the result is written.
struct Mortal {
  template <class Packer> void msgpack_pack(Packer&) const { ::raise(SIGKILL); }
  void msgpack_unpack(const msgpack::object&) {}
};
Mortal mortal() {
  return {};
}
/// Its decoder in the worker kills the worker.
struct Poison {
  template <class Packer> void msgpack_pack(Packer& packer) const { packer.pack(1); }
  void msgpack_unpack(const msgpack::object&) { ::raise(SIGKILL); }
};
void take(const Poison&) {}

} // namespace tasks

namespace {

double seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

/// Waits for a death and gives what it said.
WorkerDied deathOf(Future<void> future) {
  try {
    future.result(20s);
  } catch (const WorkerDied& e) {
    return e;
  }
  throw std::runtime_error("nobody died");
}

} // namespace

// --- F01: a worker is killed

TEST(F01, aKilledWorkerLosesItsTaskAndNoOther) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 4, options.log = &log;
  ProcessPoolExecutor pool(options);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 100; ++i)
    futures.push_back(pool.submit<&tasks::nap>(20));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 4; }));
  const std::vector<pid_t> before = pool.workerPids();
  ::kill(before[1], SIGKILL);
  const auto since = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] {
    const std::vector<pid_t> now = pool.workerPids();
    return now.size() == 4 && std::set(now.begin(), now.end()) != std::set(before.begin(), before.end());
  }));
  EXPECT_LT(seconds(since), kSanitized ? 5 : 2) << "a new process takes its place";
  int died = 0, ok = 0;
  for (auto& future : futures) {
    try {
      future.result();
      ++ok;
    } catch (const WorkerDied& e) {
      ++died;
      EXPECT_EQ(e.pid(), before[1]);
      EXPECT_EQ(e.signal(), SIGKILL);
      EXPECT_FALSE(e.exitCode());
      EXPECT_NE(std::string(e.what()).find("SIGKILL"), std::string::npos) << e.what();
    }
  }
  EXPECT_LE(died, 1) << "none, when it was between two tasks";
  EXPECT_EQ(ok + died, 100);
  pool.shutdown();
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST(F01, killsAtAnyMomentLoseAtMostTheRunningTasks) {
  std::minstd_rand random(7);
  for (const std::size_t workers : {1u, 2u, 5u, 13u}) {
    EventLog log;
    ProcessPoolOptions options;
    options.maxWorkers = workers, options.log = &log, options.mostRestarts = 1000, options.firstPause = 1ms;
    options.longestPause = 1ms;
    ProcessPoolExecutor pool(options);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 300; ++i)
      futures.push_back(pool.submit<&tasks::nap>(i % 3));
    std::size_t kills = 0;
    for (int round = 0; round < 10; ++round) {
      if (const auto pids = pool.workerPids(); !pids.empty())
        kills += ::kill(pids[random() % pids.size()], SIGKILL) == 0;
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000)); // any moment will do
    }
    std::size_t failed = 0;
    for (auto& future : futures)
      failed += future.exception(60s) != nullptr;
    EXPECT_LE(failed, kills);
    pool.shutdown();
    EXPECT_EQ(pool.stats().done + pool.stats().failed, 300u);
    EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
  }
}

TEST(F01, anIdleWorkersDeathIsNoticedAndHurtsNobody) {
  ProcessPoolExecutor pool(1);
  const pid_t first = pool.submit<&tasks::pid>().result();
  ::kill(first, SIGKILL);
  EXPECT_TRUE(eventually([&] { return pool.workerPids() != std::vector{first} && pool.workerPids().size() == 1; }));
  EXPECT_NE(pool.submit<&tasks::pid>().result(), first);
  EXPECT_EQ(pool.stats().failed, 0u);
}

TEST(F01, inPythonsModeOneDeathBreaksThePool) {
  MarkDirectory marks;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.breakOnWorkerDeath = true;
  ProcessPoolExecutor pool(options);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 6; ++i)
    futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("never")));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 2; }));
  ::kill(pool.workerPids()[0], SIGKILL);
  std::set<const void*> errors;
  for (auto& future : futures) {
    EXPECT_THROW(future.result(20s), BrokenProcessPool);
    try {
      future.result();
    } catch (const BrokenProcessPool& e) {
      errors.insert(&e);
    }
  }
  EXPECT_EQ(errors.size(), 6u) << "each future has an exception of its own";
  EXPECT_THROW(pool.submit<&tasks::pid>(), BrokenProcessPool);
  EXPECT_TRUE(eventually([&] { return pool.workerPids().empty(); }));
  pool.shutdown();
}

TEST(F01, aWorkerThatTookTheSlotIsNotKilledInItsPlace) {
  ProcessPoolExecutor pool(1);
  const pid_t first = pool.submit<&tasks::pid>().result(20s);
  ASSERT_TRUE(pool.killWorker(0, first));
  const pid_t second = pool.submit<&tasks::pid>().result(20s);
  EXPECT_NE(first, second);
  EXPECT_FALSE(pool.killWorker(0, first));
  EXPECT_EQ(pool.submit<&tasks::pid>().result(20s), second);
}

TEST(F01, killWorkerReplacesAtOnce) {
  ProcessPoolExecutor pool(1);
  EXPECT_FALSE(pool.killWorker(0));
  auto task = pool.submit<&tasks::spin>();
  ASSERT_TRUE(eventually([&] { return task.running(); }));
  EXPECT_TRUE(pool.killWorker(0));
  EXPECT_THROW(task.result(10s), WorkerDied);
  for (int i = 0; i < 10; ++i) { // more often than accidents may happen
    const pid_t pid = pool.submit<&tasks::pid>().result(20s);
    pool.killWorkerWithPid(pid);
  }
  EXPECT_GT(pool.submit<&tasks::pid>().result(20s), 0);
}

TEST(F01, deathInEachStage) {
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.mostRestarts = 100, options.firstPause = 1ms;
  ProcessPoolExecutor pool(options);
  EXPECT_THROW(pool.submit<&tasks::take>(tasks::Poison{}).result(20s), WorkerDied) << "while it decodes the arguments";
  EXPECT_THROW(pool.submit<&tasks::killed>(SIGKILL).result(20s), WorkerDied) << "while it runs";
  EXPECT_THROW(pool.submit<&tasks::mortal>().result(20s), WorkerDied) << "while it encodes the result";
  EXPECT_GT(pool.submit<&tasks::pid>().result(20s), 0);
}

// --- F02, F03: crashes and exits

TEST(F02, aCrashNamesItsSignal) {
  ProcessPoolExecutor pool(1);
  const WorkerDied segfault = deathOf(pool.submit<&tasks::killed>(SIGSEGV));
  EXPECT_EQ(segfault.signal(), SIGSEGV);
  EXPECT_NE(std::string(segfault.what()).find("SIGSEGV"), std::string::npos) << segfault.what();
  if (!kSanitized) {
    EXPECT_EQ(deathOf(pool.submit<&tasks::nullWrite>()).signal(), SIGSEGV);
  }
  const WorkerDied words = deathOf(pool.submit<&tasks::lastWords>());
  EXPECT_NE(std::string(words.what()).find("the very last words"), std::string::npos) << words.what();
}

TEST(F03, anExitNamesItsCode) {
  ProcessPoolExecutor pool(1);
  EXPECT_EQ(deathOf(pool.submit<&tasks::leave>(0)).exitCode(), 0);
  EXPECT_EQ(deathOf(pool.submit<&tasks::leave>(99)).exitCode(), 99);
  EXPECT_EQ(deathOf(pool.submit<&tasks::leaveProperly>(3)).exitCode(), 3);
}

// --- F04: a worker hangs

TEST(F04, aTimeoutEndsOnlyItsTask) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.log = &log, options.grace = 300ms;
  ProcessPoolExecutor pool(options);
  TaskOptions limited;
  limited.timeout = 200ms;
  auto hanging = pool.submit<&tasks::spin>(limited);
  auto other = pool.submit<&tasks::nap>(400);
  EXPECT_THROW(hanging.result(20s), TaskTimeout);
  other.result();
  auto stopped = pool.submit<&tasks::nap>(limited, 30'000);
  ASSERT_TRUE(eventually([&] { return stopped.running(); }));
  for (const pid_t pid : pool.workerPids())
    ::kill(pid, SIGSTOP); // only SIGKILL helps now
  EXPECT_THROW(stopped.result(20s), TaskTimeout);
  for (const pid_t pid : pool.workerPids())
    ::kill(pid, SIGCONT);
  EXPECT_GT(pool.submit<&tasks::pid>(limited).result(20s), 0);
  pool.shutdown();
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST(F04, aRunningTaskCanBeStopped) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.log = &log;
  ProcessPoolExecutor pool(options);
  auto hanging = pool.submit<&tasks::spin>();
  auto other = pool.submit<&tasks::nap>(200);
  ASSERT_TRUE(eventually([&] { return hanging.running(); }));
  EXPECT_TRUE(pool.stopTask(hanging.taskId()));
  EXPECT_THROW(hanging.result(20s), CancelledError);
  other.result();
  EXPECT_FALSE(pool.stopTask(other.taskId()));
}

TEST(F04, terminateAndKillEndEverything) {
  for (const bool gently : {true, false}) {
    MarkDirectory marks;
    ProcessPoolExecutor pool(2);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 5; ++i)
      futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("never")));
    ASSERT_TRUE(eventually([&] { return pool.stats().running == 2 && marks.count() == 2; }));
    const auto pids = pool.workerPids();
    gently ? pool.terminateWorkers() : pool.killWorkers();
    EXPECT_THROW(pool.submit<&tasks::pid>(), ExecutorShutdown);
    for (auto& future : futures)
      EXPECT_THROW(future.result(20s), BrokenProcessPool);
    pool.shutdown();
    for (const pid_t pid : pids)
      EXPECT_TRUE(factsOf(pid).gone());
    EXPECT_EQ(marks.count(), 2u) << "what was queued never ran";
    pool.killWorkers(); // on dead workers: nothing
  }
}

// --- F05: memory

TEST(F05, aMemoryLimitMakesAnErrorOfTheTask) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own address space is larger than any limit";
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.memoryLimit = std::size_t{256} << 20;
  ProcessPoolExecutor pool(options);
  const pid_t worker = pool.submit<&tasks::pid>().result();
  EXPECT_THROW(pool.submit<&tasks::allocate>(std::size_t{1} << 30).result(20s), std::bad_alloc);
  EXPECT_EQ(pool.submit<&tasks::pid>().result(), worker);
}

TEST(F05, whoIsKilledWithMuchMemoryWasPossiblyOutOfIt) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own address space is larger than any limit";
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.memoryLimit = std::size_t{256} << 20;
  ProcessPoolExecutor pool(options);
  const auto hint = [](const WorkerDied& died) {
    return std::string(died.what()).find("possibly out of memory: it had used ") != std::string::npos;
  };
  EXPECT_FALSE(hint(deathOf(pool.submit<&tasks::killed>(SIGKILL))));
  EXPECT_TRUE(hint(deathOf(pool.submit<&tasks::killedWith>(std::size_t{160} << 20, SIGKILL))));
  EXPECT_FALSE(hint(deathOf(pool.submit<&tasks::killedWith>(std::size_t{160} << 20, SIGTERM))));
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
