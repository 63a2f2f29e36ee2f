#include "core/event/event_log.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/worker_sampler.h"
#include "tests/support/gate.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <pthread.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

// Who takes which signal: threads that run tasks as the thread that made their pool, the library's own threads none but
// those of their own mistakes, worker processes all that were not ignored when the program began.

using namespace poolscope;
using namespace poolscope::test;

namespace {

sigset_t maskHere() {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return mask;
}
bool blocked(const sigset_t& mask, int signal) {
  return sigismember(&mask, signal) == 1;
}
/// While it lives, the calling thread has just these blocked.
struct MaskOf {
  explicit MaskOf(std::initializer_list<int> signals) {
    sigset_t mask;
    sigemptyset(&mask);
    for (const int signal : signals)
      sigaddset(&mask, signal);
    pthread_sigmask(SIG_SETMASK, &mask, &before);
  }
  ~MaskOf() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  sigset_t before;
};

/// The blocked signals of the threads of this process with that name.
std::vector<std::uint64_t> blockedIn(const std::string& name) {
  std::vector<std::uint64_t> masks;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(thread.path() / "status");
    std::string line, its;
    while (std::getline(status, line)) {
      if (line.starts_with("Name:\t")) its = line.substr(6);
      if (line.starts_with("SigBlk:\t") && its == name) masks.push_back(std::stoull(line.substr(8), nullptr, 16));
    }
  }
  return masks;
}
bool holds(std::uint64_t mask, int signal) {
  return (mask >> (signal - 1) & 1) != 0;
}

std::atomic<int> g_handledOn{0}; // the thread that a handler ran on
void noteThread(int) {
  g_handledOn = ::gettid();
}

} // namespace

namespace tasks {

bool ignores(int signal) {
  struct sigaction now {};
  ::sigaction(signal, nullptr, &now);
  return now.sa_handler == SIG_IGN;
}
int blockedSignals() {
  const sigset_t mask = maskHere();
  int count = 0;
  for (int signal = 1; signal < 32; ++signal)
    count += blocked(mask, signal);
  return count;
}
/// How a program that a task starts ends when it is asked to: the signal's number.
int endOfAStartedProgram() {
  pid_t child = 0;
  char program[] = "sleep", seconds[] = "60";
  char* arguments[] = {program, seconds, nullptr};
  if (::posix_spawnp(&child, "sleep", nullptr, nullptr, arguments, environ) != 0) return -1;
  ::kill(child, SIGTERM);
  int status = 0;
  for (int i = 0; i < 2000 && ::waitpid(child, &status, WNOHANG) == 0; ++i)
    ::usleep(5000);
  if (!WIFSIGNALED(status)) ::kill(child, SIGKILL);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

} // namespace tasks

TEST(ThreadSignals, aWorkerBlocksWhatTheMakerOfThePoolBlocked) {
  std::optional<ThreadPoolExecutor> pool;
  {
    const MaskOf maker{SIGUSR1};
    pool.emplace(2);
  }
  const MaskOf submitter{SIGUSR2, SIGTERM};
  const sigset_t mask = pool->submit(maskHere).result();
  EXPECT_TRUE(blocked(mask, SIGUSR1));
  for (const int signal : {SIGUSR2, SIGTERM, SIGINT, SIGSEGV, SIGPROF})
    EXPECT_FALSE(blocked(mask, signal)) << signal;
}

TEST(ThreadSignals, aHandlerRunsOnTheWorkerThatRaised) {
  const auto before = ::signal(SIGABRT, noteThread);
  ThreadPoolExecutor pool(1);
  const int thread = pool.submit([] { return ::pthread_kill(::pthread_self(), SIGABRT), ::gettid(); }).result();
  EXPECT_EQ(g_handledOn, thread);
  ::signal(SIGABRT, before);
}

TEST(ThreadSignals, whatATaskStartsCanBeEnded) {
  EXPECT_EQ(ThreadPoolExecutor(1).submit(tasks::endOfAStartedProgram).result(), SIGTERM);
}

TEST(ServiceThreads, blockTheSignalsOfOthersAlone) {
  EventLog log;
  const WorkerSampler sampler(log, {});
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.log = &log;
  ProcessPoolExecutor pool(options);
  pool.submit<&tasks::blockedSignals>().result();
  std::string io;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(thread.path() / "comm") >> std::ws, name);
    if (name.starts_with("PPE-") && name.ends_with(" i/o")) io = name;
  }
  for (const std::string& name : {io, std::string("spawner"), std::string("sampler")}) {
    ASSERT_TRUE(eventually([&] { return !blockedIn(name).empty(); })) << name;
    for (const std::uint64_t mask : blockedIn(name)) {
      for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD})
        EXPECT_TRUE(holds(mask, signal)) << name << ' ' << signal;
      for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
        EXPECT_FALSE(holds(mask, signal)) << name << ' ' << signal;
    }
  }
}

TEST(ProcessSignals, aWorkerBlocksNothingWhoeverMadeThePool) {
  const MaskOf all{SIGTERM, SIGINT, SIGUSR1};
  ProcessPoolExecutor pool(1);
  EXPECT_EQ(pool.submit<&tasks::blockedSignals>().result(), 0);
  EXPECT_EQ(pool.submit<&tasks::endOfAStartedProgram>().result(), SIGTERM);
}

/// This program, begun with SIGHUP ignored as nohup does: 0 when its workers ignore that and nothing else.
TEST(ProcessSignals, whatWasIgnoredAtTheStartStaysIgnored) {
  const auto before = ::signal(SIGHUP, SIG_IGN);
  pid_t child = 0;
  char self[] = "/proc/self/exe", how[] = "--started-with-sighup-ignored";
  char* arguments[] = {self, how, nullptr};
  ASSERT_EQ(::posix_spawn(&child, self, nullptr, nullptr, arguments, environ), 0);
  ::signal(SIGHUP, before);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  if (argc == 2 && std::string(argv[1]) == "--started-with-sighup-ignored") {
    ::signal(SIGUSR1, SIG_IGN); // by the program itself: no wish of whoever started it
    ProcessPoolExecutor pool(1);
    if (!pool.submit<&tasks::ignores>(SIGHUP).result()) return 1;
    return pool.submit<&tasks::ignores>(SIGUSR1).result() ? 2 : 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
