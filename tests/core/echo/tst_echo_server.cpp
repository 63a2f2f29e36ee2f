#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <set>
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
INSTANTIATE_TEST_SUITE_P(Echo, Modes,
                         testing::Values(ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::ProcessPool,
                                         ServeMode::Reactor),
                         [](const auto& row) { return modeWord(row.param); });

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

TEST_P(Modes, takeAResetAsANormalEnd) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  for (int i = 0; i < 50; ++i) {
    EchoClient client(server.port());
    ASSERT_EQ(client.ask("half a li"), "HALF A LI");
    client.reset();
  }
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
  EXPECT_EQ(EchoClient(server.port()).ask("still here"), "STILL HERE");
  server.stop();
  const FoldedLog folded(log);
  EXPECT_EQ(folded.broken, "");
  EXPECT_EQ(std::ranges::count(folded.history.clients(), DisconnectCause::Reset, &ClientRow::cause), 50);
  EXPECT_EQ(server.stats().failed, 0u);
}

TEST_P(Modes, cutAClientThatNeverReads) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log, options.writeDeadline = 300ms;
  EchoServer server(options);
  server.start();
  EchoClient deaf(server.port());
  ASSERT_EQ(deaf.ask("x"), "X");
  std::thread sender([&] { // far more than the kernel keeps
    const std::string piece(100'000, 'x');
    for (int i = 0; i < 640 && deaf.send(piece); ++i) {
    }
  });
  int answered = 0;
  while (server.clientCount() > 0) { // nobody else is delayed
    EchoClient other(server.port());
    ASSERT_EQ(other.ask("hello"), "HELLO");
    ++answered;
    other.close();
    eventually([&] { return server.clientCount() <= 1; });
  }
  sender.join();
  EXPECT_GT(answered, 1);
  server.stop();
  const FoldedLog folded(log);
  EXPECT_EQ(folded.history.clients()[0].cause, DisconnectCause::SlowReader);
  EXPECT_GT(folded.history.clients()[0].received, folded.history.clients()[0].sent);
}

TEST_P(Modes, cutAClientThatIsSilentForLongerThanItMay) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam(), 2);
  options.log = &log, options.idleLimit = 100ms;
  EchoServer server(options);
  server.start();
  std::vector<EchoClient> silent;
  for (int i = 0; i < 4; ++i)
    silent.emplace_back(server.port());
  EXPECT_EQ(EchoClient(server.port()).ask("my turn"), "MY TURN"); // behind two times two, where they hold the workers
  for (EchoClient& client : silent)
    EXPECT_EQ(client.receiveAll(), "");
  server.stop();
  const FoldedLog folded(log);
  EXPECT_EQ(std::ranges::count(folded.history.clients(), DisconnectCause::Idle, &ClientRow::cause), 4);
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

