#include "core/echo/echo_server.h"

#include "core/base/clock.h"
#include "core/event/event_log.h"
#include "core/pool/process/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

// FAULTS: a stream without an end, and more connects than a machine has ports, leave the server as it was (F27, F32).
// POOLSCOPE_LONG=1, which tests/run.sh --long sets, makes it 1 GiB and 60,000 connects.

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

class EchoLoad : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, EchoLoad, everyMode(), modeOfRow);

bool longRun() {
  return std::getenv("POOLSCOPE_LONG") != nullptr;
}

/// "VmRSS" or "VmHWM" (the most it ever was) of a process, in KiB.
std::size_t memoryKiB(pid_t pid, std::string_view what) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;)
    if (word.substr(0, word.size() - 1) == what) {
      std::size_t kib = 0;
      status >> kib;
      return kib;
    }
  return 0;
}

/// This process and its workers: from now on VmHWM counts anew.
std::vector<std::pair<pid_t, std::size_t>> beginToWatchMemory() {
  std::vector<pid_t> pids = childrenOf(::getpid());
  pids.push_back(::getpid());
  std::vector<std::pair<pid_t, std::size_t>> before;
  for (const pid_t pid : pids) {
    std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << 5;
    before.emplace_back(pid, memoryKiB(pid, "VmRSS"));
  }
  return before;
}

std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Blocks of random bytes, each with its number in front, and what must come back.
class Stream {
 public:
  static constexpr std::size_t kBlock = 65'521; // no multiple of any buffer
  Stream() {
    std::mt19937 random(11);
    for (std::string& block : m_blocks) {
      block.resize(kBlock);
      for (char& c : block)
        c = static_cast<char>(random());
    }
  }
  const std::string& block(std::size_t number) {
    std::string& block = m_blocks[number % m_blocks.size()];
    std::memcpy(block.data(), &number, sizeof number);
    return block;
  }
  static std::string upper(std::string bytes) {
    for (char& c : bytes)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return bytes;
  }

 private:
  std::vector<std::string> m_blocks = std::vector<std::string>(37);
};

/// Says a line, reads the answer, leaves without a TIME_WAIT, which would use up the machine's ports.
void sayAndLeave(EchoClient& client) {
  ASSERT_EQ(client.receive(11), "GOOD DAY...");
  client.reset();
}

/// `count` clients, the first half one after the other, then in bursts of a hundred at once.
void comeAndGo(std::uint16_t port, int count) {
  for (int i = 0; i < count / 2; ++i) {
    EchoClient client(port);
    ASSERT_TRUE(client.send("good day..."));
    sayAndLeave(client);
  }
  for (int left = count - count / 2; left > 0; left -= 100) {
    std::vector<EchoClient> burst;
    for (int i = 0; i < std::min(left, 100); ++i) {
      burst.emplace_back(port);
      ASSERT_TRUE(burst.back().send("good day..."));
    }
    for (EchoClient& client : burst)
      sayAndLeave(client);
  }
}

} // namespace

TEST_P(EchoLoad, everyByteOfALongStreamComesBackInLittleMemory) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  EchoClient client(server.port());
  ASSERT_EQ(client.ask("x"), "X");
  Stream sent, expected;
  const std::size_t blocks = (std::size_t{longRun() ? 1024u : 64u} << 20) / Stream::kBlock;
  const auto before = beginToWatchMemory();
  const std::int64_t begin = monotonicNow();
  std::thread sender([&] {
    for (std::size_t i = 0; i < blocks; ++i)
      if (!client.send(sent.block(i))) return;
    client.endSending();
  });
  std::size_t right = 0;
  while (right < blocks && client.receive(Stream::kBlock) == Stream::upper(expected.block(right)))
    ++right;
  EXPECT_EQ(right, blocks);
  EXPECT_EQ(client.receiveAll(), "");
  sender.join();
  const double seconds = static_cast<double>(monotonicNow() - begin) / 1e9;
  std::printf("%zu MiB in %.1f s\n", blocks * Stream::kBlock >> 20, seconds);
  for (const auto& [pid, kib] : before) {
    const std::size_t most = memoryKiB(pid, "VmHWM");
    std::printf("%s: %zu KiB before, %zu at most\n", pid == ::getpid() ? "program" : "worker process", kib, most);
    if (!kSanitized) {
      EXPECT_LT(most, kib + 16 * 1024);
    }
  }
  server.stop();
  const FoldedLog folded(log);
  EXPECT_EQ(folded.broken, "");
  EXPECT_EQ(folded.history.clients()[0].received, blocks * Stream::kBlock + 1);
  EXPECT_EQ(folded.history.clients()[0].sent, blocks * Stream::kBlock + 1);
}

