#include "core/event/reading_track.h"

#include "core/event/worker_lane.h"

#include <gtest/gtest.h>

using namespace poolscope;

namespace {

constexpr std::int64_t kMs = 1'000'000;

/// A lane that computes in each of these stretches, in ms.
WorkerLane computing(std::initializer_list<std::pair<std::int64_t, std::int64_t>> stretches) {
  WorkerLane lane;
  for (const auto& [begin, end] : stretches)
    lane.set(begin * kMs, LaneState::Computing), lane.set(end * kMs, LaneState::Idle);
  return lane;
}
double usedMs(const WorkerLane& lane, std::int64_t begin, std::int64_t end) {
  return lane.cpu.within(lane, begin * kMs, end * kMs).used / double(kMs);
}
double knownMs(const WorkerLane& lane, std::int64_t begin, std::int64_t end) {
  return lane.cpu.within(lane, begin * kMs, end * kMs).known / double(kMs);
}

} // namespace

TEST(ReadingTrack, growthLiesOnTheTimeInWhichTheLaneComputes) {
  WorkerLane lane = computing({{1000, 1010}, {9000, 9010}});
  lane.cpu.begin(0, true);
  lane.cpu.add(9010 * kMs, 10 * kMs, false); // half of twenty
  EXPECT_NEAR(usedMs(lane, 0, 10000), 10, 1e-6);
  EXPECT_NEAR(usedMs(lane, 0, 1005), 2.5, 1e-6);
  EXPECT_NEAR(usedMs(lane, 1010, 9000), 0, 1e-6); // idle: nothing
  EXPECT_NEAR(usedMs(lane, 9000, 9010), 5, 1e-6);
}

TEST(ReadingTrack, moreThanTheLaneComputedLiesJustBeforeTheReading) {
  WorkerLane lane = computing({{0, 10}});
  lane.cpu.begin(0, true);
  lane.cpu.add(10 * kMs, 10 * kMs, false);
  lane.cpu.add(1000 * kMs, 210 * kMs, false); // callbacks of 200 ms, read when they had run
  EXPECT_NEAR(usedMs(lane, 10, 700), 0, 1e-6);
  EXPECT_NEAR(usedMs(lane, 800, 900), 100, 1e-6);
  EXPECT_NEAR(usedMs(lane, 0, 2000), 210, 1e-6);
}

TEST(ReadingTrack, whatNoReadingTellsOfIsNotKnown) {
  WorkerLane lane;
  lane.set(0, LaneState::Computing);
  EXPECT_EQ(knownMs(lane, 0, 1000), 0);
  EXPECT_FALSE(lane.cpu.within(lane, 0, 1000 * kMs).share());
  lane.cpu.begin(0, true);
  EXPECT_EQ(knownMs(lane, 0, 1000), 0);
  lane.cpu.add(400 * kMs, 100 * kMs, false);
  EXPECT_EQ(knownMs(lane, 0, 1000), 400);
  EXPECT_EQ(lane.cpu.within(lane, 0, 1000 * kMs).share(), 0.25);
  lane.set(600 * kMs, LaneState::Idle); // who has no task uses nothing
  EXPECT_EQ(knownMs(lane, 0, 1000), 800);
}

TEST(ReadingTrack, silenceOfWhoIsWatchedMeansThatNothingMoved) {
  WorkerLane lane;
  lane.set(0, LaneState::Computing);
  lane.cpu.begin(0, true);
  lane.cpu.add(400 * kMs, 400 * kMs, true);
  EXPECT_EQ(knownMs(lane, 0, 450), 400); // too soon to say
  EXPECT_EQ(knownMs(lane, 0, 1000), 900);
  EXPECT_EQ(usedMs(lane, 500, 900), 0);
}

TEST(ReadingTrack, anotherWorkersFiguresAreNotThisOnes) {
  WorkerLane lane = computing({{0, 1000}, {2000, 3000}});
  lane.cpu.begin(0, true);
  lane.cpu.add(1000 * kMs, 700 * kMs, false);
  lane.cpu.end();
  lane.cpu.add(1500 * kMs, 900 * kMs, true); // late
  lane.cpu.begin(2000 * kMs, true);
  lane.cpu.add(2001 * kMs, 900 * kMs, true, 11 * kMs); // later still: the thread is a millisecond old
  lane.cpu.add(3000 * kMs, 100 * kMs, false);
  EXPECT_NEAR(usedMs(lane, 0, 2000), 700, 1e-6);
  EXPECT_NEAR(usedMs(lane, 2000, 3000), 100, 1e-6);
}

TEST(ReadingTrack, twoThatReadAtOnceMayTellItInEitherOrder) {
  WorkerLane lane = computing({{0, 100}});
  lane.cpu.begin(0, true);
  lane.cpu.add(51 * kMs, 51 * kMs, false);
  lane.cpu.add(50 * kMs, 50 * kMs, true); // read before, told after
  lane.cpu.add(100 * kMs, 100 * kMs, false);
  EXPECT_NEAR(usedMs(lane, 0, 100), 100, 1e-6);
  EXPECT_NEAR(usedMs(lane, 0, 51), 51, 1e-6);
}

TEST(ReadingTrack, aWorkerThatBeganBeforeTheRecordCountsFromItsFirstReading) {
  WorkerLane lane = computing({{0, 1000}});
  lane.cpu.begin(100 * kMs, false);
  lane.cpu.add(200 * kMs, 3'600'000 * kMs, true);
  lane.cpu.add(300 * kMs, 3'600'050 * kMs, true);
  EXPECT_NEAR(usedMs(lane, 0, 1000), 50, 1e-6);
  EXPECT_EQ(knownMs(lane, 0, 300), 100);
}

TEST(ReadingTrack, figuresThatCannotBeDoNoHarm) {
  WorkerLane lane = computing({{0, 10}});
  lane.cpu.begin(0, true);
  lane.cpu.add(1 * kMs, INT64_MIN, false);
  lane.cpu.add(2 * kMs, INT64_MAX, false);
  lane.cpu.add(3 * kMs, std::int64_t{1} << 62, false);
  lane.cpu.begin(4 * kMs, true);
  lane.cpu.add(5 * kMs, std::int64_t{1} << 62, false);
  lane.cpu.begin(6 * kMs, false);
  lane.cpu.add(7 * kMs, std::int64_t{1} << 62, false);
  EXPECT_GE(usedMs(lane, 0, 10), 0);
}
