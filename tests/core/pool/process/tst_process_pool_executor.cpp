#include "core/base/spawn.h"
#include "core/event/event_log.h"
#include "core/pool/process/remote_error.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace tasks {

int add(int a, int b) {
  return a + b;
}
int square(int x) {
  return x * x;
}
int reciprocal(int x) {
  if (x == 0) throw std::domain_error("zero has none");
  return 100 / x;
}
void nothing() {}
void throwOutOfRange(const std::string& what) {
  throw std::out_of_range(what);
}
void throwInt() {
  throw 42;
}
void throwLong() {
  throw std::runtime_error("\xff\xfe" + std::string(2 << 20, 'x'));
}
void throwNested() {
  try {
    throw std::runtime_error("the cause");
  } catch (...) {
    std::throw_with_nested(std::logic_error("the effect"));
  }
}
int pid() {
  return ::getpid();
}
std::string worker() {
  return currentWorkerName();
}
/// Leaves a mark and goes on only when there is another: a gate between processes.
void mark(const std::string& path, const std::string& until) {
  std::ofstream(path) << ::getpid();
  while (!until.empty() && ::access(until.c_str(), F_OK) != 0)
    ::usleep(1000);
}
std::size_t length(const std::string& text) {
  return text.size();
}
std::string repeat(std::size_t size) {
  return std::string(size, 'x');
}
void say(const std::string& line) {
  logFromTask(line);
}
int g_prepared = 0;
void prepare() {
  ++g_prepared;
}
void prepareBadly() {
  throw std::runtime_error("no licence");
}
int prepared() {
  return g_prepared;
}
void blocked(const std::string& until) {
  const Blocking here(BlockReason::Sleep);
  mark(until + ".here", until);
}
/// Decodes only what it encodes in a worker: the parent's decoder throws.
struct Stubborn {
  int value = 0;
  template <class Packer> void msgpack_pack(Packer& packer) const { packer.pack(value); }
  void msgpack_unpack(const msgpack::object&) { throw std::runtime_error("I will not be read"); }
};
Stubborn stubborn() {
  return {1};
}

} // namespace tasks

namespace {

void expectConserved(const PoolStats& s) {
  EXPECT_EQ(s.submitted, s.queued + s.dispatched + s.running + s.done + s.failed + s.cancelled);
}

class Processes : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, Processes, testing::Values(1, 2, 8));

} // namespace

TEST_P(Processes, giveTheCallsValue) {
  ProcessPoolExecutor pool(GetParam());
  EXPECT_EQ(pool.submit<&tasks::add>(2, 3).result(), 5);
  pool.submit<&tasks::nothing>().result();
  EXPECT_NE(pool.submit<&tasks::pid>().result(), ::getpid());
}

TEST_P(Processes, carryExceptionsToTheFutureAndLive) {
  ProcessPoolExecutor pool(GetParam());
  EXPECT_THROW(pool.submit<&tasks::throwOutOfRange>("doh").result(), std::out_of_range);
  const int worker = pool.submit<&tasks::pid>().result();
  try {
    pool.submit<&tasks::throwInt>().result();
    FAIL();
  } catch (const RemoteError& e) {
    EXPECT_EQ(e.type(), "int");
  }
  try {
    pool.submit<&tasks::throwNested>().result();
    FAIL();
  } catch (const std::logic_error& e) {
    EXPECT_STREQ(e.what(), "the effect");
    EXPECT_THROW(std::rethrow_if_nested(e), RemoteError);
  }
  EXPECT_THROW(pool.submit<&tasks::throwLong>().result(), std::runtime_error);
  if (GetParam() == 1) {
    EXPECT_EQ(pool.submit<&tasks::pid>().result(), worker);
  }
  EXPECT_EQ(pool.stats().failed, 4u);
}

TEST_P(Processes, neverAreMoreThanThePoolsSize) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(GetParam());
  std::vector<Future<void>> futures;
  for (std::size_t i = 0; i < 5 * GetParam(); ++i)
    futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go")));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == GetParam(); }));
  EXPECT_EQ(pool.stats().liveWorkers, GetParam());
  EXPECT_EQ(pool.workerPids().size(), GetParam());
  EXPECT_TRUE(eventually([&] { return marks.count() == GetParam(); })) << "RUNNING means executing";
  EXPECT_EQ(pool.stats().dispatched, 0u) << "nothing is handed ahead behind a long task";
  expectConserved(pool.stats());
  std::ofstream(marks.path("go"));
  wait(futures);
  EXPECT_EQ(pool.stats().done, 5 * GetParam());
}

