#include "core/base/clock.h"
#include "core/base/spawn.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/remote_error.h"
#include "core/pool/wait.h"
#include "core/pool/wire.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

// FAULTS: what a pool of worker processes promises when they die, hang, lie or cannot be made (F01–F13, F16).

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__SANITIZE_UNDEFINED__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

namespace tasks {

int pid() {
  return ::getpid();
}
void nap(int ms) {
  ::usleep(static_cast<unsigned>(ms) * 1000);
}
void killed(int number) {
  ::signal(number, SIG_DFL); // a sanitizer's own handler would turn it into an exit code
  ::raise(number);
}
void nullWrite() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}
void lastWords() {
  std::fputs("first line\nthe very last words\n", stderr);
  ::raise(SIGKILL);
}
void leave(int code) {
  ::_exit(code);
}
void leaveProperly(int code) {
  std::exit(code);
}
void spin() {
  for (volatile bool forever = true; forever;) {
  }
}
void mark(const std::string& path, const std::string& until) {
  std::ofstream(path) << ::getpid();
  while (!until.empty() && ::access(until.c_str(), F_OK) != 0)
    ::usleep(1000);
}
std::size_t length(const std::string& text) {
  return text.size();
}
std::size_t allocate(std::size_t size) {
  return std::string(size, 'x').size();
}
std::string repeat(std::size_t size) {
  return std::string(size, 'x');
}
std::vector<std::string> descriptors() {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const std::string number = entry.path().filename();
    std::error_code gone; // the directory's own descriptor
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (!target.starts_with("/proc/")) all.push_back(number + " " + target);
  }
  return all;
}
bool pipeSignalIsDefault() {
  struct sigaction action {};
  ::sigaction(SIGPIPE, nullptr, &action);
  return action.sa_handler == SIG_DFL;
}
/// Encodes itself only after its worker is dead: a crash while the result is written.
struct Mortal {
  template <class Packer> void msgpack_pack(Packer&) const { ::raise(SIGKILL); }
  void msgpack_unpack(const msgpack::object&) {}
};
Mortal mortal() {
  return {};
}
/// Its decoder in the worker kills the worker.
struct Poison {
  template <class Packer> void msgpack_pack(Packer& packer) const { packer.pack(1); }
  void msgpack_unpack(const msgpack::object&) { ::raise(SIGKILL); }
};
void take(const Poison&) {}

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

/// Waits for a death and gives what it said.
WorkerDied deathOf(Future<void> future) {
  try {
    future.result(20s);
  } catch (const WorkerDied& e) {
    return e;
  }
  throw std::runtime_error("nobody died");
}

} // namespace

// --- F01: a worker is killed

TEST(F01, aKilledWorkerLosesItsTaskAndNoOther) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 4, options.log = &log;
  ProcessPoolExecutor pool(options);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 100; ++i)
    futures.push_back(pool.submit<&tasks::nap>(20));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 4; }));
  const std::vector<pid_t> before = pool.workerPids();
  ::kill(before[1], SIGKILL);
  const auto since = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] {
    const std::vector<pid_t> now = pool.workerPids();
    return now.size() == 4 && std::set(now.begin(), now.end()) != std::set(before.begin(), before.end());
  }));
  EXPECT_LT(seconds(since), kSanitized ? 5 : 2) << "a new process takes its place";
  int died = 0, ok = 0;
  for (auto& future : futures) {
    try {
      future.result();
      ++ok;
    } catch (const WorkerDied& e) {
      ++died;
      EXPECT_EQ(e.pid(), before[1]);
      EXPECT_EQ(e.signal(), SIGKILL);
      EXPECT_FALSE(e.exitCode());
      EXPECT_NE(std::string(e.what()).find("SIGKILL"), std::string::npos) << e.what();
    }
  }
  EXPECT_LE(died, 1) << "none, when it was between two tasks";
  EXPECT_EQ(ok + died, 100);
  pool.shutdown();
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST(F01, killsAtAnyMomentLoseAtMostTheRunningTasks) {
  std::minstd_rand random(7);
  for (const std::size_t workers : {1u, 2u, 5u, 13u}) {
    EventLog log;
    ProcessPoolOptions options;
    options.maxWorkers = workers, options.log = &log, options.mostRestarts = 1000, options.firstPause = 1ms;
    options.longestPause = 1ms;
    ProcessPoolExecutor pool(options);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 300; ++i)
      futures.push_back(pool.submit<&tasks::nap>(i % 3));
    std::size_t kills = 0;
    for (int round = 0; round < 10; ++round) {
      if (const auto pids = pool.workerPids(); !pids.empty())
        kills += ::kill(pids[random() % pids.size()], SIGKILL) == 0;
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000)); // any moment will do
    }
    std::size_t failed = 0;
    for (auto& future : futures)
      failed += future.exception(60s) != nullptr;
    EXPECT_LE(failed, kills);
    pool.shutdown();
    EXPECT_EQ(pool.stats().done + pool.stats().failed, 300u);
    EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
  }
}

