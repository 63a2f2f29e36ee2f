#include "core/event/event_log.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/support/gate.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

// fork() in a program that has pools: the child has copies of them and none of their threads.

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace tasks {

int square(int x) {
  return x * x;
}
int pid() {
  return ::getpid();
}
int forkAndReturn() {
  return ::fork();
}

} // namespace tasks

namespace {

/// Runs `child` in a forked child, whose exit code it gives (the signal + 1000 when that ended it). One that hangs is
/// ended after a while: -1.
int exitOfChild(const std::function<int()>& child, bool runsToTheEnd = false) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    int code = 99;
    try {
      code = child();
    } catch (...) {
    }
    runsToTheEnd ? std::exit(code) : ::_exit(code);
  }
  int status = 0;
  const bool ended = eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; });
  if (!ended) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
    return -1;
  }
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Both kinds of pool with a worker each, a log, and a future of each that is not done.
struct Pools {
  Pools() {
    ThreadPoolOptions ofThreads;
    ofThreads.maxWorkers = 1, ofThreads.log = &log;
    ProcessPoolOptions ofProcesses;
    ofProcesses.maxWorkers = 1, ofProcesses.log = &log;
    threads = std::make_unique<ThreadPoolExecutor>(std::move(ofThreads));
    processes = std::make_unique<ProcessPoolExecutor>(std::move(ofProcesses));
    EXPECT_EQ(processes->submit<&tasks::square>(2).result(20s), 4);
    worker = processes->workerPids();
    running = threads->submit([this] { gate.pass(); });
    queued = threads->submit([] { return 1; });
    EXPECT_TRUE(gate.waitForArrivals(1));
  }
  ~Pools() { gate.open(); }
  /// The parent's are as they were.
  void expectUnharmed() {
    EXPECT_EQ(processes->submit<&tasks::square>(3).result(20s), 9);
    EXPECT_EQ(processes->workerPids(), worker);
    gate.open();
    running.result(20s);
    EXPECT_EQ(queued.result(20s), 1);
    log.drainNow();
  }
  EventLog log;
  Gate gate;
  std::unique_ptr<ThreadPoolExecutor> threads;
  std::unique_ptr<ProcessPoolExecutor> processes;
  std::vector<pid_t> worker;
  Future<void> running;
  Future<int> queued;
};

template <class F> bool throwsBroken(F&& call) {
  try {
    call();
  } catch (const BrokenExecutor& e) {
    return std::string(e.what()).find("fork") != std::string::npos;
  }
  return false;
}

int useNewPools() {
  ThreadPoolExecutor threads(2);
  if (threads.submit([] { return 6; }).result() != 6) return 1;
  ProcessPoolExecutor processes(2);
  if (processes.submit<&tasks::square>(7).result() != 49) return 2;
  EventLog log;
  ThreadPoolOptions options;
  options.maxWorkers = 1, options.log = &log;
  ThreadPoolExecutor logged(std::move(options));
  logged.submit([] {}).result();
  logged.shutdown();
  return log.drainNow() >= 4 ? 0 : 3;
}

class ForkedChild : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a sanitizer's own threads and locks do not outlive a fork";
  }
};

} // namespace

TEST_F(ForkedChild, destroysItsCopiesAtOnceAndTellsNobody) {
  Pools pools;
  EXPECT_EQ(exitOfChild([&] {
              pools.threads.reset();
              pools.processes.reset();
              return 0;
            }),
            0);
  pools.expectUnharmed();
}

TEST_F(ForkedChild, submitsToItsCopiesAreRefused) {
  Pools pools;
  EXPECT_EQ(exitOfChild([&] {
              if (!throwsBroken([&] { pools.threads->submit([] {}); })) return 1;
              if (!throwsBroken([&] { pools.processes->submit<&tasks::pid>(); })) return 2;
              if (!throwsBroken([&] { pools.threads->map([](int x) { return x; }, std::vector{1, 2}); })) return 3;
              return 0;
            }),
            0);
  pools.expectUnharmed();
}

TEST_F(ForkedChild, waitsForNoTaskOfItsParent) {
  Pools pools;
  auto remote = pools.processes->submit<&tasks::square>(5);
  ASSERT_EQ(remote.result(20s), 25);
  EXPECT_EQ(exitOfChild([&] {
              if (!throwsBroken([&] { pools.running.result(); })) return 1;
              if (!throwsBroken([&] { pools.queued.result(1h); })) return 2;
              if (pools.queued.cancel() || pools.running.requestStop()) return 3;
              return remote.result() == 25 ? 0 : 4; // what was done is
            }),
            0);
  pools.expectUnharmed();
}