TEST_P(Processes, shutdownRunsWhatIsQueued) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = GetParam(), options.log = &log;
  ProcessPoolExecutor pool(options);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 500; ++i)
    futures.push_back(pool.submit<&tasks::square>(i));
  pool.shutdown();
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(0s), i * i);
  EXPECT_TRUE(pool.closed());
  EXPECT_EQ(pool.stats().liveWorkers, 0u);
  EXPECT_TRUE(pool.workerPids().empty());
  EXPECT_THROW(pool.submit<&tasks::nothing>(), ExecutorShutdown);
  pool.shutdown();
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST_P(Processes, shutdownWithCancelLeavesNothingPending) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(GetParam());
  std::vector<Future<void>> futures;
  for (std::size_t i = 0; i < 5 * GetParam(); ++i)
    futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go")));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == GetParam(); }));
  pool.shutdown({.wait = false, .cancelFutures = true});
  EXPECT_EQ(pool.stats().cancelled, 4 * GetParam());
  EXPECT_FALSE(pool.closed());
  std::ofstream(marks.path("go"));
  pool.shutdown();
  for (auto& future : futures)
    EXPECT_TRUE(future.done());
}

TEST_P(Processes, shutdownWithCancelRunsOneTaskAWorkerHoweverFastTheyCome) {
  for (int round = 0; round < 3; ++round) {
    MarkDirectory marks;
    ProcessPoolExecutor pool(GetParam());
    std::vector<Future<void>> futures;
    for (std::size_t i = 0; i < 3 * GetParam(); ++i)
      futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go")));
    pool.shutdown({.wait = false, .cancelFutures = true});
    EXPECT_EQ(pool.stats().cancelled, 2 * GetParam());
    std::ofstream(marks.path("go"));
    pool.shutdown();
    EXPECT_EQ(pool.stats().done, GetParam());
    for (std::size_t i = 0; i < futures.size(); ++i)
      EXPECT_EQ(futures[i].cancelled(), i >= GetParam()) << i;
  }
}

namespace {
/// Starts nothing until it is told to, and then fails for some.
class HeldSpawner final : public Spawner {
 public:
  void spawn(SpawnRequest request, std::function<void(Spawned)> answer) override {
    MutexLock lock(m_mutex);
    m_held.emplace_back(std::move(request), std::move(answer));
  }
  std::size_t held() {
    MutexLock lock(m_mutex);
    return m_held.size();
  }
  void start(std::size_t failing) {
    std::vector<std::pair<SpawnRequest, std::function<void(Spawned)>>> held;
    {
      MutexLock lock(m_mutex);
      held.swap(m_held);
    }
    for (auto& [request, answer] : held)
      if (failing > 0)
        --failing, answer(Spawned{EAGAIN, 0, {}});
      else
        Spawner::system().spawn(std::move(request), std::move(answer));
  }

 private:
  Mutex m_mutex;
  std::vector<std::pair<SpawnRequest, std::function<void(Spawned)>>> m_held GUARDED_BY(m_mutex);
};
} // namespace

TEST(ProcessPoolExecutor, whatAShutdownSparesIsPendingAndGoesWithItsWorker) {
  HeldSpawner spawner;
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 4, options.spawner = &spawner, options.log = &log;
  ProcessPoolExecutor pool(options);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 10; ++i)
    futures.push_back(pool.submit<&tasks::square>(i));
  ASSERT_TRUE(eventually([&] { return spawner.held() == 4; }));
  pool.shutdown({.wait = false, .cancelFutures = true});
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_EQ(futures[i].state(), i < 4 ? FutureState::Pending : FutureState::Cancelled) << i;
  EXPECT_TRUE(futures[1].cancel());
  spawner.start(2);
  pool.shutdown();
  EXPECT_EQ(futures[0].result(), 0);
  EXPECT_EQ(futures[2].result(), 4);
  EXPECT_TRUE(futures[3].cancelled()) << "two workers are left for two tasks";
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST_P(Processes, mapKeepsTheOrderWhateverTheChunks) {
  ProcessPoolExecutor pool(GetParam());
  std::vector<int> in(200);
  std::iota(in.begin(), in.end(), 0);
  for (const std::size_t chunk : {1u, 6u, 50u, 200u, 1000u}) {
    int at = 0;
    for (const int value : pool.map<&tasks::square>(in, {.chunkSize = chunk})) {
      EXPECT_EQ(value, at * at);
      ++at;
    }
    EXPECT_EQ(at, 200) << chunk;
  }
}

