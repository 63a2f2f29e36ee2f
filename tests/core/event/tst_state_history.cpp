#include "core/event/state_history.h"

#include "tests/support/event_maker.h"
#include "tests/support/random_run.h"

#include <gtest/gtest.h>

#include <random>

using namespace poolscope;
using namespace poolscope::test;

class StateHistorySeeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(StateHistorySeeds, stateAtIsTheFoldFromTheStart) {
  Recording recording;
  const RandomRun run(GetParam(), 4000, recording, 4000);
  StateHistory history(recording, 97);
  ASSERT_TRUE(history.advance());
  ASSERT_EQ(history.live().seq, recording.size());

  std::mt19937_64 random(GetParam());
  std::vector<std::uint64_t> counts{0, 1, recording.size()};
  for (int i = 0; i < 60; ++i)
    counts.push_back(random() % recording.size());
  std::sort(counts.begin(), counts.end());
  PoolState fromStart;
  for (const std::uint64_t count : counts) {
    while (fromStart.seq < count)
      StateFold::apply(fromStart, history.tasks(), recording[fromStart.seq]);
    ASSERT_EQ(describe(history.stateAfter(count), history.tasks()), describe(fromStart, history.tasks()));
    if (count == 0) continue;
    const std::int64_t time = recording[count - 1].t;
    const PoolState at = history.stateAt(time);
    ASSERT_GE(at.seq, count);
    ASSERT_TRUE(at.seq == recording.size() || recording[at.seq].t > time);
  }
}

TEST_P(StateHistorySeeds, extendingAndSeekingGiveTheSameState) {
  Recording recording;
  const RandomRun run(GetParam(), 3000, recording, 100);
  StateHistory history(recording, 64);
  ASSERT_TRUE(history.advance());
  for (const RandomRun::Truth& truth : run.truths) {
    const PoolState state = history.stateAfter(truth.events);
    for (std::size_t i = 0; i < truth.pools.size(); ++i)
      ASSERT_EQ(describe(state, history.tasks(), PoolId{static_cast<std::uint32_t>(i + 1)}), truth.pools[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, StateHistorySeeds, testing::Range<std::uint64_t>(100, 120));

TEST(StateHistory, aRowsPhaseAgreesWithTheLiveStateAtThatTime) {
  Recording recording;
  const RandomRun run(7, 4000, recording, 4000);
  StateHistory history(recording);
  history.advance();
  for (std::uint64_t q = 0; q < recording.size(); q += 37) {
    const std::int64_t time = recording[q].t;
    const PoolState state = history.stateAt(time);
    PoolCounters counted;
    for (const TaskRow& row : history.tasks().tasks()) {
      switch (row.phaseAt(time)) {
      case TaskPhase::Unborn:
        continue;
      case TaskPhase::Queued:
        ++counted.queued;
        break;
      case TaskPhase::Dispatched:
        ++counted.dispatched;
        break;
      case TaskPhase::Blocked:
        ++counted.blocked, ++counted.running;
        break;
      case TaskPhase::Running:
        ++counted.running;
        break;
      case TaskPhase::Done:
        ++counted.done;
        break;
      case TaskPhase::Failed:
        ++counted.failed;
        break;
      case TaskPhase::Cancelled:
        ++counted.cancelled;
        break;
      case TaskPhase::Unknown:
        FAIL() << "nothing was lost";
      }
      ++counted.submitted;
    }
    ASSERT_EQ(counted, state.totals()) << "at event " << q;
  }
}

TEST(StateHistory, advanceKeepsToItsBudgetAndFinishesLater) {
  Recording recording;
  RandomRun(3, 60'000, recording, 60'000);
  StateHistory history(recording);
  EXPECT_FALSE(history.advance(std::chrono::nanoseconds(1)));
  const std::uint64_t first = history.live().seq;
  EXPECT_GT(first, 0u);
  EXPECT_LT(first, recording.size());
  while (!history.advance(std::chrono::milliseconds(1))) {
  }
  EXPECT_EQ(history.live().seq, recording.size());
  EXPECT_TRUE(history.advance());
}
