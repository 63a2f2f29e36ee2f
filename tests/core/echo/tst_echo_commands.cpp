#include "core/analysis/reply_latency.h"
#include "core/echo/echo_server.h"
#include "core/pool/process/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

/// A server with a log, and what a person who sees its events may ask of it.
struct Watched {
  explicit Watched(ServeMode mode, std::size_t workers = 1) : server(logged(mode, workers)) { server.start(); }
  EchoServerOptions logged(ServeMode mode, std::size_t workers) {
    EchoServerOptions options = serveIn(mode, workers);
    options.log = &log;
    return options;
  }
  ClientRow row(const EchoClient& client) {
    const FoldedLog folded(log);
    EXPECT_EQ(folded.broken, "");
    const auto& rows = folded.history.clients();
    const auto it = std::ranges::find_if(
        rows, [&](const ClientRow& row) { return log.recording().texts().text(row.peer) == client.name(); });
    return it == rows.end() ? ClientRow{} : *it;
  }
  std::vector<TaskId> queue() {
    const FoldedLog folded(log);
    return folded.state.queuedTasks(server.pool(), folded.history, 100);
  }
  bool waitForQueue(std::size_t size) {
    return eventually([&] { return server.stats().queued == size; });
  }

  EventLog log;
  EchoServer server;
};

const auto kAll =
    testing::Values(ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::ProcessPool, ServeMode::Reactor);
const auto kHolding = testing::Values(ServeMode::ThreadPool, ServeMode::ProcessPool);
const auto kWord = [](const auto& row) { return modeWord(row.param); };

class Modes : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, Modes, kAll, kWord);
/// Those in which a client holds its worker.
class Holding : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, Holding, kHolding, kWord);

} // namespace

TEST_P(Modes, tellHowLongEachAnswerTook) {
  Watched w(GetParam());
  EchoClient client(w.server.port());
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(client.ask("abc"), "ABC");
  ASSERT_TRUE(eventually([&] { return w.row(client).sent == 15; }));
  EXPECT_EQ(w.row(client).messages, 5u);
  ReplyLatency latency;
  latency.advance(w.log.recording(), w.log.recording().size());
  const LatencyHistogram* replies = latency.of(w.row(client).id);
  ASSERT_NE(replies, nullptr);
  EXPECT_EQ(replies->count(), 5u);
  EXPECT_GT(replies->percentile(0.5), 0);
  EXPECT_LT(replies->most(), 20'000'000'000);
}

TEST_P(Modes, closeOnlyThoseThatAreAskedForAndIdle) {
  Watched w(GetParam(), 4);
  std::vector<EchoClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(w.server.port());
    ASSERT_EQ(clients.back().ask("a"), "A");
  }
  const std::vector<ClientId> asked{w.row(clients[0]).id, w.row(clients[2]).id};
  ASSERT_TRUE(asked[0] && asked[1]);
  ASSERT_TRUE(eventually([&] { // one that has just been answered is idle a moment later
    w.server.closeIfIdle(asked);
    return w.server.clientCount() == 1;
  }));
  EXPECT_EQ(clients[0].receiveAll(), "");
  EXPECT_EQ(clients[2].receiveAll(), "");
  EXPECT_EQ(w.row(clients[0]).cause, DisconnectCause::Idle);
  EXPECT_EQ(clients[1].ask("b"), "B");
  EXPECT_EQ(w.server.closeIfIdle({}), 0u);
}

TEST_P(Holding, aShrinkingPoolNeedNotWaitForItsIdleClients) {
  Watched w(GetParam(), 3);
  std::vector<EchoClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(w.server.port());
    ASSERT_EQ(clients.back().ask("a"), "A");
  }
  w.server.resize(1);
  std::vector<ClientId> holders;
  ASSERT_TRUE(eventually([&] {
    const FoldedLog folded(w.log);
    holders.clear();
    for (const WorkerState& worker : folded.pool(w.server).slots)
      if (worker.retiring && worker.task) holders.push_back(folded.history.find(worker.task)->client);
    return holders.size() == 2;
  }));
  ASSERT_TRUE(eventually([&] {
    w.server.closeIfIdle(holders);
    return w.server.stats().liveWorkers == 1;
  }));
  const auto stay = std::ranges::count_if(
      clients, [&](const EchoClient& client) { return std::ranges::find(holders, w.row(client).id) == holders.end(); });
  EXPECT_EQ(stay, 1);
  EXPECT_EQ(w.server.clientCount(), 1u);
}