TEST_P(Processes, mapKeepsTheNeighboursOfAFailure) {
  ProcessPoolExecutor pool(GetParam());
  for (const std::size_t chunk : {1u, 3u}) {
    auto results = pool.map<&tasks::reciprocal>(std::vector<int>{2, 0, 5}, {.chunkSize = chunk});
    auto it = results.begin();
    EXPECT_EQ(*it, 50);
    ++it;
    EXPECT_THROW(*it, std::domain_error);
    ++it;
    EXPECT_EQ(*it, 20);
    ++it;
    EXPECT_TRUE(it == results.end());
  }
}

TEST_P(Processes, mapBuffersElementsOfAnEndlessRange) {
  struct Counter { // an endless input range that counts what was pulled
    struct Iterator {
      using iterator_concept = std::input_iterator_tag;
      using value_type = int;
      using difference_type = std::ptrdiff_t;
      int* at;
      int operator*() const { return *at; }
      Iterator& operator++() { return ++*at, *this; }
      void operator++(int) { ++*at; }
      bool operator==(std::default_sentinel_t) const { return false; }
    };
    int* at;
    Iterator begin() const { return {at}; }
    std::default_sentinel_t end() const { return {}; }
  };
  ProcessPoolExecutor pool(GetParam());
  for (const auto& [buffer, chunk] : {std::pair<std::size_t, std::size_t>{2, 1}, {2, 5}, {10, 3}}) {
    int pulled = 0;
    auto results = pool.map<&tasks::square>(Counter{&pulled}, {.chunkSize = chunk, .bufferSize = buffer});
    EXPECT_EQ(pulled, static_cast<int>(buffer) - 1) << "exactly the buffer before the first result";
    auto it = results.begin();
    for (int i = 0; i < 20; ++i, ++it)
      EXPECT_EQ(*it, i * i);
  }
}

TEST(ProcessPoolExecutor, droppingBegunResultsCancelsTheRest) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(1);
  pool.submit<&tasks::mark>(marks.path("0"), marks.path("go"));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 1; }));
  const std::vector<int> in(100, 1);
  for (const std::size_t chunk : {1u, 10u}) {
    const std::size_t cancelled = pool.stats().cancelled;
    pool.map<&tasks::square>(in, {.chunkSize = chunk}).close();
    EXPECT_EQ(pool.stats().cancelled - cancelled, 100 / chunk);
  }
  auto late = pool.map<&tasks::square>(in, {.timeout = 1ms, .chunkSize = 10});
  EXPECT_THROW(*late.begin(), TimeoutError);
  EXPECT_TRUE(late.begin() == late.end());
  EXPECT_EQ(pool.stats().queued, 0u);
  std::ofstream(marks.path("go"));
}

TEST(ProcessPoolExecutor, mapAppliesTuples) {
  ProcessPoolExecutor pool(2);
  std::vector<int> sums;
  for (const int sum : pool.map<&tasks::add>(std::vector<std::tuple<int, int>>{{1, 2}, {3, 4}}))
    sums.push_back(sum);
  EXPECT_EQ(sums, (std::vector<int>{3, 7}));
  EXPECT_THROW(pool.map<&tasks::square>(std::vector<int>{1}, {.chunkSize = 0}), std::invalid_argument);
  EXPECT_THROW(pool.map<&tasks::square>(std::vector<int>{1}, {.bufferSize = 0}), std::invalid_argument);
}

TEST(ProcessPoolExecutor, startsNoWorkerBeforeTheFirstTask) {
  const std::size_t before = openDescriptors();
  ProcessPoolExecutor pool(4);
  EXPECT_EQ(pool.stats().liveWorkers, 0u);
  EXPECT_EQ(openDescriptors(), before);
  pool.terminateWorkers(); // a no-op but for the entrance
  pool.killWorkers();
  EXPECT_TRUE(pool.closed());
}