TEST_F(ForkedChild, commandsToItsCopiesReturnAndReachNobody) {
  Pools pools;
  EXPECT_EQ(exitOfChild([&] {
              pools.processes->killWorkers(), pools.processes->terminateWorkers();
              if (pools.processes->killWorker(0) || pools.processes->killWorkerWithPid(pools.worker[0])) return 1;
              if (!pools.processes->workerPids().empty()) return 2;
              pools.processes->resize(3), pools.threads->resize(3);
              pools.processes->shutdown(), pools.threads->shutdown({.wait = true, .cancelFutures = true});
              pools.processes->waitClosed(), pools.threads->waitClosed();
              if (pools.threads->cancelTask(pools.queued.taskId()) || pools.threads->moveToFront(pools.queued.taskId()))
                return 3;
              if (pools.threads->stopTask(pools.running.taskId())) return 4;
              static_cast<void>(pools.threads->stats()), static_cast<void>(pools.processes->stats());
              pools.log.drainNow();
              return 0;
            }),
            0);
  pools.expectUnharmed();
}

TEST_F(ForkedChild, hasNewPoolsOfItsOwn) {
  Pools pools;
  EventLog::setCurrent(&pools.log);
  EXPECT_EQ(exitOfChild(useNewPools), 0);
  EXPECT_EQ(exitOfChild([] { return exitOfChild(useNewPools); }), 0) << "a child's child";
  EventLog::setCurrent(nullptr);
  pools.expectUnharmed();
}

TEST_F(ForkedChild, mayMakeAPoolWithTheLogOfItsParent) {
  Pools pools;
  EXPECT_EQ(exitOfChild([&] {
              ThreadPoolOptions options;
              options.maxWorkers = 1, options.log = &pools.log;
              ThreadPoolExecutor pool(std::move(options));
              return pool.submit([] { return 5; }).result() == 5 ? 0 : 1;
            }),
            0);
  pools.expectUnharmed();
}

TEST_F(ForkedChild, endsAlsoWhenStaticPoolsEndWithIt) {
  static EventLog log;
  static ThreadPoolOptions options = [] {
    ThreadPoolOptions made;
    made.maxWorkers = 2, made.log = &log;
    return made;
  }();
  static ThreadPoolExecutor threads(options);
  static ProcessPoolExecutor processes(1);
  threads.submit([] {}).result();
  const std::vector<pid_t> worker = (processes.submit<&tasks::pid>().result(), processes.workerPids());
  EXPECT_EQ(exitOfChild([] { return 7; }, true), 7);
  EXPECT_EQ(processes.submit<&tasks::square>(4).result(20s), 16);
  EXPECT_EQ(processes.workerPids(), worker);
}

TEST_F(ForkedChild, worksWhateverOtherThreadsWereDoing) {
  ThreadPoolExecutor threads(2);
  ProcessPoolExecutor processes(1);
  std::atomic<bool> ending{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 2; ++i)
    busy.emplace_back([&] {
      while (!ending) {
        threads.submit([] { return 1; }).result();
        processes.submit<&tasks::square>(2).result();
      }
    });
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(exitOfChild(useNewPools), 0) << i;
  ending = true;
  for (std::thread& thread : busy)
    thread.join();
}

TEST_F(ForkedChild, ofATaskEndsWithThatTask) {
  ThreadPoolExecutor threads(1);
  std::atomic<int> ran{0};
  std::vector<Future<int>> futures;
  for (int i = 0; i < 3; ++i)
    futures.push_back(threads.submit([&] { return ++ran, ::fork(); }));
  ProcessPoolExecutor processes(1);
  const pid_t ofProcess = processes.submit<&tasks::forkAndReturn>().result(20s);
  EXPECT_GT(ofProcess, 0);
  EXPECT_EQ(processes.submit<&tasks::square>(3).result(20s), 9) << "the worker lives, and nobody spoke in its name";
  EXPECT_TRUE(eventually([&] { return factsOf(ofProcess).gone(); }));
  for (auto& future : futures) {
    const pid_t child = future.result(20s);
    EXPECT_GT(child, 0);
    int status = -1;
    EXPECT_TRUE(eventually([&] { return ::waitpid(child, &status, WNOHANG) == child; }));
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(ran, 3);
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
