#pragma once

#include "core/base/clock.h"

#include <cstdint>

namespace poolscope::detail {

/// Says when a worker may read its own processor time again: at most a thousand times a second, since a reading is a
/// system call (0.3 to 0.5 µs). It is asked with stamps in ticks that were taken anyway, so that asking costs a
/// comparison; how long a tick is, it learns from one reading to the next.
/// Threads: owner.
class ReadingPace {
 public:
  static constexpr std::int64_t kLeastNs = 1'000'000; ///< what is shorter has no figure of its own

  void begin() { m_last = now(), m_due = m_last.ticks + kLeastNs; } // a tick is no longer than a nanosecond
  bool isDue(std::int64_t ticks) { return ticks >= m_due && look(); }

 private:
  static ClockPair now() { return {.ticks = TickClock::now(), .ns = monotonicNow()}; }
  bool look() {
    const ClockPair at = now();
    const std::int64_t passed = at.ns - m_last.ns;
    const double ticksPerNs = passed > 0 ? double(at.ticks - m_last.ticks) / double(passed) : 1;
    const std::int64_t left = passed < kLeastNs ? kLeastNs - passed : kLeastNs;
    m_due = at.ticks + static_cast<std::int64_t>(ticksPerNs * double(left));
    if (passed < kLeastNs) return false;
    m_last = at;
    return true;
  }
  ClockPair m_last;
  std::int64_t m_due = 0; // ticks
};

} // namespace poolscope::detail
