// What a pool of processes offers beyond Python's, as the thread pool does: a bounded queue, a shutdown with a
// deadline, waits that are refused because they could never end.

#include "core/event/event_log.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <numeric>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace tasks {

int square(int x) {
  return x * x;
}
/// Leaves a mark and goes on only when there is another: a gate between processes.
void mark(const std::string& path, const std::string& until) {
  std::ofstream(path) << ::getpid();
  while (::access(until.c_str(), F_OK) != 0)
    ::usleep(1000);
}

std::string markAndTell(const std::string& path, const std::string& until) {
  mark(path, until);
  return path;
}
/// Ends only by SIGKILL.
void ignoreTheEnd(const std::string& path) {
  ::signal(SIGTERM, SIG_IGN);
  mark(path, path + ".never");
}

} // namespace tasks

namespace {

ProcessPoolOptions sized(std::size_t workers, QueueBound bound = {}, EventLog* log = nullptr) {
  ProcessPoolOptions options;
  options.maxWorkers = workers, options.queueBound = bound, options.log = log;
  return options;
}

/// A pool whose workers are all held, so that what is submitted stays queued.
struct Held {
  explicit Held(ProcessPoolOptions options) : pool(std::move(options)) {
    for (std::size_t i = 0; i < pool.maxWorkers(); ++i)
      holders.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go")));
    EXPECT_TRUE(eventually([&] { return pool.stats().running == pool.maxWorkers(); }));
  }
  ~Held() { open(); }
  void open() { std::ofstream(marks.path("go")); }
  MarkDirectory marks;
  std::vector<Future<void>> holders;
  ProcessPoolExecutor pool;
};

/// Whether the blocking call says that it could never return.
template <class F> bool isRefused(F&& call) {
  try {
    call();
  } catch (const WouldDeadlock&) {
    return true;
  }
  return false;
}

std::vector<Event> eventsOf(EventLog& log, EventKind kind) {
  log.drainNow();
  std::vector<Event> events;
  for (std::uint64_t q = 0; q < log.recording().size(); ++q)
    if (log.recording()[q].kind == kind) events.push_back(log.recording()[q]);
  return events;
}

std::vector<ShutdownStage> stagesOf(EventLog& log) {
  std::vector<ShutdownStage> stages;
  for (const Event& event : eventsOf(log, EventKind::PoolShutdownStage))
    stages.push_back(static_cast<ShutdownStage>(event.flag));
  return stages;
}

} // namespace

// --- The queue's bound

TEST(ProcessQueueBound, aFullQueueRejects) {
  EventLog log;
  Held held(sized(1, {.limit = 2}, &log));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 2; ++i)
    futures.push_back(held.pool.submit<&tasks::square>(i));
  EXPECT_THROW(held.pool.submit<&tasks::square>(9), QueueFull);
  EXPECT_EQ(held.pool.stats().queued, 2u);
  EXPECT_EQ(held.pool.stats().submitted, 3u) << "the refused one was never the pool's";
  EXPECT_TRUE(futures[0].cancel());
  futures.push_back(held.pool.submit<&tasks::square>(3));
  held.open();
  EXPECT_EQ(futures[2].result(20s), 9);
  held.pool.shutdown();
  EXPECT_EQ(foldDiffers(log, held.pool.id(), held.pool.stats()), "");
}

TEST(ProcessQueueBound, countsOnlyWhatWaitsBehindAllWorkers) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(sized(2, {.limit = 1}));
  for (int i = 0; i < 3; ++i) // two for the workers to come, one to wait
    EXPECT_NO_THROW(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go"))) << i;
  EXPECT_THROW(pool.submit<&tasks::square>(1), QueueFull);
  std::ofstream(marks.path("go"));
}

TEST(ProcessQueueBound, blockWaitsForRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  held.pool.submit<&tasks::square>(1);
  Future<int> late;
  std::jthread submitter([&] { late = held.pool.submit<&tasks::square>(7); });
  held.open();
  submitter.join();
  EXPECT_EQ(late.result(20s), 49);
}

