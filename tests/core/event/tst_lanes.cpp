#include "core/event/lanes.h"

#include "core/event/state_history.h"
#include "tests/support/event_maker.h"
#include "tests/support/random_run.h"

#include <gtest/gtest.h>

using namespace poolscope;
using namespace poolscope::test;

namespace {

Event submit(std::uint64_t task, std::uint32_t caller) {
  Event event;
  event.kind = EventKind::TaskSubmitted, event.pool = PoolId{1}, event.task = task, event.slot = 0, event.b = caller;
  return event;
}
Event callerBlocked(std::uint32_t caller, CallKind call) {
  Event event;
  event.kind = EventKind::CallerBlocked, event.pool = PoolId{1}, event.b = caller;
  event.flag = static_cast<std::uint8_t>(call);
  return event;
}

} // namespace

class LanesSeeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(LanesSeeds, everyLaneAgreesWithTheTaskHistory) {
  Recording recording;
  const RandomRun run(GetParam(), 4000, recording, 4000);
  StateHistory history(recording);
  ASSERT_TRUE(history.advance());
  std::size_t started = 0, inLanes = 0;
  for (const TaskRow& row : history.tasks().tasks()) {
    if (row.started == kNever || row.slot == kNoSlot) continue;
    ++started;
    const WorkerLane* lane = history.lanes().worker(row.pool, row.slot);
    ASSERT_NE(lane, nullptr);
    const std::int64_t end = std::min(row.finished, recording.lastTime());
    if (end <= row.started) continue;
    const WorkerLane::Busy busy = lane->busy(row.started, end);
    std::int64_t blocked = 0;
    for (const BlockedSpan& span : row.blocked)
      blocked += std::min(span.end, end) - span.begin;
    EXPECT_NEAR(busy.blocked, static_cast<double>(blocked), 1e-3 * static_cast<double>(blocked) + 1);
    EXPECT_NEAR(busy.computing, static_cast<double>(end - row.started - blocked),
                1e-3 * static_cast<double>(end - row.started) + 1);
    const LaneTask* task = lane->taskAt(row.started);
    ASSERT_NE(task, nullptr);
    EXPECT_EQ(history.tasks().tasks()[task->row].id, row.id);
    EXPECT_EQ(static_cast<Outcome>(task->outcome), row.outcome);
  }
  for (const PoolLive& pool : history.live().pools)
    for (std::size_t slot = 0; slot < history.lanes().slotCount(pool.id); ++slot)
      if (const WorkerLane* lane = history.lanes().worker(pool.id, static_cast<SlotIndex>(slot)))
        inLanes += lane->tasks().size();
  EXPECT_EQ(inLanes, started);
}

TEST_P(LanesSeeds, theProfileHoldsAllTimeThatLanesWereBusy) {
  Recording recording;
  const RandomRun run(GetParam(), 2000, recording, 2000);
  StateHistory history(recording);
  ASSERT_TRUE(history.advance());
  const std::int64_t end = recording.lastTime() + 1000;
  double inLanes = 0, inProfile = 0;
  for (const PoolLive& pool : history.live().pools)
    for (std::size_t slot = 0; slot < history.lanes().slotCount(pool.id); ++slot)
      if (const WorkerLane* lane = history.lanes().worker(pool.id, static_cast<SlotIndex>(slot))) {
        const WorkerLane::Busy busy = lane->busy(0, end);
        inLanes += busy.computing + busy.blocked;
      }
  const SessionProfile profile = history.lanes().profile().until(end);
  for (const SessionProfile::Bin& bin : profile.bins())
    inProfile += static_cast<double>(bin.computing) + static_cast<double>(bin.blocked);
  EXPECT_NEAR(inProfile, inLanes, inLanes * 1e-3 + 1);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LanesSeeds, testing::Range<std::uint64_t>(200, 216));

TEST(Lanes, submitsInQuickSuccessionAreOneBurst) {
  Recording recording;
  EventMaker maker(recording);
  maker.opened(1, 2);
  for (std::uint64_t task = 1; task <= 10; ++task)
    maker.add(submit(task, 77));
  maker.add(callerBlocked(77, CallKind::Shutdown));
  maker.add(submit(11, 77)); // after a wait: told by itself
  maker.at(5'000'000'000).add(submit(12, 77));
  StateHistory history(recording);
  history.advance();
  ASSERT_EQ(history.lanes().callers().size(), 1u);
  const CallerLane& caller = history.lanes().callers().front();
  ASSERT_EQ(caller.bursts.size(), 3u);
  EXPECT_EQ(caller.bursts[0].count, 10u);
  EXPECT_EQ(caller.bursts[0].first, TaskId{1});
  EXPECT_EQ(caller.bursts[0].last, TaskId{10});
  ASSERT_EQ(caller.spans.size(), 1u);
}

TEST(SessionProfile, twoStretchesBecomeOneWhenTheSessionOutgrowsThem) {
  SessionProfile profile;
  profile.set(0, 1, 1, 4);
  profile.set(3'600'000'000'000, 0, 0, 0); // an hour
  const auto bins = profile.until(3'600'000'000'000).bins();
  EXPECT_LE(bins.size(), SessionProfile::kMost);
  EXPECT_GT(bins.size(), SessionProfile::kMost / 2 - 1);
  double computing = 0, capacity = 0;
  for (const auto& bin : bins)
    computing += static_cast<double>(bin.computing), capacity += static_cast<double>(bin.capacity);
  EXPECT_NEAR(computing, 3.6e12, 3.6e8);
  EXPECT_NEAR(capacity, 4 * 3.6e12, 4 * 3.6e8);
}

TEST(SessionProfile, anIdlePoolsSlotsAreInNoShareOfWhatOthersDo) {
  Recording recording;
  EventMaker maker(recording);
  maker.at(1000).opened(1, 4).ready(1, 0); // a server that nobody uses
  maker.at(2000).opened(2, 2).ready(2, 0).ready(2, 1).submitted(2, 1).submitted(2, 2);
  maker.at(5'000'000).started(2, 1, 0).at(5'000'000).started(2, 2, 1);
  maker.at(9'000'000).finished(2, 1, 0).at(9'000'000).finished(2, 2, 1);
  maker.at(20'000'000).resized(1, 4, 5);
  StateHistory history(recording);
  history.advance();
  const auto bins = history.lanes().profile().until(20'000'000).bins(); // 1 ms each
  EXPECT_FLOAT_EQ(bins[6].computing, bins[6].capacity);                 // all that could be
  EXPECT_FLOAT_EQ(bins[12].computing, 0);
  EXPECT_FLOAT_EQ(bins[12].capacity, 2 * 1e6); // and then none of it
}
