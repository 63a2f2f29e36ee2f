#include "core/echo/echo_server.h"

#include "core/base/mutex.h"
#include "core/pool/process/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

// What a server tells of its clients as it happens, and counts of them: serve's --verbose, SIGUSR1 and summary.

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

class NewsIn : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, NewsIn, everyMode(), modeOfRow);

/// All that is told, as words: "2 waits behind 1".
class Hearer {
 public:
  EchoServerOptions listenTo(EchoServerOptions options) {
    options.news = [this](const ClientNews& news) {
      constexpr const char* kWords[] = {" came", " waits", " served", " left", " refused"};
      std::string text = std::to_string(news.client.number) + kWords[static_cast<std::size_t>(news.what)];
      for (const std::uint64_t other : news.behind)
        text += " behind " + std::to_string(other);
      if (news.before > 0) text += " and " + std::to_string(news.before);
      if (news.what == ClientNews::What::Left) text += " " + std::to_string(static_cast<int>(news.cause));
      MutexLock lock(m_mutex);
      m_heard.push_back(text);
    };
    return options;
  }
  bool has(const std::string& text) const {
    MutexLock lock(m_mutex);
    return std::ranges::find(m_heard, text) != m_heard.end();
  }
  std::string all() const {
    MutexLock lock(m_mutex);
    std::string text;
    for (const std::string& line : m_heard)
      text += line + "\n";
    return text;
  }

 private:
  mutable Mutex m_mutex{LockRank::Leaf};
  std::vector<std::string> m_heard GUARDED_BY(m_mutex);
};

std::string left(int number, DisconnectCause cause) {
  return std::to_string(number) + " left " + std::to_string(static_cast<int>(cause));
}

} // namespace

TEST_P(NewsIn, tellEachClientsLifeAndCountIt) {
  Hearer hearer;
  EchoServer server(hearer.listenTo(serveIn(GetParam(), 2)));
  server.start();
  EchoClient first(server.port()), second(server.port());
  ASSERT_EQ(first.ask("hello"), "HELLO");
  ASSERT_EQ(second.ask("a"), "A");
  first.endSending();
  EXPECT_EQ(first.receiveAll(), "");
  ASSERT_TRUE(eventually([&] { return hearer.has(left(1, DisconnectCause::EndOfStream)); })) << hearer.all();
  server.stop();
  EXPECT_EQ(second.receiveAll(), "");
  for (const char* text : {"1 came", "1 served", "2 came", "2 served"})
    EXPECT_TRUE(hearer.has(text)) << hearer.all();
  EXPECT_TRUE(hearer.has(left(2, DisconnectCause::ServerStop)) || hearer.has(left(2, DisconnectCause::EndOfStream)))
      << hearer.all();
  const ServerTotals totals = server.totals();
  EXPECT_EQ(totals.clients, 2u);
  EXPECT_EQ(totals.refused, 0u);
  EXPECT_EQ(totals.traffic.received, 6u);
  EXPECT_EQ(totals.traffic.sent, 6u);
  EXPECT_EQ(totals.traffic.messages, 2u);
  EXPECT_GT(totals.longestWait, 0ns);
}

TEST(ClientNews, tellsBehindWhomOneWaits) {
  for (const ServeMode mode : {ServeMode::ThreadPool, ServeMode::ProcessPool}) {
    Hearer hearer;
    EchoServer server(hearer.listenTo(serveIn(mode, 2)));
    server.start();
    EchoClient first(server.port()), second(server.port());
    ASSERT_EQ(first.ask("a"), "A");
    ASSERT_EQ(second.ask("a"), "A");
    ASSERT_TRUE(eventually([&] { return hearer.has("1 served") && hearer.has("2 served"); }));
    EchoClient third(server.port()), fourth(server.port());
    EXPECT_TRUE(eventually([&] { return hearer.has("3 waits behind 1 behind 2"); })) << hearer.all();
    EXPECT_TRUE(eventually([&] { return hearer.has("4 waits behind 1 behind 2 and 1"); })) << hearer.all();
    const std::vector<ClientInfo> clients = server.clients();
    ASSERT_EQ(clients.size(), 4u);
    EXPECT_EQ(clients[0].peer, first.name());
    EXPECT_TRUE(clients[1].served);
    EXPECT_FALSE(clients[2].served);
    EXPECT_GT(clients[3].waited, 0ns);
    first.close();
    EXPECT_EQ(third.ask("c"), "C");
    EXPECT_TRUE(eventually([&] { return hearer.has("3 served"); })) << hearer.all(); // told by the pool, not by it
  }
}

/// Who leaves the queue without having asked leaves at once, and is not missed; who has asked is answered.
TEST(Departures, freeTheQueueOfWhoHasLeft) {
  for (const ServeMode mode : {ServeMode::ThreadPool, ServeMode::ProcessPool}) {
    Hearer hearer;
    EchoServer server(hearer.listenTo(serveIn(mode, 1)));
    server.start();
    EchoClient holder(server.port());
    ASSERT_EQ(holder.ask("a"), "A");
    EchoClient closes(server.port()), resets(server.port()), asks(server.port()), asksAndResets(server.port());
    ASSERT_TRUE(asks.send("answer me"));
    ASSERT_TRUE(asksAndResets.send("x"));
    ASSERT_TRUE(eventually([&] { return server.stats().queued == 4; }));
    asks.endSending();
    asksAndResets.endSending();
    closes.close();
    resets.reset();
    EXPECT_TRUE(eventually([&] { return hearer.has(left(2, DisconnectCause::EndOfStream)); })) << hearer.all();
    EXPECT_TRUE(eventually([&] { return hearer.has(left(3, DisconnectCause::Reset)); })) << hearer.all();
    asksAndResets.reset();
    EXPECT_TRUE(eventually([&] { return hearer.has(left(5, DisconnectCause::Reset)); })) << hearer.all();
    EXPECT_EQ(server.clientCount(), 2u);
    EXPECT_EQ(server.stats().queued, 1u);
    EXPECT_EQ(server.stats().cancelled, 3u);
    holder.close();
    EXPECT_EQ(asks.receiveAll(), "ANSWER ME");
    server.stop();
    EXPECT_EQ(server.stats().submitted, 5u);
  }
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
