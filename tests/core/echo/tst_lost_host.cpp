#include "core/echo/echo_server.h"

#include "core/base/unique_fd.h"
#include "core/event/event_log.h"
#include "core/pool/process/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>

// FAULTS: a host that vanishes without a word is cut within its deadline, and nobody else is disturbed (F29).

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

class LostHost : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, LostHost, everyMode(), modeOfRow);

constexpr auto kDeadline = 2000ms;
// The kernel looks once a second, and sends what was not acknowledged less and less often.
constexpr auto kPatience = kDeadline + 8s;

EchoServerOptions cutEarly(ServeMode mode, EventLog& log) {
  EchoServerOptions options = serveIn(mode);
  options.log = &log, options.lostDeadline = kDeadline;
  return options;
}

/// While `neighbour` is served as ever, all others go; and the log says why.
void expectOthersLost(EchoServer& server, EventLog& log, EchoClient& neighbour) {
  const auto begin = std::chrono::steady_clock::now();
  int answers = 0;
  while (server.clientCount() > 1 && std::chrono::steady_clock::now() - begin < 2 * kPatience) {
    ASSERT_EQ(neighbour.ask("still there"), "STILL THERE");
    ++answers;
    std::this_thread::sleep_for(10ms); // a neighbour who thinks
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(server.clientCount(), 1u);
  EXPECT_GT(took, kDeadline - 1500ms) << "a short silence is no end";
  EXPECT_LT(took, kPatience);
  EXPECT_GT(answers, 1);
  EXPECT_EQ(neighbour.ask("and after"), "AND AFTER");
  neighbour.close();
  ASSERT_TRUE(eventually([&] { return server.clientCount() == 0; }));
  server.stop();
  const FoldedLog folded(log);
  EXPECT_EQ(folded.broken, "");
  const auto& clients = folded.history.clients();
  EXPECT_EQ(std::ranges::count(clients, DisconnectCause::Lost, &ClientRow::cause),
            static_cast<std::ptrdiff_t>(clients.size()) - 1);
}

/// Two hosts with a cable between them: network namespaces that the calling thread can be in, 10.77.0.1 and 10.77.0.2.
/// Threads: owner, which should end with it.
class TwoHosts {
 public:
  template <class F> auto atFarHost(F&& act) {
    ::setns(m_far.get(), CLONE_NEWNET);
    struct Back {
      const UniqueFd& home;
      ~Back() { ::setns(home.get(), CLONE_NEWNET); }
    } back{m_near};
    return act();
  }
  TwoHosts() {
    if (std::system("ip -V >/dev/null 2>&1") != 0) {
      whyNot = "there is no ip command (Debian's iproute2)";
    } else if (::unshare(CLONE_NEWNET) != 0) {
      whyNot = "no network namespace, which needs CAP_SYS_ADMIN: " + std::generic_category().message(errno);
    } else {
      m_far.reset(::open(kMine, O_RDONLY | O_CLOEXEC));
      ::unshare(CLONE_NEWNET);
      m_near.reset(::open(kMine, O_RDONLY | O_CLOEXEC));
      const std::string far = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(m_far.get());
      if (!ip("link set lo up") || !ip("link add cable0 type veth peer name cable1") ||
          !ip("link set cable1 netns " + far) || !connect("10.77.0.1/24 dev cable0") ||
          !atFarHost([] { return connect("10.77.0.2/24 dev cable1"); }))
        whyNot = "no pair of virtual network devices, which needs CAP_NET_ADMIN";
    }
  }
  void pullTheCable() {
    atFarHost([] { EXPECT_TRUE(ip("link set cable1 down")); });
  }
  std::string whyNot; ///< empty: they are there

 private:
  static constexpr const char* kMine = "/proc/thread-self/ns/net";
  static bool ip(const std::string& words) { return std::system(("ip " + words).c_str()) == 0; }
  static bool connect(const std::string& where) {
    return ip("addr add " + where) && ip("link set " + where.substr(where.rfind(' ') + 1) + " up");
  }

  UniqueFd m_near, m_far;
};

} // namespace

TEST_P(LostHost, isCutWithinTheDeadline) {
  EventLog log;
  EchoServer server(cutEarly(GetParam(), log));
  server.start();
  EchoClient neighbour(server.port()), silent(server.port()), talking(server.port());
  ASSERT_EQ(silent.ask("a"), "A");
  ASSERT_EQ(talking.ask("b"), "B");
  silent.vanish();
  talking.vanish();
  ASSERT_TRUE(talking.send("I do not get my answer"));
  expectOthersLost(server, log, neighbour);
}

/// The real thing: the cable to the client's host is pulled.
TEST_P(LostHost, isCutWhenItsLinkGoesDown) {
  std::string whyNot;
  std::thread([&] { // a thread that changes its network is good for nothing else
    TwoHosts hosts;
    if (whyNot = hosts.whyNot; !whyNot.empty()) return;
    EventLog log;
    EchoServerOptions options = cutEarly(GetParam(), log);
    options.host = "0.0.0.0";
    EchoServer server(options);
    server.start();
    EchoClient neighbour(server.port());
    ASSERT_EQ(neighbour.ask("hello"), "HELLO");
    EchoClient silent = hosts.atFarHost([&] { return EchoClient(server.port(), "10.77.0.1"); });
    EchoClient talking = hosts.atFarHost([&] { return EchoClient(server.port(), "10.77.0.1"); });
    ASSERT_EQ(silent.ask("a"), "A");
    ASSERT_EQ(talking.ask("b"), "B");
    hosts.pullTheCable();
    ASSERT_TRUE(talking.send("nobody hears me"));
    expectOthersLost(server, log, neighbour);
  })
      .join();
  if (!whyNot.empty()) GTEST_SKIP() << whyNot;
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
