#include "core/analysis/pool_latency.h"

#include "core/event/state_history.h"
#include "tests/support/event_maker.h"

#include <gtest/gtest.h>

using namespace poolscope;
using namespace poolscope::test;

namespace {

/// Three tasks: one ran 100 ns and was blocked for 60 of them, one failed after 40, one was cancelled.
struct Fixture {
  Fixture() {
    EventMaker maker(recording);
    maker.at(1000).opened(1, 1).ready(1, 0);
    maker.at(1100).submitted(1, 1).submitted(1, 2).submitted(1, 3);
    maker.at(1150).started(1, 1, 0);
    maker.at(1160).blocked(1, 1, 0);
    maker.at(1220).task(EventKind::TaskUnblocked, 1, 1, 0);
    maker.at(1250).finished(1, 1, 0);
    maker.at(1260).started(1, 2, 0);
    maker.at(1300).finished(1, 2, 0, Outcome::Error);
    maker.at(1310).task(EventKind::TaskCancelled, 1, 3);
    states.advance();
  }
  Recording recording;
  StateHistory states{recording};
  PoolLatency latency;
  bool advance(std::uint64_t seq, std::uint64_t most = UINT64_MAX) {
    return latency.advance(recording, states.tasks(), PoolId{1}, seq, most);
  }
};

} // namespace

TEST(PoolLatency, tellsWaitingRunningAndBlockedApart) {
  Fixture f;
  EXPECT_TRUE(f.advance(f.states.live().seq));
  EXPECT_EQ(f.latency.total.count(), 2u);
  EXPECT_EQ(f.latency.waited.percentile(0), 50);
  EXPECT_EQ(f.latency.running.percentile(0), 40);
  EXPECT_EQ(f.latency.running.percentile(1), 40);
  EXPECT_EQ(f.latency.blocked.percentile(1), 60);
  EXPECT_EQ(f.latency.total.percentile(0), 150);
}

TEST(PoolLatency, countsATaskOnceHoweverItIsRead) {
  Fixture f;
  while (!f.advance(f.states.live().seq, 1)) {
  }
  f.advance(f.states.live().seq);
  EXPECT_EQ(f.latency.total.count(), 2u);
}

TEST(PoolLatency, beginsAnewForAnEarlierCursorAndForAnotherPool) {
  Fixture f;
  f.advance(f.states.live().seq);
  f.advance(f.states.stateAt(1255).seq);
  EXPECT_EQ(f.latency.total.count(), 1u);
  f.latency.advance(f.recording, f.states.tasks(), PoolId{2}, f.states.live().seq);
  EXPECT_EQ(f.latency.total.count(), 0u);
}