TEST(ProcessQueueBound, blockGivesUpAtItsDeadline) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block, .patience = 1ms}));
  held.pool.submit<&tasks::square>(1);
  EXPECT_THROW(held.pool.submit<&tasks::square>(2), QueueFull);
}

TEST(ProcessQueueBound, aCancelMakesRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  auto queued = held.pool.submit<&tasks::square>(1);
  std::jthread submitter([&] { held.pool.submit<&tasks::square>(2); });
  EXPECT_TRUE(queued.cancel());
  submitter.join();
}

TEST(ProcessQueueBound, theEndOfThePoolEndsTheWaitForRoom) {
  for (const bool killed : {false, true}) {
    Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
    held.pool.submit<&tasks::square>(1);
    std::atomic<int> refused = 0;
    std::jthread submitter([&] {
      try {
        held.pool.submit<&tasks::square>(2);
      } catch (const ExecutorShutdown&) {
        ++refused;
      }
    });
    killed ? held.pool.killWorkers() : held.pool.shutdown({.wait = false});
    submitter.join();
    EXPECT_EQ(refused, 1);
  }
}

TEST(ProcessQueueBound, aCallbackMustNotWaitForRoom) {
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  held.pool.submit<&tasks::mark>(held.marks.path("second"), held.marks.path("end"));
  std::atomic<bool> refused = false, called = false;
  held.holders[0].addDoneCallback([&](const Future<void>&) {
    refused = isRefused([&] { // the second task has the worker now, so one more may wait, and no other
      held.pool.submit<&tasks::square>(1);
      held.pool.submit<&tasks::square>(2);
    });
    called = true;
  });
  held.open();
  EXPECT_TRUE(eventually([&] { return called.load(); }));
  EXPECT_TRUE(refused);
  std::ofstream(held.marks.path("end"));
}

TEST(ProcessQueueBound, whatCannotTravelNeedsNoRoom) {
  Held held(sized(1, {.limit = 1}));
  held.pool.submit<&tasks::square>(1);
  auto unfit = held.pool.submit<&tasks::mark>(std::string(std::size_t{17} << 20, 'x'), "");
  EXPECT_THROW(unfit.result(20s), SerializationError);
}

TEST(ProcessQueueBound, theCallerNeverRunsAProcessesTask) {
  EXPECT_THROW(ProcessPoolExecutor(sized(1, {.limit = 1, .whenFull = WhenFull::CallerRuns})), std::invalid_argument);
}

// --- Shutdown with a deadline

