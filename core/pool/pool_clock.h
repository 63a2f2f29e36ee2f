#pragma once

#include "core/base/clock.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace poolscope::detail {

/// The time in which a pool's deadlines, pauses and graces count: CLOCK_MONOTONIC, or what a test gave it, which then
/// lets an hour pass in a moment. What is recorded is stamped by the true clock in any case.
/// Threads: any.
class PoolClock {
 public:
  explicit PoolClock(std::function<std::int64_t()> given) : m_given(std::move(given)) {}
  std::int64_t now() const { return m_given ? m_given() : monotonicNow(); } ///< ns
  /// The moment so much later; 0, never, where that is centuries away.
  std::int64_t after(std::chrono::nanoseconds time) const {
    const std::int64_t start = now(), ns = std::max<std::int64_t>(time.count(), 0);
    return ns > INT64_MAX / 2 - start ? 0 : start + ns;
  }
  /// Until when, in true time, to sleep for what is due at `due`. A given clock may jump: it is looked at again and
  /// again.
  std::chrono::steady_clock::time_point sleepUntil(std::int64_t due) const {
    const std::int64_t ns = !m_given ? due : monotonicNow() + (m_given() < due ? kLookNs : 0);
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(ns)); // the steady clock is CLOCK_MONOTONIC
  }
  static constexpr std::int64_t kLookNs = 1'000'000;
  bool isGiven() const { return static_cast<bool>(m_given); }

 private:
  const std::function<std::int64_t()> m_given;
};

} // namespace poolscope::detail
