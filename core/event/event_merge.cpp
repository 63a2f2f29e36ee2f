#include "core/event/event_merge.h"

#include "core/base/syscall.h"

#include <algorithm>
#include <new>

namespace poolscope {

namespace {

/// Processors' counters agree far better than this, and a stamp taken after the barrier is later than it.
constexpr std::int64_t kWatermarkSlackNs = 1000;
constexpr std::int64_t kClockSyncEveryNs = 10'000'000'000;

} // namespace

bool EventMerge::before(const Source& a, const Source& b) {
  if (a.t != b.t) return a.t < b.t;
  if (a.order != b.order) return a.order < b.order;
  return a.ring->number < b.ring->number;
}

void EventMerge::setWatermark(bool all) {
  m_watermark = all ? INT64_MAX : TickClock::now() - m_converter.fromNs(kWatermarkSlackNs);
  if (!all && !m_fences) processBarrier();
}

/// Fills m_sources with what may be merged now: first how far each ring is published and how far the watermark allows,
/// then each ring's part below it.
void EventMerge::collect(std::span<const std::shared_ptr<EventRing>> rings) {
  std::int64_t watermark = m_watermark;
  m_sources.clear();
  for (const auto& ring : rings) {
    const bool open = m_fences ? ring->isOpenFenced() : ring->isOpen(); // before the head: a closed batch is published
    const std::uint64_t tail = ring->tail(), head = ring->head();
    if (open && m_watermark != INT64_MAX) {
      // What the open batch will publish is stamped at or after the ring's last published event.
      const std::int64_t last = head != tail ? ring->at(head - 1).t : ring->lastReleasedStamp;
      watermark = std::min(watermark, last == INT64_MIN ? last : last - 1);
    }
    if (head != tail) m_sources.push_back({0, 0, ring.get(), tail, head});
  }
  for (Source& source : m_sources) {
    const EventRing& ring = *source.ring;
    if (ring.at(source.end - 1).t > watermark) {
      std::uint64_t low = source.position, high = source.end;
      while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        (ring.at(middle).t <= watermark ? low : high) = ring.at(middle).t <= watermark ? middle + 1 : middle;
      }
      source.end = low;
    }
    source.t = ring.at(source.position).t, source.order = ring.at(source.position).order;
  }
  std::erase_if(m_sources, [](const Source& source) { return source.position == source.end; });
  std::make_heap(m_sources.begin(), m_sources.end(), [](const Source& a, const Source& b) { return before(b, a); });
}

/// The root was advanced: brings the least source back to the root.
void EventMerge::siftDown() {
  const std::size_t count = m_sources.size();
  const Source moved = m_sources.front();
  std::size_t hole = 0;
  for (;;) {
    std::size_t child = 2 * hole + 1;
    if (child >= count) break;
    if (child + 1 < count && before(m_sources[child + 1], m_sources[child])) ++child;
    if (!before(m_sources[child], moved)) break;
    m_sources[hole] = m_sources[child];
    hole = child;
  }
  m_sources[hole] = moved;
}

void EventMerge::syncClocks(std::int64_t firstTicks) {
  m_converter.sync(m_reachedTicks);
  const std::int64_t t = std::max(m_converter.toNs(firstTicks), m_lastNs);
  if (t < m_nextClockSync) return;
  m_nextClockSync = t + kClockSyncEveryNs;
  Event sync;
  sync.kind = EventKind::ClockSync;
  sync.t = t;
  sync.task = static_cast<std::uint64_t>(firstTicks);
  sync.setAb(t + boottimeNow() - monotonicNow());
  m_recording.append(sync);
}

void EventMerge::tellDropped(std::uint64_t count) {
  Event event;
  event.kind = EventKind::Dropped;
  event.t = m_lastNs == INT64_MIN ? monotonicNow() : m_lastNs;
  event.setCd(static_cast<std::int64_t>(count));
  if (m_lastNs == INT64_MIN) m_lastNs = event.t;
  m_recording.append(event);
  m_recording.publish();
}

/// Copies events of the source up to `end` into the recording; what it cannot take is counted as dropped.
void EventMerge::copy(const Source& source, std::uint64_t end) {
  std::uint64_t position = source.position;
  while (position < end) {
    const std::span<Event> room = m_recording.room();
    const std::size_t count = std::min<std::uint64_t>(room.size(), end - position);
    if (count == 0) return m_recording.countDropped(end - position);
    std::int64_t last = m_lastNs;
    for (std::size_t i = 0; i < count; ++i) {
      Event* event = new (&room[i]) Event(source.ring->at(position + i));
      last = std::max(last, m_converter.toNs(event->t)); // processors' counters that disagreed must not make time fall
      event->t = last;
    }
    m_lastNs = last;
    m_recording.appended(count);
    position += count;
  }
}

/// Takes from the source everything that comes before `next` (null: all of it).
std::uint64_t EventMerge::takeRun(Source& source, const Source* next) {
  std::uint64_t end = source.position + 1;
  if (next == nullptr) {
    end = source.end;
  } else {
    for (; end < source.end; ++end) {
      const Event& event = source.ring->at(end);
      if (event.t > next->t || (event.t == next->t && event.order >= next->order)) break;
    }
  }
  copy(source, end);
  const std::uint64_t taken = end - source.position;
  m_reachedTicks = source.ring->at(end - 1).t;
  source.ring->lastReleasedStamp = m_reachedTicks;
  source.position = end;
  if (end < source.end) source.t = source.ring->at(end).t, source.order = source.ring->at(end).order;
  source.ring->release(end);
  return taken;
}

std::uint64_t EventMerge::merge(std::span<const std::shared_ptr<EventRing>> rings) {
  collect(rings);
  if (m_sources.empty()) return 0;
  syncClocks(m_sources.front().t);
  std::uint64_t taken = 0;
  while (!m_sources.empty()) {
    const Source* next = nullptr;
    if (m_sources.size() == 2)
      next = &m_sources[1];
    else if (m_sources.size() > 2)
      next = before(m_sources[2], m_sources[1]) ? &m_sources[2] : &m_sources[1];
    taken += takeRun(m_sources.front(), next);
    if (m_sources.front().position == m_sources.front().end) {
      m_sources.front() = m_sources.back();
      m_sources.pop_back();
      if (m_sources.empty()) break;
    }
    siftDown();
  }
  m_recording.publish();
  return taken;
}

} // namespace poolscope
