#include "core/event/event_log.h"
#include "core/event/pool_state.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace poolscope;

// What a reader can know who did not see everything: each pool tells its state anew.

namespace {

/// The fold over a recording from some event on.
struct Reader {
  PoolState state;
  TaskHistory history;
  std::uint64_t read = 0;
  void follow(EventLog& log) {
    log.drainNow();
    for (; read < log.recording().size(); ++read) {
      StateFold::extend(state, history, log.recording()[read]);
      const std::string violation = StateFold::checkInvariants(state, history);
      ASSERT_EQ(violation, "") << "after event " << read;
    }
  }
};

void expectSame(const PoolLive& pool, const PoolStats& stats) {
  EXPECT_EQ(pool.target, stats.maxWorkers);
  EXPECT_EQ(pool.counters.submitted, stats.submitted);
  EXPECT_EQ(pool.counters.queued, stats.queued);
  EXPECT_EQ(pool.counters.running, stats.running);
  EXPECT_EQ(pool.counters.done, stats.done);
  EXPECT_EQ(pool.counters.failed, stats.failed);
  EXPECT_EQ(pool.counters.cancelled, stats.cancelled);
}

ThreadPoolOptions recorded(EventLog& log, std::size_t workers) {
  ThreadPoolOptions options;
  options.maxWorkers = workers, options.log = &log, options.threadNamePrefix = "P", options.label = "what for";
  return options;
}

} // namespace

TEST(Snapshot, aLateReaderKnowsThePool) {
  EventLog log;
  Gate gate;
  ThreadPoolExecutor pool(recorded(log, 2));
  pool.submit([] {}).result();
  auto failing = pool.submit([] { throw std::runtime_error("no"); });
  wait(std::vector{failing});
  TaskOptions first;
  first.priority = 3, first.name = "urgent";
  for (int i = 0; i < 2; ++i)
    pool.submit([&] {
      const Blocking recv(BlockReason::Recv);
      gate.pass();
    });
  ASSERT_TRUE(gate.waitForArrivals(2));
  const auto plain = pool.submit([] {});
  auto dropped = pool.submit([] {});
  const auto urgent = pool.submit(first, [] {});
  dropped.cancel();
  Reader late;
  late.read = log.drainNow();
  log.askForSnapshots();
  late.follow(log);
  const PoolLive* known = late.state.pool(pool.id());
  ASSERT_NE(known, nullptr);
  EXPECT_FALSE(known->gap);
  expectSame(*known, pool.stats());
  EXPECT_EQ(log.recording().texts().text(known->prefix), "P");
  EXPECT_EQ(log.recording().texts().text(known->label), "what for");
  EXPECT_EQ(late.state.queuedTasks(pool.id(), late.history, 9), (std::vector{urgent.taskId(), plain.taskId()}));
  ASSERT_EQ(known->slots.size(), 2u);
  for (const WorkerState& worker : known->slots) {
    EXPECT_EQ(worker.phase, WorkerPhase::Blocked);
    EXPECT_NE(worker.tid, 0u);
    EXPECT_EQ(log.recording().texts().text(worker.name), "P_" + std::to_string(worker.slot));
  }
  pool.moveToFront(plain.taskId()); // what comes later fits to what was told
  const auto last = pool.submit([] {});
  late.follow(log);
  EXPECT_EQ(late.state.queuedTasks(pool.id(), late.history, 9),
            (std::vector{urgent.taskId(), plain.taskId(), last.taskId()}));
  gate.open();
  pool.shutdown();
  late.follow(log);
  expectSame(*late.state.pool(pool.id()), pool.stats());
  EXPECT_FALSE(late.state.pool(pool.id())->open);
}

TEST(Snapshot, aReaderOfTheWholeRecordIsNotDisturbed) {
  EventLog log;
  Gate gate;
  ThreadPoolExecutor pool(recorded(log, 2));
  for (int i = 0; i < 5; ++i)
    pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(2));
  Reader reader;
  reader.follow(log);
  const std::size_t workers = reader.history.workersOf(pool.id()).size();
  const std::int64_t submitted = reader.history.tasks()[3].submitted;
  log.askForSnapshots();
  log.askForSnapshots();
  reader.follow(log);
  EXPECT_EQ(reader.history.workersOf(pool.id()).size(), workers);
  EXPECT_EQ(reader.history.tasks()[3].submitted, submitted);
  EXPECT_NE(reader.history.tasks()[3].caller, CallerId{});
  gate.open();
  pool.shutdown();
  reader.follow(log);
  expectSame(*reader.state.pool(pool.id()), pool.stats());
  for (std::uint64_t i = 0; i < reader.history.tasks().size(); ++i)
    EXPECT_EQ(reader.history.tasks()[i].outcome, Outcome::Ok);
}

TEST(Snapshot, afterALossThePoolsTellTheirStateAnew) {
  EventLogOptions options;
  options.recordingBytes = 100 * sizeof(Event), options.startDrainer = false;
  EventLog log(options);
  ThreadPoolExecutor pool(recorded(log, 1));
  for (int i = 0; i < 200; ++i)
    pool.submit([] {}).result();
  log.drainNow();
  EXPECT_EQ(log.recording().size(), 100u);
  const std::uint64_t lost = log.recording().dropped();
  EXPECT_GT(lost, 0u);
  Gate gate;
  pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  const auto queued = pool.submit([] {});
  log.drainNow();
  log.setRecordingBytes(std::size_t{1} << 20);
  Reader reader;
  reader.follow(log);
  EXPECT_GE(reader.state.dropped, lost);
  EXPECT_EQ(reader.state.dropped, log.recording().dropped());
  const PoolLive* known = reader.state.pool(pool.id());
  ASSERT_NE(known, nullptr);
  EXPECT_FALSE(known->gap);
  expectSame(*known, pool.stats());
  EXPECT_EQ(reader.state.queuedTasks(pool.id(), reader.history, 9), std::vector{queued.taskId()});
  gate.open();
  pool.shutdown();
  reader.follow(log);
  expectSame(*reader.state.pool(pool.id()), pool.stats());
}

TEST(Snapshot, theDrainerAsksByItself) {
  EventLogOptions options;
  options.recordingBytes = 64 * sizeof(Event);
  EventLog log(options);
  ThreadPoolExecutor pool(recorded(log, 1));
  for (int i = 0; i < 200; ++i)
    pool.submit([] {}).result();
  log.drainNow();
  log.setRecordingBytes(std::size_t{1} << 20);
  const auto told = [&] {
    for (std::uint64_t q = 0; q < log.recording().size(); ++q)
      if (log.recording()[q].kind == EventKind::SnapshotEnd) return true;
    return false;
  };
  for (int i = 0; i < 20'000 && !told(); ++i)
    std::this_thread::yield();
  log.drainNow(); // at the latest now, were the drainer kept from the CPU
  EXPECT_TRUE(told());
}