TEST(ProcessShutdownDeadline, aTaskThatIgnoresSigtermIsKilled) {
  MarkDirectory marks;
  EventLog log;
  ProcessPoolOptions options = sized(1, {}, &log);
  options.grace = 50ms;
  ProcessPoolExecutor pool(options);
  auto deaf = pool.submit<&tasks::ignoreTheEnd>(marks.path("deaf"));
  std::vector<Future<int>> queued;
  for (int i = 0; i < 3; ++i)
    queued.push_back(pool.submit<&tasks::square>(i));
  ASSERT_TRUE(eventually([&] { return deaf.running() && marks.has("deaf"); }));
  const pid_t worker = pool.workerPids().at(0);
  pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 20ms});
  EXPECT_TRUE(pool.closed());
  EXPECT_TRUE(factsOf(worker).gone());
  ASSERT_TRUE(deaf.done());
  EXPECT_THROW(deaf.result(), BrokenProcessPool);
  for (const auto& future : queued)
    EXPECT_TRUE(future.cancelled());
  EXPECT_EQ(stagesOf(log), (std::vector{ShutdownStage::Draining, ShutdownStage::CancelQueued, ShutdownStage::Terminate,
                                        ShutdownStage::Kill, ShutdownStage::Done}));
  const std::vector<Event> exited = eventsOf(log, EventKind::WorkerExited);
  ASSERT_EQ(exited.size(), 1u) << "nobody takes its place";
  EXPECT_EQ(exited[0].flag, 1);
  EXPECT_EQ(static_cast<int>(exited[0].a), SIGKILL);
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST(ProcessShutdownDeadline, whoListensNeedsNoKill) {
  EventLog log;
  MarkDirectory marks;
  ProcessPoolOptions options = sized(3, {}, &log);
  options.grace = 60s;
  ProcessPoolExecutor pool(options);
  std::vector<Future<void>> busy;
  for (int i = 0; i < 3; ++i)
    busy.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path(i == 0 ? "go" : "never")));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 3; }));
  std::ofstream(marks.path("go"));
  ASSERT_TRUE(eventually([&] { return pool.stats().idleWorkers == 1; }));
  pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 1ms});
  EXPECT_NO_THROW(busy[0].result(0s));
  EXPECT_THROW(busy[1].result(0s), BrokenProcessPool);
  EXPECT_THROW(busy[2].result(0s), BrokenProcessPool);
  EXPECT_EQ(stagesOf(log), (std::vector{ShutdownStage::Draining, ShutdownStage::CancelQueued, ShutdownStage::Terminate,
                                        ShutdownStage::Done}));
  int byTerm = 0, properly = 0;
  for (const Event& event : eventsOf(log, EventKind::WorkerExited))
    event.flag == 0 && event.a == 0 ? ++properly : byTerm += event.flag == 1 && static_cast<int>(event.a) == SIGTERM;
  EXPECT_EQ(byTerm, 2);
  EXPECT_EQ(properly, 1) << "the idle one was asked to leave, and left";
}

TEST(ProcessShutdownDeadline, aDrainInTimeIsNotDisturbed) {
  EventLog log;
  ProcessPoolExecutor pool(sized(2, {}, &log));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 100; ++i)
    futures.push_back(pool.submit<&tasks::square>(i));
  pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 60s});
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(0s), i * i);
  EXPECT_EQ(stagesOf(log), (std::vector{ShutdownStage::Draining, ShutdownStage::Done}));
}

TEST(ProcessShutdownDeadline, isKeptWhereNobodyWaits) {
  Held held(sized(2));
  auto queued = held.pool.submit<&tasks::square>(1);
  held.pool.shutdown({.wait = false, .cancelFutures = false, .deadline = 1ms});
  for (auto& future : held.holders)
    EXPECT_THROW(future.result(20s), BrokenProcessPool);
  EXPECT_THROW(queued.result(20s), CancelledError);
  EXPECT_TRUE(eventually([&] { return held.pool.closed(); }));
}

TEST(ProcessShutdownDeadline, aLaterCallMaySetIt) {
  Held held(sized(1));
  held.pool.shutdown({.wait = false});
  held.pool.shutdown({.wait = false, .cancelFutures = false, .deadline = std::chrono::nanoseconds::max()});
  held.pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 0ns});
  EXPECT_TRUE(held.pool.closed());
  EXPECT_THROW(held.holders[0].result(0s), BrokenProcessPool);
}

TEST(ProcessShutdownDeadline, whatWasHandedAheadIsCancelledToo) {
  EventLog log;
  ProcessPoolOptions options = sized(1, {}, &log);
  options.grace = 20ms;
  ProcessPoolExecutor pool(options);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 5000; ++i)
    futures.push_back(pool.submit<&tasks::square>(i));
  ASSERT_TRUE(eventually([&] { return pool.stats().done > 0 && pool.stats().dispatched > 1; }));
  ::kill(pool.workerPids().at(0), SIGSTOP); // only SIGKILL helps now
  pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 0ns});
  for (const auto& future : futures)
    EXPECT_TRUE(future.done());
  const PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, stats.done + stats.failed + stats.cancelled);
  EXPECT_LE(stats.failed, 1u) << "no more than what it had begun";
  EXPECT_GT(stats.cancelled, 0u);
  EXPECT_EQ(foldDiffers(log, pool.id(), stats), "");
}

