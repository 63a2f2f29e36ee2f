#include "core/base/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <sched.h>
#include <thread>

using namespace poolscope;
using namespace std::chrono_literals;

namespace {

/// Else the processor may read its counter before it has seen that it is its turn.
void waitForLoads() {
#if defined(__x86_64__)
  _mm_lfence();
#endif
}

} // namespace

TEST(TickClock, allProcessorsAgreeWithinTheWatermarksSlack) {
  // Two threads, on a processor each where there are two, read the clock in turns. On a busy machine a turn may take
  // milliseconds.
  constexpr int kTurns = 20'000, kOver = 2;
  const auto end = std::chrono::steady_clock::now() + 10s;
  std::atomic<int> turn{0};
  std::int64_t last = 0, farthestBack = 0; // of whoever has the turn
  const auto play = [&](int mine) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(mine, &one);
    ::sched_setaffinity(0, sizeof one, &one); // fails where there is no such processor: then anywhere
    for (int i = 0; i < kTurns; ++i) {
      int whose;
      while ((whose = turn.load(std::memory_order_acquire)) == 1 - mine)
        std::this_thread::yield();
      if (whose == kOver) return;
      waitForLoads();
      const std::int64_t now = TickClock::now();
      farthestBack = std::max(farthestBack, last - now);
      last = now;
      turn.store(std::chrono::steady_clock::now() < end ? 1 - mine : kOver, std::memory_order_release);
    }
  };
  { const std::array<std::jthread, 2> threads{std::jthread(play, 0), std::jthread(play, 1)}; }
  TickConverter converter;
  std::this_thread::sleep_for(3ms);
  converter.sync(TickClock::now());
  EXPECT_LT(farthestBack, converter.fromNs(1'000));
}

TEST(TickConverter, followsTheMonotonicClock) {
  TickConverter converter;
  std::int64_t worst = 0, before = INT64_MIN, reached = TickClock::now();
  for (int i = 0; i < 30; ++i) {
    converter.sync(reached);
    std::this_thread::sleep_for(10ms); // over several of its own looks at the clocks
    ClockPair pair = ClockPair::now();
    const std::int64_t ns = converter.toNs(pair.ticks);
    EXPECT_GE(ns, before);
    before = ns, reached = pair.ticks;
    worst = std::max(worst, std::abs(ns - pair.ns));
  }
  EXPECT_LT(worst, 20'000) << "20 µs: 2 ms of baseline at 20 ns a reading, and a noisy machine";
}
