#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "core/pool/process/worker_main.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {
class Modes : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, Modes, everyMode(), modeOfRow);
} // namespace

TEST_P(Modes, answerInUpperCase) {
  EchoServer server(serveIn(GetParam()));
  server.start();
  ASSERT_NE(server.port(), 0);
  EchoClient client(server.port());
  EXPECT_EQ(client.ask("hello, world 123 [`{@"), "HELLO, WORLD 123 [`{@");
  EXPECT_EQ(client.ask("é ß ñ \xe9"
                       "abc 中文"),
            "é ß ñ \xe9"
            "ABC 中文");
}

TEST_P(Modes, answerAHalfCloseThenClose) {
  EchoServer server(serveIn(GetParam()));
  server.start();
  EchoClient client(server.port());
  client.send("last words");
  client.endSending();
  EXPECT_EQ(client.receiveAll(), "LAST WORDS");
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
}

TEST_P(Modes, stopAnswersWhatWasSentAndCloses) {
  EchoServer server(serveIn(GetParam(), 2));
  server.start();
  std::vector<EchoClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(server.port());
    ASSERT_TRUE(clients.back().send("client " + std::to_string(i)));
  }
  const auto begin = std::chrono::steady_clock::now();
  server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(clients[static_cast<std::size_t>(i)].receiveAll(), "CLIENT " + std::to_string(i));
  EXPECT_EQ(server.stats().liveWorkers, 0u);
  EXPECT_FALSE(EchoClient(server.port()).connected());
  server.stop();
}

TEST_P(Modes, tellAClientsWholeLife) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  EchoClient client(server.port());
  const std::string name = client.name();
  EXPECT_EQ(client.ask("abc"), "ABC");
  client.close();
  ASSERT_TRUE(eventually([&] { return server.clientCount() == 0; }));
  server.stop();
  const FoldedLog folded(log);
  EXPECT_EQ(folded.broken, "");
  ASSERT_EQ(folded.history.clients().size(), 1u);
  const ClientRow& row = folded.history.clients()[0];
  EXPECT_EQ(log.recording().texts().text(row.peer), name);
  EXPECT_EQ(row.received, 3u);
  EXPECT_EQ(row.sent, 3u);
  EXPECT_EQ(row.cause, DisconnectCause::EndOfStream);
  EXPECT_LE(row.connected, row.queued);
  EXPECT_LE(row.queued, row.served);
  EXPECT_LE(row.served, row.disconnected);
  EXPECT_EQ(row.pool, server.pool());
  const PoolLive* pool = folded.state.pool(server.pool());
  ASSERT_NE(pool, nullptr);
  EXPECT_FALSE(pool->open);
  EXPECT_EQ(pool->counters.done, server.stats().done);
  EXPECT_TRUE(folded.state.clients.empty());
}

