#include "core/echo/crowd.h"

#include "core/base/clock.h"
#include "tests/support/echo_fixture.h"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

CrowdOptions crowdOf(const EchoServer& server, std::size_t clients, CrowdPattern pattern = CrowdPattern::Steady) {
  CrowdOptions options;
  options.port = server.port(), options.clients = clients, options.pattern = pattern;
  return options;
}

} // namespace

TEST(Crowd, countsRightReplies) {
  EchoServer server(serveIn(ServeMode::Reactor));
  server.start();
  Crowd crowd(crowdOf(server, 20));
  EXPECT_TRUE(eventually([&] { return crowd.figures().replies > 1'000; }));
  EXPECT_EQ(crowd.figures().connected, 20u);
  crowd.stop();
  EXPECT_FALSE(crowd.running());
  const CrowdFigures figures = crowd.figures();
  EXPECT_EQ(figures.errors, 0u);
  EXPECT_EQ(figures.connected, 0u);
  EXPECT_GT(figures.p50.count(), 0);
  EXPECT_LE(figures.p50, figures.p99);
  EXPECT_LE(figures.p99, figures.longest + figures.longest / 16);
}

TEST(Crowd, idleHoldersStarveAPoolAndNotAReactor) {
  for (const ServeMode mode : {ServeMode::ThreadPool, ServeMode::Reactor}) {
    EchoServer server(serveIn(mode));
    server.start();
    Crowd holders(crowdOf(server, 50, CrowdPattern::IdleHolder));
    ASSERT_TRUE(eventually([&] { return server.clientCount() == 50; }));
    Crowd late(crowdOf(server, 1));
    if (mode == ServeMode::Reactor) {
      EXPECT_TRUE(eventually([&] { return late.figures().replies > 0; }));
    } else {
      ASSERT_TRUE(eventually([&] { return late.figures().waiting == 1 && server.stats().queued == 47; }));
      EXPECT_EQ(late.figures().replies, 0u);
      holders.stop();
      EXPECT_TRUE(eventually([&] { return late.figures().replies > 0; }));
    }
  }
}

TEST(Crowd, whoStarvesCountsWithWhatItHasWaited) {
  EchoServer server(serveIn(ServeMode::ThreadPool)); // four workers: 46 of 50 are never served
  server.start();
  const std::int64_t start = monotonicNow();
  Crowd crowd(crowdOf(server, 50));
  const auto waits = [&] { // those that are served want an answer too, most of the time
    const CrowdFigures f = crowd.figures();
    return f.replies > 100 && f.waiting >= 46 && f.waitingLongest > 50ms;
  };
  ASSERT_TRUE(eventually(waits));
  const CrowdFigures before = crowd.figures();
  EXPECT_LE(before.waitingLongest.count(), monotonicNow() - start);
  EXPECT_GT(before.waitingLongest, before.p99); // which is of the others
  ASSERT_TRUE(eventually([&] { return crowd.figures().waitingLongest > before.waitingLongest + 20ms; })); // it grows
  crowd.stop();
  const CrowdFigures after = crowd.figures(); // and is kept
  EXPECT_GE(after.waiting, 46u);
  EXPECT_GT(after.waitingLongest, before.waitingLongest);
  EXPECT_EQ(after.waitingLongest, crowd.figures().waitingLongest);
  EXPECT_EQ(after.measured, after.replies);
}

TEST(Crowd, whoCannotConnectWaitsThroughItsTries) {
  CrowdOptions options;
  options.port = 1, options.clients = 3; // nobody listens there: each try fails at once
  Crowd crowd(options);
  ASSERT_TRUE(eventually([&] { return crowd.figures().errors > 9; }));
  const CrowdFigures figures = crowd.figures();
  EXPECT_EQ(figures.waiting, 3u);
  EXPECT_GT(figures.waitingLongest, 200ms); // of three tries, 100 ms apart, and not of the last
  EXPECT_EQ(figures.measured, 0u);
}

TEST(Crowd, whoWantsNothingDoesNotWait) {
  EchoServer server(serveIn(ServeMode::ThreadPool));
  server.start();
  Crowd crowd(crowdOf(server, 10, CrowdPattern::IdleHolder));
  ASSERT_TRUE(eventually([&] { return crowd.figures().connected == 10; }));
  EXPECT_EQ(crowd.figures().waiting, 0u);
  EXPECT_EQ(crowd.figures().waitingLongest, 0ns);
}

TEST(Crowd, whoDropsInComesAsANewClientEachTime) {
  EchoServer server(serveIn(ServeMode::ThreadPerConnection));
  server.start();
  Crowd crowd(crowdOf(server, 3, CrowdPattern::DropIn));
  EXPECT_TRUE(eventually([&] { return crowd.figures().connects > 60; }));
  crowd.stop();
  EXPECT_EQ(crowd.figures().errors, 0u);
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
}

TEST(Crowd, slowReadersAreCutByTheServer) {
  EchoServerOptions options = serveIn(ServeMode::Reactor);
  options.writeDeadline = 200ms;
  EchoServer server(options);
  server.start();
  CrowdOptions slow = crowdOf(server, 1, CrowdPattern::SlowReader);
  slow.messageBytes = 1, slow.thinkTime = 10s;
  Crowd crowd(slow);
  EXPECT_TRUE(eventually([&] { return crowd.figures().errors > 0; }));
}

TEST(Crowd, allAskAtOnceInABurst) {
  EchoServer server(serveIn(ServeMode::Reactor));
  server.start();
  CrowdOptions options = crowdOf(server, 10, CrowdPattern::Burst);
  options.thinkTime = 50ms;
  Crowd crowd(options);
  EXPECT_TRUE(eventually([&] { return crowd.figures().replies >= 30; }));
  EXPECT_EQ(crowd.figures().errors, 0u);
}

TEST(Crowd, endsByItselfAndWithoutAServer) {
  CrowdOptions options;
  options.port = 1, options.duration = 50ms; // nobody listens there
  Crowd crowd(options);
  EXPECT_TRUE(eventually([&] { return !crowd.running(); }));
  EXPECT_GT(crowd.figures().errors, 0u);
  options.clients = 0;
  EXPECT_THROW(Crowd{options}, std::invalid_argument);
}
