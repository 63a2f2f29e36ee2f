// Rows of the table in resources/docs/manual/executor-proofs.md (what CPython's own tests check) that no other test
// holds. The pools of processes come second.

#include "core/event/event_log.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <latch>
#include <pthread.h>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

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
void fail() {
  throw std::runtime_error("no");
}
/// Leaves a mark and goes on only when there is another: a gate between processes.
void mark(const std::string& path, const std::string& until) {
  std::ofstream(path) << ::getpid();
  while (::access(until.c_str(), F_OK) != 0)
    ::usleep(1000);
}
std::size_t length(const std::string& text) {
  return text.size();
}
void failToPrepare() {
  throw std::runtime_error("no licence");
}

/// Counts how many of it there are in this process.
struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  ~Counted() { --alive; }
  template <class Packer> void msgpack_pack(Packer& packer) const { packer.pack(1); }
  void msgpack_unpack(const msgpack::object&) {}
};
int keep(const Counted&) {
  return Counted::alive;
}
int alive() {
  return Counted::alive;
}

/// Cannot be decoded, or cannot be encoded, in the process that tries.
struct Undecodable {
  template <class Packer> void msgpack_pack(Packer& packer) const { packer.pack(1); }
  void msgpack_unpack(const msgpack::object&) { throw std::runtime_error("I will not be read"); }
};
void take(const Undecodable&) {}
struct Unencodable {
  template <class Packer> void msgpack_pack(Packer&) const { throw std::runtime_error("I will not be written"); }
  void msgpack_unpack(const msgpack::object&) {}
};
Unencodable give() {
  return {};
}

} // namespace tasks

// --- Future, wait, map

TEST(PythonRows, F14_whatLooksLikeNothingIsAnExceptionToo) {
  ThreadPoolExecutor pool(1);
  EXPECT_NE(pool.submit([] { throw nullptr; }).exception(), nullptr);
  EXPECT_NE(pool.submit([] { throw false; }).exception(), nullptr);
  EXPECT_THROW(pool.submit([] { throw 0; }).result(), int);
}

TEST(PythonRows, R5_aBlockedExceptionWakes) {
  Promise<int> promise;
  std::latch waiting(1);
  bool failed = false;
  {
    std::jthread reader([&, future = promise.future()] {
      waiting.count_down();
      failed = future.exception(20s) != nullptr;
    });
    waiting.wait();
    promise.setException(std::make_exception_ptr(std::runtime_error("no")));
  }
  EXPECT_TRUE(failed);
}

TEST(PythonRows, C9_callbacksAreUnderNoLock) {
  Promise<int> promise;
  int calls = 0;
  promise.future().addDoneCallback([&](const Future<int>& f) { // each of these would lock itself out
    Future<int> self(f);
    self.addDoneCallback([&](const Future<int>&) { ++calls; });
    calls += self.cancel() ? 10 : 1;
    calls += wait(std::vector{self}).done.size() == 1;
  });
  promise.setValue(1);
  EXPECT_EQ(calls, 3);
}

TEST(PythonRows, resultReturnsBeforeTheCallbacksHaveRun) {
  ThreadPoolExecutor pool(1);
  Gate task, callback;
  auto future = pool.submit([&] { return task.pass(), 1; });
  ASSERT_TRUE(task.waitForArrivals(1));
  future.addDoneCallback([&](const Future<int>&) { callback.pass(); });
  task.open();
  EXPECT_EQ(future.result(20s), 1);
  ASSERT_TRUE(callback.waitForArrivals(1));
  EXPECT_EQ(pool.stats().idleWorkers, 0u) << "the worker is held by the callback";
  callback.open();
}

TEST(PythonRows, everyReaderGetsTheSameException) {
  ThreadPoolExecutor pool(1);
  auto future = pool.submit([] { throw std::runtime_error("no"); });
  EXPECT_EQ(future.exception(), Future(future).exception());
}

TEST(PythonRows, asCompletedsTimeCountsFromTheCall) {
  Promise<int> never;
  const auto called = std::chrono::steady_clock::now();
  auto range = asCompleted(std::vector{never.future()}, 500ms);
  ASSERT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > called + 500ms; }));
  const auto looked = std::chrono::steady_clock::now();
  EXPECT_THROW(range.begin(), TimeoutError);
  EXPECT_LT(std::chrono::steady_clock::now() - looked, 400ms);
}