TEST(F01, anIdleWorkersDeathIsNoticedAndHurtsNobody) {
  ProcessPoolExecutor pool(1);
  const pid_t first = pool.submit<&tasks::pid>().result();
  ::kill(first, SIGKILL);
  EXPECT_TRUE(eventually([&] { return pool.workerPids() != std::vector{first} && pool.workerPids().size() == 1; }));
  EXPECT_NE(pool.submit<&tasks::pid>().result(), first);
  EXPECT_EQ(pool.stats().failed, 0u);
}

TEST(F01, inPythonsModeOneDeathBreaksThePool) {
  MarkDirectory marks;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.breakOnWorkerDeath = true;
  ProcessPoolExecutor pool(options);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 6; ++i)
    futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("never")));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 2; }));
  ::kill(pool.workerPids()[0], SIGKILL);
  std::set<const void*> errors;
  for (auto& future : futures) {
    EXPECT_THROW(future.result(20s), BrokenProcessPool);
    try {
      future.result();
    } catch (const BrokenProcessPool& e) {
      errors.insert(&e);
    }
  }
  EXPECT_EQ(errors.size(), 6u) << "each future has an exception of its own";
  EXPECT_THROW(pool.submit<&tasks::pid>(), BrokenProcessPool);
  EXPECT_TRUE(eventually([&] { return pool.workerPids().empty(); }));
  pool.shutdown();
}

TEST(F01, killWorkerReplacesAtOnce) {
  ProcessPoolExecutor pool(1);
  EXPECT_FALSE(pool.killWorker(0));
  auto task = pool.submit<&tasks::spin>();
  ASSERT_TRUE(eventually([&] { return task.running(); }));
  EXPECT_TRUE(pool.killWorker(0));
  EXPECT_THROW(task.result(10s), WorkerDied);
  for (int i = 0; i < 10; ++i) { // more often than accidents may happen
    const pid_t pid = pool.submit<&tasks::pid>().result(20s);
    pool.killWorkerWithPid(pid);
  }
  EXPECT_GT(pool.submit<&tasks::pid>().result(20s), 0);
}

TEST(F01, deathInEachStage) {
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.mostRestarts = 100, options.firstPause = 1ms;
  ProcessPoolExecutor pool(options);
  EXPECT_THROW(pool.submit<&tasks::take>(tasks::Poison{}).result(20s), WorkerDied) << "while it decodes the arguments";
  EXPECT_THROW(pool.submit<&tasks::killed>(SIGKILL).result(20s), WorkerDied) << "while it runs";
  EXPECT_THROW(pool.submit<&tasks::mortal>().result(20s), WorkerDied) << "while it encodes the result";
  EXPECT_GT(pool.submit<&tasks::pid>().result(20s), 0);
}

// --- F02, F03: crashes and exits

TEST(F02, aCrashNamesItsSignal) {
  ProcessPoolExecutor pool(1);
  const WorkerDied segfault = deathOf(pool.submit<&tasks::killed>(SIGSEGV));
  EXPECT_EQ(segfault.signal(), SIGSEGV);
  EXPECT_NE(std::string(segfault.what()).find("SIGSEGV"), std::string::npos) << segfault.what();
  if (!kSanitized) {
    EXPECT_EQ(deathOf(pool.submit<&tasks::nullWrite>()).signal(), SIGSEGV);
  }
  const WorkerDied words = deathOf(pool.submit<&tasks::lastWords>());
  EXPECT_NE(std::string(words.what()).find("the very last words"), std::string::npos) << words.what();
}