TEST(ProcessShutdownDeadline, anUnusedPoolClosesAtOnce) {
  ProcessPoolExecutor pool(sized(2));
  pool.shutdown({.wait = true, .cancelFutures = false, .deadline = 60s});
  EXPECT_TRUE(pool.closed());
}

// --- Waits that could never end

TEST(ProcessWaits, aCallbackCannotWaitForItsOwnPool) {
  Held held(sized(1));
  auto next = held.pool.submit<&tasks::mark>(held.marks.path("next"), held.marks.path("end"));
  auto queued = held.pool.submit<&tasks::square>(1);
  std::atomic<int> refused = 0;
  std::atomic<bool> called = false;
  held.holders[0].addDoneCallback([&](const Future<void>&) {
    const auto expectRefused = [&](auto&& call) { refused += isRefused(call); };
    expectRefused([&] { Future(next).result(); });
    expectRefused([&] { static_cast<void>(Future(queued).exception()); });
    expectRefused([&] { wait(std::vector{queued}); });
    expectRefused([&] { static_cast<void>(*asCompleted(std::vector{queued}).begin()); });
    const std::vector three{1, 2, 3};
    expectRefused([&] { static_cast<void>(*held.pool.map<&tasks::square>(three).begin()); });
    for (const MapOptions& chunks : {MapOptions{.chunkSize = 2}, MapOptions{.chunkSize = 2, .bufferSize = 1}}) {
      expectRefused([&] { static_cast<void>(*held.pool.map<&tasks::square>(three, chunks).begin()); });
      expectRefused([&] { static_cast<void>(*held.pool.mapUnordered<&tasks::square>(three, chunks).begin()); });
    }
    expectRefused([&] { held.pool.waitClosed(); });
    expectRefused([&] { held.pool.shutdown(); });
    called = true;
  });
  held.open();
  ASSERT_TRUE(eventually([&] { return called.load(); }));
  EXPECT_EQ(refused, 11);
  std::ofstream(held.marks.path("end"));
  EXPECT_EQ(queued.result(20s), 1) << "the pool goes on, and drains";
}

TEST(ProcessWaits, otherWaitsOfACallbackEnd) {
  ThreadPoolExecutor threads(1);
  Held held(sized(1)), other(sized(1));
  Promise<int> promise;
  auto queued = held.pool.submit<&tasks::square>(1);
  std::atomic<int> right = 0;
  std::atomic<bool> called = false;
  held.holders[0].addDoneCallback([&](const Future<void>&) {
    right += threads.submit([] { return 1; }).result() == 1;
    right += other.pool.submit<&tasks::square>(3).result() == 9;
    right += *other.pool.map<&tasks::square>(std::vector{4, 5}, {.chunkSize = 2}).begin() == 16;
    right += promise.future().result() == 5;
    try {
      static_cast<void>(Future(queued).result(1ms));
    } catch (const TimeoutError&) {
      ++right;
    }
    called = true;
  });
  held.open(), other.open();
  promise.setValue(5);
  ASSERT_TRUE(eventually([&] { return called.load(); }));
  EXPECT_EQ(right, 5);
}

TEST(ProcessWaits, aChainOverBothKindsOfPoolsIsFound) {
  ThreadPoolExecutor threads(1);
  Held held(sized(1));
  auto inner = held.pool.submit<&tasks::square>(4);
  std::atomic<bool> waits = false, refused = false, called = false;
  auto outer = threads.submit([&] {
    waits = true;
    return inner.result();
  });
  ASSERT_TRUE(eventually([&] { return waits.load(); }));
  held.holders[0].addDoneCallback([&](const Future<void>&) {
    refused = isRefused([&] { threads.submit([] {}).result(); }); // behind a task that waits for this very pool
    called = true;
  });
  held.open();
  ASSERT_TRUE(eventually([&] { return called.load(); }));
  const bool outerRefused = outer.exception(20s) != nullptr;
  EXPECT_TRUE(refused || outerRefused) << "one of the two";
}

