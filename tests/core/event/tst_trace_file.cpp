#include "core/event/trace_file.h"

#include "core/event/chrome_trace_reader.h"
#include "core/event/event_log.h"
#include "core/event/state_history.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <thread>

using namespace poolscope;

namespace {

/// A path of this test alone, removed at its end.
class Scratch {
 public:
  Scratch() : m_path(testing::TempDir() + "trace_file_" + std::to_string(::getpid()) + ".pooltrace.json") {}
  ~Scratch() { std::filesystem::remove(m_path); }
  const std::string& path() const { return m_path; }

 private:
  std::string m_path;
};

ThreadPoolOptions poolOptions(EventLog& log) {
  ThreadPoolOptions options;
  options.maxWorkers = 2, options.log = &log;
  return options;
}

} // namespace

TEST(TraceFile, holdsAWholeRunOfAPool) {
  const Scratch scratch;
  EventLog log;
  std::string pool;
  {
    TraceFile file(log, scratch.path());
    ThreadPoolExecutor executor(poolOptions(log));
    for (int i = 0; i < 1000; ++i)
      executor.submit([] {});
    executor.shutdown();
  }
  Recording recording;
  const TraceReadResult result = readChromeTrace(scratch.path(), recording);
  EXPECT_EQ(result.fault, TraceFault::None);
  EXPECT_TRUE(result.closed);
  EXPECT_EQ(result.processId, static_cast<std::uint32_t>(::getpid()));
  ASSERT_EQ(recording.size(), log.drainNow());
  for (std::uint64_t q = 0; q < recording.size(); ++q)
    ASSERT_EQ(recording[q].t, log.recording()[q].t);
  StateHistory states(recording);
  states.advance();
  EXPECT_EQ(states.live().totals().done, 1000u);
}

TEST(TraceFile, canBeReadWhileTheProgramRuns) {
  const Scratch scratch;
  EventLog log;
  TraceFile file(log, scratch.path());
  ThreadPoolExecutor executor(poolOptions(log));
  Gate gate;
  executor.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(1));
  // What is promised is a second; the limit is for a loaded machine.
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::uint64_t running = 0;
  while (running == 0 && std::chrono::steady_clock::now() < limit) {
    Recording recording;
    readChromeTrace(scratch.path(), recording);
    StateHistory states(recording);
    states.advance();
    running = states.live().totals().running;
    std::this_thread::yield();
  }
  EXPECT_EQ(running, 1u);
  gate.open();
}

TEST(TraceFile, tellsOfADiskThatIsFullAndTheProgramGoesOn) {
  EventLog log;
  std::promise<std::string> told;
  TraceFile file(log, "/dev/full", [&](const std::string& error) { told.set_value(error); });
  ThreadPoolExecutor executor(poolOptions(log));
  auto heard = told.get_future();
  ASSERT_EQ(heard.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(heard.get(), "/dev/full cannot be written: No space left on device");
  EXPECT_EQ(executor.submit([] { return 5; }).result(), 5);
  file.finish();
  EXPECT_EQ(file.error(), "/dev/full cannot be written: No space left on device");
}

TEST(TraceFile, aPathThatCannotBeMadeIsSaidAtOnce) {
  EventLog log;
  const TraceFile file(log, "/nowhere/a.pooltrace.json");
  EXPECT_EQ(file.error(), "/nowhere/a.pooltrace.json cannot be written: No such file or directory");
}
