#include "core/analysis/activity.h"

#include "core/event/state_history.h"
#include "tests/support/event_maker.h"

#include <gtest/gtest.h>

#include <functional>

using namespace poolscope;
using namespace poolscope::test;

namespace {

constexpr std::int64_t kMs = 1'000'000;

Activity activity(const std::function<void(EventMaker&)>& write, std::int64_t now) {
  Recording recording;
  EventMaker maker(recording);
  write(maker);
  StateHistory states(recording);
  states.advance();
  return activityAt(states.stateAt(now), states.tasks(), recording, now);
}

void sampled(EventMaker& maker, std::int64_t t, SlotIndex slot, std::int64_t cpuNs) {
  Event event;
  event.kind = EventKind::WorkerSampled;
  event.pool = PoolId{1}, event.slot = slot;
  event.setAb(cpuNs);
  maker.at(t).add(event);
}

} // namespace

TEST(Activity, nothingIsNothing) {
  const Activity a = activity([](EventMaker& m) { m.opened(1, 4); }, 5000 * kMs);
  EXPECT_EQ(a.endedPerSecond, 0);
  EXPECT_EQ(a.computing, 0);
}

TEST(Activity, countsTheTasksThatEndedWithinTheWindow) {
  const auto log = [](EventMaker& m) {
    m.opened(1, 1).ready(1, 0);
    for (std::uint64_t task = 1; task <= 10; ++task) {
      const std::int64_t t = static_cast<std::int64_t>(task) * 300 * kMs;
      m.at(t).submitted(1, task).started(1, task, 0).finished(1, task, 0);
    }
  };
  EXPECT_EQ(activity(log, 3200 * kMs).endedPerSecond, 3); // at 2.4, 2.7 and 3.0 s
  EXPECT_EQ(activity(log, 9000 * kMs).endedPerSecond, 0);
}

TEST(Activity, withoutSamplesTheTimeThatIsNotBlockedCounts) {
  const auto log = [](EventMaker& m) {
    m.opened(1, 2).ready(1, 0).ready(1, 1);
    m.at(1000 * kMs).submitted(1, 1).started(1, 1, 0).submitted(1, 2).started(1, 2, 1);
    m.at(1500 * kMs).blocked(1, 2, 1);
  };
  const Activity a = activity(log, 2000 * kMs);
  EXPECT_FALSE(a.sampled);
  EXPECT_NEAR(a.computing, 1.5, 0.001); // one all the second, one half of it
}

TEST(Activity, samplesOfProcessorTimeCountMoreThanWhatTasksSay) {
  const auto log = [](EventMaker& m) {
    m.opened(1, 2).ready(1, 0).ready(1, 1);
    m.at(100 * kMs).submitted(1, 1).started(1, 1, 0);
    for (int i = 1; i <= 20; ++i)
      sampled(m, i * 100 * kMs, 0, i * 30 * kMs);
    sampled(m, 2050 * kMs, 1, 700 * kMs); // its only sample: it began before anybody looked
  };
  const Activity a = activity(log, 2100 * kMs);
  EXPECT_TRUE(a.sampled);
  EXPECT_NEAR(a.computing, 0.27, 0.001); // 0.33 s at 1.1 s, 0.60 s at 2.0 s
  EXPECT_EQ(activity(log, 9000 * kMs).computing, 0);
}

TEST(Activity, aNewWorkerInTheSlotDoesNotCountAsTimeUsed) {
  const auto log = [](EventMaker& m) {
    m.opened(1, 1).ready(1, 0);
    sampled(m, 1000 * kMs, 0, 900 * kMs);
    m.worker(EventKind::WorkerExited, 1, 0).ready(1, 0, 2);
    sampled(m, 1200 * kMs, 0, 10 * kMs);
    sampled(m, 1300 * kMs, 0, 60 * kMs);
  };
  EXPECT_NEAR(activity(log, 1500 * kMs).computing, 0.05, 0.001);
}
