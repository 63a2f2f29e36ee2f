#include "core/event/event_log.h"
#include "core/event/pool_state.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

using namespace poolscope;

namespace {

/// 1.5 s, or what POOLSCOPE_SOAK_SECONDS says.
std::chrono::milliseconds soakTime() {
  const char* given = std::getenv("POOLSCOPE_SOAK_SECONDS");
  return given ? std::chrono::seconds(std::strtol(given, nullptr, 10)) : std::chrono::milliseconds(1500);
}

/// One pool under eight threads that do everything at once; every third thread of it cannot be made.
void soakOnePool(EventLog& log, std::uint32_t seed, std::chrono::steady_clock::time_point end) {
  ThreadPoolOptions options;
  std::atomic<unsigned> made = 0;
  options.maxWorkers = 4, options.log = &log;
  options.queueBound = {.limit = 64, .whenFull = seed % 2 ? WhenFull::CallerRuns : WhenFull::Reject};
  options.threadFactory = [&](std::function<void()> body) {
    if (++made % 3 == 0) throw std::system_error(EAGAIN, std::system_category());
    return std::thread(std::move(body));
  };
  std::atomic<std::size_t> ran = 0;
  std::vector<std::vector<Future<void>>> futures(8);
  PoolStats stats;
  {
    ThreadPoolExecutor pool(options);
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        std::minstd_rand random(seed * 8 + i + 1);
        std::vector<Future<void>>& mine = futures[i];
        for (int step = 0; step < 400 && std::chrono::steady_clock::now() < end; ++step) {
          try {
            switch (random() % 10) {
            case 0:
              pool.resize(1 + random() % 8);
              break;
            case 1:
              if (!mine.empty()) mine[random() % mine.size()].cancel();
              break;
            case 2:
              if (!mine.empty()) mine[random() % mine.size()].requestStop();
              break;
            case 3:
              mine.push_back(pool.submit([&ran](std::stop_token stop) {
                for (int turn = 0; turn < 50 && !stop.stop_requested(); ++turn)
                  std::this_thread::yield();
                ++ran;
              }));
              break;
            case 4:
              if (!mine.empty()) wait(std::vector{mine.back()}, ReturnWhen::AllCompleted, std::chrono::milliseconds(1));
              break;
            case 5:
              log.askForSnapshots();
              break;
            case 6:
              if (random() % 200 == 0) pool.shutdown({.wait = random() % 2 == 0, .cancelFutures = random() % 2 == 0});
              break;
            default:
              mine.push_back(pool.submit([&ran] { ++ran; }));
            }
          } catch (const QueueFull&) {        // as it should be
          } catch (const ExecutorShutdown&) { // likewise
          } catch (const BrokenThreadPool&) { // no thread could be made, and none was left
          }
        }
      });
    }
    threads.clear();
    pool.shutdown();
    stats = pool.stats();
    EXPECT_TRUE(pool.closed());
    log.drainNow();
    PoolState state;
    TaskHistory history;
    for (std::uint64_t q = 0; q < log.recording().size(); ++q)
      StateFold::extend(state, history, log.recording()[q]);
    EXPECT_EQ(StateFold::checkInvariants(state, history), "");
    const PoolLive* live = state.pool(pool.id());
    ASSERT_NE(live, nullptr);
    EXPECT_EQ(live->counters.submitted, stats.submitted);
    EXPECT_EQ(live->counters.done, stats.done);
    EXPECT_EQ(live->counters.cancelled, stats.cancelled);
    EXPECT_FALSE(live->open);
  }
  EXPECT_EQ(stats.submitted, stats.done + stats.failed + stats.cancelled);
  EXPECT_EQ(stats.done, ran);
  for (const auto& list : futures)
    for (const Future<void>& future : list)
      ASSERT_TRUE(future.done());
}

} // namespace

TEST(ThreadPoolSoak, eightThreadsDoEverythingAtOnce) {
  const auto end = std::chrono::steady_clock::now() + soakTime();
  std::uint32_t seed = 1;
  do {
    SCOPED_TRACE("seed " + std::to_string(seed));
    EventLog log;
    soakOnePool(log, seed++, end);
  } while (std::chrono::steady_clock::now() < end && !HasFatalFailure());
}
