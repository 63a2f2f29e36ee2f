#include "core/pool/scheduler.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

// What a shutdown that cancels leaves in the queue: as many tasks as workers are on their way to them.

namespace poolscope {
namespace {

using Phase = TaskNode::Phase;
using SlotPhase = Scheduler::SlotPhase;

constexpr ShutdownOptions kCancel{.wait = false, .cancelFutures = true};

struct SchedulerShutdown : testing::Test {
  EventBatch batch{nullptr};
  Scheduler scheduler{PoolId{1}, 4};
  std::array<TaskNode, 10> tasks;

  void submitAll() {
    for (TaskNode& task : tasks)
      scheduler.submit(task, {}, {}, {}, batch);
  }
  TaskNode* arrive(SlotIndex slot) {
    scheduler.ready(slot, {}, batch);
    return scheduler.next(slot, batch).task;
  }
  /// Its task ends, and it asks for the next one.
  Scheduler::Next endTask(SlotIndex slot) {
    scheduler.finish(slot, Outcome::Ok, {}, batch);
    return scheduler.next(slot, batch);
  }
  /// Ends whatever runs until nothing does any more.
  void workToTheEnd() {
    for (bool worked = true; worked;) {
      worked = false;
      for (std::size_t i = 0; i < scheduler.slots().size(); ++i)
        if (scheduler.slots()[i].task) endTask(static_cast<SlotIndex>(i)), worked = true;
    }
  }
  void TearDown() override { EXPECT_EQ(scheduler.checkInvariants(), ""); }
};

class SchedulerShutdownAfter : public SchedulerShutdown, public testing::WithParamInterface<SlotIndex> {};
INSTANTIATE_TEST_SUITE_P(Arrivals, SchedulerShutdownAfter, testing::Range<SlotIndex>(0, 5));

TEST_P(SchedulerShutdownAfter, fourOfTenRunHoweverManyWorkersHaveArrived) {
  submitAll();
  for (SlotIndex slot = 0; slot < GetParam(); ++slot)
    EXPECT_EQ(arrive(slot), &tasks[slot]);
  const Scheduler::Wishes wishes = scheduler.shutdown(kCancel, {}, batch);
  EXPECT_EQ(wishes.dropped.size(), 6u);
  EXPECT_EQ(scheduler.stats().queued, 4u - GetParam());
  for (std::size_t i = GetParam(); i < 4; ++i)
    EXPECT_EQ(tasks[i].phase, Phase::Queued) << "those at the head stay: " << i;
  for (SlotIndex slot = GetParam(); slot < 4; ++slot)
    EXPECT_EQ(arrive(slot), &tasks[slot]);
  workToTheEnd();
  EXPECT_EQ(scheduler.stats().done, 4u);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, sleepersThatTheQueueWakesComeForOneEach) {
  for (std::size_t i = 0; i < 4; ++i)
    scheduler.submit(tasks[i], {}, {}, {}, batch);
  for (SlotIndex slot = 0; slot < 4; ++slot)
    arrive(slot);
  for (SlotIndex slot = 0; slot < 4; ++slot)
    endTask(slot);
  ASSERT_EQ(scheduler.stats().idleWorkers, 4u);
  SlotIndex woken = kNoSlot;
  for (std::size_t i = 4; i < tasks.size(); ++i)
    if (const auto wish = scheduler.submit(tasks[i], {}, {}, {}, batch); wish.wake != kNoSlot) woken = wish.wake;
  EXPECT_EQ(scheduler.shutdown(kCancel, {}, batch).dropped.size(), 2u);
  for (int taken = 0; taken < 4; ++taken) { // each wakes the next
    ASSERT_NE(woken, kNoSlot);
    const Scheduler::Next next = scheduler.next(woken, batch);
    EXPECT_EQ(next.task, &tasks[4 + static_cast<std::size_t>(taken)]);
    woken = next.wish.wake;
  }
  workToTheEnd();
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, aSparedTaskCanStillBeCancelled) {
  submitAll();
  scheduler.shutdown(kCancel, {}, batch);
  EXPECT_TRUE(scheduler.cancel(tasks[3], By::Caller, {}, batch));
  for (SlotIndex slot = 0; slot < 3; ++slot)
    arrive(slot);
  scheduler.ready(3, {}, batch);
  EXPECT_TRUE(scheduler.next(3, batch).exit);
  workToTheEnd();
  EXPECT_EQ(scheduler.stats().done, 3u);
  EXPECT_EQ(scheduler.stats().cancelled, 7u);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, aWorkerThatCannotBeMadeTakesItsTaskWithIt) {
  submitAll();
  arrive(0);
  scheduler.shutdown(kCancel, {}, batch);
  const Scheduler::Wishes wishes = scheduler.spawnFailed(2, 11, 0, batch);
  ASSERT_EQ(wishes.dropped.size(), 1u);
  EXPECT_EQ(wishes.dropped[0], &tasks[3]) << "the last one: those before it have their workers";
  EXPECT_EQ(tasks[3].phase, Phase::Ended);
  scheduler.spawnFailed(1, 11, 0, batch), scheduler.spawnFailed(3, 11, 0, batch);
  EXPECT_FALSE(scheduler.deserted());
  workToTheEnd();
  EXPECT_EQ(scheduler.stats().done, 1u);
  EXPECT_EQ(scheduler.stats().cancelled, 9u);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, whenNoWorkerCanBeMadeAllAreCancelledAndNothingBreaks) {
  submitAll();
  scheduler.shutdown(kCancel, {}, batch);
  for (SlotIndex slot = 0; slot < 4; ++slot)
    scheduler.spawnFailed(slot, 11, 0, batch);
  EXPECT_FALSE(scheduler.deserted());
  EXPECT_EQ(scheduler.stats().cancelled, 10u);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, aWorkerProcessThatDiesBeforeItIsReadyTakesItsTaskWithIt) {
  submitAll();
  scheduler.shutdown(kCancel, {}, batch);
  const Scheduler::Wishes wishes = scheduler.exited(1, {}, SlotPhase::Waiting, {}, batch);
  ASSERT_EQ(wishes.dropped.size(), 1u);
  EXPECT_EQ(wishes.dropped[0], &tasks[3]);
}

TEST_F(SchedulerShutdown, aStartingWorkerThatRetiresTakesItsTaskWithIt) {
  submitAll();
  arrive(0);
  scheduler.shutdown(kCancel, {}, batch);
  EXPECT_EQ(scheduler.resize(2, By::Person, batch).dropped.size(), 2u);
  EXPECT_EQ(scheduler.resize(4, By::Person, batch).dropped.size(), 0u);
  EXPECT_EQ(scheduler.stats().queued, 1u);
}

TEST_F(SchedulerShutdown, aSecondCancelSparesTheSame) {
  submitAll();
  EXPECT_EQ(scheduler.shutdown({.wait = false}, {}, batch).dropped.size(), 0u);
  EXPECT_EQ(scheduler.shutdown(kCancel, {}, batch).dropped.size(), 6u);
  EXPECT_EQ(scheduler.shutdown(kCancel, {}, batch).dropped.size(), 0u);
}

TEST_F(SchedulerShutdown, itsDeadlineSparesNothing) {
  submitAll();
  scheduler.shutdown({.wait = false, .cancelFutures = true}, {}, batch, 1);
  EXPECT_EQ(scheduler.enterStage(ShutdownStage::CancelQueued, batch).dropped.size(), 4u);
}

} // namespace
} // namespace poolscope
