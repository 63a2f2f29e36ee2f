#include "core/analysis/activity.h"

#include "core/event/state_history.h"
#include "tests/support/event_maker.h"

#include <gtest/gtest.h>

#include <functional>

using namespace poolscope;
using namespace poolscope::test;

namespace {

constexpr std::int64_t kMs = 1'000'000;

struct Told {
  explicit Told(const std::function<void(EventMaker&)>& write) {
    EventMaker maker(recording);
    write(maker);
    states.advance();
  }
  Activity at(std::int64_t ms, std::uint32_t current = 1) const {
    return activityAt(states.stateAt(ms * kMs), states.lanes(), recording, PoolId{current}, ms * kMs);
  }
  PoolLoad load(std::int64_t ms, std::uint32_t pool = 1) const {
    const PoolState state = states.stateAt(ms * kMs);
    return poolLoad(*state.pool(PoolId{pool}), states.tasks(), states.lanes(), ms * kMs);
  }
  WorkerShares worker(SlotIndex slot, std::int64_t ms, std::int64_t window = kShareWindow) const {
    const PoolState state = states.stateAt(ms * kMs);
    return workerShares(states.tasks(), states.lanes(), PoolId{1}, *state.worker(PoolId{1}, slot), ms * kMs, window);
  }
  TaskTimes task(std::uint64_t id, std::int64_t ms) const {
    return taskTimes(states.lanes(), *states.tasks().find(TaskId{id}), ms * kMs);
  }
  Recording recording;
  StateHistory states{recording};
};

/// A reading, in ms; run delay −1: not told.
void sampled(EventMaker& maker, std::int64_t t, SlotIndex slot, std::int64_t cpu, std::int64_t delay = -1,
             std::uint8_t flag = kSampledOutside) {
  maker.at(t * kMs).sampled(1, slot, cpu * kMs, delay < 0 ? -1 : delay * kMs, flag);
}
/// A pool whose workers begin at 1 s, each with a task numbered from 1.
void busyPool(EventMaker& m, std::uint32_t size, std::uint32_t busy) {
  m.at(900 * kMs).opened(1, size);
  for (std::uint32_t i = 0; i < busy; ++i) {
    const auto slot = static_cast<SlotIndex>(i);
    m.at(1000 * kMs + i).ready(1, slot).submitted(1, i + 1).started(1, i + 1, slot);
  }
}

} // namespace

TEST(Activity, nothingIsNothing) {
  const Activity a = Told([](EventMaker& m) { m.opened(1, 4); }).at(5000);
  EXPECT_EQ(a.endedPerSecond, 0);
  EXPECT_EQ(a.occupied, 0);
  EXPECT_EQ(a.computing, 0.0);
}

TEST(Activity, countsTheTasksThatEndedWithinTheWindow) {
  const Told told([](EventMaker& m) {
    m.opened(1, 1).ready(1, 0);
    for (std::uint64_t task = 1; task <= 10; ++task) {
      const std::int64_t t = static_cast<std::int64_t>(task) * 300 * kMs;
      m.at(t).submitted(1, task).started(1, task, 0).finished(1, task, 0);
    }
  });
  EXPECT_EQ(told.at(3200).endedPerSecond, 3); // at 2.4, 2.7 and 3.0 s
  EXPECT_EQ(told.at(9000).endedPerSecond, 0);
}

TEST(Activity, aRateRightAfterTheBeginDividesByTheTimeThatPassed) {
  const Told told([](EventMaker& m) {
    m.at(5000 * kMs).opened(1, 1).ready(1, 0);
    for (std::uint64_t task = 1; task <= 10; ++task)
      m.submitted(1, task)
          .started(1, task, 0)
          .at((5000 + static_cast<std::int64_t>(task) * 20) * kMs)
          .finished(1, task, 0);
  });
  EXPECT_NEAR(told.at(5200).endedPerSecond, 50, 0.5);
  EXPECT_NEAR(told.at(5400).endedPerSecond, 25, 0.5);
}

TEST(Activity, anotherPoolsVacantAndIdleSlotsAreInNoShare) {
  const auto busy = [](EventMaker& m) {
    busyPool(m, 2, 2);
    for (int i = 0; i <= 20; ++i)
      sampled(m, 1050 + 50 * i, 0, 50 + 50 * i), sampled(m, 1050 + 50 * i, 1, 0);
  };
  const Activity alone = Told(busy).at(2050);
  EXPECT_EQ(alone.occupied, 1);
  EXPECT_NEAR(*alone.computing, 0.5, 0.03);
  const Told two([&](EventMaker& m) {
    busy(m);
    m.at(2051 * kMs).opened(2, 4).ready(2, 0); // one idle, three vacant
  });
  for (const std::uint32_t current : {1u, 2u}) {
    EXPECT_EQ(two.at(2052, current).occupied, 1);
    EXPECT_NEAR(*two.at(2052, current).computing, 0.5, 0.03);
  }
}

