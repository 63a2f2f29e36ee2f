#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "core/event/pool_state.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/support/echo_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

/// What a mode is called in a test's name.
std::string modeWord(const testing::TestParamInfo<ServeMode>& info) {
  std::string word;
  for (const char c : serveModeName(info.param))
    if (c != '-') word += c;
  return word;
}

EchoServerOptions in(ServeMode mode, std::size_t workers = 4) {
  EchoServerOptions options;
  options.mode = mode, options.maxWorkers = workers;
  return options;
}

/// A log's state now, its invariants checked after every event.
struct Folded {
  explicit Folded(EventLog& log) {
    const std::uint64_t count = log.drainNow();
    const Recording& recording = log.recording();
    for (std::uint64_t q = 0; q < count; ++q) {
      StateFold::extend(state, history, recording[q]);
      if (broken.empty()) broken = StateFold::checkInvariants(state, history);
    }
  }
  PoolState state;
  TaskHistory history;
  std::string broken;
};

/// Until the condition holds, at most 20 s; true when it did.
template <class F> bool eventually(F&& condition) {
  for (const auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return condition();
}

class Modes : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, Modes,
                         testing::Values(ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::Reactor),
                         modeWord);

} // namespace

TEST_P(Modes, answerInUpperCase) {
  EchoServer server(in(GetParam()));
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
  EchoServer server(in(GetParam()));
  server.start();
  EchoClient client(server.port());
  client.send("last words");
  client.endSending();
  EXPECT_EQ(client.receiveAll(), "LAST WORDS");
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
}

TEST_P(Modes, stopAnswersWhatWasSentAndCloses) {
  EchoServer server(in(GetParam(), 2));
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
  EchoServerOptions options = in(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  EchoClient client(server.port());
  const std::string name = client.name();
  EXPECT_EQ(client.ask("abc"), "ABC");
  client.close();
  ASSERT_TRUE(eventually([&] { return server.clientCount() == 0; }));
  server.stop();
  const Folded folded(log);
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
