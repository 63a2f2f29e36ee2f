// The usual C++ on worker processes: lambdas, post, parallelFor, waitIdle, then; and what may outlive the executor.

#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"
#include "tests/support/process_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <ranges>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

int twice(int x) {
  return 2 * x;
}
int notSeven(int i) {
  if (i % 10 == 7) throw std::domain_error("seven in " + std::to_string(i));
  return i;
}

} // namespace

TEST(ProcessPoolUsual, aLambdaWithoutCapturesIsATask) {
  ProcessPoolExecutor pool(1);
  EXPECT_EQ(pool.submit<[](int x) { return x + 1; }>(7).result(), 8);
  EXPECT_EQ(pool.submit<[](const std::string& a, int n) { return a + std::to_string(n); }>("x", 2).get(), "x2");
  EXPECT_NO_THROW(pool.submit<[] {}>().result());
  EXPECT_NE(pool.submit<[]() noexcept { return ::getpid(); }>().result(), ::getpid());
  EXPECT_THROW(pool.submit<[](int) -> int { throw std::out_of_range("there"); }>(1).result(), std::out_of_range);
  constexpr auto named = [](int x) { return -x; };
  EXPECT_EQ(pool.submit<named>(4).result(), -4);
  int sum = 0;
  for (int value : pool.map<[](int x) { return x * x; }>(std::vector{1, 2, 3}, {.chunkSize = 2}))
    sum += value;
  EXPECT_EQ(sum, 14);
  std::vector<std::pair<int, int>> pairs{{2, 3}};
  EXPECT_EQ(*pool.map<[](int a, int b) { return a * b; }>(pairs).begin(), 6);
}

TEST(ProcessPoolUsual, postCountsItsFailures) {
  ProcessPoolExecutor pool(1);
  static_assert(std::is_void_v<decltype(pool.post<&twice>(1))>);
  pool.post<&twice>(1);
  pool.post<[](int) { throw std::runtime_error("nobody hears it"); }>(1);
  pool.waitIdle();
  EXPECT_EQ(pool.stats().done, 1u);
  EXPECT_EQ(pool.stats().failed, 1u);
}

TEST(ProcessPoolUsual, parallelForReturnsWhenAllIsDone) {
  ProcessPoolExecutor pool(2);
  pool.parallelFor<&twice>(5, 5);
  pool.parallelFor<&twice>(5, -5);
  EXPECT_EQ(pool.stats().submitted, 0u);
  pool.parallelFor<[](int i) { return i; }>(0, 1000);
  pool.parallelFor<&twice>(-3, 4, 2);
  EXPECT_EQ(pool.stats().failed, 0u);
  EXPECT_EQ(pool.stats().queued + pool.stats().running, 0u);
  try {
    pool.parallelFor<&notSeven>(0, 100, 1);
    FAIL() << "seven did not throw";
  } catch (const std::domain_error& e) {
    EXPECT_STREQ(e.what(), "seven in 7") << "the first by index";
  }
  EXPECT_THROW(pool.parallelFor<&twice>(0, 3, -1), std::invalid_argument);
}

TEST(ProcessPoolUsual, waitIdleSeesEveryOutcomeAndEveryCallback) {
  ProcessPoolExecutor pool(2);
  pool.waitIdle(); // nothing was ever submitted
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> called = 0;
    std::vector<Future<int>> futures;
    for (int i = 0; i < 6; ++i) {
      futures.push_back(pool.submit<&twice>(i));
      futures.back().addDoneCallback([&, owner = std::make_unique<int>(1)](const Future<int>&) { called += *owner; });
    }
    pool.waitIdle();
    for (const auto& future : futures)
      ASSERT_TRUE(future.done());
    ASSERT_EQ(called, 6);
  }
  pool.killWorkers();
  pool.waitIdle();
  pool.waitClosed();
}

TEST(ProcessPoolUsual, waitIdleFromACallbackIsRefused) {
  ProcessPoolExecutor pool(1);
  Promise<std::string> seen;
  pool.submit<&twice>(1).addDoneCallback([&](const Future<int>&) {
    try {
      pool.waitIdle();
      seen.setValue("returned");
    } catch (const WouldDeadlock&) {
      seen.setValue("refused");
    }
  });
  EXPECT_EQ(seen.future().result(20s), "refused");
}

TEST(ProcessPoolUsual, thenGoesOnFromOnePoolToTheOther) {
  ProcessPoolExecutor processes(1);
  ThreadPoolExecutor threads(1);
  auto future =
      processes.submit<&twice>(4).then([&](int x) { return threads.submit([x] { return x + 1; }); }).then([&](int x) {
        return processes.submit<&twice>(x);
      });
  EXPECT_EQ(future.get(), 18);
}

TEST(ProcessPoolUsual, waitTakesFuturesOfBothPools) {
  ProcessPoolExecutor processes(1);
  ThreadPoolExecutor threads(1);
  const Future<int> number = processes.submit<&twice>(1);
  const Future<std::string> text = threads.submit([] { return std::string("t"); });
  Promise<void> open;
  EXPECT_EQ(wait(ReturnWhen::AllCompleted, {}, number, text), (std::vector<bool>{true, true}));
  EXPECT_EQ(wait(ReturnWhen::FirstCompleted, 20s, open.future(), text), (std::vector<bool>{false, true}));
  EXPECT_EQ(wait(ReturnWhen::AllCompleted, 1ms, number, open.future(), number), (std::vector<bool>{true, false, true}));
}

TEST(ProcessPoolUsual, bufferedResultsAfterTheirExecutorRefuseToGoOn) {
  for (std::size_t chunk : {1u, 2u}) {
    auto pool = std::make_unique<ProcessPoolExecutor>(1);
    auto results = pool->map<&twice>(std::views::iota(0), {.timeout = {}, .chunkSize = chunk, .bufferSize = 2});
    auto it = results.begin();
    EXPECT_EQ(*it, 0);
    pool.reset();
    const auto goOn = [&] {
      ++it; // with chunks one element more is taken in before its chunk is sent
      EXPECT_EQ(*it, 2) << "what was submitted has its outcome";
      for (;;)
        ++it;
    };
    EXPECT_THROW(goOn(), ExecutorShutdown) << "chunks of " << chunk;
  }
}

TEST(ProcessPoolUsual, whatThrowsOnOurThreadsEndsNobody) {
  ProcessPoolOptions options;
  options.maxWorkers = 1, options.onLog = [](TaskId, std::string_view) { throw 42; };
  ProcessPoolExecutor pool(std::move(options));
  EXPECT_EQ(pool.submit<[](int x) {
                  logFromTask("a line");
                  return x;
                }>(5)
                .result(20s),
            5);
  struct NullWhat : std::exception {
    const char* what() const noexcept override { return nullptr; }
  };
  EXPECT_ANY_THROW(pool.submit<[] { throw NullWhat(); }>().result(20s));
  EXPECT_EQ(pool.submit<&twice>(5).result(20s), 10) << "with the same worker";
  EXPECT_EQ(pool.stats().failed, 1u);
}

TEST(ProcessPoolExit, inACallbackOfAGlobalPoolItEndsTheProgramWithItsCode) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe"; // a program of its own: no spawner is lost by a fork
  EXPECT_EXIT(
      {
        ::alarm(30);
        static ProcessPoolExecutor pool(1);
        static Gate gate;
        auto future = pool.submit<&twice>(1);
        future.addDoneCallback([](const Future<int>&) {
          gate.pass();
          std::exit(3);
        });
        gate.open();
        for (;;)
          ::pause();
      },
      testing::ExitedWithCode(3), "");
}

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
