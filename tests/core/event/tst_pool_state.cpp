#include "core/event/pool_state.h"

#include "core/event/state_history.h"
#include "tests/support/event_maker.h"
#include "tests/support/random_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

using namespace poolscope;
using namespace poolscope::test;

namespace {

constexpr PoolId kPool{1};

/// Folds a log written by hand, its invariants checked after every event.
struct Folded {
  explicit Folded(const std::function<void(EventMaker&)>& write) {
    EventMaker maker(recording);
    write(maker);
    for (std::uint64_t q = 0; q < recording.size(); ++q) {
      StateFold::extend(state, history, recording[q]);
      if (broken.empty()) broken = StateFold::checkInvariants(state, history);
    }
  }
  std::string pool() const { return describe(state, history, kPool); }
  const TaskRow& task(std::uint64_t id) const { return *history.find(TaskId{id}); }

  Recording recording;
  PoolState state;
  TaskHistory history;
  std::string broken;
};

struct Row {
  const char* name;
  std::function<void(EventMaker&)> log;
  const char* pool;
};
std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.name;
}

const std::string kNone = "; submitted 0 queued 0 dispatched 0 running 0 blocked 0 done 0 failed 0 cancelled 0";

class Slots : public testing::TestWithParam<Row> {};

} // namespace

TEST_P(Slots, areAsTheLogTells) {
  const Folded folded(GetParam().log);
  EXPECT_EQ(folded.broken, "");
  const std::string text = folded.pool();
  EXPECT_EQ(text.substr(0, text.find("queue") - 1), GetParam().pool);
}