TEST(F03, anExitNamesItsCode) {
  ProcessPoolExecutor pool(1);
  EXPECT_EQ(deathOf(pool.submit<&tasks::leave>(0)).exitCode(), 0);
  EXPECT_EQ(deathOf(pool.submit<&tasks::leave>(99)).exitCode(), 99);
  EXPECT_EQ(deathOf(pool.submit<&tasks::leaveProperly>(3)).exitCode(), 3);
}

// --- F04: a worker hangs

TEST(F04, aTimeoutEndsOnlyItsTask) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.log = &log, options.grace = 300ms;
  ProcessPoolExecutor pool(options);
  TaskOptions limited;
  limited.timeout = 200ms;
  auto hanging = pool.submit<&tasks::spin>(limited);
  auto other = pool.submit<&tasks::nap>(400);
  EXPECT_THROW(hanging.result(20s), TaskTimeout);
  other.result();
  auto stopped = pool.submit<&tasks::nap>(limited, 30'000);
  ASSERT_TRUE(eventually([&] { return stopped.running(); }));
  for (const pid_t pid : pool.workerPids())
    ::kill(pid, SIGSTOP); // only SIGKILL helps now
  EXPECT_THROW(stopped.result(20s), TaskTimeout);
  for (const pid_t pid : pool.workerPids())
    ::kill(pid, SIGCONT);
  EXPECT_GT(pool.submit<&tasks::pid>(limited).result(20s), 0);
  pool.shutdown();
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST(F04, aRunningTaskCanBeStopped) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.log = &log;
  ProcessPoolExecutor pool(options);
  auto hanging = pool.submit<&tasks::spin>();
  auto other = pool.submit<&tasks::nap>(200);
  ASSERT_TRUE(eventually([&] { return hanging.running(); }));
  EXPECT_TRUE(pool.stopTask(hanging.taskId()));
  EXPECT_THROW(hanging.result(20s), CancelledError);
  other.result();
  EXPECT_FALSE(pool.stopTask(other.taskId()));
}

TEST(F04, terminateAndKillEndEverything) {
  for (const bool gently : {true, false}) {
    MarkDirectory marks;
    ProcessPoolExecutor pool(2);
    std::vector<Future<void>> futures;
    for (int i = 0; i < 5; ++i)
      futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("never")));
    ASSERT_TRUE(eventually([&] { return pool.stats().running == 2 && marks.count() == 2; }));
    const auto pids = pool.workerPids();
    gently ? pool.terminateWorkers() : pool.killWorkers();
    EXPECT_THROW(pool.submit<&tasks::pid>(), ExecutorShutdown);
    for (auto& future : futures)
      EXPECT_THROW(future.result(20s), BrokenProcessPool);
    pool.shutdown();
    for (const pid_t pid : pids)
      EXPECT_TRUE(factsOf(pid).gone());
    EXPECT_EQ(marks.count(), 2u) << "what was queued never ran";
    pool.killWorkers(); // on dead workers: nothing
  }
}

// --- F05: memory