TEST(Activity, theCurrentPoolsVacantSlotsCount) {
  const Told told([](EventMaker& m) { busyPool(m, 4, 1); });
  EXPECT_EQ(told.at(2000, 1).occupied, 0.25);
  EXPECT_EQ(told.at(2000, 7).occupied, 1); // of another's, those that are there
}

TEST(Activity, withoutReadingsNobodyKnowsWhoComputes) {
  const Told told([](EventMaker& m) { busyPool(m, 1, 1); });
  EXPECT_EQ(told.at(2000).occupied, 1);
  EXPECT_FALSE(told.at(2000).computing);
  EXPECT_FALSE(told.load(2000).computing);
  EXPECT_FALSE(told.worker(0, 2000).computing);
  EXPECT_FALSE(told.worker(0, 2000).waiting);
}

TEST(PoolLoad, computingIsWhoHadHalfOfTheLast200Milliseconds) {
  const Told told([](EventMaker& m) {
    busyPool(m, 4, 4);
    for (int i = 1; i <= 20; ++i) {
      const std::int64_t t = 1000 + 50 * i;
      sampled(m, t, 0, 50 * i, 0);      // all the time
      sampled(m, t, 1, 25 * i, 25 * i); // half of it
      sampled(m, t, 2, 24 * i, 26 * i); // less
      sampled(m, t, 3, 0, 0);           // an unmarked sleep
    }
  });
  const PoolLoad load = told.load(2000);
  EXPECT_EQ(load.occupied, 4u);
  EXPECT_EQ(load.computing, 2u);
  EXPECT_EQ(load.waiting, 2u);
  EXPECT_NEAR(*load.computingShare(), (1 + 0.5 + 0.48 + 0) / 4, 0.001);
  EXPECT_NEAR(*told.worker(1, 2000).computing, 0.5, 0.001);
  EXPECT_NEAR(*told.worker(2, 2000).waiting, 0.52, 0.001);
  EXPECT_EQ(told.worker(3, 2000).waiting, 0.0);
}

TEST(PoolLoad, aWorkersShareDividesByTheTimeSinceItBegan) {
  const Told told([](EventMaker& m) {
    busyPool(m, 1, 1);
    sampled(m, 1100, 0, 50);
  });
  EXPECT_NEAR(*told.worker(0, 1100).computing, 0.5, 0.001);
}

TEST(PoolLoad, aTaskThatIsBlockedComputesNothingWhateverTheSilence) {
  const Told told([](EventMaker& m) {
    busyPool(m, 1, 1);
    m.at(1001 * kMs).blocked(1, 1, 0);
    sampled(m, 1002, 0, 1, -1, 0);
  });
  EXPECT_NEAR(*told.worker(0, 9000).computing, 0, 1e-9);
  EXPECT_EQ(told.load(9000).computing, 0u);
  EXPECT_EQ(told.load(9000).blocked, 1u);
}

TEST(PoolLoad, aNewWorkerInTheSlotDoesNotCountAsTimeUsed) {
  const Told told([](EventMaker& m) {
    busyPool(m, 1, 1);
    sampled(m, 1900, 0, 900);
    m.at(1901 * kMs).finished(1, 1, 0).worker(EventKind::WorkerExited, 1, 0).ready(1, 0, 2);
    m.submitted(1, 2).started(1, 2, 0);
    sampled(m, 2000, 0, 10);
  });
  EXPECT_NEAR(*told.worker(0, 2000).computing, 0.1, 0.01);
}

TEST(TaskTimes, areOfTheTaskAlone) {
  const Told told([](EventMaker& m) {
    m.at(1000 * kMs).opened(1, 1).ready(1, 0);
    m.at(2000 * kMs).submitted(1, 1).started(1, 1, 0);
    m.at(2010 * kMs).finished(1, 1, 0);
    sampled(m, 2010, 0, 8, 0, 0);
    m.at(3000 * kMs).submitted(1, 2).started(1, 2, 0);
    sampled(m, 3050, 0, 8, 40);
    m.at(3100 * kMs).finished(1, 2, 0);
    sampled(m, 3100, 0, 18, 45, 0);
  });
  EXPECT_NEAR(double(*told.task(1, 9000).computing), 8 * kMs, 1000);
  EXPECT_NEAR(double(*told.task(2, 9000).computing), 10 * kMs, 1000);
  EXPECT_NEAR(double(*told.task(2, 9000).waiting), 45 * kMs, 1000);
  EXPECT_NEAR(double(*told.task(2, 3050).computing), 0, 1000); // at a past moment
}

TEST(TaskTimes, ofWhatRanUnderAMillisecondNobodyKnows) {
  const Told told([](EventMaker& m) {
    m.at(1000 * kMs).opened(1, 1).ready(1, 0);
    m.at(2000 * kMs).submitted(1, 1).started(1, 1, 0).at(2000 * kMs + 900'000).finished(1, 1, 0);
    sampled(m, 2001, 0, 1, -1, 0);
  });
  EXPECT_FALSE(told.task(1, 9000).computing);
}
