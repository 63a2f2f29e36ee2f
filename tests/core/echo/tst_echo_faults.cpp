#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "core/pool/process/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

// FAULTS: what the echo server promises when clients reset, stay deaf or silent, come in crowds, or when it must end
// (F28, F30, F31, F34, F35). The manual's page on faults names the test of each promise.

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {
class EchoFaults : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, EchoFaults, everyMode(), modeOfRow);
} // namespace

TEST_P(EchoFaults, takeAResetAsANormalEnd) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  constexpr int kResets = 1000;
  for (int i = 0; i < kResets; ++i) {
    EchoClient client(server.port());
    ASSERT_EQ(client.ask("half a li"), "HALF A LI");
    client.reset();
  }
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
  EXPECT_EQ(EchoClient(server.port()).ask("still here"), "STILL HERE");
  server.stop();
  const FoldedLog folded(log);
  EXPECT_EQ(folded.broken, "");
  EXPECT_EQ(std::ranges::count(folded.history.clients(), DisconnectCause::Reset, &ClientRow::cause), kResets);
  EXPECT_EQ(server.stats().failed, 0u);
}

/// A write to a client that has left is an error of that client, not a signal that ends the program.
TEST_P(EchoFaults, outliveWritesToClientsThatHaveLeft) {
  struct sigaction deadly {
  }, before{};
  deadly.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &deadly, &before);
  EchoServer server(serveIn(GetParam()));
  server.start();
  const std::string much(200'000, 'x');
  for (int i = 0; i < 50; ++i) {
    EchoClient client(server.port());
    client.send(much); // its answers are under way when it resets
    client.reset();
  }
  EXPECT_EQ(EchoClient(server.port()).ask("alive"), "ALIVE");
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
  server.stop();
  EXPECT_EQ(server.stats().failed, 0u);
  ::sigaction(SIGPIPE, &before, nullptr);
}

/// One that sends a byte now and then holds a worker for as long as it wants, within any idle limit.
TEST_P(EchoFaults, neverCutAClientThatIsOnlySlow) {
  EchoServerOptions options = serveIn(GetParam(), 1);
  options.idleLimit = 1s;
  EchoServer server(options);
  server.start();
  EchoClient slow(server.port());
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < 1500ms) {
    ASSERT_EQ(slow.ask("b"), "B");
    std::this_thread::sleep_for(50ms); // a slow typist
  }
  EXPECT_EQ(slow.receiveAll(), "") << "silent at last, it is cut";
}

TEST_P(EchoFaults, cutAClientThatNeverReads) {
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

TEST_P(EchoFaults, cutAClientThatIsSilentForLongerThanItMay) {
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

TEST_P(EchoFaults, stopInTimeWhateverTheClientsDo) {
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

TEST_P(EchoFaults, stopNeverResetsWhoWasConnected) {
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

TEST_P(EchoFaults, refuseWithASentenceWhoIsTooMany) {
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

/// A read stops short before urgent data, with more behind it.
TEST_P(EchoFaults, readOnBehindUrgentData) {
  EchoServer server(serveIn(GetParam()));
  server.start();
  EchoClient client(server.port());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(client.send("ab"));
    ASSERT_EQ(::send(client.socket(), "!", 1, MSG_OOB), 1);
    ASSERT_TRUE(client.send("cd"));
    ASSERT_EQ(client.receive(4), "ABCD") << "round " << i;
  }
}

TEST_P(EchoFaults, areNotDisturbedBySignals) {
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

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
