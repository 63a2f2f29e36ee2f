#include "core/base/mutex.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace poolscope;
using namespace std::chrono_literals;

TEST(Parker, aPermitBeforeTheWaitIsKept) {
  Parker bed;
  bed.unpark();
  bed.spin(20us);
  EXPECT_TRUE(bed.park(std::chrono::steady_clock::now()));
  EXPECT_FALSE(bed.park(std::chrono::steady_clock::now() + 1ms)) << "one permit, one wake";
}

TEST(Parker, spinningEndsByItself) {
  Parker bed;
  for (int i = 0; i < 1000; ++i)
    bed.spin(20us);
  EXPECT_FALSE(bed.park(std::chrono::steady_clock::now()));
}

TEST(Parker, nobodyIsLeftAsleep) {
  // Two threads hand the turn to and fro, through every mixture of spinning and sleeping.
  constexpr int kTurns = 20'000;
  Parker left, right;
  int turns = 0; // of whoever has the turn
  const auto play = [&](Parker& mine, Parker& other) {
    for (int i = 0; i < kTurns; ++i) {
      mine.spin(20us);
      ASSERT_TRUE(mine.park(std::chrono::steady_clock::now() + 20s));
      ++turns;
      if (i % 7 == 0) std::this_thread::sleep_for(30us); // longer than a spin
      other.unpark();
    }
  };
  std::jthread other([&] { play(right, left); });
  left.unpark();
  play(left, right);
  other.join();
  EXPECT_EQ(turns, 2 * kTurns);
}
