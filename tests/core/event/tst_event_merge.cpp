#include "core/event/event_merge.h"

#include "core/base/syscall.h"

#include <gtest/gtest.h>

using namespace poolscope;

namespace {

struct Fixture : testing::Test {
  Fixture() { registerProcessBarrier(); }

  Recording recording;
  EventMerge merge{recording, false};
  std::vector<std::shared_ptr<EventRing>> rings;

  EventRing& addRing() {
    rings.push_back(std::make_shared<EventRing>());
    rings.back()->number = static_cast<std::uint32_t>(rings.size());
    rings.back()->raiseLimit(1);
    return *rings.back();
  }
  void drain(bool all = false) {
    merge.setWatermark(all);
    merge.merge(rings);
  }
  static void write(EventRing& ring, std::int64_t stamp, std::uint64_t task, std::uint64_t order = 0) {
    Event event;
    event.task = task;
    event.order = order;
    event.t = stamp;
    *ring.addBlank(stamp) = event;
    ring.publish();
  }
  /// The tasks of all events recorded so far, without the ClockSync.
  std::vector<std::uint64_t> recorded() const {
    std::vector<std::uint64_t> tasks;
    for (std::uint64_t q = 0; q < recording.size(); ++q)
      if (recording[q].kind != EventKind::ClockSync) tasks.push_back(recording[q].task);
    return tasks;
  }
};

using Tasks = std::vector<std::uint64_t>;

} // namespace

using EventMergeTest = Fixture;

TEST_F(EventMergeTest, mergesByStampThenByOrderThenByRing) {
  EventRing &a = addRing(), &b = addRing(), &c = addRing();
  write(a, 10, 1), write(a, 20, 3, 7), write(a, 20, 4, 9), write(a, 40, 8);
  write(b, 20, 5, 8), write(b, 30, 6);
  write(c, 15, 2), write(c, 30, 7);
  drain();
  EXPECT_EQ(recorded(), (Tasks{1, 2, 3, 5, 4, 6, 7, 8}));
}

TEST_F(EventMergeTest, anOpenBatchHoldsBackWhatIsNotBeforeItsRingsLastEvent) {
  EventRing &a = addRing(), &b = addRing();
  write(a, 10, 1), write(b, 5, 0), write(b, 10, 2, 1), write(b, 11, 3);
  a.open(false); // its thread has lost the CPU: whatever it will publish has a stamp of 10 or more
  drain();
  EXPECT_EQ(recorded(), (Tasks{0}));
  write(a, 10, 9);
  a.close();
  drain();
  EXPECT_EQ(recorded(), (Tasks{0, 1, 9, 2, 3}));
}

TEST_F(EventMergeTest, anOpenBatchHoldsBackAlsoWhenItsRingIsEmpty) {
  EventRing &a = addRing(), &b = addRing();
  write(a, 10, 1);
  drain();
  write(b, 9, 2), write(b, 12, 3); // 9: later than what was merged only because this test has no clock
  a.open(false);
  drain();
  EXPECT_EQ(recorded(), (Tasks{1, 2}));
  a.close();
  drain();
  EXPECT_EQ(recorded(), (Tasks{1, 2, 3}));
}

TEST_F(EventMergeTest, whatIsStampedInTheFutureWaits) {
  EventRing& a = addRing();
  write(a, TickClock::now(), 1);
  write(a, TickClock::now() + 3'600'000'000'000, 2);
  while (recorded().empty()) // the watermark lies a microsecond behind the clock
    drain();
  drain();
  EXPECT_EQ(recorded(), Tasks{1});
  drain(true);
  EXPECT_EQ(recorded(), (Tasks{1, 2}));
}

TEST_F(EventMergeTest, manyRingsInterleavedKeepEachRingsOrderAndLoseNothing) {
  constexpr std::uint64_t kRings = 37, kEach = 500;
  for (std::uint64_t r = 0; r < kRings; ++r) {
    EventRing& ring = addRing();
    for (std::uint64_t i = 0; i < kEach; ++i) {
      write(ring, static_cast<std::int64_t>(i * (r % 5 + 1)), r * kEach + i);
      if (ring.hasRoom(1)) continue;
      if (ring.raiseLimit(1) && ring.mayGrow()) ring.grow();
      ring.raiseLimit(1);
    }
  }
  drain();
  ASSERT_EQ(recording.size(), kRings * kEach + 1);
  Tasks next(kRings, 0);
  for (std::uint64_t q = 1; q < recording.size(); ++q) {
    ASSERT_GE(recording[q].t, recording[q - 1].t);
    const std::uint64_t ring = recording[q].task / kEach;
    ASSERT_EQ(recording[q].task % kEach, next[ring]++);
  }
}