TEST_P(Modes, giveEveryByteBackHoweverTheStreamIsCut) {
  EchoServer server(serveIn(GetParam()));
  server.start();
  std::mt19937 random(7);
  const auto upTo = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(1, most)(random); };
  for (int round = 0; round < 20; ++round) {
    std::string bytes(upTo(300'000), '\0'), expected;
    for (char& c : bytes)
      c = static_cast<char>(random());
    for (const char c : bytes)
      expected += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    EchoClient client(server.port());
    std::thread sender([&] {
      for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t piece = std::min(upTo(20'000), bytes.size() - done);
        ASSERT_TRUE(client.send(std::string_view(bytes).substr(done, piece)));
        done += piece;
      }
      client.endSending();
    });
    const std::optional<std::string> got = client.receiveAll();
    sender.join();
    ASSERT_TRUE(got);
    ASSERT_TRUE(*got == expected) << "round " << round << ": " << got->size() << " of " << expected.size() << " bytes";
  }
}

TEST_P(Modes, serveTwoHundredClients) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  std::vector<EchoClient> clients;
  for (int i = 0; i < 200; ++i) {
    clients.emplace_back(server.port());
    ASSERT_TRUE(clients.back().send("client " + std::to_string(i)));
  }
  for (int i = 0; i < 200; ++i) { // whoever leaves lets the next one in
    ASSERT_EQ(clients[static_cast<std::size_t>(i)].receive(7 + std::to_string(i).size()),
              "CLIENT " + std::to_string(i));
    clients[static_cast<std::size_t>(i)].close();
  }
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
  server.stop();
  const FoldedLog folded(log);
  EXPECT_EQ(folded.broken, "");
  EXPECT_EQ(folded.history.clients().size(), 200u);
  const PoolStats stats = server.stats();
  const PoolCounters& counters = folded.pool(server).counters;
  EXPECT_EQ(counters.submitted, stats.submitted);
  EXPECT_EQ(counters.done, stats.done);
  EXPECT_EQ(stats.done, stats.submitted);
}

TEST_P(Modes, startAndStopAgainAndAgain) {
  EchoServerOptions options = serveIn(GetParam(), 2);
  options.port = [] {
    EchoServer any;
    any.start();
    return any.port();
  }();
  EchoServer server(options);
  const auto counts = [] {
    std::size_t files = 0, threads = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator("/proc/self/fd"))
      ++files;
    for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
      ++threads;
    return std::pair(files, threads);
  };
  server.start();
  ASSERT_EQ(EchoClient(server.port()).ask("x"), "X");
  server.stop();
  const auto before = counts(); // a stopped process pool keeps three descriptors until the next start
  const int cycles = GetParam() == ServeMode::ProcessPool ? 20 : 200; // each makes its worker processes anew
  for (int i = 0; i < cycles; ++i) {
    server.start();
    EchoClient served(server.port()), queued(server.port()), silent(server.port());
    ASSERT_EQ(served.ask("x"), "X") << "cycle " << i;
    server.stop();
    EXPECT_EQ(served.receiveAll(), "");
    EXPECT_EQ(silent.receiveAll(), "");
  }
  EXPECT_EQ(counts(), before);
}

TEST(EchoServer, shutdownWaitsForItsClientsUntilTheIdleOnesAreClosed) {
  for (const ServeMode mode :
       {ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::ProcessPool, ServeMode::Reactor}) {
    EchoServer server(serveIn(mode));
    server.start();
    EchoClient client(server.port());
    ASSERT_EQ(client.ask("a"), "A");
    std::atomic<bool> returned{false};
    std::thread waiter([&] {
      server.shutdown();
      returned = true;
    });
    ASSERT_TRUE(eventually([&] { return !server.listening(); }));
    EXPECT_EQ(client.ask("b"), "B"); // it stays as long as it wants
    EXPECT_FALSE(returned);
    ASSERT_TRUE(eventually([&] { return server.closeIdleClients() == 1; }));
    waiter.join();
    EXPECT_EQ(client.receiveAll(), "");
    EXPECT_EQ(server.stats().liveWorkers, 0u);
  }
}

TEST(EchoServer, stopEndsAShutdownThatWaits) {
  for (const ServeMode mode :
       {ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::ProcessPool, ServeMode::Reactor}) {
    EchoServer server(serveIn(mode));
    server.start();
    EchoClient client(server.port());
    ASSERT_EQ(client.ask("a"), "A");
    std::thread waiter([&] { server.shutdown(); });
    ASSERT_TRUE(eventually([&] { return !server.listening(); }));
    server.stop();
    waiter.join();
  }
}

TEST(EchoServer, servesOnAGivenPoolAndLeavesItOpen) {
  for (const ServeMode mode : {ServeMode::ThreadPool, ServeMode::Reactor}) {
    ThreadPoolExecutor pool(2);
    {
      EchoServer server(serveIn(mode), pool);
      server.start();
      EchoClient client(server.port());
      EXPECT_EQ(client.ask("a"), "A");
      server.stop();
      EXPECT_EQ(client.receiveAll(), "");
    }
    EXPECT_EQ(pool.submit([] { return 7; }).result(), 7);
  }
}

