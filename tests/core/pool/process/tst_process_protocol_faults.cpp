#include "core/base/clock.h"
#include "core/base/spawn.h"
#include "core/event/event_log.h"
#include "core/pool/process/wire.h"
#include "core/pool/process_pool_executor.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

// FAULTS: what a pool promises when its worker processes die inside a message, lie, or cannot be made (F06–F09).

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace tasks {

int pid() {
  return ::getpid();
}
void nap(int ms) {
  ::usleep(static_cast<unsigned>(ms) * 1000);
}
std::size_t length(const std::string& text) {
  return text.size();
}
std::string repeat(std::size_t size) {
  return std::string(size, 'x');
}

} // namespace tasks

// --- Workers that misbehave. main() takes this way when the environment says so.
namespace {

constexpr const char* kEvil = "POOLSCOPE_TEST_EVIL";

void sendAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(detail::kControlFd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) ::_exit(0);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

/// Says hello, waits for a task's frame, answers it as the mode says.
int misbehave(const std::string& mode) {
  if (mode == "die-at-start") {
    std::fputs("cannot find my library\n", stderr);
    return 7;
  }
  std::string out;
  if (mode != "no-hello")
    wire::append(out, wire::Hello{wire::kVersion, static_cast<std::uint32_t>(::getpid()), {}, {}});
  sendAll(out);
  if (mode == "stop-reading") {
    char byte;
    [[maybe_unused]] const auto got = ::recv(detail::kControlFd, &byte, 1, 0);
    ::usleep(50'000); // the pool has filled the socket meanwhile, or not: both must end well
    ::raise(SIGKILL);
  }
  wire::FrameReader reader;
  for (;;) {
    const auto room = reader.room(4096);
    const ssize_t got = ::recv(detail::kControlFd, room.data(), room.size(), 0);
    if (got <= 0) return 0;
    reader.filled(static_cast<std::size_t>(got));
    while (const auto frame = reader.next()) {
      if (frame->tag == wire::Tag::Bye) return 0;
      if (frame->tag != wire::Tag::Task) continue;
      const wire::Ticket ticket = wire::decodeTask(frame->body)->ticket;
      out.clear();
      if (mode == "huge-length") {
        out.assign("\xff\xff\xff\xff\x08", 5);
      } else if (mode == "unknown-tag") {
        out.assign("\x01\x00\x00\x00\x63", 5);
      } else if (mode == "garbage") {
        out.assign("GET / HTTP/1.1\r\n\r\n");
      } else if (mode == "half-frame") {
        out.assign("\x00\x01\x00\x00\x08half", 9);
        sendAll(out);
        ::raise(SIGKILL);
      } else if (mode == "result-without-start") {
        wire::append(out, wire::Result{ticket, monotonicNow(), "\xc0"});
      } else if (mode == "duplicate-result") {
        wire::append(out, wire::Started{ticket, monotonicNow()});
        wire::append(out, wire::Result{ticket, monotonicNow(), "\xc0"});
        wire::append(out, wire::Result{ticket, monotonicNow(), "\xc0"});
      } else if (mode == "anothers-task") {
        wire::append(out, wire::Started{ticket + 1, monotonicNow()});
      } else if (mode == "closes-its-socket") {
        ::close(detail::kControlFd);
        ::pause();
      }
      sendAll(out);
    }
  }
}

struct Evil {
  explicit Evil(const char* mode) { ::setenv(kEvil, mode, 1); }
  ~Evil() { ::unsetenv(kEvil); }
};

double seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

} // namespace

// --- F06: death inside a message

TEST(F06, largeArgumentsToAWorkerThatDiesWhileReading) {
  const auto since = std::chrono::steady_clock::now();
  std::vector<Future<std::size_t>> futures;
  {
    const Evil evil("stop-reading");
    ProcessPoolOptions options;
    options.maxWorkers = 1, options.workerProgram = "/proc/self/exe", options.mostRestarts = 100;
    options.firstPause = 1ms, options.longestPause = 1ms;
    ProcessPoolExecutor pool(options);
    const std::string large(8 << 20, 'x');
    for (int i = 0; i < 10; ++i)
      futures.push_back(pool.submit<&tasks::length>(large));
    for (auto& future : futures)
      EXPECT_THROW(future.result(20s), BrokenProcessPool); // WorkerDied, or the pool has given up
  }
  EXPECT_LT(seconds(since), kSanitized ? 20 : 5);
}

TEST(F06, largePayloadsBothWaysAtOnce) {
  ProcessPoolExecutor pool(2);
  const std::string large(4 << 20, 'x');
  std::vector<Future<std::size_t>> there;
  std::vector<Future<std::string>> back;
  for (int i = 0; i < 6; ++i) {
    there.push_back(pool.submit<&tasks::length>(large));
    back.push_back(pool.submit<&tasks::repeat>(large.size()));
  }
  for (auto& future : there)
    EXPECT_EQ(future.result(60s), large.size());
  for (auto& future : back)
    EXPECT_EQ(future.result(60s).size(), large.size());
}

// --- F07: a worker lies

class F07 : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Lies, F07,
                         testing::Values("huge-length", "unknown-tag", "garbage", "half-frame", "result-without-start",
                                         "duplicate-result", "anothers-task", "closes-its-socket"),
                         [](const auto& row) {
                           std::string name = row.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(F07, aLyingWorkerHurtsOnlyItsOwnTasks) {
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.workerProgram = "/proc/self/exe", options.firstPause = 1ms, options.mostRestarts = 20;
  ProcessPoolExecutor pool(options);
  {
    const Evil evil(GetParam());
    auto lost = pool.submit<&tasks::nap>(0);
    if (std::string(GetParam()) == "duplicate-result")
      lost.result(20s); // it had ended; then its worker is ended
    else
      EXPECT_THROW(lost.result(20s), WorkerDied);
  }
  EXPECT_TRUE(eventually([&] {
    try {
      return pool.submit<&tasks::pid>().result(20s) > 0;
    } catch (const WorkerDied&) { // one that was started while the environment was evil
      return false;
    }
  }));
}

// --- F08: a crash loop

TEST(F08, aCrashLoopFailsItsSlotAndThenThePool) {
  const Evil evil("die-at-start");
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.workerProgram = "/proc/self/exe", options.log = &log, options.firstPause = 5ms;
  options.longestPause = 20ms;
  ProcessPoolExecutor pool(options);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 3; ++i)
    futures.push_back(pool.submit<&tasks::nap>(0));
  for (auto& future : futures) {
    try {
      future.result(30s);
      FAIL();
    } catch (const BrokenProcessPool& e) {
      EXPECT_NE(std::string(e.what()).find("cannot find my library"), std::string::npos) << e.what();
    }
  }
  EXPECT_THROW(pool.submit<&tasks::nap>(0), BrokenProcessPool);
  log.drainNow();
  std::map<SlotIndex, int> starts;
  int failedSlots = 0;
  for (std::uint64_t q = 0; q < log.recording().size(); ++q) {
    const Event event = log.recording()[q];
    if (event.kind == EventKind::WorkerStarting) ++starts[event.slot];
    failedSlots += event.kind == EventKind::WorkerSlotFailed;
  }
  EXPECT_EQ(failedSlots, 2);
  for (const auto& [slot, count] : starts)
    EXPECT_LE(count, 6);
}

// --- F09: a process cannot be made

namespace {
/// Fails as told, then starts what it is asked for.
class FailingSpawner final : public Spawner {
 public:
  std::atomic<int> failures{0}, error{EAGAIN}, asked{0};
  std::function<bool(int)> fails = [this](int) { return failures-- > 0; };
  void spawn(SpawnRequest request, std::function<void(Spawned)> answer) override {
    if (fails(asked++))
      answer(Spawned{error, 0, {}});
    else
      Spawner::system().spawn(std::move(request), std::move(answer));
  }
};
} // namespace

TEST(F09, aPoolWorksWithTheWorkersThatCouldBeMade) {
  for (const int error : {EAGAIN, ENOMEM, ENOENT, EACCES}) {
    FailingSpawner spawner;
    spawner.error = error;
    spawner.fails = [](int n) { return n >= 1 && n < 4; }; // the first is made, the next three tries fail
    EventLog log;
    ProcessPoolOptions options;
    options.maxWorkers = 2, options.spawner = &spawner, options.log = &log, options.firstPause = 5ms;
    ProcessPoolExecutor pool(options);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 20; ++i)
      futures.push_back(pool.submit<&tasks::nap>(20));
    for (auto& future : futures)
      future.result(20s);
    pool.shutdown();
    EXPECT_EQ(pool.stats().done, 20u);
    log.drainNow();
    int told = 0;
    for (std::uint64_t q = 0; q < log.recording().size(); ++q)
      if (const Event event = log.recording()[q]; event.kind == EventKind::PoolSpawnFailed) {
        ++told;
        EXPECT_EQ(static_cast<int>(event.a), error);
      }
    EXPECT_GE(told, 1);
    EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
  }
}

TEST(F09, withoutAnyWorkerItBreaks) {
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.workerProgram = "/nonexistent/worker";
  ProcessPoolExecutor pool(options);
  auto future = pool.submit<&tasks::pid>(); // registered by name
  try {
    future.result(20s);
    FAIL();
  } catch (const BrokenProcessPool& e) {
    EXPECT_NE(std::string(e.what()).find("No such file or directory"), std::string::npos) << e.what();
  }
  pool.shutdown();
  EXPECT_TRUE(pool.closed());
}

int main(int argc, char** argv) {
  registerTask<&tasks::pid>("tests.pid");
  registerTask<&tasks::nap>("tests.nap");
  registerTask<&tasks::length>("tests.length");
  if (const char* mode = std::getenv(kEvil); mode && argc > 1 && std::string(argv[1]) == "--poolscope-worker")
    return misbehave(mode);
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