TEST(ProcessWaits, aChainThroughAChunkIsFound) {
  ThreadPoolExecutor threads(1);
  Held held(sized(1));
  auto chunks = held.pool.map<&tasks::square>(std::vector{4, 5}, {.chunkSize = 2});
  std::atomic<bool> called = false;
  std::atomic<int> refused = 0;
  held.holders[0].addDoneCallback([&](const Future<void>&) {
    auto waits = threads.submit([&] { return *chunks.begin(); }); // for what this very thread brings
    refused += isRefused([&] { waits.result(); });
    called = true;
  });
  held.open();
  ASSERT_TRUE(eventually([&] { return called.load(); }));
  EXPECT_EQ(refused, 1) << "by the callback itself, or what the thread was told";
  threads.shutdown(); // the other one of the two still waits, for what is its own
}

TEST(ProcessWaits, aChainThroughAFullQueueIsFound) {
  ThreadPoolExecutor threads(1);
  Held held(sized(1, {.limit = 1, .whenFull = WhenFull::Block}));
  held.pool.submit<&tasks::mark>(held.marks.path("second"), held.marks.path("end"));
  std::atomic<bool> called = false;
  std::atomic<int> refused = 0;
  held.holders[0].addDoneCallback([&](const Future<void>&) {
    held.pool.submit<&tasks::square>(1); // the queue is full again
    auto waits = threads.submit([&] { held.pool.submit<&tasks::square>(2); });
    refused += isRefused([&] { waits.result(); });
    called = true;
  });
  held.open();
  ASSERT_TRUE(eventually([&] { return called.load(); }));
  EXPECT_EQ(refused, 1) << "by the callback itself, or what the thread was told";
  std::ofstream(held.marks.path("end"));
  threads.shutdown(); // before the pool that its task submits to
}

TEST(ProcessWaits, aWorkerMayWaitForAProcessThatRestarts) {
  ProcessPoolOptions options = sized(1);
  options.firstPause = 700ms; // longer than the half second between two looks
  ProcessPoolExecutor pool(options);
  ThreadPoolExecutor threads(1);
  pool.submit<&tasks::square>(1).result();
  ::kill(pool.workerPids().at(0), SIGKILL);
  ASSERT_TRUE(eventually([&] { return pool.stats().liveWorkers == 0; }));
  EXPECT_EQ(threads.submit([&] { return pool.submit<&tasks::square>(3).result(); }).result(20s), 9);
}

// --- map() in chunks

TEST(ProcessChunks, whatThePoolRefusesEndsEveryElement) {
  EventLog log;
  ProcessPoolExecutor pool(sized(1, {}, &log));
  const std::vector<int> in(100, 3);
  auto results = pool.map<&tasks::square>(in, {.chunkSize = 4, .bufferSize = 10});
  int read = 0, refused = 0;
  for (auto it = results.begin(); it != results.end();) {
    try {
      EXPECT_EQ(*it, 9);
      if (++read == 3) pool.shutdown({.wait = false});
    } catch (const ExecutorShutdown&) {
      ++refused;
    }
    try {
      ++it;
    } catch (const ExecutorShutdown&) {
      ++refused;
    }
  }
  EXPECT_GE(read, 9) << "all that it had taken before";
  EXPECT_GT(refused, 0);
  pool.waitClosed();
  EXPECT_EQ(eventsOf(log, EventKind::TaskResultRead).size(), pool.stats().submitted) << "and nothing of the others";
}

