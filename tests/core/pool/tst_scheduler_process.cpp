#include "core/pool/scheduler.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

// The decisions that only a pool of worker processes needs, without any process.

namespace poolscope {
namespace {

using Phase = TaskNode::Phase;
using SlotPhase = Scheduler::SlotPhase;

struct ProcessScheduler : testing::Test {
  EventBatch batch{nullptr};
  Scheduler scheduler{PoolId{1}, 2};
  std::array<TaskNode, 6> tasks;

  /// What the scheduler asked for: each test looks at what it wants to know, and says what became of the workers.
  struct Asked {
    std::vector<SlotIndex> wake, start;
  };
  static Asked asked(Scheduler::Wish&& wish) {
    Asked all;
    if (wish.wake) all.wake.push_back(wish.wake.take());
    if (wish.start) all.start.push_back(wish.start.take());
    return all;
  }
  static Asked asked(Scheduler::Wishes&& wishes) {
    Asked all;
    for (Scheduler::Errand& slot : wishes.wake)
      all.wake.push_back(slot.take());
    for (Scheduler::Errand& slot : wishes.start)
      all.start.push_back(slot.take());
    return all;
  }
  Asked submit(TaskNode& task) { return asked(scheduler.submit(task, {}, {}, {}, batch)); }
  Asked resize(std::size_t target) { return asked(scheduler.resize(target, By::Person, batch)); }
  Asked shutdown(ShutdownOptions options) { return asked(scheduler.shutdown(options, {}, batch)); }
  Asked exited(SlotIndex slot, SlotPhase then) { return asked(scheduler.exited(slot, {}, then, {}, batch)); }
  Scheduler::Next dispatch(SlotIndex slot) {
    Scheduler::Next next = scheduler.dispatch(slot, batch);
    asked(std::move(next.wish));
    return next;
  }
  /// A worker in this slot that was started for a task: it has it when this returns.
  TaskNode* readyWorker(SlotIndex slot) {
    scheduler.ready(slot, {}, batch);
    return dispatch(slot).task;
  }
  void TearDown() override { EXPECT_EQ(scheduler.checkInvariants(), ""); }
};

TEST_F(ProcessScheduler, aTaskIsDispatchedBeforeItRuns) {
  EXPECT_EQ(submit(tasks[0]).start, std::vector<SlotIndex>{0});
  EXPECT_EQ(readyWorker(0), &tasks[0]);
  EXPECT_EQ(tasks[0].phase, Phase::Dispatched);
  EXPECT_EQ(scheduler.stats().dispatched, 1u);
  EXPECT_EQ(scheduler.stats().running, 0u);
  EXPECT_FALSE(scheduler.cancel(tasks[0], By::Caller, {}, batch)) << "what was handed over is not cancelled";
  scheduler.started(tasks[0], 0, batch);
  EXPECT_EQ(scheduler.stats().running, 1u);
  scheduler.finish(0, Outcome::Ok, {}, batch);
  EXPECT_EQ(dispatch(0).task, nullptr);
  EXPECT_EQ(scheduler.stats().idleWorkers, 1u);
  EXPECT_EQ(submit(tasks[1]).wake, std::vector<SlotIndex>{0}) << "the idle worker, not a new one";
  EXPECT_EQ(dispatch(0).task, &tasks[1]);
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
  exited(0, SlotPhase::Waiting);
  EXPECT_EQ(scheduler.queue().head(), &tasks[1]);
  EXPECT_EQ(tasks[1].next, &tasks[2]);
  EXPECT_EQ(tasks[2].next, &tasks[3]);
  EXPECT_EQ(scheduler.stats().failed, 1u);
}

TEST_F(ProcessScheduler, aWaitingSlotKeepsItsPlace) {
  submit(tasks[0]), submit(tasks[1]);
  readyWorker(0), readyWorker(1);
  scheduler.requeue(tasks[0], batch);
  exited(0, SlotPhase::Waiting);
  EXPECT_TRUE(submit(tasks[2]).start.empty()) << "a third worker beside a size of two";
  EXPECT_EQ(scheduler.restart(0, batch).take(), 0);
  EXPECT_EQ(scheduler.slots()[0].generation, 2u);
  EXPECT_EQ(readyWorker(0), &tasks[0]) << "it went back to the head";
}

TEST_F(ProcessScheduler, failedSlotsMakeThePoolHopeless) {
  submit(tasks[0]), submit(tasks[1]);
  exited(0, SlotPhase::Failed);
  EXPECT_FALSE(scheduler.hopeless());
  exited(1, SlotPhase::Failed);
  EXPECT_TRUE(scheduler.hopeless());
  EXPECT_EQ(resize(3).start.size(), 2u) << "a person who asks anew gets new tries";
  EXPECT_FALSE(scheduler.hopeless());
}

TEST_F(ProcessScheduler, aLeavingWorkerCountsUntilItHasExited) {
  submit(tasks[0]);
  readyWorker(0);
  scheduler.started(tasks[0], 0, batch);
  scheduler.finish(0, Outcome::Ok, {}, batch);
  dispatch(0);
  ASSERT_EQ(shutdown({}).wake.size(), 1u);
  EXPECT_TRUE(dispatch(0).exit);
  EXPECT_EQ(scheduler.stats().liveWorkers, 1u);
  EXPECT_EQ(scheduler.stats().idleWorkers, 0u);
  EXPECT_FALSE(scheduler.closed());
  exited(0, SlotPhase::Vacant);
  EXPECT_TRUE(scheduler.closed());
}

TEST_F(ProcessScheduler, growingDoesNotKeepWhoWasToldToLeave) {
  submit(tasks[0]), submit(tasks[1]);
  readyWorker(0), readyWorker(1);
  scheduler.started(tasks[1], 0, batch);
  resize(1);
  scheduler.finish(1, Outcome::Ok, {}, batch);
  EXPECT_TRUE(dispatch(1).exit);
  submit(tasks[2]);
  EXPECT_EQ(resize(2).start.size(), 1u) << "a new worker, in another slot";
  EXPECT_EQ(scheduler.slots()[2].phase, SlotPhase::Starting);
}

TEST_F(ProcessScheduler, aShutdownWithNothingQueuedDoesNotWaitForASlot) {
  resize(1);
  submit(tasks[0]);
  EXPECT_TRUE(exited(0, SlotPhase::Waiting).start.empty());
  shutdown({.wait = true, .cancelFutures = true});
  EXPECT_TRUE(scheduler.closed());
  EXPECT_FALSE(scheduler.restart(0, batch));
}

TEST(SchedulerErrandDeathTest, isNotDropped) {
#ifdef NDEBUG
  GTEST_SKIP() << "an assertion, which a release build does not have";
#else
  EXPECT_DEATH({ Scheduler::Errand(SlotIndex{3}); }, "a decision of the scheduler is carried out");
  EXPECT_DEATH(
      {
        Scheduler::Errand first(SlotIndex{3});
        first = Scheduler::Errand(SlotIndex{4});
      },
      "before another takes its place");
#endif
}

} // namespace
} // namespace poolscope