TEST(PythonRows, W6_oneAlreadyFailedIsEnough) {
  Promise<int> failed, open;
  failed.setException(std::make_exception_ptr(std::runtime_error("no")));
  const auto result = wait(std::vector{failed.future(), open.future()}, ReturnWhen::FirstException);
  EXPECT_EQ(result.done, std::vector{failed.future()});
}

TEST(PythonRows, M6_theDeadlineCountsFromTheCallOfMap) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  auto results = pool.map(
      [&](int i) {
        if (i == 2) gate.pass();
        return i;
      },
      std::vector{0, 1, 2, 3}, {.timeout = 20ms});
  ASSERT_TRUE(gate.waitForArrivals(1)); // the third
  auto it = results.begin();
  EXPECT_EQ(*it, 0);
  ++it;
  EXPECT_EQ(*it, 1);
  ++it;
  EXPECT_THROW(*it, TimeoutError);
  EXPECT_TRUE(it == results.end());
  EXPECT_EQ(pool.stats().cancelled, 1u) << "the fourth; the third runs";
  gate.open();
}

TEST(PythonRows, M7_closeCancelsTheRest) {
  ThreadPoolExecutor pool(1);
  Gate gate;
  auto results = pool.map(
      [&](int i) {
        if (i == 1) gate.pass();
        return i;
      },
      std::vector{0, 1, 2, 3});
  EXPECT_EQ(*results.begin(), 0);
  ASSERT_TRUE(gate.waitForArrivals(1));
  results.close();
  EXPECT_TRUE(results.begin() == results.end());
  EXPECT_EQ(pool.stats().cancelled, 2u);
  gate.open();
}

// --- Pools of threads

TEST(PythonRows, S7_aCancelBeforeShutdownDoesNotHang) {
  for (int i = 0; i < 200; ++i) {
    ThreadPoolExecutor pool(1);
    pool.submit([] {}).cancel();
    pool.shutdown();
    EXPECT_TRUE(pool.closed());
  }
}

TEST(PythonRows, S9_asManyThreadsAsAreNeeded) {
  ThreadPoolExecutor pool(5);
  Gate gate;
  for (int i = 0; i < 3; ++i)
    pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(3));
  EXPECT_EQ(pool.stats().liveWorkers, 3u);
  gate.open();
}

TEST(PythonRows, S9_aThreadThatIsStillBeingInitializedCounts) {
  Gate initializers, tasks;
  ThreadPoolOptions options;
  options.maxWorkers = 5;
  options.initializer = [&] { initializers.pass(); };
  ThreadPoolExecutor pool(options);
  for (int i = 0; i < 3; ++i)
    pool.submit([&] { tasks.pass(); });
  ASSERT_TRUE(initializers.waitForArrivals(3));
  initializers.open(); // the first of them takes a task while two wait, and two workers are about to ask for them
  ASSERT_TRUE(tasks.waitForArrivals(3));
  EXPECT_EQ(pool.stats().liveWorkers, 3u);
  tasks.open();
}