TEST(ProcessPoolExecutor, sequentialSubmitsReuseOneWorker) {
  ProcessPoolExecutor pool(4);
  std::set<int> pids;
  for (int i = 0; i < 200; ++i)
    pids.insert(pool.submit<&tasks::pid>().result());
  EXPECT_LE(pids.size(), 2u);
  EXPECT_EQ(pool.stats().done, 200u); // counted before result() returned
}

TEST(ProcessPoolExecutor, refusesImpossibleSizes) {
  EXPECT_THROW(ProcessPoolExecutor(0), std::invalid_argument);
  EXPECT_THROW(ProcessPoolExecutor(4097), std::invalid_argument);
  ProcessPoolExecutor pool(1);
  EXPECT_THROW(pool.resize(0), std::invalid_argument);
  EXPECT_EQ(pool.maxWorkers(), 1u);
}

TEST(ProcessPoolExecutor, itsWorkersAreWhatTheKernelShows) {
  MarkDirectory marks;
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 3, options.log = &log;
  ProcessPoolExecutor pool(options);
  EXPECT_TRUE(pool.name().starts_with("ProcessPoolExecutor-"));
  for (int i = 0; i < 3; ++i)
    pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go"));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 3; }));
  log.drainNow();
  std::map<pid_t, std::pair<std::string, std::string>> told; // by what the events say: full name, short name
  for (std::uint64_t q = 0; q < log.recording().size(); ++q)
    if (const Event event = log.recording()[q]; event.kind == EventKind::WorkerReady)
      told[static_cast<pid_t>(event.a)] = {std::string(log.recording().texts().text(TextId{event.c})),
                                           std::string(log.recording().texts().text(TextId{event.d}))};
  const std::vector<pid_t> pids = pool.workerPids();
  ASSERT_EQ(pids.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const ProcessFacts facts = factsOf(pids[i]);
    EXPECT_EQ(facts.parent, ::getpid());
    EXPECT_EQ(facts.comm, told[pids[i]].second);
    EXPECT_LE(facts.comm.size(), 15u);
    EXPECT_EQ(told[pids[i]].first, pool.name() + "_" + std::to_string(i));
    std::ifstream file("/proc/" + std::to_string(pids[i]) + "/cmdline");
    const std::string command(std::istreambuf_iterator<char>(file), {});
    EXPECT_NE(command.find(told[pids[i]].first), std::string::npos) << "the full name is for ps";
  }
  std::ofstream(marks.path("go"));
  EXPECT_TRUE(pool.submit<&tasks::worker>().result().starts_with(pool.name() + "_"));
  pool.shutdown();
  for (const pid_t pid : pids)
    EXPECT_EQ(factsOf(pid).state, 0) << "reaped, not a zombie";
}

TEST(ProcessPoolExecutor, growsAndShrinksWhileItRuns) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(1);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 6; ++i)
    futures.push_back(pool.submit<&tasks::mark>(marks.path(std::to_string(i)), marks.path("go")));
  ASSERT_TRUE(eventually([&] { return pool.stats().running == 1; }));
  pool.resize(4);
  EXPECT_TRUE(eventually([&] { return pool.stats().running == 4; }));
  pool.resize(2);
  EXPECT_EQ(pool.stats().running, 4u) << "who runs a task ends it first";
  std::ofstream(marks.path("go"));
  wait(futures);
  EXPECT_TRUE(eventually([&] { return pool.stats().liveWorkers <= 2; }));
  EXPECT_EQ(pool.stats().done, 6u);
  pool.shutdown({.wait = false});
  pool.resize(3);
  pool.shutdown();
  pool.resize(5); // ended: no effect, no error
}

TEST(ProcessPoolExecutor, resizesUnderLoadLoseNothing) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.log = &log;
  ProcessPoolExecutor pool(options);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 2000; ++i) {
    futures.push_back(pool.submit<&tasks::square>(i));
    if (i % 20 == 0) pool.resize(1 + static_cast<std::size_t>(i / 20 * 7 % 5));
  }
  for (int i = 0; i < 2000; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(), i * i);
  pool.shutdown();
  EXPECT_EQ(pool.stats().done, 2000u);
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST(ProcessPoolExecutor, aWorkerThatRetiresBeforeItBeganItsTaskLeaves) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(2);
  for (const char* one : {"a", "b"}) // each holds a worker, so that there are two
    pool.submit<&tasks::mark>(marks.path(one), marks.path("go"));
  ASSERT_TRUE(eventually([&] { return marks.has("a") && marks.has("b"); }));
  std::ofstream(marks.path("go"));
  ASSERT_TRUE(eventually([&] { return pool.stats().liveWorkers == 2 && pool.stats().idleWorkers == 2; }));
  const std::vector<pid_t> pids = pool.workerPids();
  for (const pid_t pid : pids)
    ::kill(pid, SIGSTOP);
  std::vector both{pool.submit<&tasks::square>(4), pool.submit<&tasks::square>(5)}; // handed out, and not begun
  pool.resize(1);
  for (const pid_t pid : pids)
    ::kill(pid, SIGCONT);
  EXPECT_EQ(both[0].result(20s), 16);
  EXPECT_EQ(both[1].result(20s), 25);
  EXPECT_TRUE(eventually([&] { return pool.workerPids().size() == 1; }));
}