TEST_P(Holding, aClientThatIsCancelledInTheQueueIsClosedAndTheNextOneIsServed) {
  Watched w(GetParam());
  EchoClient served(w.server.port());
  ASSERT_EQ(served.ask("a"), "A");
  EchoClient cancelled(w.server.port());
  ASSERT_TRUE(w.waitForQueue(1));
  EchoClient next(w.server.port());
  ASSERT_TRUE(w.waitForQueue(2));
  const std::vector<TaskId> queue = w.queue();
  ASSERT_EQ(queue.size(), 2u);
  EXPECT_TRUE(w.server.cancelTask(queue[0]));
  EXPECT_EQ(cancelled.receiveAll(), "");
  EXPECT_FALSE(w.server.cancelTask(queue[0]));
  ASSERT_TRUE(eventually([&] { return w.row(cancelled).disconnected != kNever; }));
  EXPECT_EQ(w.row(cancelled).cause, DisconnectCause::Cancelled);
  EXPECT_EQ(w.server.stats().cancelled, 1u);
  EXPECT_EQ(served.ask("b"), "B");
  served.close();
  EXPECT_EQ(next.ask("c"), "C");
}

TEST_P(Holding, aClientThatIsMovedToTheFrontIsServedNext) {
  Watched w(GetParam());
  EchoClient served(w.server.port());
  ASSERT_EQ(served.ask("a"), "A");
  EchoClient first(w.server.port());
  ASSERT_TRUE(w.waitForQueue(1));
  EchoClient second(w.server.port());
  ASSERT_TRUE(w.waitForQueue(2));
  const std::vector<TaskId> queue = w.queue();
  ASSERT_EQ(queue.size(), 2u);
  EXPECT_TRUE(w.server.moveToFront(queue[1]));
  EXPECT_EQ(w.queue(), (std::vector<TaskId>{queue[1], queue[0]}));
  served.close();
  EXPECT_EQ(second.ask("b"), "B");
  EXPECT_EQ(w.row(first).served, kNever);
  EXPECT_FALSE(w.server.moveToFront(queue[1])); // it is served
}

TEST(EchoCommands, aKilledWorkerProcessTakesItsClientAlongAndNoOther) {
  Watched w(ServeMode::ProcessPool, 2);
  EchoClient first(w.server.port());
  ASSERT_EQ(first.ask("a"), "A");
  EchoClient second(w.server.port());
  ASSERT_EQ(second.ask("b"), "B");
  EchoClient third(w.server.port());
  ASSERT_TRUE(w.waitForQueue(1));
  EXPECT_TRUE(w.server.killWorker(w.row(first).slot));
  first.receiveAll(); // its end, whichever
  ASSERT_TRUE(eventually([&] { return w.row(first).disconnected != kNever; }));
  EXPECT_EQ(w.row(first).cause, DisconnectCause::WorkerDied);
  EXPECT_EQ(second.ask("c"), "C");
  EXPECT_EQ(third.ask("d"), "D"); // by the worker that replaces it
  EXPECT_EQ(w.server.stats().failed, 1u);
  EXPECT_EQ(w.server.clientCount(), 2u);
}

TEST(EchoCommands, onlyAWorkerProcessCanBeKilled) {
  for (const ServeMode mode : {ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::Reactor}) {
    Watched w(mode);
    EchoClient client(w.server.port());
    ASSERT_EQ(client.ask("a"), "A");
    EXPECT_FALSE(w.server.killWorker(0));
    EXPECT_EQ(client.ask("b"), "B");
  }
}

TEST(EchoCommands, aShutdownSaysWhyItClosedWhoWaited) {
  for (const ServeMode mode : {ServeMode::ThreadPool, ServeMode::ProcessPool}) {
    Watched w(mode);
    EchoClient served(w.server.port());
    ASSERT_EQ(served.ask("a"), "A");
    EchoClient waiting(w.server.port());
    ASSERT_TRUE(w.waitForQueue(1));
    w.server.shutdown({.wait = false, .cancelFutures = true});
    EXPECT_EQ(waiting.receiveAll(), "");
    ASSERT_TRUE(eventually([&] { return w.row(waiting).disconnected != kNever; }));
    EXPECT_EQ(w.row(waiting).cause, DisconnectCause::ServerStop);
  }
}

TEST(EchoCommands, aReactorsShutdownIsToldWhenItBegins) {
  Watched w(ServeMode::Reactor, 2);
  EchoClient client(w.server.port());
  ASSERT_EQ(client.ask("a"), "A");
  w.server.shutdown({.wait = false});
  {
    const FoldedLog folded(w.log);
    EXPECT_TRUE(folded.pool(w.server).shuttingDown);
    EXPECT_TRUE(folded.pool(w.server).open);
  }
  EXPECT_EQ(client.ask("b"), "B"); // who is here is served on
  client.close();
  ASSERT_TRUE(eventually([&] { return w.server.stats().liveWorkers == 0; }));
  const FoldedLog folded(w.log);
  EXPECT_EQ(folded.broken, "");
  EXPECT_FALSE(folded.pool(w.server).open);
  EXPECT_LT(folded.pool(w.server).shutdownAt, w.row(client).disconnected);
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