TEST(PythonRows, S10_theEndOfTheScopeRunsWhatIsQueuedAlsoWhileUnwinding) {
  std::atomic<int> ran = 0;
  try {
    ThreadPoolExecutor pool(1);
    for (int i = 0; i < 20; ++i)
      pool.submit([&] { ++ran; });
    throw std::runtime_error("out of here");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(ran, 20);
}

TEST(PythonRows, N3_onlyPoolsWithoutAPrefixAreCounted) {
  const auto number = [](const ThreadPoolExecutor& pool) { return std::stoi(pool.name().substr(19)); };
  ThreadPoolExecutor first(1);
  ThreadPoolOptions named;
  named.threadNamePrefix = "Named";
  ThreadPoolExecutor between(named);
  ThreadPoolExecutor second(1);
  EXPECT_EQ(number(second), number(first) + 1);
}

TEST(PythonRows, N5_theKernelShowsFifteenBytesWithTheSlot) {
  ThreadPoolOptions options;
  options.maxWorkers = 1, options.threadNamePrefix = "APrefixThatIsMuchLonger";
  ThreadPoolExecutor pool(options);
  const std::string shown = pool.submit([] {
                                  char name[16] = "";
                                  pthread_getname_np(pthread_self(), name, sizeof name);
                                  return std::string(name);
                                })
                                .result();
  EXPECT_LE(shown.size(), 15u);
  EXPECT_TRUE(shown.starts_with("APrefix")) << shown;
  EXPECT_TRUE(shown.ends_with("_0")) << shown;
}

TEST(PythonRows, I7_theDefaultSizeFollowsTheCpus) {
  EXPECT_EQ(defaultThreadCount(), std::min<std::size_t>(32, defaultProcessCount() + 4));
}

TEST(PythonRows, P6_whatRunsEndsThoughAnInitializerFails) {
  Gate gate;
  std::atomic<int> workers = 0;
  ThreadPoolOptions options;
  options.maxWorkers = 2;
  options.initializer = [&] {
    if (++workers == 2) throw std::runtime_error("no licence");
  };
  ThreadPoolExecutor pool(options);
  auto running = pool.submit([&] { return gate.pass(), 1; });
  ASSERT_TRUE(gate.waitForArrivals(1));
  auto queued = pool.submit([] { return 2; });
  EXPECT_THROW(queued.result(20s), BrokenThreadPool);
  gate.open();
  EXPECT_EQ(running.result(20s), 1);
}

TEST(PythonRows, aSequenceThatThrowsLeavesWhatWasSubmitted) {
  std::atomic<int> ran = 0;
  ThreadPoolExecutor pool(1);
  const auto throwing = std::views::iota(0, 5) | std::views::transform([](int i) {
                          if (i == 3) throw std::runtime_error("no more");
                          return i;
                        });
  EXPECT_THROW(pool.map([&](int) { return ++ran; }, throwing), std::runtime_error);
  pool.shutdown();
  EXPECT_EQ(ran, 3);
}

// --- Pools of processes

TEST(PythonRows, S7_aCancelBeforeShutdownDoesNotHangAPoolOfProcesses) {
  for (int i = 0; i < 10; ++i) {
    ProcessPoolExecutor pool(1);
    pool.submit<&tasks::square>(1).cancel();
    pool.shutdown();
    EXPECT_TRUE(pool.closed());
  }
}

TEST(PythonRows, S11_theDestructorRunsWhatIsQueued) {
  std::vector<Future<int>> futures;
  pid_t worker = 0;
  {
    ProcessPoolExecutor pool(1);
    for (int i = 0; i < 20; ++i)
      futures.push_back(pool.submit<&tasks::square>(i));
    worker = pool.submit<&tasks::pid>().result();
  }
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(0s), i * i);
  EXPECT_TRUE(factsOf(worker).gone());
}

TEST(PythonRows, S14_asManyProcessesAsAreNeeded) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(5);
  for (int i = 0; i < 3; ++i)
    pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go"));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 3; }));
  EXPECT_EQ(pool.workerPids().size(), 3u);
  std::ofstream(marks.path("go"));
}

TEST(PythonRows, S15_workersOfOneTaskAreReplacedAfterAFailureToo) {
  for (const std::size_t workers : {2u, 4u}) {
    ProcessPoolOptions options;
    options.maxWorkers = workers, options.maxTasksPerChild = 1;
    ProcessPoolExecutor pool(options);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 8; ++i)
      futures.push_back(pool.submit<&tasks::fail>());
    pool.shutdown({.wait = false});
    for (auto& future : futures)
      EXPECT_THROW(future.result(20s), std::runtime_error);
    pool.shutdown();
    EXPECT_EQ(pool.stats().failed, 8u);
  }
}

TEST(PythonRows, I4_idleProcessesAreUsedAgain) {
  ProcessPoolExecutor pool(6);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 6; ++i) {
    futures.push_back(pool.submit<&tasks::square>(i));
    if (i % 2 == 1) wait(futures);
  }
  EXPECT_LE(pool.workerPids().size(), 3u);
}

