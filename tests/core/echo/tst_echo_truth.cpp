#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "core/pool/process/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

// What the server and its events say of the clients is what the kernel says.

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

class EchoTruth : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, EchoTruth, everyMode(), modeOfRow);

using Names = std::set<std::string>;

/// The connections that a server has open, by the kernel: peer → inode of the server's socket, 0 before it is accepted.
std::map<std::string, std::string> kernelsClients(std::uint16_t port) {
  std::map<std::string, std::string> clients;
  std::ifstream table("/proc/net/tcp");
  std::string line;
  char local[8];
  std::snprintf(local, sizeof local, ":%04X ", port);
  while (std::getline(table, line)) {
    if (line.find(local) == line.npos) continue; // most are of others
    unsigned localPort = 0, remotePort = 0, state = 0;
    char inode[32] = "";
    if (std::sscanf(line.c_str(), " %*u: %*x:%x %*x:%x %x %*x:%*x %*x:%*x %*x %*u %*u %31s", &localPort, &remotePort,
                    &state, inode) == 4 &&
        localPort == port && state == 1)
      clients["127.0.0.1:" + std::to_string(remotePort)] = inode;
  }
  return clients;
}

/// The inodes of this process's sockets.
Names openSockets() {
  Names inodes;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code closed; // meanwhile
    const std::string target = std::filesystem::read_symlink(file.path(), closed).string();
    if (target.starts_with("socket:[")) inodes.insert(target.substr(8, target.size() - 9));
  }
  return inodes;
}

/// What the events tell, as the window folds them: each once.
class Told {
 public:
  explicit Told(EventLog& log) : m_log(log) {}
  /// Up to now; what is wrong with the state, empty when nothing is.
  std::string catchUp() {
    const std::uint64_t count = m_log.drainNow();
    for (; m_next < count; ++m_next)
      StateFold::extend(m_state, m_history, m_log.recording()[m_next]);
    return StateFold::checkInvariants(m_state, m_history);
  }
  Names clients() const {
    Names told;
    for (const auto& [id, client] : m_state.clients)
      told.insert(std::string(m_log.recording().texts().text(client.peer)));
    return told;
  }
  const PoolCounters& counters(const EchoServer& server) const { return m_state.pool(server.pool())->counters; }

 private:
  EventLog& m_log;
  PoolState m_state;
  TaskHistory m_history;
  std::uint64_t m_next = 0;
};

/// Threads whose clients come, ask, and leave in one way or another, at random, until they are told to stand still.
class Churn {
 public:
  static constexpr unsigned kThreads = 4, kMostEach = 4;
  explicit Churn(std::uint16_t port) {
    for (unsigned i = 0; i < kThreads; ++i)
      m_threads.emplace_back([this, port, i] { run(port, i); });
  }
  ~Churn() {
    m_over = true;
    goOn();
    for (std::thread& thread : m_threads)
      thread.join();
  }
  /// Those that were answered and have not begun to leave.
  Names settled() const {
    std::lock_guard lock(m_mutex);
    return m_settled;
  }
  /// Returns when all stand still; then settled() are all that there are.
  void standStill() {
    std::unique_lock lock(m_mutex);
    m_still = true;
    m_changed.wait(lock, [&] { return m_standing == kThreads; });
  }
  void goOn() {
    std::lock_guard lock(m_mutex);
    m_still = false;
    m_changed.notify_all();
  }

 private:
  void run(std::uint16_t port, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<EchoClient> clients;
    while (!m_over) {
      {
        std::unique_lock lock(m_mutex);
        ++m_standing;
        m_changed.notify_all();
        m_changed.wait(lock, [&] { return !m_still || m_over; });
        --m_standing;
      }
      std::this_thread::sleep_for(
          std::chrono::microseconds(random() % 4000)); // each end leaves a row in the kernel's table
      if (clients.size() < kMostEach && random() % 2 == 0) {
        EchoClient client(port);
        EXPECT_EQ(client.ask("hello"), "HELLO");
        std::lock_guard lock(m_mutex);
        m_settled.insert(client.name());
        clients.push_back(std::move(client));
      } else if (!clients.empty()) {
        const auto one = clients.begin() + static_cast<std::ptrdiff_t>(random() % clients.size());
        if (random() % 4 == 0) {
          EXPECT_EQ(one->ask("again"), "AGAIN");
          continue;
        }
        {
          std::lock_guard lock(m_mutex);
          m_settled.erase(one->name());
        }
        if (random() % 3 == 0) one->reset();
        if (one->connected() && random() % 2 == 0) {
          one->endSending();
          EXPECT_EQ(one->receiveAll(), "");
        }
        clients.erase(one);
      }
    }
  }

