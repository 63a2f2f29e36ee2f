#include "core/base/spawn.h"
#include "core/pool/process/remote_error.h"
#include "core/pool/process_pool_executor.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

// Commands that name a task by its id, pools at unusual places, and functions of the user's that throw.

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace tasks {

int g_prepared = 0;
void prepare() {
  g_prepared = 42;
}
int prepared() {
  return g_prepared;
}
int square(int x) {
  return x * x;
}
int say(int number) {
  logFromTask(std::to_string(number));
  return number;
}
int spin(int number, int microseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
  while (std::chrono::steady_clock::now() < end) {
  }
  return number;
}
void hold(const std::string& here, const std::string& until) {
  std::ofstream(here) << ::getpid();
  while (::access(until.c_str(), F_OK) != 0)
    ::usleep(1000);
}
int squareElsewhere(int x) {
  ProcessPoolExecutor pool(1);
  return pool.submit<&square>(x).result();
}
struct Wordless : std::exception {
  const char* what() const noexcept override { return nullptr; }
};
void throwWordless() {
  throw Wordless();
}
void nestWordless() {
  try {
    throw Wordless();
  } catch (...) {
    std::throw_with_nested(std::runtime_error("around it"));
  }
}

} // namespace tasks

namespace {

/// Made before main(): nobody can have called runWorkerIfRequested() yet.
ProcessPoolExecutor g_early([] {
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.initializer = &tasks::prepare;
  return options;
}());

/// A pool whose workers all run one task that waits, with three more in the queue.
struct Held {
  Held() {
    options.maxWorkers = 1;
    pool.emplace(options);
    running = pool->submit<&tasks::hold>(marks.path("here"), marks.path("go"));
    EXPECT_TRUE(eventually([&] { return marks.has("here") && running.running(); }));
    for (int i = 0; i < 3; ++i)
      queued.push_back(pool->submit<&tasks::square>(i));
  }
  void go() { std::ofstream(marks.path("go")); }
  MarkDirectory marks;
  ProcessPoolOptions options;
  std::optional<ProcessPoolExecutor> pool;
  Future<void> running;
  std::vector<Future<int>> queued;
};

} // namespace

TEST(StopTask, hurtsNoOther) {
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.mostRestarts = 10'000;
  ProcessPoolExecutor pool(options);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 900; ++i)
    futures.push_back(pool.submit<&tasks::spin>(i, 300));
  std::set<std::size_t> stopped;
  for (std::size_t i = 0; i < futures.size(); i += 5) { // as soon as the pool knows that one runs
    while (!futures[i].running() && !futures[i].done())
      std::this_thread::yield();
    if (pool.stopTask(futures[i].taskId())) stopped.insert(i);
  }
  std::size_t ended = 0;
  for (std::size_t i = 0; i < futures.size(); ++i)
    try {
      EXPECT_EQ(futures[i].result(60s), static_cast<int>(i));
    } catch (const CancelledError&) {
      ++ended;
      EXPECT_TRUE(stopped.contains(i)) << i << " was not meant";
    } catch (const std::exception& e) {
      ADD_FAILURE() << i << ": " << e.what();
    }
  RecordProperty("stopped", static_cast<int>(stopped.size()));
  RecordProperty("ended", static_cast<int>(ended));
}

TEST(StopTask, aTimeLimitHurtsNoOther) {
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.mostRestarts = 10'000;
  ProcessPoolExecutor pool(options);
  TaskOptions limited;
  limited.timeout = 1ms;
  std::vector<Future<int>> futures;
  for (int i = 0; i < 300; ++i) // some are over just when their time is
    futures.push_back(i % 2 == 0 ? pool.submit<&tasks::spin>(limited, i, 900) : pool.submit<&tasks::spin>(i, 50));
  for (std::size_t i = 0; i < futures.size(); ++i)
    try {
      EXPECT_EQ(futures[i].result(60s), static_cast<int>(i));
    } catch (const TaskTimeout&) {
      EXPECT_EQ(i % 2, 0u) << i << " has no limit";
    } catch (const std::exception& e) {
      ADD_FAILURE() << i << ": " << e.what();
    }
}

TEST(TaskIds, existWithoutALog) {
  Held held;
  ProcessPoolExecutor& pool = *held.pool;
  std::set<TaskId> ids{held.running.taskId()};
  for (const auto& future : held.queued)
    ids.insert(future.taskId());
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_FALSE(ids.contains(TaskId{}));
  EXPECT_FALSE(pool.cancelTask(TaskId{}));
  EXPECT_FALSE(pool.moveToFront(TaskId{}));
  EXPECT_FALSE(pool.stopTask(TaskId{}));
  EXPECT_FALSE(pool.stopTask(held.queued[0].taskId())) << "it does not run";
  EXPECT_TRUE(pool.cancelTask(held.queued[1].taskId()));
  EXPECT_TRUE(held.queued[1].cancelled());
  EXPECT_FALSE(held.queued[0].cancelled());
  EXPECT_TRUE(pool.moveToFront(held.queued[2].taskId()));
  EXPECT_TRUE(pool.stopTask(held.running.taskId()));
  EXPECT_THROW(held.running.result(20s), CancelledError);
  EXPECT_EQ(held.queued[0].result(20s), 0);
  EXPECT_EQ(held.queued[2].result(20s), 4);
}

TEST(Places, aTaskMayMakeAPoolOfProcesses) {
  ProcessPoolExecutor pool(1);
  EXPECT_EQ(pool.submit<&tasks::squareElsewhere>(7).result(60s), 49);
}

TEST(Places, aPoolMadeBeforeMainIsThisProgramToo) {
  EXPECT_EQ(g_early.submit<&tasks::square>(6).result(20s), 36);
  EXPECT_EQ(g_early.submit<&tasks::prepared>().result(20s), 42) << "its initializer was found";
}

TEST(UsersCode, anExceptionWithoutATextEndsNoWorker) {
  ProcessPoolExecutor pool(1);
  const std::vector<pid_t> before = (pool.submit<&tasks::square>(1).result(20s), pool.workerPids());
  EXPECT_THROW(pool.submit<&tasks::throwWordless>().result(20s), RemoteError);
  EXPECT_THROW(pool.submit<&tasks::nestWordless>().result(20s), std::runtime_error);
  EXPECT_EQ(pool.submit<&tasks::square>(3).result(20s), 9);
  EXPECT_EQ(pool.workerPids(), before);
}

TEST(UsersCode, anOnLogThatThrowsHurtsNobody) {
  ProcessPoolOptions options;
  options.maxWorkers = 1;
  options.onLog = [](TaskId, std::string_view) { throw 1; };
  ProcessPoolExecutor pool(options);
  EXPECT_EQ(pool.submit<&tasks::say>(1).result(20s), 1);
  EXPECT_EQ(pool.submit<&tasks::say>(2).result(20s), 2);
}

TEST(UsersCode, whatASpawnerThrowsIsAWorkerThatCouldNotBeMade) {
  struct Thrower final : Spawner {
    void spawn(SpawnRequest, std::function<void(Spawned)>) override { throw std::logic_error("no"); }
  } thrower;
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.spawner = &thrower;
  ProcessPoolExecutor pool(options);
  EXPECT_THROW(pool.submit<&tasks::square>(1).result(20s), BrokenProcessPool);
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