TEST(PythonRows, P4_aFailingInitializerLeavesNothingOpen) {
  { ProcessPoolExecutor(1).submit<&tasks::pid>().result(); } // what is made once for the whole program is there now
  const std::size_t descriptors = openDescriptors(), children = childrenOf(::getpid()).size();
  {
    ProcessPoolOptions options;
    options.maxWorkers = 2, options.initializer = &tasks::failToPrepare;
    ProcessPoolExecutor pool(options);
    EXPECT_THROW(pool.submit<&tasks::square>(1).result(20s), BrokenProcessPool);
  }
  EXPECT_EQ(openDescriptors(), descriptors);
  EXPECT_EQ(childrenOf(::getpid()).size(), children);
}

TEST(PythonRows, X5_aWorkerDropsTheArgumentsWithTheTask) {
  ProcessPoolExecutor pool(1);
  EXPECT_GE(pool.submit<&tasks::keep>(tasks::Counted{}).result(), 1);
  EXPECT_EQ(pool.submit<&tasks::alive>().result(), 0);
}

TEST(PythonRows, X7_anArgumentThatCannotBeDecodedFailsItsTaskAlone) {
  ProcessPoolExecutor pool(1);
  const int worker = pool.submit<&tasks::pid>().result();
  EXPECT_THROW(pool.submit<&tasks::take>(tasks::Undecodable{}).result(20s), std::runtime_error);
  EXPECT_EQ(pool.submit<&tasks::pid>().result(), worker);
}

TEST(PythonRows, X12_aResultThatCannotBeEncodedFailsItsTaskAlone) {
  ProcessPoolExecutor pool(1);
  const int worker = pool.submit<&tasks::pid>().result();
  EXPECT_THROW(pool.submit<&tasks::give>().result(20s), std::runtime_error);
  EXPECT_EQ(pool.submit<&tasks::pid>().result(), worker);
}

TEST(PythonRows, X14_aWorkerThatDiesDuringAShutdownEndsIt) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(1);
  auto task = pool.submit<&tasks::mark>(marks.path("here"), marks.path("never"));
  ASSERT_TRUE(eventually([&] { return marks.has("here"); }));
  const pid_t worker = pool.workerPids().at(0);
  std::jthread closer([&] { pool.shutdown(); });
  ::kill(worker, SIGKILL);
  closer.join();
  EXPECT_TRUE(pool.closed());
  EXPECT_THROW(task.result(0s), WorkerDied);
}

TEST(PythonRows, X15_whatCannotTravelDoesNotHoldUpAShutdown) {
  ProcessPoolExecutor pool(1);
  auto unfit = pool.submit<&tasks::length>(std::string(std::size_t{17} << 20, 'x'));
  pool.shutdown({.wait = false});
  EXPECT_THROW(unfit.result(20s), SerializationError);
  pool.shutdown();
  EXPECT_TRUE(pool.closed());
}

TEST(PythonRows, X17_submitGoesOnWhileTheIoThreadIsHeldUp) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(2);
  Promise<void> release;
  std::atomic<bool> held = false;
  auto first = pool.submit<&tasks::mark>(marks.path("first"), marks.path("go"));
  first.addDoneCallback([&](const Future<void>&) {
    held = true;
    release.future().result();
  });
  std::ofstream(marks.path("go"));
  ASSERT_TRUE(eventually([&] { return held.load(); }));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 1000; ++i)
    futures.push_back(pool.submit<&tasks::square>(i));
  release.setValue();
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(20s), i * i);
}

TEST(PythonRows, X23_nobodyTakesAPlaceInAPoolThatIsEnded) {
  MarkDirectory marks;
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.maxTasksPerChild = 1, options.log = &log;
  ProcessPoolExecutor pool(options);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 6; ++i)
    futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("never")));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 2; }));
  pool.killWorkers();
  for (auto& future : futures)
    EXPECT_THROW(future.result(20s), BrokenProcessPool);
  pool.shutdown();
  log.drainNow();
  int started = 0;
  for (std::uint64_t q = 0; q < log.recording().size(); ++q)
    started += log.recording()[q].kind == EventKind::WorkerStarting;
  EXPECT_EQ(started, 2);
}

TEST(PythonRows, X32_tasksOfThreadsMayUsePoolsOfProcesses) {
  ThreadPoolExecutor threads(4);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 8; ++i)
    futures.push_back(threads.submit([i] { return ProcessPoolExecutor(1).submit<&tasks::square>(i).result(); }));
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(60s), i * i);
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