TEST(ProcessPoolExecutor, aLongTaskGivesBackWhatItsWorkerWasHandedAhead) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(2);
  std::vector<Future<int>> shortOnes;
  for (int i = 0; i < 300; ++i)
    shortOnes.push_back(pool.submit<&tasks::square>(i));
  auto longOne = pool.submit<&tasks::mark>(marks.path("long"), marks.path("go"));
  for (int i = 0; i < 300; ++i)
    shortOnes.push_back(pool.submit<&tasks::square>(i));
  for (auto& future : shortOnes)
    future.result(20s); // the other worker runs them all
  EXPECT_TRUE(longOne.running());
  std::ofstream(marks.path("go"));
  longOne.result();
}

TEST(ProcessPoolExecutor, cancelTakesAQueuedTaskOutAtOnce) {
  MarkDirectory marks;
  ProcessPoolExecutor pool(1);
  auto running = pool.submit<&tasks::mark>(marks.path("0"), marks.path("go"));
  ASSERT_TRUE(eventually([&] { return running.running(); }));
  auto queued = pool.submit<&tasks::nothing>();
  EXPECT_EQ(queued.state(), FutureState::Pending);
  EXPECT_FALSE(running.cancel());
  EXPECT_TRUE(queued.cancel());
  EXPECT_EQ(pool.stats().queued, 0u);
  EXPECT_THROW(queued.result(), CancelledError);
  std::ofstream(marks.path("go"));
  running.result();
}

TEST(ProcessPoolExecutor, whatCannotTravelFailsItsFutureAlone) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.log = &log;
  ProcessPoolExecutor pool(options);
  EXPECT_THROW(pool.submit<&tasks::length>(std::string(std::size_t{1} << 30, 'x')).result(), SerializationError);
  EXPECT_THROW(pool.submit<&tasks::repeat>(std::size_t{17} << 20).result(), SerializationError);
  EXPECT_THROW(pool.submit<&tasks::stubborn>().result(), SerializationError);
  EXPECT_EQ(pool.submit<&tasks::length>(std::string(8 << 20, 'x')).result(), std::size_t{8} << 20);
  EXPECT_EQ(pool.submit<&tasks::repeat>(std::size_t{8} << 20).result().size(), std::size_t{8} << 20);
  EXPECT_EQ(pool.stats().failed, 3u);
  EXPECT_EQ(foldDiffers(log, pool.id(), pool.stats()), "");
}

TEST(ProcessPoolExecutor, anUnknownFunctionFailsItsFuture) {
  ProcessPoolOptions options;
  options.workerProgram = "/proc/self/exe"; // as if it were another program: by name
  ProcessPoolExecutor pool(options);
  EXPECT_THROW(pool.submit<&tasks::nothing>().result(), SerializationError);
  EXPECT_EQ(pool.submit<&tasks::add>(1, 2).result(), 3) << "this one is registered";
}

TEST(ProcessPoolExecutor, aWorkerEndsAfterItsTasks) {
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.maxTasksPerChild = 3;
  ProcessPoolExecutor pool(options);
  std::vector<int> pids;
  for (int i = 0; i < 7; ++i)
    pids.push_back(pool.submit<&tasks::pid>().result());
  EXPECT_EQ(pids[0], pids[2]);
  EXPECT_NE(pids[2], pids[3]);
  EXPECT_EQ(pids[3], pids[5]);
  EXPECT_NE(pids[5], pids[6]);
  EXPECT_TRUE(eventually([&] { return pool.workerPids().size() == 1; }));
}