TEST(EchoServer, stopClosesWhoWaitsBehindTheTasksOfOthers) {
  for (const ServeMode mode : {ServeMode::ThreadPool, ServeMode::Reactor}) {
    Gate gate;
    ThreadPoolExecutor pool(1);
    pool.submit([&] { gate.pass(); });
    ASSERT_TRUE(gate.waitForArrivals(1));
    {
      EchoServerOptions options = serveIn(mode);
      options.stopDeadline = 50ms;
      EchoServer server(options, pool);
      server.start();
      EchoClient client(server.port());
      ASSERT_TRUE(client.send("nobody hears me"));
      ASSERT_TRUE(eventually([&] { return server.stats().queued == 1; }));
      server.stop();
      client.receiveAll();
      EXPECT_EQ(server.clientCount(), 0u);
    } // the server ends before its task
    gate.open();
    EXPECT_EQ(pool.submit([] { return 7; }).result(), 7);
  }
}

TEST(EchoServer, closesWhomAFullGivenPoolCannotTake) {
  for (const ServeMode mode : {ServeMode::ThreadPool, ServeMode::Reactor}) {
    Gate gate;
    ThreadPoolOptions small;
    small.maxWorkers = 1, small.queueBound = {.limit = 1, .whenFull = WhenFull::Reject};
    ThreadPoolExecutor pool(small);
    pool.submit([&] { gate.pass(); });
    ASSERT_TRUE(gate.waitForArrivals(1));
    pool.submit([] {});
    EchoServer server(serveIn(mode), pool);
    server.start();
    EchoClient client(server.port());
    client.send("nobody hears me");
    client.receiveAll();
    EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
    gate.open();
    ASSERT_TRUE(eventually([&] { return pool.stats().done == 2; }));
    EXPECT_EQ(EchoClient(server.port()).ask("now"), "NOW");
  }
}

TEST(EchoServer, refusesWhatItCannotDo) {
  EXPECT_THROW(EchoServer(serveIn(ServeMode::ThreadPool, 0)), std::invalid_argument);
  EXPECT_THROW(EchoServer(serveIn(ServeMode::Reactor, 4097)), std::invalid_argument);
  ThreadPoolExecutor pool(1);
  EXPECT_THROW(EchoServer(serveIn(ServeMode::ThreadPerConnection), pool), std::invalid_argument);
  EchoServerOptions options;
  options.host = "999.1.1.1";
  EchoServer server(options);
  EXPECT_THROW(server.start(), std::system_error);
  EXPECT_FALSE(server.listening());
  server.stop();
}

TEST(EchoServer, saysWhatIsWrongWithAPortInUse) {
  EchoServer first;
  first.start();
  EchoServerOptions options;
  options.port = first.port();
  EchoServer second(options);
  try {
    second.start();
    FAIL() << "the port was in use";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code().value(), EADDRINUSE);
    EXPECT_EQ(std::string(e.what()),
              "cannot listen on 127.0.0.1:" + std::to_string(first.port()) + ": Address already in use");
  }
}

TEST(EchoServer, saysThatAPortIsForTheSystem) {
  std::ifstream setting("/proc/sys/net/ipv4/ip_unprivileged_port_start");
  int first = 0;
  setting >> first;
  if (first <= 1) GTEST_SKIP() << "every user may listen on every port of this machine";
  int error = 0;
  std::thread([&] { // the kernel knows a user for each thread
    if (::geteuid() == 0 && ::syscall(SYS_setresuid, 65534, 65534, 65534) != 0) return;
    EchoServerOptions options;
    options.port = 1;
    EchoServer server(options);
    try {
      server.start();
    } catch (const std::system_error& e) {
      error = e.code().value();
      EXPECT_EQ(std::string(e.what()), "cannot listen on 127.0.0.1:1: Permission denied");
    }
  })
      .join();
  EXPECT_EQ(error, EACCES);
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
