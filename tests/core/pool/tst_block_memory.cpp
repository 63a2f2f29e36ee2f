#include "core/pool/block_memory.h"

#include "core/pool/future.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <latch>
#include <random>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace poolscope;
using namespace poolscope::detail;
using namespace std::chrono_literals;

namespace {

struct Block {
  void* memory;
  std::size_t size;
};

Block take(std::size_t size) {
  void* const memory = takeBlockMemory(size);
  std::memset(memory, static_cast<int>(size % 251), size);
  return {memory, size};
}
/// False when somebody else wrote into it.
bool give(const Block& block) {
  const auto* bytes = static_cast<const unsigned char*>(block.memory);
  const bool intact =
      std::all_of(bytes, bytes + block.size, [&](unsigned char byte) { return byte == block.size % 251; });
  giveBlockMemory(block.memory, block.size);
  return intact;
}

/// A future that a thread keeps until after the thread's own free lists are gone.
struct KeptToTheEnd {
  std::vector<Future<int>> futures;
  std::vector<Block> blocks;
  ~KeptToTheEnd() {
    futures.clear();
    for (const Block& block : blocks)
      give(block);
    futures.push_back(Promise<int>().future()); // and makes one more
  }
};

int exitCodeOf(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace

TEST(BlockMemory, blocksAreAlignedAndApart) {
  std::vector<Block> blocks;
  for (std::size_t size = 16; size <= 700; size += 12)
    for (int i = 0; i < 200; ++i)
      blocks.push_back(take(size));
  std::set<std::uintptr_t> starts;
  for (const Block& block : blocks) {
    const auto at = reinterpret_cast<std::uintptr_t>(block.memory);
    EXPECT_EQ(at % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0u);
    EXPECT_TRUE(starts.insert(at).second);
  }
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937(1));
  for (const Block& block : blocks)
    EXPECT_TRUE(give(block));
}

TEST(BlockMemory, whatABurstTookGoesBack) {
  const std::size_t before = blockMemoryHeld();
  std::vector<Block> blocks;
  for (int i = 0; i < 500'000; ++i)
    blocks.push_back(take(192));
  EXPECT_GE(blockMemoryHeld(), 500'000u * 192);
  for (const Block& block : blocks)
    EXPECT_TRUE(give(block));
  EXPECT_LE(blockMemoryHeld(), before + (20u << 20)) << "in the order they came";
  for (Block& block : blocks)
    block = take(192);
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937(2));
  for (const Block& block : blocks)
    EXPECT_TRUE(give(block));
  EXPECT_LE(blockMemoryHeld(), before + (64u << 20)) << "in any order: what the threads keep holds some slabs";
}

TEST(BlockMemory, aQueueOfABurstGoesBackThroughAPool) {
  const std::size_t before = blockMemoryHeld();
  ThreadPoolExecutor pool(2);
  Gate gate;
  for (int i = 0; i < 2; ++i)
    pool.submit([&] { gate.pass(); });
  ASSERT_TRUE(gate.waitForArrivals(2));
  for (int i = 0; i < 300'000; ++i)
    pool.submit([] {});
  EXPECT_GE(blockMemoryHeld(), 300'000u * sizeof(TaskBlock));
  gate.open();
  pool.shutdown();
  EXPECT_LE(blockMemoryHeld(), before + (24u << 20));
}

TEST(BlockMemory, blocksWanderBetweenThreads) {
  constexpr int kThreads = 4, kRounds = 200;
  std::vector<std::vector<Block>> handed(kThreads);
  std::vector<std::unique_ptr<std::mutex>> locks;
  for (int i = 0; i < kThreads; ++i)
    locks.push_back(std::make_unique<std::mutex>());
  std::atomic<bool> intact = true;
  {
    std::vector<std::jthread> threads;
    for (int me = 0; me < kThreads; ++me)
      threads.emplace_back([&, me] {
        std::mt19937 random(static_cast<unsigned>(me));
        for (int round = 0; round < kRounds; ++round) {
          std::vector<Block> mine;
          for (int i = 0; i < 150; ++i)
            mine.push_back(take(100 + random() % 300));
          const int other = (me + 1 + round) % kThreads;
          std::vector<Block> old;
          {
            const std::lock_guard lock(*locks[static_cast<std::size_t>(other)]);
            handed[static_cast<std::size_t>(other)].swap(mine);
          }
          for (const Block& block : mine)
            if (!give(block)) intact = false;
        }
      });
  }
  for (const auto& rest : handed)
    for (const Block& block : rest)
      if (!give(block)) intact = false;
  EXPECT_TRUE(intact);
}

TEST(BlockMemory, threadLocalFuturesMayOutliveTheirThreadsLists) {
  std::atomic<bool> intact = true;
  for (int round = 0; round < 20; ++round) {
    std::jthread([&] {
      thread_local KeptToTheEnd kept; // made first, so destroyed last
      for (int i = 0; i < 300; ++i) {
        Promise<int> promise;
        kept.futures.push_back(promise.future());
        kept.blocks.push_back(take(192));
      }
    }).join();
    std::vector<Block> others;
    for (int i = 0; i < 1000; ++i)
      others.push_back(take(192));
    for (const Block& block : others)
      if (!give(block)) intact = false; // a block that two had would show here
  }
  EXPECT_TRUE(intact);
}

TEST(BlockMemory, staticFuturesMayOutliveEverything) {
  const pid_t child = ::fork();
  if (child == 0) {
    static KeptToTheEnd kept;
    for (int i = 0; i < 300; ++i) {
      Promise<int> promise;
      kept.futures.push_back(promise.future());
      kept.blocks.push_back(take(192));
    }
    std::exit(7);
  }
  EXPECT_EQ(exitCodeOf(child), 7);
}

TEST(BlockMemory, aForkedChildFindsTheLocksFree) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own locks may stay taken in a child of a program with threads";
#endif
  std::vector<std::jthread> busy;
  for (int i = 0; i < 2; ++i)
    busy.emplace_back([](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        std::vector<Future<int>> futures;
        for (int n = 0; n < 500; ++n) {
          Promise<int> promise;
          futures.push_back(promise.future());
          futures.back().addDoneCallback([](const Future<int>&) {});
        }
      }
    });
  for (int round = 0; round < 50; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20); // a lock that stays taken ends it by a signal
      std::vector<Future<int>> futures;
      for (int n = 0; n < 2000; ++n) {
        Promise<int> promise;
        futures.push_back(promise.future());
        futures.back().addDoneCallback([](const Future<int>&) {});
      }
      futures.clear();
      ::_exit(0);
    }
    ASSERT_EQ(exitCodeOf(child), 0) << "round " << round;
  }
}