  mutable std::mutex m_mutex;
  std::condition_variable m_changed;
  Names m_settled;
  bool m_still = false;
  unsigned m_standing = 0;
  std::atomic<bool> m_over{false};
  std::vector<std::thread> m_threads;
};

constexpr std::size_t kWorkers = Churn::kThreads * Churn::kMostEach; // nobody of the churn has to wait

/// A server, what its events tell, and the churn of its clients.
struct Churned {
  explicit Churned(ServeMode mode) : server(optionsOf(mode, log)) {
    server.start();
    churn.emplace(server.port());
  }
  static EchoServerOptions optionsOf(ServeMode mode, EventLog& log) {
    EchoServerOptions options = serveIn(mode, kWorkers);
    options.log = &log;
    return options;
  }
  EventLog log;
  EchoServer server;
  Told events{log};
  std::optional<Churn> churn; // ends first
};

} // namespace

TEST_P(EchoTruth, holdsAtAnyMomentOfAChurn) {
  Churned churned(GetParam());
  EchoServer& server = churned.server;
  Told& events = churned.events;
  Churn& churn = *churned.churn;
  for (int moment = 0; moment < 10; ++moment) {
    const Names before = churn.settled();
    ASSERT_EQ(events.catchUp(), "");
    const auto kernels = kernelsClients(server.port());
    const PoolStats stats = server.stats();
    const Names after = churn.settled();
    const Names told = events.clients();
    for (const std::string& name : before) {
      if (!after.contains(name)) continue; // it may have left meanwhile
      EXPECT_TRUE(told.contains(name)) << name;
      // The kernel's table is no moment: while it is read, rows that come and go may hide another.
      bool there = kernels.contains(name);
      for (int look = 0; look < 5 && !there; ++look)
        there = kernelsClients(server.port()).contains(name) || !churn.settled().contains(name);
      EXPECT_TRUE(there) << name;
    }
    EXPECT_EQ(stats.submitted,
              stats.queued + stats.dispatched + stats.running + stats.done + stats.failed + stats.cancelled);
    std::this_thread::sleep_for(std::chrono::microseconds(moment * 311 % 3000)); // any moment will do
  }
}

TEST_P(EchoTruth, isExactWheneverTheChurnStandsStill) {
  Churned churned(GetParam());
  EchoServer& server = churned.server;
  Told& events = churned.events;
  Churn& churn = *churned.churn;
  const bool pooled = GetParam() == ServeMode::ThreadPool || GetParam() == ServeMode::ProcessPool;
  for (int moment = 0; moment < 4; ++moment) {
    std::this_thread::sleep_for(std::chrono::milliseconds(moment * 7 % 20)); // any moment will do
    churn.standStill();
    Names expected = churn.settled();
    std::vector<EchoClient> silent; // three more than a pool's workers can serve
    while (expected.size() < kWorkers + 3) {
      silent.emplace_back(server.port());
      expected.insert(silent.back().name());
    }
    PoolStats stats;
    Names told, kernels, open;
    const std::size_t all = expected.size(), queued = pooled ? all - kWorkers : 0;
    const std::size_t running = GetParam() == ServeMode::Reactor ? 0 : all - queued;
    const auto agree = [&] {
      EXPECT_EQ(events.catchUp(), "");
      stats = server.stats();
      told = events.clients();
      const PoolCounters& counters = events.counters(server);
      if (told != expected || server.clientCount() != all || stats.queued != queued || stats.running != running ||
          counters.running != running || counters.queued != queued || counters.done != stats.done)
        return false;
      kernels.clear(), open.clear(); // the table takes long to read: when the rest agrees
      const Names sockets = openSockets();
      for (const auto& [name, inode] : kernelsClients(server.port())) {
        kernels.insert(name);
        if (sockets.contains(inode)) open.insert(name);
      }
      return kernels == expected && open == expected;
    };
    EXPECT_TRUE(eventually(agree)) << "of " << all << ": told " << told.size() << ", kernel's " << kernels.size()
                                   << ", open " << open.size() << ", server's " << server.clientCount() << ", queued "
                                   << stats.queued << ", running " << stats.running;
    silent.clear();
    churn.goOn();
  }
  EXPECT_EQ(server.stats().failed, 0u);
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