TEST_P(Modes, stopInTimeWhateverTheClientsDo) {
  EchoServerOptions options = serveIn(GetParam(), 2);
  options.stopDeadline = 300ms;
  EchoServer server(options);
  server.start();
  std::atomic<bool> over{false};
  EchoClient deaf(server.port()), chatty(server.port()), idle(server.port()), idleToo(server.port());
  std::thread deafSender([&] {
    const std::string piece(100'000, 'x');
    while (!over && deaf.send(piece)) {
    }
  });
  std::thread chattySender([&] {
    while (!over && chatty.send("chat")) {
    }
  });
  std::thread chattyReader([&] { chatty.receiveAll(); });
  ASSERT_TRUE(eventually([&] { return server.clientCount() == 4; }));
  const auto begin = std::chrono::steady_clock::now();
  server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s); // the deadline, and what a loaded machine needs
  EXPECT_EQ(server.clientCount(), 0u);
  over = true;
  for (std::thread* thread : {&deafSender, &chattySender, &chattyReader})
    thread->join();
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

TEST_P(Modes, stopNeverResetsWhoWasConnected) {
  for (int round = 0; round < 10; ++round) {
    EchoServer server(serveIn(GetParam(), 2));
    server.start();
    std::atomic<int> reset{0}, ended{0};
    std::atomic<bool> over{false};
    std::vector<std::thread> storm;
    for (int i = 0; i < 3; ++i)
      storm.emplace_back([&] {
        while (!over) {
          EchoClient client(server.port());
          if (!client.connected()) return;
          client.receiveAll() ? ++ended : ++reset; // silent: only the stop ends it
        }
      });
    ASSERT_TRUE(eventually([&] { return server.clientCount() >= 2; }));
    server.stop();
    over = true;
    for (std::thread& thread : storm)
      thread.join();
    EXPECT_EQ(reset, 0);
    EXPECT_GE(ended, 2);
  }
}

TEST_P(Modes, keepTheMemoryOfAnEndlessStreamSmall) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  const auto residentKiB = [] {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
      if (word == "VmRSS:") {
        std::size_t kib = 0;
        status >> kib;
        return kib;
      }
    return std::size_t{0};
  };
  EchoClient client(server.port());
  const std::size_t pieces = 1'000; // of 64 KiB
  const std::string piece(65'536, 'y');
  const std::size_t before = residentKiB();
  std::thread sender([&] {
    for (std::size_t i = 0; i < pieces; ++i)
      ASSERT_TRUE(client.send(piece));
    client.endSending();
  });
  std::size_t got = 0;
  for (std::string part; !(part = client.receive(65'536)).empty(); got += part.size()) {
  }
  sender.join();
  EXPECT_EQ(got, pieces * piece.size());
#ifndef __SANITIZE_ADDRESS__ // which keeps what is freed for a while
  EXPECT_LT(residentKiB(), before + 16 * 1024);
#else
  static_cast<void>(before);
#endif
}

TEST_P(Modes, refuseWithASentenceWhoIsTooMany) {
  EchoServerOptions options = serveIn(GetParam());
  options.maxClients = 2;
  std::atomic<int> notes{0};
  options.note = [&](std::string_view) { ++notes; };
  EchoServer server(options);
  server.start();
  EchoClient first(server.port()), second(server.port());
  EXPECT_EQ(first.ask("a"), "A");
  EXPECT_EQ(second.ask("b"), "B");
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(EchoClient(server.port()).receiveAll(), "ERR too many clients\n");
  EXPECT_EQ(notes, 1); // at most one a second
  first.close();
  ASSERT_TRUE(eventually([&] { return server.clientCount() == 1; }));
  EXPECT_EQ(EchoClient(server.port()).ask("c"), "C");
}

TEST_P(Modes, areNotDisturbedBySignals) {
  static std::atomic<int> signals{0};
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) { ++signals; }; // without SA_RESTART
  ::sigaction(SIGUSR1, &action, &before);
  EchoServer server(serveIn(GetParam()));
  server.start();
  EchoClient client(server.port());
  std::atomic<bool> over{false};
  std::thread storm([&] {
    while (!over) {
      for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
        ::syscall(SYS_tgkill, ::getpid(), std::stoi(task.path().filename().string()), SIGUSR1);
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(client.ask("abcdefgh"), "ABCDEFGH");
  over = true;
  storm.join();
  server.stop();
  ::sigaction(SIGUSR1, &before, nullptr);
}

// --- What tells the modes apart

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

TEST(EchoServer, itsClientsAreThoseOfTheKernel) {
  for (const ServeMode mode :
       {ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::ProcessPool, ServeMode::Reactor}) {
    EventLog log;
    EchoServerOptions options = serveIn(mode);
    options.log = &log;
    EchoServer server(options);
    server.start();
    std::vector<EchoClient> clients;
    std::set<std::string> expected;
    for (int i = 0; i < 30; ++i) {
      clients.emplace_back(server.port());
      expected.insert(clients.back().name());
    }
    ASSERT_TRUE(eventually([&] { return server.clientCount() == 30; }));
    const FoldedLog folded(log);
    std::set<std::string> told, kernels;
    for (const auto& [id, client] : folded.state.clients)
      told.insert(std::string(log.recording().texts().text(client.peer)));
    std::ifstream table("/proc/net/tcp");
    std::string line;
    std::getline(table, line);
    while (std::getline(table, line)) {
      unsigned localPort = 0, remotePort = 0, state = 0;
      std::sscanf(line.c_str(), " %*u: %*x:%x %*x:%x %x", &localPort, &remotePort, &state);
      if (localPort == server.port() && state == 1) kernels.insert("127.0.0.1:" + std::to_string(remotePort));
    }
    EXPECT_EQ(told, expected);
    EXPECT_EQ(kernels, expected);
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

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
