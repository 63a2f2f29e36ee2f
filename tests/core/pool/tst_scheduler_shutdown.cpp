#include "core/pool/scheduler.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>
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

  /// What the scheduler asks for is not this test's matter, but whom it wakes.
  SlotIndex done(Scheduler::Wish&& wish) {
    static_cast<void>(wish.start.take());
    return wish.wake.take();
  }
  std::vector<TaskNode*> done(Scheduler::Wishes&& wishes) {
    for (auto* slots : {&wishes.wake, &wishes.start})
      for (Scheduler::Errand& slot : *slots)
        static_cast<void>(slot.take());
    return wishes.dropped;
  }
  SlotIndex submit(TaskNode& task) { return done(scheduler.submit(task, {}, {}, {}, batch)); }
  void submitAll() {
    for (TaskNode& task : tasks)
      submit(task);
  }
  std::vector<TaskNode*> cancel() { return done(scheduler.shutdown(kCancel, {}, batch)); }
  std::vector<TaskNode*> spawnFailed(SlotIndex slot) { return done(scheduler.spawnFailed(slot, 11, 0, batch)); }
  std::vector<TaskNode*> resize(std::size_t size) { return done(scheduler.resize(size, By::Person, batch)); }
  Scheduler::Next next(SlotIndex slot, SlotIndex* wakes = nullptr) {
    Scheduler::Next next = scheduler.next(slot, batch);
    const SlotIndex woken = done(std::move(next.wish));
    if (wakes) *wakes = woken;
    return next;
  }
  TaskNode* arrive(SlotIndex slot) {
    scheduler.ready(slot, {}, batch);
    return next(slot).task;
  }
  /// Its task ends, and it asks for the next one.
  void endTask(SlotIndex slot) {
    scheduler.finish(slot, Outcome::Ok, {}, batch);
    next(slot);
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
  EXPECT_EQ(cancel().size(), 6u);
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
    submit(tasks[i]);
  for (SlotIndex slot = 0; slot < 4; ++slot)
    arrive(slot);
  for (SlotIndex slot = 0; slot < 4; ++slot)
    endTask(slot);
  ASSERT_EQ(scheduler.stats().idleWorkers, 4u);
  SlotIndex woken = kNoSlot;
  for (std::size_t i = 4; i < tasks.size(); ++i)
    if (const SlotIndex slot = submit(tasks[i]); slot != kNoSlot) woken = slot;
  EXPECT_EQ(cancel().size(), 2u);
  for (int taken = 0; taken < 4; ++taken) { // each wakes the next
    ASSERT_NE(woken, kNoSlot);
    EXPECT_EQ(next(woken, &woken).task, &tasks[4 + static_cast<std::size_t>(taken)]);
  }
  workToTheEnd();
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, aSparedTaskCanStillBeCancelled) {
  submitAll();
  cancel();
  EXPECT_TRUE(scheduler.cancel(tasks[3], By::Caller, {}, batch));
  for (SlotIndex slot = 0; slot < 3; ++slot)
    arrive(slot);
  scheduler.ready(3, {}, batch);
  EXPECT_TRUE(next(3).exit);
  workToTheEnd();
  EXPECT_EQ(scheduler.stats().done, 3u);
  EXPECT_EQ(scheduler.stats().cancelled, 7u);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, aWorkerThatCannotBeMadeTakesItsTaskWithIt) {
  submitAll();
  arrive(0);
  cancel();
  const std::vector<TaskNode*> dropped = spawnFailed(2);
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_EQ(dropped[0], &tasks[3]) << "the last one: those before it have their workers";
  EXPECT_EQ(tasks[3].phase, Phase::Ended);
  spawnFailed(1), spawnFailed(3);
  EXPECT_FALSE(scheduler.deserted());
  workToTheEnd();
  EXPECT_EQ(scheduler.stats().done, 1u);
  EXPECT_EQ(scheduler.stats().cancelled, 9u);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, whenNoWorkerCanBeMadeAllAreCancelledAndNothingBreaks) {
  submitAll();
  cancel();
  for (SlotIndex slot = 0; slot < 4; ++slot)
    spawnFailed(slot);
  EXPECT_FALSE(scheduler.deserted());
  EXPECT_EQ(scheduler.stats().cancelled, 10u);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(SchedulerShutdown, aWorkerProcessThatDiesBeforeItIsReadyTakesItsTaskWithIt) {
  submitAll();
  cancel();
  const std::vector<TaskNode*> dropped = done(scheduler.exited(1, {}, SlotPhase::Waiting, {}, batch));
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_EQ(dropped[0], &tasks[3]);
}

TEST_F(SchedulerShutdown, aStartingWorkerThatRetiresTakesItsTaskWithIt) {
  submitAll();
  arrive(0);
  cancel();
  EXPECT_EQ(resize(2).size(), 2u);
  EXPECT_EQ(resize(4).size(), 0u);
  EXPECT_EQ(scheduler.stats().queued, 1u);
}

TEST_F(SchedulerShutdown, aSecondCancelSparesTheSame) {
  submitAll();
  EXPECT_EQ(done(scheduler.shutdown({.wait = false}, {}, batch)).size(), 0u);
  EXPECT_EQ(cancel().size(), 6u);
  EXPECT_EQ(cancel().size(), 0u);
}

TEST_F(SchedulerShutdown, itsDeadlineSparesNothing) {
  submitAll();
  done(scheduler.shutdown(kCancel, {}, batch, 1));
  EXPECT_EQ(done(scheduler.enterStage(ShutdownStage::CancelQueued, batch)).size(), 4u);
}

} // namespace
} // namespace poolscope
