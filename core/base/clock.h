#pragma once

#include <cstdint>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace poolscope {

/// Nanoseconds of CLOCK_MONOTONIC: the one clock of every process of a machine.
inline std::int64_t monotonicNow() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

/// Nanoseconds of CLOCK_BOOTTIME: it goes on while the machine sleeps.
std::int64_t boottimeNow();

/// The clock of event stamps. Ticks are the processor's time stamp counter where the kernel itself trusts it (its clock
/// source is "tsc", or a "kvm-clock" that is read in user space; a third of the cost of a system clock), else
/// nanoseconds of CLOCK_MONOTONIC.
/// Threads: any thread.
class TickClock {
 public:
  static std::int64_t now() {
#if defined(__x86_64__)
    if (s_source.tsc) return static_cast<std::int64_t>(__rdtsc());
#endif
    return monotonicNow();
  }
  static bool usesTsc() {
    return s_source.tsc;
  }

 private:
  struct Source {
    bool tsc;
    Source();
  };
  static const Source s_source; // constant after start-up
};

/// Both clocks at one moment.
struct ClockPair {
  std::int64_t ticks = 0;
  std::int64_t ns = 0;
  static ClockPair now(); ///< the tightest of several bracketed readings, within some 20 ns
};

/// Ticks to nanoseconds of CLOCK_MONOTONIC, for ticks that come in order: a line through one anchor, bent now and then
/// towards the true clock, so that it follows without a step and never runs backwards.
///
/// Made by a log at its start; calibrated by the first sync(), which spins until 2 ms after that if it must.
/// Threads: owner.
class TickConverter {
 public:
  TickConverter(); ///< notes the first reading
  /// Call before converting; everything converted before lies at or before `reached`, everything later after it. It
  /// looks at the clocks only every 100 ms.
  void sync(std::int64_t reached);
  std::int64_t toNs(std::int64_t ticks) const {
    return m_baseNs + static_cast<std::int64_t>((static_cast<Wide>(ticks - m_baseTicks) * m_rate) >> kShift);
  }
  std::int64_t fromNs(std::int64_t ns) const; ///< a duration in ns as ticks; before the first sync() as 1 tick a ns

 private:
  __extension__ using Wide = __int128;
  static constexpr int kShift = 32;
  ClockPair m_first;                          // for the long-run rate
  std::int64_t m_baseTicks = 0, m_baseNs = 0; // the anchor
  std::int64_t m_rate = 0;                    // ns a tick, times 2^32; 0 until calibrated
  std::int64_t m_nextSync = INT64_MIN;        // ticks
};

} // namespace poolscope
