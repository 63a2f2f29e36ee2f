#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"
#include "tests/support/system_faults.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <system_error>
#include <vector>

// FAULTS: threads that cannot be made (F15). A client waits for one; nobody is deaf for ever, and the end comes in time.

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

class ThreadFaultsIn : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, ThreadFaultsIn,
                         testing::Values(ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::Reactor),
                         modeOfRow);

} // namespace

TEST_P(ThreadFaultsIn, theFirstClientWaitsUntilItsThreadCanBeMade) {
  const SystemFaults faults;
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  SystemFaults::failThreads = 3;
  EchoClient client(server.port());
  EXPECT_EQ(client.ask("a"), "A");
  EXPECT_EQ(SystemFaults::threadsTried, 3);
  server.stop();
  EXPECT_EQ(FoldedLog(log).broken, "");
}

/// Each client that comes while threads cannot be made is served later, whoever leaves or comes meanwhile.
TEST_P(ThreadFaultsIn, everyClientIsServedOnceThreadsCanBeMadeAgain) {
  const SystemFaults faults;
  EventLog log;
  EchoServerOptions options = serveIn(GetParam(), 30);
  options.log = &log;
  EchoServer server(options);
  server.start();
  std::vector<EchoClient> served, waiting;
  for (int i = 0; i < 3; ++i) {
    served.emplace_back(server.port());
    ASSERT_EQ(served.back().ask("s"), "S");
  }
  SystemFaults::failThreads = -1;
  for (int i = 0; i < 10; ++i) {
    waiting.emplace_back(server.port());
    ASSERT_TRUE(waiting.back().send("w"));
  }
  if (GetParam() != ServeMode::Reactor) { // whose three workers answer all
    ASSERT_TRUE(eventually([&] { return server.stats().queued == 10 && SystemFaults::threadsTried > 0; }));
  }
  SystemFaults::failThreads = 0;
  served.pop_back();
  for (EchoClient& client : waiting)
    EXPECT_EQ(client.receive(1), "W");
  for (EchoClient& client : served)
    EXPECT_EQ(client.ask("s"), "S");
  server.stop();
  EXPECT_EQ(FoldedLog(log).broken, "");
}

TEST_P(ThreadFaultsIn, theServerStopsInTimeWhereNoThreadCanBeMade) {
  const SystemFaults faults;
  EchoServerOptions options = serveIn(GetParam());
  options.stopDeadline = 300ms;
  EchoServer server(options);
  server.start();
  SystemFaults::failThreads = -1;
  EchoClient client(server.port());
  ASSERT_TRUE(client.send("a"));
  ASSERT_TRUE(eventually([&] { return SystemFaults::threadsTried > 0; }));
  const auto before = std::chrono::steady_clock::now();
  server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  EXPECT_EQ(server.clientCount(), 0u);
}

/// What the server itself needs is made before it listens: it does not start by halves.
TEST_P(ThreadFaultsIn, aServerWithoutItsOwnThreadsDoesNotStart) {
  const SystemFaults faults;
  EchoServer server(serveIn(GetParam()));
  SystemFaults::failThreads = 1;
  try {
    server.start();
    FAIL() << "it started without its threads";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("cannot make the thread"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(server.listening());
  SystemFaults::failThreads = 0;
  server.start();
  EXPECT_EQ(EchoClient(server.port()).ask("a"), "A");
}
