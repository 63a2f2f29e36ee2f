#include "core/analysis/drain_estimate.h"

#include "core/event/state_history.h"
#include "tests/support/event_maker.h"

#include <gtest/gtest.h>

#include <functional>

using namespace poolscope;
using namespace poolscope::test;

namespace {

DrainEstimate estimate(const std::function<void(EventMaker&)>& write, std::int64_t now) {
  Recording recording;
  EventMaker maker(recording);
  write(maker);
  StateHistory states(recording);
  states.advance();
  return estimateDrain(states.live(), states.tasks(), PoolId{1}, now);
}

} // namespace

TEST(DrainEstimate, anEmptyQueueNeedsNone) {
  EXPECT_EQ(estimate([](EventMaker& log) { log.opened(1, 2); }, 100).reason, DrainEstimate::Reason::Empty);
}

TEST(DrainEstimate, isNotGivenBeforeATaskEnded) {
  const auto log = [](EventMaker& m) { m.opened(1, 1).submitted(1, 1).submitted(1, 2).ready(1, 0).started(1, 1, 0); };
  EXPECT_EQ(estimate(log, 1000).reason, DrainEstimate::Reason::NothingYet);
}

TEST(DrainEstimate, isNotGivenWhileEveryWorkerServesAClient) {
  const auto log = [](EventMaker& m) {
    m.opened(1, 1).ready(1, 0);
    for (const std::uint64_t task : {1, 2})
      m.task(EventKind::TaskSubmitted, 1, task, 0, static_cast<std::uint8_t>(TaskKind::Connection));
    m.started(1, 1, 0);
  };
  EXPECT_EQ(estimate(log, 1000).reason, DrainEstimate::Reason::HeldByClient);
}

TEST(DrainEstimate, spreadsTheMeanOverTheWorkers) {
  const auto log = [](EventMaker& m) {
    m.opened(1, 2).ready(1, 0).ready(1, 1);
    m.at(1000);
    for (std::uint64_t task = 1; task <= 8; ++task)
      m.submitted(1, task);
    m.at(2000).started(1, 1, 0);
    m.at(2000).started(1, 2, 1);
    m.at(2900).finished(1, 1, 0).started(1, 3, 0);
    m.at(3100).finished(1, 2, 1).started(1, 4, 1);
  };
  // Mean 1000; at 3110 task 3 has run 200, task 4 nothing; four are queued: (800 + 1000 + 4000) / 2.
  const DrainEstimate drain = estimate(log, 3110);
  EXPECT_EQ(drain.reason, DrainEstimate::Reason::Known);
  EXPECT_EQ(drain.ns, 2900);
}

TEST(DrainEstimate, countsWhatHadEndedAtAPastMoment) {
  Recording recording;
  EventMaker log(recording);
  log.opened(1, 1).ready(1, 0);
  log.at(1000);
  for (std::uint64_t task = 1; task <= 1000; ++task)
    log.submitted(1, task);
  for (std::uint64_t task = 1; task <= 999; ++task) {
    const std::int64_t t = 100'000 + static_cast<std::int64_t>(task) * 1000;
    log.at(t).started(1, task, 0).at(t + 900).finished(1, task, 0);
  }
  StateHistory states(recording);
  states.advance();
  const std::int64_t then = 100'000 + 211 * 1000 + 500; // 210 are done, 211 runs, 788 follow it
  const DrainEstimate drain = estimateDrain(states.stateAt(then), states.tasks(), PoolId{1}, then);
  EXPECT_EQ(drain.reason, DrainEstimate::Reason::Known);
  EXPECT_EQ(drain.ns, 400 + 789 * 900);
}

TEST(DrainEstimate, countsWorkersThatStayAlone) {
  const auto log = [](EventMaker& m) {
    m.opened(1, 2).ready(1, 0).ready(1, 1);
    m.at(1000);
    for (std::uint64_t task = 1; task <= 8; ++task)
      m.submitted(1, task);
    m.at(2000).started(1, 1, 0);
    m.at(2000).started(1, 2, 1);
    m.at(2900).finished(1, 1, 0).started(1, 3, 0);
    m.at(3100).finished(1, 2, 1).started(1, 4, 1);
    m.resized(1, 2, 1).worker(EventKind::WorkerRetiring, 1, 1);
  };
  EXPECT_EQ(estimate(log, 3110).ns, 800 + 4000); // as above, with the one that stays
}

TEST(DrainEstimate, saysWhenNoTimesAreRecorded) {
  const auto log = [](EventMaker& m) {
    m.opened(1, 1).submitted(1, 1).submitted(1, 2);
    m.task(EventKind::TaskStarted, 1, 1).task(EventKind::TaskFinished, 1, 1, kNoSlot, 1); // by its submitter
  };
  EXPECT_EQ(estimate(log, 1000).reason, DrainEstimate::Reason::NotRecorded);
}