TEST(F05, aMemoryLimitMakesAnErrorOfTheTask) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own address space is larger than any limit";
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.memoryLimit = std::size_t{256} << 20;
  ProcessPoolExecutor pool(options);
  const pid_t worker = pool.submit<&tasks::pid>().result();
  EXPECT_THROW(pool.submit<&tasks::allocate>(std::size_t{1} << 30).result(20s), std::bad_alloc);
  EXPECT_EQ(pool.submit<&tasks::pid>().result(), worker);
}

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
                         [](const auto& info) {
                           std::string name = info.param;
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

// --- F10, F11, F12, F13: what is left behind, and what is handed down

TEST(F10, noWorkerOutlivesAKilledProgram) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t program = ::fork();
  ASSERT_GE(program, 0);
  if (program == 0) { // exec at once: a fork of a program with threads may do nothing else
    const std::string out = std::to_string(pipe[1]);
    ::execl("/proc/self/exe", "program", "--hold-four-workers", out.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(pipe[1]);
  std::vector<pid_t> pids(4);
  std::size_t got = 0;
  for (ssize_t n; got < pids.size() * sizeof(pid_t); got += static_cast<std::size_t>(n))
    if ((n = ::read(pipe[0], reinterpret_cast<char*>(pids.data()) + got, pids.size() * sizeof(pid_t) - got)) <= 0)
      break;
  ::close(pipe[0]);
  ASSERT_EQ(got, pids.size() * sizeof(pid_t)) << "two busy and two idle workers";
  for (const pid_t pid : pids)
    EXPECT_EQ(factsOf(pid).parent, program);
  ::kill(program, SIGKILL);
  ::waitpid(program, nullptr, 0);
  for (const pid_t pid : pids)
    EXPECT_TRUE(eventually([&] { return factsOf(pid).gone(); }, kSanitized ? 5000ms : 1000ms)) << pid;
}

TEST(F10, theEndOfTheCallingThreadKillsNoWorker) {
  ProcessPoolExecutor pool(1);
  int first = 0;
  std::thread([&] { first = pool.submit<&tasks::pid>().result(); }).join();
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(pool.submit<&tasks::pid>().result(), first);
}

TEST(F11, everyChildIsReapedAndNothingLeaks) {
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.mostRestarts = 10'000, options.firstPause = 1ms, options.longestPause = 1ms;
  const std::size_t children = childrenOf(::getpid()).size();
  { ProcessPoolExecutor(1).submit<&tasks::pid>().result(); } // what is made once for the whole program is there now
  const std::size_t before = openDescriptors();
  {
    ProcessPoolExecutor pool(options);
    for (int i = 0; i < 200; ++i)
      EXPECT_THROW(pool.submit<&tasks::killed>(SIGKILL).result(20s), WorkerDied);
    for (const pid_t child : childrenOf(::getpid()))
      EXPECT_TRUE(eventually([&] { return factsOf(child).state != 'Z'; }));
  }
  EXPECT_EQ(childrenOf(::getpid()).size(), children);
  EXPECT_EQ(openDescriptors(), before);
}

TEST(F12, aWorkerSeesFiveDescriptorsAndNoOther) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer keeps descriptors of its own";
  const int file = ::open("/proc/self/status", O_RDONLY); // without close-on-exec, on purpose
  ProcessPoolExecutor pool(1);
  const std::vector<std::string> all = pool.submit<&tasks::descriptors>().result();
  ::close(file);
  std::string list;
  for (const std::string& one : all)
    list += one + "\n";
  EXPECT_EQ(all.size(), 5u) << list;
  EXPECT_NE(list.find("0 /dev/null"), std::string::npos) << list;
  EXPECT_NE(list.find("3 socket:"), std::string::npos) << list;
  EXPECT_NE(list.find("4 anon_inode:[pidfd]"), std::string::npos) << list;
}

TEST(F13, signalsAreAsDefaultInWorkers) {
  ::signal(SIGPIPE, SIG_IGN);
  ProcessPoolExecutor pool(1);
  EXPECT_TRUE(pool.submit<&tasks::pipeSignalIsDefault>().result());
  ::signal(SIGPIPE, SIG_DFL);
  for (int i = 0; i < 2; ++i) { // the pool writes to dead workers, and lives
    ::kill(pool.submit<&tasks::pid>().result(20s), SIGKILL);
    try {
      pool.submit<&tasks::length>(std::string(1 << 20, 'x')).result(20s);
    } catch (const WorkerDied&) {
    }
  }
}

int main(int argc, char** argv) {
  registerTask<&tasks::pid>("tests.pid");
  registerTask<&tasks::nap>("tests.nap");
  registerTask<&tasks::length>("tests.length");
  if (const char* mode = std::getenv(kEvil); mode && argc > 1 && std::string(argv[1]) == "--poolscope-worker")
    return misbehave(mode);
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  if (argc == 3 && std::string(argv[1]) == "--hold-four-workers") {
    ProcessPoolExecutor pool(4);
    std::vector<Future<void>> naps;
    for (int i = 0; i < 4; ++i)
      naps.push_back(pool.submit<&tasks::nap>(200));
    wait(naps);
    auto busy = pool.submit<&tasks::spin>(), busyToo = pool.submit<&tasks::spin>();
    while (!busy.running() || !busyToo.running())
      ::usleep(1000);
    const std::vector<pid_t> pids = pool.workerPids();
    [[maybe_unused]] const auto told = ::write(std::atoi(argv[2]), pids.data(), pids.size() * sizeof(pid_t));
    ::pause();
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
