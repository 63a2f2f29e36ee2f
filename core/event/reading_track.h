#pragma once

#include "core/base/chunked_vector.h"

#include <cstdint>
#include <optional>

namespace poolscope {

class WorkerLane;

/// How much of a stretch of time was used, as far as it is known; both in ns, or worker × ns.
struct TimeUse {
  double used = 0;
  double known = 0;  ///< the part of the stretch that the readings tell of
  double length = 0; ///< of the stretch
  /// Of the known part, when that is a quarter at least: less is no picture of the whole.
  std::optional<double> share() const {
    return known > 0 && known * 4 >= length ? std::optional(used / known) : std::nullopt;
  }
  TimeUse& operator+=(const TimeUse& other) {
    used += other.used, known += other.known, length += other.length;
    return *this;
  }
};

/// What a growing counter of the workers in one slot said, and when: their processor time, or their time without a
/// processor.
///
/// A reading says how much the counter has grown since the one before, not when. A worker without a task, and one that
/// is blocked, uses nothing; so the growth lies evenly on the time in which the lane was computing. Where it is more
/// than that, as of callbacks between two tasks, it lies just before the reading. After the last reading nothing is
/// known, but for who is watched from outside (kSampledOutside): silence then means that nothing moved, except in the
/// last kFreshNs.
/// Append-only: what was between two readings is never different later. Threads: owner.
class ReadingTrack {
 public:
  static constexpr std::int64_t kFreshNs = 100'000'000; ///< two looks of a sampler

  /// A worker begins in the slot: at t its counter was 0, or (of one that began before the record) nobody knows what.
  void begin(std::int64_t t, bool fromZero);
  void end() { m_alive = false; } ///< the worker has ended: what comes late is not of the next one
  /// At t the counter stood at `counter`. `most`: what it cannot have grown by, and then it is another worker's.
  void add(std::int64_t t, std::int64_t counter, bool outside, std::int64_t most = INT64_MAX);
  /// How much it grew within [begin, end) on the lane that it belongs to. O(log n).
  TimeUse within(const WorkerLane& lane, std::int64_t begin, std::int64_t end) const;
  bool empty() const { return m_empty; } ///< nobody ever read the counter
  std::int64_t lastTime() const { return m_readings.empty() ? INT64_MIN : m_readings.back().t; }

 private:
  struct Reading {
    std::int64_t t;
    std::int64_t sum; // over all workers of the slot
  };
  double sumAt(const WorkerLane& lane, std::int64_t t) const;

  ChunkedVector<Reading, 6> m_readings; // t ascends
  std::int64_t m_counter = 0;           // as this worker's last reading said
  bool m_empty = true, m_alive = false, m_counterKnown = false, m_outside = false;
};

} // namespace poolscope