INSTANTIATE_TEST_SUITE_P(
    PoolState, Slots,
    testing::Values(
        Row{"openedPoolHasVacantSlots", [](EventMaker& e) { e.opened(1, 3); },
            "target 3: 0 vacant, 1 vacant, 2 vacant,"},
        Row{"growingAddsVacantSlots", [](EventMaker& e) { e.opened(1, 1).ready(1, 0).resized(1, 1, 3); },
            "target 3: 0 idle, 1 vacant, 2 vacant,"},
        Row{"shrinkingTakesVacantSlotsAway", [](EventMaker& e) { e.opened(1, 4).ready(1, 0).resized(1, 4, 2); },
            "target 2: 0 idle, 1 vacant,"},
        Row{"aRetiringWorkerAboveTheTargetStaysUntilItExits",
            [](EventMaker& e) {
              e.opened(1, 4).submitted(1, 1).ready(1, 3).started(1, 1, 3).resized(1, 4, 1);
              e.worker(EventKind::WorkerRetiring, 1, 3);
            },
            "target 1: 0 vacant, 3 running #1 retiring,"},
        Row{"thenItsSlotIsGone",
            [](EventMaker& e) {
              e.opened(1, 4).submitted(1, 1).ready(1, 3).started(1, 1, 3).resized(1, 4, 1);
              e.worker(EventKind::WorkerRetiring, 1, 3).finished(1, 1, 3).worker(EventKind::WorkerExited, 1, 3);
            },
            "target 1: 0 vacant,"},
        Row{"aWorkerThatStaysAfterAllRetiresNoLonger",
            [](EventMaker& e) {
              e.opened(1, 2).ready(1, 1).resized(1, 2, 1).worker(EventKind::WorkerRetiring, 1, 1).resized(1, 1, 2);
              e.worker(EventKind::WorkerRetiring, 1, 1, static_cast<std::uint8_t>(RetireReason::Stays));
            },
            "target 2: 0 vacant, 1 idle,"},
        Row{"anExitedWorkerBelowTheTargetLeavesAVacantSlot",
            [](EventMaker& e) { e.opened(1, 2).ready(1, 0).worker(EventKind::WorkerExited, 1, 0); },
            "target 2: 0 vacant, 1 vacant,"},
        Row{"aPoolThatShutsDownShowsNoVacantSlots",
            [](EventMaker& e) { e.opened(1, 3).ready(1, 1).shutdownBegun(1).resized(1, 3, 5); },
            "target 5 shutting down: 1 idle,"},
        Row{"itsWorkersLeaveNoSlotBehind",
            [](EventMaker& e) {
              e.opened(1, 3).ready(1, 1).shutdownBegun(1).worker(EventKind::WorkerExited, 1, 1);
              e.pool(EventKind::PoolClosed, 1);
            },
            "target 3 closed shutting down:"},
        Row{"aWorkerThatCannotBeMadeLeavesItsSlotVacant",
            [](EventMaker& e) {
              e.opened(1, 1)
                  .worker(EventKind::WorkerStarting, 1, 0, 0, 1)
                  .worker(EventKind::PoolSpawnFailed, 1, 0, 0, 11);
            },
            "target 1: 0 vacant,"},
        Row{"aFailedSlotSaysSo",
            [](EventMaker& e) { e.opened(1, 1).ready(1, 0).worker(EventKind::WorkerSlotFailed, 1, 0); },
            "target 1: 0 failed,"},
        Row{"aBlockedTaskBlocksItsWorker",
            [](EventMaker& e) { e.opened(1, 1).submitted(1, 1).ready(1, 0).started(1, 1, 0).blocked(1, 1, 0); },
            "target 1: 0 blocked #1,"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PoolState, theQueueIsInOrderOfPriorityThenKey) {
  const Folded folded([](EventMaker& e) {
    e.opened(1, 1);
    e.submitted(1, 1).submitted(1, 2).submitted(1, 3, 5).submitted(1, 4).submitted(1, 5, -1).submitted(1, 6, 5);
    e.moved(1, 4, 1).task(EventKind::TaskCancelled, 1, 2);
  });
  EXPECT_EQ(folded.broken, "");
  const auto queue = folded.state.queuedTasks(kPool, folded.history, 100);
  EXPECT_EQ(queue, (std::vector<TaskId>{TaskId{3}, TaskId{6}, TaskId{4}, TaskId{1}, TaskId{5}}));
  EXPECT_EQ(folded.state.queuedTasks(kPool, folded.history, 2), (std::vector<TaskId>{TaskId{3}, TaskId{6}}));
  EXPECT_EQ(folded.state.lastQueuedTasks(kPool, folded.history, 3),
            (std::vector<TaskId>{TaskId{5}, TaskId{1}, TaskId{4}}));
}

TEST(PoolState, theQueueReadFromItsEndIsTheSameQueue) {
  Recording recording;
  const RandomRun run(11, 3000, recording);
  PoolState state;
  TaskHistory history;
  for (std::uint64_t q = 0; q < recording.size(); ++q) {
    StateFold::extend(state, history, recording[q]);
    for (const PoolLive& pool : state.pools) {
      auto queue = state.queuedTasks(pool.id, history, SIZE_MAX);
      std::reverse(queue.begin(), queue.end());
      ASSERT_EQ(state.lastQueuedTasks(pool.id, history, SIZE_MAX), queue) << "after event " << q;
    }
  }
}

TEST(PoolState, aTaskKnowsItsPlaceInTheQueueWhenItCame) {
  const Folded folded([](EventMaker& e) {
    e.opened(1, 1).submitted(1, 1).submitted(1, 2).submitted(1, 3, 1).submitted(1, 4).submitted(1, 5, -1).submitted(
        1, 6, 1);
  });
  const std::uint32_t expected[] = {1, 2, 1, 4, 5, 2};
  for (std::uint64_t id = 1; id <= 6; ++id)
    EXPECT_EQ(folded.task(id).queuePositionAtSubmit, expected[id - 1]) << "task " << id;
}

TEST(PoolState, aRowsPhaseIsAComparisonWithTime) {
  const Folded folded([](EventMaker& e) {
    e.at(100).opened(1, 1).at(200).submitted(1, 1).at(290).ready(1, 0).at(300).started(1, 1, 0);
    e.at(400)
        .blocked(1, 1, 0)
        .at(500)
        .task(EventKind::TaskUnblocked, 1, 1, 0)
        .at(600)
        .finished(1, 1, 0, Outcome::Error);
  });
  const TaskRow& row = folded.task(1);
  const std::pair<std::int64_t, TaskPhase> expected[] = {
      {199, TaskPhase::Unborn},  {200, TaskPhase::Queued},   {299, TaskPhase::Queued},  {300, TaskPhase::Running},
      {400, TaskPhase::Blocked}, {499, TaskPhase::Blocked},  {500, TaskPhase::Running}, {599, TaskPhase::Running},
      {600, TaskPhase::Failed},  {kNever, TaskPhase::Failed}};
  for (const auto& [t, phase] : expected)
    EXPECT_EQ(row.phaseAt(t), phase) << "at " << t;
  EXPECT_EQ(row.waitedAt(250), 50);
  EXPECT_EQ(row.waitedAt(1000), 100);
  EXPECT_EQ(row.ranAt(350), 50);
  EXPECT_EQ(row.ranAt(1000), 300);
  EXPECT_EQ(row.blockedAt(450), 50);
  EXPECT_EQ(row.blockedAt(kNever), 100);
}

TEST(PoolState, lagsShortenNoPhaseButCountInDurations) {
  const Folded folded([](EventMaker& e) {
    Event event;
    event.pool = kPool, event.task = 1, event.slot = 0;
    e.at(100)
        .opened(1, 1, WorkerKind::Process)
        .submitted(1, 1)
        .ready(1, 0)
        .at(200)
        .task(EventKind::TaskDispatched, 1, 1, 0);
    event.kind = EventKind::TaskStarted, event.setCd(30);
    e.at(300).add(event);
    event.kind = EventKind::TaskFinished, event.flag = 1, event.setCd(10);
    e.at(400).add(event);
  });
  EXPECT_EQ(folded.task(1).phaseAt(299), TaskPhase::Dispatched);
  EXPECT_EQ(folded.task(1).ranAt(1000), 390 - 270);
}

TEST(PoolState, aRequeuedTaskGoesBackToTheHeadAndWasDispatchedTwice) {
  const Folded folded([](EventMaker& e) {
    e.opened(1, 1, WorkerKind::Process).submitted(1, 1).submitted(1, 2).ready(1, 0);
    e.at(100).task(EventKind::TaskDispatched, 1, 1, 0).at(200).task(EventKind::TaskRequeued, 1, 1, 0);
    e.worker(EventKind::WorkerExited, 1, 0, 1, 9).ready(1, 0, 2).at(300).task(EventKind::TaskDispatched, 1, 1, 0);
  });
  EXPECT_EQ(folded.broken, "");
  EXPECT_EQ(folded.task(1).phaseAt(150), TaskPhase::Dispatched);
  EXPECT_EQ(folded.task(1).phaseAt(250), TaskPhase::Queued);
  EXPECT_EQ(folded.task(1).phaseAt(350), TaskPhase::Dispatched);
}

TEST(PoolState, whatCannotBeIsSaidInASentence) {
  const Folded twice([](EventMaker& e) {
    e.opened(1, 2).submitted(1, 1).ready(1, 0).started(1, 1, 0).finished(1, 1, 0).finished(1, 1, 0);
  });
  EXPECT_NE(twice.broken.find("a task ends twice"), std::string::npos) << twice.broken;
  const Folded two([](EventMaker& e) {
    e.opened(1, 2).submitted(1, 1).submitted(1, 2).ready(1, 0).started(1, 1, 0).started(1, 2, 0);
  });
  EXPECT_NE(two.broken, "");
  const Folded unknown([](EventMaker& e) { e.opened(1, 2).finished(1, 9, 0); });
  EXPECT_NE(unknown.broken.find("not submitted"), std::string::npos) << unknown.broken;
}

TEST(PoolState, aSnapshotReplacesThePoolAndWhatItDoesNotTellIsUnknown) {
  const Folded folded([](EventMaker& e) {
    e.opened(1, 2).submitted(1, 1).submitted(1, 2).submitted(1, 3).ready(1, 0).started(1, 1, 0);
    e.pool(EventKind::Dropped, 0); // in the gap 1 and 2 ended, 4 to 6 came
    e.pool(EventKind::SnapshotBegin, 1).opened(1, 3).ready(1, 0).ready(1, 1);
    e.submitted(1, 3).started(1, 3, 1).submitted(1, 6).submitted(1, 5).moved(1, 5, 200).moved(1, 6, 100);
    e.pool(EventKind::SnapshotEnd, 1).finished(1, 3, 1).submitted(1, 7);
  });
  EXPECT_EQ(folded.broken, "");
  EXPECT_EQ(folded.task(1).phaseAt(kNever), TaskPhase::Unknown);
  EXPECT_EQ(folded.task(2).phaseAt(kNever), TaskPhase::Unknown);
  EXPECT_EQ(folded.task(3).phaseAt(kNever), TaskPhase::Done);
  EXPECT_EQ(folded.pool(),
            "target 3: 0 idle, 1 idle, 2 vacant, queue 7 6 5; submitted 4 queued 3 dispatched 0 running 0 "
            "blocked 0 done 1 failed 0 cancelled 0");
}

TEST(PoolState, aLogWithoutItsBeginningIsFoldedAsFarAsItGoes) {
  const Folded folded([](EventMaker& e) {
    e.started(1, 7, 2).finished(1, 7, 2).task(EventKind::TaskCancelled, 1, 9).worker(EventKind::WorkerExited, 1, 2);
  });
  EXPECT_EQ(folded.broken, ""); // there is a gap, so nothing is held against it
  EXPECT_EQ(folded.state.pool(kPool)->counters.done, 1u);
}

TEST(PoolState, stepLinesFollowSizeDepthAndBusy) {
  const Folded folded([](EventMaker& e) {
    e.at(10).opened(1, 2).at(20).submitted(1, 1).at(30).submitted(1, 2).at(35).ready(1, 0).at(50).started(1, 1, 0);
    e.at(60).resized(1, 2, 4).at(70).finished(1, 1, 0).at(70).started(1, 2, 0).at(90).finished(1, 2, 0);
  });
  const auto line = [](const StepLine& steps) { return std::vector<StepPoint>(steps.begin(), steps.end()); };
  EXPECT_EQ(line(folded.history.poolSize(kPool)), (std::vector<StepPoint>{{10, 2}, {60, 4}}));
  EXPECT_EQ(line(folded.history.queueDepth(kPool)),
            (std::vector<StepPoint>{{10, 0}, {20, 1}, {30, 2}, {50, 1}, {70, 0}}));
  EXPECT_EQ(line(folded.history.busy(kPool)), (std::vector<StepPoint>{{10, 0}, {50, 1}, {90, 0}}));
}

TEST(PoolState, callersAndClientsLeaveSpansAndRows) {
  const Folded folded([](EventMaker& e) {
    Event event;
    event.pool = kPool, event.b = 77, event.kind = EventKind::CallerBlocked;
    event.flag = static_cast<std::uint8_t>(CallKind::Shutdown);
    e.at(10).opened(1, 1).at(20).add(event);
    event.kind = EventKind::CallerResumed;
    e.at(50).add(event);
    Event client;
    client.pool = kPool, client.d = 3, client.kind = EventKind::ClientConnected;
    e.at(60).add(client);
    client.kind = EventKind::ClientReceived, client.setAb(5'000'000'000);
    e.at(70).add(client);
  });
  ASSERT_EQ(folded.history.callerSpans().size(), 1u);
  EXPECT_EQ(folded.history.callerSpans()[0].begin, 20);
  EXPECT_EQ(folded.history.callerSpans()[0].end, 50);
  EXPECT_FALSE(folded.state.caller(CallerId{77})->blocked);
  EXPECT_EQ(folded.history.findClient(ClientId{3})->received, 5'000'000'000u);
  EXPECT_EQ(folded.state.clients.at(ClientId{3}).received, 5'000'000'000u);
}

class RandomRuns : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomRuns, theFoldAgreesWithThePlainAccountAfterEveryDecision) {
  Recording recording;
  const RandomRun run(GetParam(), 3000, recording);
  PoolState state;
  TaskHistory history;
  for (const RandomRun::Truth& truth : run.truths) {
    while (state.seq < truth.events) {
      StateFold::extend(state, history, recording[state.seq]);
      ASSERT_EQ(StateFold::checkInvariants(state, history), "");
    }
    for (std::size_t i = 0; i < truth.pools.size(); ++i)
      ASSERT_EQ(describe(state, history, PoolId{static_cast<std::uint32_t>(i + 1)}), truth.pools[i])
          << "after event " << truth.events;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRuns, testing::Range<std::uint64_t>(1, 41));
