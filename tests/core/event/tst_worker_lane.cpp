#include "core/event/worker_lane.h"

#include <gtest/gtest.h>

#include <random>

using namespace poolscope;

namespace {

/// A lane whose changes a seed chose, and the same as a plain list.
struct RandomLane {
  explicit RandomLane(std::uint64_t seed, std::size_t changes = 5000) {
    std::mt19937_64 random(seed);
    std::int64_t t = 1000;
    for (std::size_t i = 0; i < changes; ++i) {
      const auto state = static_cast<LaneState>(random() % 3);
      lane.set(t, state);
      if (!list.empty() && list.back().t == t)
        list.back().state = state;
      else
        list.push_back({t, state});
      // Bursts of short steps, then a long rest: what a pyramid over time would smear.
      t += random() % 50 == 0 ? std::int64_t{10'000'000} : static_cast<std::int64_t>(random() % 1000);
    }
    end = t;
  }
  WorkerLane::Busy slowBusy(std::int64_t from, std::int64_t to) const {
    WorkerLane::Busy sum;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::int64_t next = i + 1 < list.size() ? list[i + 1].t : INT64_MAX;
      const auto length =
          static_cast<double>(std::max<std::int64_t>(std::min(next, to) - std::max(list[i].t, from), 0));
      if (list[i].state == LaneState::Computing) sum.computing += length;
      if (list[i].state == LaneState::Blocked) sum.blocked += length;
    }
    return sum;
  }
  WorkerLane lane;
  std::vector<WorkerLane::Change> list;
  std::int64_t end = 0;
};

} // namespace

class WorkerLaneSeeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(WorkerLaneSeeds, busyTimeOfAnyRangeIsTheSumOfItsChanges) {
  const RandomLane made(GetParam());
  std::mt19937_64 random(GetParam());
  for (int i = 0; i < 300; ++i) {
    std::int64_t from = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(made.end + 2000));
    std::int64_t to = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(made.end + 2000));
    if (from > to) std::swap(from, to);
    const auto fast = made.lane.busy(from, to), slow = made.slowBusy(from, to);
    EXPECT_NEAR(fast.computing, slow.computing, 1 + slow.computing * 1e-6);
    EXPECT_NEAR(fast.blocked, slow.blocked, 1 + slow.blocked * 1e-6);
  }
}

TEST_P(WorkerLaneSeeds, aVisitCoversTheRangeOnceInOrderAtAnyFineness) {
  const RandomLane made(GetParam());
  for (const std::int64_t finest : {std::int64_t{0}, std::int64_t{700}, std::int64_t{50'000}, std::int64_t{1} << 60}) {
    std::int64_t reached = INT64_MIN;
    double computing = 0, blocked = 0;
    std::size_t visits = 0;
    const auto step = [&](std::int64_t t, std::int64_t next) {
      if (reached != INT64_MIN) {
        EXPECT_EQ(t, reached);
      }
      reached = next;
      ++visits;
    };
    made.lane.visit(
        0, made.end, finest,
        [&](std::size_t, std::int64_t t, std::int64_t next, LaneState state) {
          step(t, next);
          const auto length = static_cast<double>(std::min(next, made.end) - t);
          if (state == LaneState::Computing) computing += length;
          if (state == LaneState::Blocked) blocked += length;
        },
        [&](std::int64_t t, std::int64_t next, double c, double b) {
          step(t, next);
          EXPECT_LE(next - t, finest);
          computing += c, blocked += b;
        });
    EXPECT_EQ(reached, INT64_MAX);
    const auto slow = made.slowBusy(0, made.end);
    EXPECT_NEAR(computing, slow.computing, 1 + slow.computing * 1e-6);
    EXPECT_NEAR(blocked, slow.blocked, 1 + slow.blocked * 1e-6);
    if (finest == std::int64_t{1} << 60) {
      EXPECT_LT(visits, 60u); // a few groups a level
    }
  }
}

TEST_P(WorkerLaneSeeds, stateAtIsTheLastChangeBeforeIt) {
  const RandomLane made(GetParam(), 300);
  EXPECT_EQ(made.lane.stateAt(999), LaneState::Idle);
  for (std::size_t i = 0; i < made.list.size(); ++i) {
    EXPECT_EQ(made.lane.stateAt(made.list[i].t), made.list[i].state);
    const std::int64_t next = i + 1 < made.list.size() ? made.list[i + 1].t : made.end + 5;
    EXPECT_EQ(made.lane.stateAt(next - 1), made.list[i].state);
  }
}

TEST_P(WorkerLaneSeeds, longTasksAreFoundAmongManyShortOnes) {
  std::mt19937_64 random(GetParam());
  WorkerLane lane;
  std::int64_t t = 0;
  std::vector<std::uint64_t> expected;
  const std::int64_t from = 40'000, to = 900'000;
  for (std::uint64_t row = 0; row < 3000; ++row) {
    const std::int64_t length = random() % 97 == 0 ? 5000 : static_cast<std::int64_t>(random() % 400);
    lane.beginTask(t, row);
    lane.endTask(t + length, Outcome::Ok);
    if (length >= 1000 && t < to && t + length > from) expected.push_back(row);
    t += length + static_cast<std::int64_t>(random() % 100);
  }
  std::vector<std::uint64_t> found;
  lane.visitTasks(from, to, 1000, [&](const LaneTask& task) { found.push_back(task.row); });
  EXPECT_EQ(found, expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorkerLaneSeeds, testing::Range<std::uint64_t>(1, 13));

TEST(WorkerLane, theLastOfSeveralChangesAtOneTimeHolds) {
  WorkerLane lane;
  lane.set(10, LaneState::Computing);
  lane.set(20, LaneState::Idle);
  lane.set(20, LaneState::Computing); // finished and started at one stamp: no change at all
  EXPECT_EQ(lane.changeCount(), 1u);
  lane.set(30, LaneState::Idle);
  EXPECT_EQ(lane.busy(0, 100).computing, 20);
}

TEST(WorkerLane, aRunningTaskIsFoundHoweverShort) {
  WorkerLane lane;
  lane.beginTask(100, 7);
  int found = 0;
  lane.visitTasks(0, 200, 1'000'000, [&](const LaneTask& task) { found += task.row == 7; });
  EXPECT_EQ(found, 1);
  EXPECT_EQ(lane.taskAt(150)->row, 7u);
  EXPECT_EQ(lane.taskAt(50), nullptr);
}

TEST(WorkerLane, failuresAreListedByTheirEnd) {
  WorkerLane lane;
  for (std::uint64_t row = 0; row < 100; ++row) {
    lane.beginTask(static_cast<std::int64_t>(row) * 10, row);
    lane.endTask(static_cast<std::int64_t>(row) * 10 + 5, row % 10 == 3 ? Outcome::Error : Outcome::Ok);
  }
  ASSERT_EQ(lane.failures().size(), 10u);
  EXPECT_EQ(lane.tasks()[lane.failures()[lane.firstFailureAt(36)]].row, 13u);
  EXPECT_EQ(lane.tasks()[lane.failures()[lane.firstFailureAt(35)]].row, 3u);
}