TEST(ProcessPoolExecutor, aBacklogOutlivesItsWorkers) {
  for (const auto& [workers, each, count] : {std::tuple{1, 2, 6}, {2, 2, 8}, {3, 1, 6}}) {
    ProcessPoolOptions options;
    options.maxWorkers = static_cast<std::size_t>(workers), options.maxTasksPerChild = static_cast<std::size_t>(each);
    ProcessPoolExecutor pool(options);
    std::vector<Future<int>> futures;
    for (int i = 0; i < count; ++i)
      futures.push_back(pool.submit<&tasks::square>(i));
    pool.shutdown({.wait = false});
    for (int i = 0; i < count; ++i)
      EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(20s), i * i);
  }
}

TEST(ProcessPoolExecutor, theInitializerRunsOnceInEachWorker) {
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.initializer = &tasks::prepare;
  ProcessPoolExecutor pool(options);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(pool.submit<&tasks::prepared>().result(), 1);
  EXPECT_EQ(tasks::g_prepared, 0) << "not here";
}

TEST(ProcessPoolExecutor, aFailingInitializerBreaksThePool) {
  ProcessPoolOptions options;
  options.maxWorkers = 2, options.initializer = &tasks::prepareBadly;
  ProcessPoolExecutor pool(options);
  try {
    pool.submit<&tasks::nothing>().result(20s);
    FAIL();
  } catch (const BrokenProcessPool& e) {
    EXPECT_NE(std::string(e.what()).find("no licence"), std::string::npos);
  }
  EXPECT_THROW(pool.submit<&tasks::nothing>(), BrokenProcessPool);
}

TEST(ProcessPoolExecutor, whatATaskSaysComesBeforeItsEnd) {
  EventLog log;
  std::vector<std::string> heard;
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.log = &log;
  options.onLog = [&](TaskId, std::string_view text) { heard.emplace_back(text); };
  ProcessPoolExecutor pool(options);
  pool.submit<&tasks::say>("hello").result();
  EXPECT_EQ(heard, std::vector<std::string>{"hello"});
}

TEST(ProcessPoolExecutor, aBlockedTaskIsShownAsBlocked) {
  MarkDirectory marks;
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.log = &log;
  ProcessPoolExecutor pool(options);
  auto future = pool.submit<&tasks::blocked>(marks.path("go"));
  ASSERT_TRUE(eventually([&] { return marks.has("go.here"); }));
  std::ofstream(marks.path("go"));
  future.result();
  log.drainNow();
  int blocked = 0, unblocked = 0;
  for (std::uint64_t q = 0; q < log.recording().size(); ++q) {
    const Event event = log.recording()[q];
    if (event.kind == EventKind::TaskBlocked) {
      ++blocked;
      EXPECT_EQ(static_cast<BlockReason>(event.flag), BlockReason::Sleep);
      EXPECT_GE(event.cd(), 0) << "the lag";
    }
    unblocked += event.kind == EventKind::TaskUnblocked;
  }
  EXPECT_EQ(blocked, 1);
  EXPECT_EQ(unblocked, 1);
}

TEST(ProcessPoolExecutor, callbacksMayCommandThePool) {
  ProcessPoolExecutor pool(2);
  std::atomic<int> ended{0};
  std::atomic<bool> refused{false};
  pool.submit<&tasks::nothing>().addDoneCallback([&](const Future<void>&) {
    pool.resize(3);
    pool.submit<&tasks::nothing>().addDoneCallback([&](const Future<void>&) {
      try {
        pool.shutdown();
      } catch (const WouldDeadlock&) {
        refused = true;
      }
      ++ended;
    });
    throw std::runtime_error("a callback's exception goes nowhere");
  });
  ASSERT_TRUE(eventually([&] { return ended == 1; }));
  EXPECT_TRUE(refused);
  pool.shutdown();
}

TEST(ProcessPoolExecutor, manyThreadsMayUseIt) {
  ProcessPoolExecutor pool(2);
  std::vector<std::thread> threads;
  std::atomic<int> sum{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i)
        sum += pool.submit<&tasks::add>(i, t).result();
    });
  threads.emplace_back([&] {
    for (std::size_t i = 0; i < 50; ++i)
      pool.resize(1 + i % 3), expectConserved(pool.stats());
  });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(sum, 4 * 4950 + 100 * 6);
}

int main(int argc, char** argv) {
  registerTask<&tasks::add>("tests.add");
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
