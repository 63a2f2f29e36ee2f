#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "core/pool/process/worker_main.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

// What tells the modes of serving apart.

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

TEST(EchoServer, onAPoolAClientWaitsUntilAWorkerIsFree) {
  EventLog log;
  EchoServerOptions options = serveIn(ServeMode::ThreadPool, 2);
  options.log = &log;
  EchoServer server(options);
  server.start();
  EchoClient first(server.port()), second(server.port());
  ASSERT_EQ(first.ask("a"), "A");
  ASSERT_EQ(second.ask("b"), "B");
  EchoClient third(server.port());
  ASSERT_TRUE(third.send("c"));
  ASSERT_TRUE(eventually([&] { return server.stats().queued == 1; }));
  ASSERT_TRUE(eventually([&] { return FoldedLog(log).pool(server).counters.blocked == 2; })); // both in recv
  {
    const FoldedLog folded(log);
    const PoolLive& pool = folded.pool(server);
    const std::vector<TaskId> queue = folded.state.queuedTasks(pool.id, folded.history, 10);
    ASSERT_EQ(queue.size(), 1u);
    const TaskRow& waiting = *folded.history.find(queue[0]);
    EXPECT_EQ(log.recording().texts().text(waiting.name), "recv ← " + third.name());
    EXPECT_EQ(waiting.kind, TaskKind::Connection);
    const ClientRow& client = *folded.history.findClient(waiting.client);
    EXPECT_EQ(client.task, waiting.id);
    EXPECT_EQ(client.served, kNever);
  }
  first.close();
  EXPECT_EQ(third.receive(1), "C"); // what it sent while it waited
}

TEST(EchoServer, growingServesWhoWaitsAndShrinkingLetsTheServedFinish) {
  EchoServer server(serveIn(ServeMode::ThreadPool, 1));
  server.start();
  std::vector<EchoClient> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back(server.port());
  ASSERT_EQ(clients[0].ask("a"), "A");
  server.resize(4);
  for (EchoClient& client : clients)
    EXPECT_EQ(client.ask("b"), "B");
  server.resize(1);
  EXPECT_EQ(server.maxWorkers(), 1u);
  for (EchoClient& client : clients)
    EXPECT_EQ(client.ask("c"), "C");
  for (EchoClient& client : clients)
    client.close();
  EXPECT_TRUE(eventually([&] { return server.stats().liveWorkers <= 1; }));
}

TEST(EchoServer, shutdownWithCancelClosesWhoWaits) {
  EchoServer server(serveIn(ServeMode::ThreadPool, 1));
  server.start();
  EchoClient served(server.port());
  ASSERT_EQ(served.ask("a"), "A");
  EchoClient waiting(server.port());
  ASSERT_TRUE(eventually([&] { return server.stats().queued == 1; }));
  server.shutdown({.wait = false, .cancelFutures = true});
  EXPECT_EQ(waiting.receiveAll(), "");
  EXPECT_EQ(served.ask("b"), "B");
  EXPECT_EQ(server.stats().cancelled, 1u);
}

TEST(EchoServer, aReactorWithoutWaitingClosesItsPoolWithTheLastClient) {
  EchoServer server(serveIn(ServeMode::Reactor));
  server.start();
  EchoClient client(server.port());
  ASSERT_EQ(client.ask("a"), "A");
  server.shutdown({.wait = false});
  EXPECT_EQ(client.ask("b"), "B");
  client.close();
  EXPECT_TRUE(eventually([&] { return server.stats().liveWorkers == 0; }));
}

TEST(EchoServer, idleClientsHoldNoWorkerOfAReactor) {
  EchoServer server(serveIn(ServeMode::Reactor, 2));
  server.start();
  std::vector<EchoClient> idle;
  for (int i = 0; i < 200; ++i)
    idle.emplace_back(server.port());
  EXPECT_EQ(EchoClient(server.port()).ask("at once"), "AT ONCE");
  for (EchoClient& client : idle)
    ASSERT_EQ(client.ask("awake"), "AWAKE");
  EXPECT_LE(server.stats().liveWorkers, 2u);
  EXPECT_TRUE(eventually([&] { return server.stats().running == 0; }));
}

/// A client that reads has done its part, also when its turn comes late because others hold the pool's workers.
TEST(EchoServer, aBusyPoolIsNotChargedToTheClientsOfAReactor) {
  constexpr std::size_t kBytes = 24 << 20; // far more than the socket's buffers
  ThreadPoolExecutor pool(1);
  EchoServerOptions options = serveIn(ServeMode::Reactor);
  options.writeDeadline = 1s;
  EchoServer server(options, pool);
  server.start();
  EchoClient client(server.port());
  std::thread sender([&] {
    client.send(std::string(kBytes, 'x'));
    client.endSending();
  });
  std::uint64_t before = 0; // until it is stuck: nothing more can be sent to who does not read
  ASSERT_TRUE(eventually([&] {
    std::this_thread::sleep_for(20ms);
    const std::uint64_t sent = server.totals().traffic.sent;
    return sent != 0 && sent == std::exchange(before, sent);
  }));
  Gate gate;
  pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  std::size_t got = client.receive(kBytes, 300ms).size(); // what is on its way; its turn waits for the gate
  got += client.receive(1, 1500ms).size();                // longer than the deadline: it is not cut
  EXPECT_EQ(server.clientCount(), 1u);
  gate.open();
  got += client.receiveAll().value_or("").size();
  sender.join();
  EXPECT_EQ(got, kBytes);
}

TEST(EchoServer, aThreadPerConnectionIsNamedAndCountedAsTheKernelSaysIt) {
  EventLog log;
  EchoServerOptions options = serveIn(ServeMode::ThreadPerConnection);
  options.log = &log;
  EchoServer server(options);
  server.start();
  std::vector<EchoClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(server.port());
    ASSERT_EQ(clients.back().ask("x"), "X");
  }
  server.resize(3); // has no meaning here
  EXPECT_EQ(server.maxWorkers(), 0u);
  EXPECT_EQ(server.threadCount(), 20u);
  const FoldedLog folded(log);
  const PoolLive& pool = folded.pool(server);
  EXPECT_EQ(pool.target, 0u);
  ASSERT_EQ(pool.slots.size(), 20u);
  for (const WorkerState& worker : pool.slots) {
    const auto text = [&](TextId id) { return std::string(log.recording().texts().text(id)); };
    std::ifstream comm("/proc/self/task/" + std::to_string(worker.tid) + "/comm");
    std::string name;
    std::getline(comm, name);
    EXPECT_EQ(name, text(worker.comm));
    EXPECT_EQ(text(worker.name), name + " (conn_data)");
    EXPECT_EQ(worker.pid, static_cast<std::uint32_t>(::getpid()));
  }
  clients.clear();
  EXPECT_TRUE(eventually([&] { return server.threadCount() == 0; }));
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
