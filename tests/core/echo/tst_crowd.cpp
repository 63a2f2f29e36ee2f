#include "core/echo/crowd.h"

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