TEST(ProcessChunks, whatWasPulledBeforeTheRangeThrewHasAnOutcome) {
  ProcessPoolExecutor pool(sized(1));
  auto throws = std::views::iota(0) | std::views::transform([](int i) {
                  if (i >= 6) throw std::out_of_range("the input is damaged");
                  return i;
                });
  auto results = pool.map<&tasks::square>(throws, {.chunkSize = 50, .bufferSize = 4});
  int read = 0, thrown = 0;
  for (auto it = results.begin(); it != results.end();) {
    EXPECT_EQ(*it, read * read);
    ++read;
    try {
      ++it;
    } catch (const std::out_of_range&) {
      ++thrown;
    }
  }
  EXPECT_EQ(read, 6);
  EXPECT_GT(thrown, 0);
}

TEST(ProcessChunks, whoWaitsForAnElementIsShownToWaitForItsChunk) {
  EventLog log;
  Held held(sized(1, {}, &log));
  auto inOrder = held.pool.map<&tasks::square>(std::vector{1, 2}, {.chunkSize = 2});
  auto asReady = held.pool.mapUnordered<&tasks::square>(std::vector{1, 2}, {.chunkSize = 2});
  const TaskId chunk{2}; // the holder was the first
  std::jthread first([&] { EXPECT_EQ(*inOrder.begin(), 1); });
  std::jthread second([&] { EXPECT_EQ(*asReady.begin(), 1); });
  ASSERT_TRUE(eventually([&] { return eventsOf(log, EventKind::CallerBlocked).size() == 2; }));
  bool shown = false;
  for (const Event& event : eventsOf(log, EventKind::CallerBlocked)) {
    EXPECT_EQ(event.pool, held.pool.id());
    shown = shown || (event.flag == static_cast<std::uint8_t>(CallKind::Map) && event.task == chunk.value());
  }
  EXPECT_TRUE(shown);
  held.open();
  first.join(), second.join();
  std::set<std::uint64_t> read;
  for (const Event& event : eventsOf(log, EventKind::TaskResultRead))
    read.insert(event.task);
  EXPECT_TRUE(read.contains(chunk.value())) << "with its first element";
}

// --- mapUnordered

TEST(ProcessMapUnordered, givesWhatIsReadyFirst) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(2);
  const std::vector<std::tuple<std::string, std::string>> in{{marks.path("slow"), marks.path("go")},
                                                             {marks.path("fast"), marks.path("fast")}};
  auto results = pool.mapUnordered<&tasks::markAndTell>(in);
  auto it = results.begin();
  EXPECT_EQ(*it, marks.path("fast"));
  std::ofstream(marks.path("go"));
  ++it;
  EXPECT_EQ(*it, marks.path("slow"));
  ++it;
  EXPECT_TRUE(it == results.end());
}

TEST(ProcessMapUnordered, givesEveryElementOnceWhateverTheChunks) {
  ProcessPoolExecutor pool(3);
  std::vector<int> in(100);
  std::iota(in.begin(), in.end(), 0);
  for (const MapOptions& options : {MapOptions{}, MapOptions{.chunkSize = 7}, MapOptions{.bufferSize = 3},
                                    MapOptions{.chunkSize = 4, .bufferSize = 10}}) {
    std::set<int> seen;
    for (const int value : pool.mapUnordered<&tasks::square>(in, options))
      EXPECT_TRUE(seen.insert(value).second);
    EXPECT_EQ(seen.size(), 100u);
    EXPECT_TRUE(seen.contains(99 * 99));
  }
}

TEST(ProcessMapUnordered, closingItCancelsTheRest) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(1);
  pool.submit<&tasks::mark>(marks.path("0"), marks.path("go"));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 1; }));
  pool.mapUnordered<&tasks::square>(std::vector<int>(100, 1), {.chunkSize = 10}).close();
  EXPECT_EQ(pool.stats().cancelled, 10u);
  std::ofstream(marks.path("go"));
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
