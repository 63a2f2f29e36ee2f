#include "core/pool/process_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

// FAULTS: what a pool of worker processes leaves behind and hands down: nothing that it should not (F10–F13).

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
void killed(int number) {
  ::signal(number, SIG_DFL); // a sanitizer's own handler would turn it into an exit code
  ::raise(number);
}
void spin() {
  for (volatile bool forever = true; forever;) {
  }
}
std::size_t length(const std::string& text) {
  return text.size();
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

} // namespace tasks

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