TEST_P(EchoLoad, manyConnectsLeaveNothingBehind) {
  EchoServer server(serveIn(GetParam())); // without a log, which grows with what it tells
  server.start();
  comeAndGo(server.port(), 200); // what is made once is there now
  ASSERT_TRUE(eventually([&] { return server.clientCount() == 0 && server.stats().running == 0; }));
  const std::size_t descriptors = openDescriptors();
  const auto memory = beginToWatchMemory();
  const int count = longRun() ? 60'000 : 2'000;
  const std::int64_t begin = monotonicNow();
  comeAndGo(server.port(), count);
  const double seconds = static_cast<double>(monotonicNow() - begin) / 1e9;
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 0 && server.stats().running == 0; }));
  std::printf("%d connects in %.1f s, %.0f a second\n", count, seconds, count / seconds);
  EXPECT_TRUE(eventually([&] { return openDescriptors() == descriptors; })) << openDescriptors() - descriptors;
  EXPECT_TRUE(eventually([&] { return threads() <= 16; })) << threads();
  for (const auto& [pid, kib] : memory) {
    const std::size_t now = memoryKiB(pid, "VmRSS");
    std::printf("%s: %zu KiB before, %zu after\n", pid == ::getpid() ? "program" : "worker process", kib, now);
    if (!kSanitized) {
      EXPECT_LT(now, kib + 8 * 1024);
    }
  }
  const PoolStats stats = server.stats();
  EXPECT_EQ(stats.done, stats.submitted);
  EXPECT_GE(stats.done, static_cast<std::size_t>(count + 200));
  EXPECT_EQ(stats.failed + stats.cancelled, 0u);
}

TEST_P(EchoLoad, manyConnectsAreEachToldOnce) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  const std::size_t before = memoryKiB(::getpid(), "VmRSS");
  const int count = longRun() ? 60'000 : 2'000;
  comeAndGo(server.port(), count);
  ASSERT_TRUE(eventually([&] { return server.clientCount() == 0; }));
  server.stop();
  log.drainNow();
  const std::size_t after = memoryKiB(::getpid(), "VmRSS");
  const Recording& recording = log.recording();
  std::printf("%llu events of %d clients, %zu KiB more\n", static_cast<unsigned long long>(recording.size()), count,
              after - before);
  EXPECT_EQ(recording.dropped(), 0u);
  if (!kSanitized) {
    EXPECT_LT(after, before + 16 * 1024 + static_cast<std::size_t>(count) * 2) << "2 KiB a client";
  }
  int connected = 0, gone = 0;
  std::uint64_t received = 0, sent = 0;
  for (std::uint64_t q = 0; q < recording.size(); ++q) {
    const Event event = recording[q];
    connected += event.kind == EventKind::ClientConnected;
    gone += event.kind == EventKind::ClientDisconnected;
    if (event.kind == EventKind::ClientReceived) received += static_cast<std::uint64_t>(event.ab());
    if (event.kind == EventKind::ClientSent) sent += static_cast<std::uint64_t>(event.ab());
  }
  EXPECT_EQ(connected, count);
  EXPECT_EQ(gone, count);
  EXPECT_EQ(received, 11u * static_cast<unsigned>(count));
  EXPECT_EQ(sent, received);
  if (!longRun()) { // it checks all clients after each event
    EXPECT_EQ(FoldedLog(log).broken, "");
  }
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
