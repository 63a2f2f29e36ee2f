#pragma once

#include "core/base/clock.h"
#include "core/event/event_ring.h"
#include "core/event/recording.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace poolscope {

/// Merges rings by stamp into a Recording, up to a watermark that no event can come in before any more.
///
/// Made and owned by an EventLog; borrows its Recording. Finds out the watermark, merges run by run, turns ticks into
/// nanoseconds and puts a ClockSync before the first event and then every ten seconds with the next one.
/// Threads: owner (whoever holds the log's drain lock).
class EventMerge {
 public:
  /// `fences`: producers pay for a fence each, because the kernel has no process-wide barrier.
  EventMerge(Recording& recording, bool fences) : m_recording(recording), m_fences(fences) {}

  /// The first half of a drain: a thread that takes its ring after this stamps after the watermark, so the caller lists
  /// the rings now and not before. `all`: no producer lives any more, so there is none.
  void setWatermark(bool all = false);
  /// The second half; returns how many events it took out of the rings.
  std::uint64_t merge(std::span<const std::shared_ptr<EventRing>> rings);
  /// Says that events were lost before those that are merged next.
  void tellDropped(std::uint64_t count);

 private:
  struct Source {
    std::int64_t t;
    std::uint64_t order;
    EventRing* ring;
    std::uint64_t position, end;
  };
  static bool before(const Source& a, const Source& b);
  void collect(std::span<const std::shared_ptr<EventRing>> rings);
  void siftDown();
  std::uint64_t takeRun(Source& source, const Source* next);
  void copy(const Source& source, std::uint64_t end);
  void syncClocks(std::int64_t firstTicks);

  Recording& m_recording;
  const bool m_fences;
  TickConverter m_converter;
  std::vector<Source> m_sources;        // a heap while merging
  std::int64_t m_watermark = INT64_MIN; // ticks; no event up to it is still on its way, but from an open batch
  std::int64_t m_reachedTicks = INT64_MIN;
  std::int64_t m_lastNs = INT64_MIN;
  std::int64_t m_nextClockSync = INT64_MIN; // ns
};

} // namespace poolscope
