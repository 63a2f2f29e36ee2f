#include "core/pool/scheduler.h"

#include <gtest/gtest.h>

#include <array>

// The decisions that only a pool of worker processes needs, without any process.

namespace poolscope {
namespace {

using Phase = TaskNode::Phase;
using SlotPhase = Scheduler::SlotPhase;

struct ProcessScheduler : testing::Test {
  EventBatch batch{nullptr};
  Scheduler scheduler{PoolId{1}, 2};
  std::array<TaskNode, 6> tasks;

  Scheduler::Wish submit(TaskNode& task) { return scheduler.submit(task, {}, {}, {}, batch); }
  /// A worker in this slot that was started for a task: it has it when this returns.
  TaskNode* readyWorker(SlotIndex slot) {
    scheduler.ready(slot, {}, batch);
    return scheduler.dispatch(slot, batch).task;
  }
  void TearDown() override { EXPECT_EQ(scheduler.checkInvariants(), ""); }
};

TEST_F(ProcessScheduler, aTaskIsDispatchedBeforeItRuns) {
  EXPECT_EQ(submit(tasks[0]).start, 0);
  EXPECT_EQ(readyWorker(0), &tasks[0]);
  EXPECT_EQ(tasks[0].phase, Phase::Dispatched);
  EXPECT_EQ(scheduler.stats().dispatched, 1u);
  EXPECT_EQ(scheduler.stats().running, 0u);
  EXPECT_FALSE(scheduler.cancel(tasks[0], By::Caller, {}, batch)) << "what was handed over is not cancelled";
  scheduler.started(tasks[0], 0, batch);
  EXPECT_EQ(scheduler.stats().running, 1u);
  scheduler.finish(0, Outcome::Ok, {}, batch);
  EXPECT_EQ(scheduler.dispatch(0, batch).task, nullptr);
  EXPECT_EQ(scheduler.stats().idleWorkers, 1u);
  EXPECT_EQ(submit(tasks[1]).wake, 0) << "the idle worker, not a new one";
  EXPECT_EQ(scheduler.dispatch(0, batch).task, &tasks[1]);
}

TEST_F(ProcessScheduler, requeuedTasksKeepTheirOrder) {
  for (TaskNode& task : tasks)
    submit(task);
  ASSERT_EQ(readyWorker(0), &tasks[0]);
  ASSERT_EQ(scheduler.dispatchAhead(0, batch), &tasks[1]);
  ASSERT_EQ(scheduler.dispatchAhead(0, batch), &tasks[2]);
  scheduler.started(tasks[0], 0, batch);
  scheduler.requeue(tasks[2], batch);
  scheduler.requeue(tasks[1], batch);
  scheduler.finish(0, Outcome::WorkerDied, {}, batch);
  scheduler.exited(0, {}, SlotPhase::Waiting, {}, batch);
  EXPECT_EQ(scheduler.queue().head(), &tasks[1]);
  EXPECT_EQ(tasks[1].next, &tasks[2]);
  EXPECT_EQ(tasks[2].next, &tasks[3]);
  EXPECT_EQ(scheduler.stats().failed, 1u);
}

TEST_F(ProcessScheduler, aWaitingSlotKeepsItsPlace) {
  submit(tasks[0]), submit(tasks[1]);
  readyWorker(0), readyWorker(1);
  scheduler.requeue(tasks[0], batch);
  scheduler.exited(0, {}, SlotPhase::Waiting, {}, batch);
  EXPECT_EQ(submit(tasks[2]).start, kNoSlot) << "a third worker beside a size of two";
  EXPECT_TRUE(scheduler.restart(0, batch));
  EXPECT_EQ(scheduler.slots()[0].generation, 2u);
  EXPECT_EQ(readyWorker(0), &tasks[0]) << "it went back to the head";
}

TEST_F(ProcessScheduler, failedSlotsMakeThePoolHopeless) {
  submit(tasks[0]), submit(tasks[1]);
  scheduler.exited(0, {}, SlotPhase::Failed, {}, batch);
  EXPECT_FALSE(scheduler.hopeless());
  scheduler.exited(1, {}, SlotPhase::Failed, {}, batch);
  EXPECT_TRUE(scheduler.hopeless());
  EXPECT_EQ(scheduler.resize(3, By::Person, batch).start.size(), 2u) << "a person who asks anew gets new tries";
  EXPECT_FALSE(scheduler.hopeless());
}

TEST_F(ProcessScheduler, aLeavingWorkerCountsUntilItHasExited) {
  submit(tasks[0]);
  readyWorker(0);
  scheduler.started(tasks[0], 0, batch);
  scheduler.finish(0, Outcome::Ok, {}, batch);
  scheduler.dispatch(0, batch);
  const Scheduler::Wishes wishes = scheduler.shutdown({}, {}, batch);
  ASSERT_EQ(wishes.wake.size(), 1u);
  EXPECT_TRUE(scheduler.dispatch(0, batch).exit);
  EXPECT_EQ(scheduler.stats().liveWorkers, 1u);
  EXPECT_EQ(scheduler.stats().idleWorkers, 0u);
  EXPECT_FALSE(scheduler.closed());
  scheduler.exited(0, {}, SlotPhase::Vacant, {}, batch);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(ProcessScheduler, growingDoesNotKeepWhoWasToldToLeave) {
  submit(tasks[0]), submit(tasks[1]);
  readyWorker(0), readyWorker(1);
  scheduler.started(tasks[1], 0, batch);
  scheduler.resize(1, By::Person, batch);
  scheduler.finish(1, Outcome::Ok, {}, batch);
  EXPECT_TRUE(scheduler.dispatch(1, batch).exit);
  submit(tasks[2]);
  EXPECT_EQ(scheduler.resize(2, By::Person, batch).start.size(), 1u) << "a new worker, in another slot";
  EXPECT_EQ(scheduler.slots()[2].phase, SlotPhase::Starting);
}

TEST_F(ProcessScheduler, aShutdownWithNothingQueuedDoesNotWaitForASlot) {
  scheduler.resize(1, By::Person, batch);
  submit(tasks[0]);
  EXPECT_EQ(scheduler.exited(0, {}, SlotPhase::Waiting, {}, batch).start, kNoSlot);
  scheduler.shutdown({.wait = true, .cancelFutures = true}, {}, batch);
  EXPECT_TRUE(scheduler.closed());
  EXPECT_FALSE(scheduler.restart(0, batch));
}

} // namespace
} // namespace poolscope
