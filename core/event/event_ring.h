#pragma once

#include "core/base/clock.h"
#include "core/base/pages.h"
#include "core/event/event.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace poolscope {

/// What the producers of one log look at on each batch, apart from their own ring. Written rarely, so it stays in every
/// core's cache. Threads: any thread.
struct alignas(64) LogSignals {
  std::atomic<bool> drainerSleeps{
      false};                  // the drainer sets it before a long sleep; the first batch after that wakes it
  bool producersFence = false; // constant: the kernel has no process-wide barrier, so the producers pay for it
};

/// One thread's events on their way to the drainer: a single-producer, single-consumer ring.
///
/// Made by the log at a thread's first event; after the thread has ended and its last event was merged, the next new
/// thread takes it over. It begins small, for most threads tell little, and grows once, when its thread fills half of
/// it between two drains. Position p lies at p % capacity.
/// Order: a batch is `open` from before its stamp is taken until after its events are published; see event_log.cpp.
/// Threads: the producer's part: owner (the thread that has the ring). The drainer's part: whoever holds the drain
/// lock.
class EventRing {
 public:
  static constexpr std::uint64_t kFirstCapacity = 256; // × 48 bytes = three pages
  static constexpr std::uint64_t kMostCapacity = 8192; // 384 KiB: room for 4 ms at two million events a second

  EventRing() {
    if (!take(kFirstCapacity)) throw std::bad_alloc();
  }
  ~EventRing() { m_pages.free(); }
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;

  // The producer's part.

  void open(bool fence) {
    if (fence) [[unlikely]]
      m_open.exchange(1, std::memory_order_seq_cst);
    else
      m_open.store(1, std::memory_order_relaxed);
    // The compiler must not take the stamp first; the processor's part is the drainer's barrier.
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  std::int64_t stamp(std::int64_t notBefore) {
    std::int64_t now = TickClock::now();
    now = now < m_last ? m_last : now;
    now = now < notBefore ? notBefore : now;
    m_last = now;
    return now;
  }
  /// The next event, blank but for its stamp; hasRoom() before.
  Event* addBlank(std::int64_t stamp) {
    Event* place = new (m_slots + (m_at & m_mask)) Event;
    place->t = stamp;
    ++m_at;
    // The drainer's processor has the places ahead, as it read them a lap ago. Without this the next locked instruction
    // waits until they came over, perhaps with a pool's lock held.
    prefetchForWriting(m_slots + ((m_at + kAhead) & m_mask));
    return place;
  }
  void publish() { m_head.store(m_at, std::memory_order_release); }
  void close() { m_open.store(0, std::memory_order_release); }
  bool hasRoom(std::uint64_t count) const { return m_limit - m_at >= count; }
  /// Near the limit: finds out how far the drainer came and sets the next limit, which is the ring's half first and its
  /// end then. True when it is the end: the drainer should come now, or the ring grow.
  bool raiseLimit(std::uint64_t count) {
    const std::uint64_t tail = m_tail.load(std::memory_order_acquire), half = (m_mask + 1) / 2;
    const bool halfFull = m_at + count > tail + half;
    m_limit = tail + (halfFull ? 2 * half : half);
    return halfFull;
  }
  bool mayGrow() const { return m_mask + 1 < kMostCapacity; }
  /// By the producer outside any batch, with the drain lock held too, so that nobody reads meanwhile. Without memory it
  /// stays as it is.
  void grow() {
    const Pages before = m_pages;
    if (!take(kMostCapacity)) return;
    Pages::populate(m_slots, kMostCapacity * sizeof(Event)); // a fault now and then would be worse
    const auto* slots = static_cast<const Event*>(before.data);
    for (std::uint64_t position = tail(); position != m_at; ++position)
      new (m_slots + (position & m_mask)) Event(slots[position & (kFirstCapacity - 1)]);
    before.free();
  }

  // The drainer's part.

  bool isOpen() const { return m_open.load(std::memory_order_acquire) != 0; }
  bool isOpenFenced() { return m_open.fetch_add(0, std::memory_order_seq_cst) != 0; }
  std::uint64_t head() const { return m_head.load(std::memory_order_acquire); }
  std::uint64_t tail() const { return m_tail.load(std::memory_order_relaxed); }
  const Event& at(std::uint64_t position) const { return m_slots[position & m_mask]; }
  void release(std::uint64_t upTo) { m_tail.store(upTo, std::memory_order_release); }
  std::int64_t lastReleasedStamp = INT64_MIN; ///< stamp of the event before tail

  std::atomic<bool> abandoned{false}; ///< set by its thread's end, cleared when another thread takes it over
  std::uint32_t number = 0;           ///< constant: the last part of the merge key

 private:
  static constexpr std::uint64_t kAhead = 7; // 336 bytes: some tasks' time
  static void prefetchForWriting(const Event* place) {
#if defined(__x86_64__)
    asm volatile("prefetchw %0" : : "m"(*place)); // the builtin would only ask for reading
#else
    __builtin_prefetch(place, 1);
#endif
  }
  bool take(std::uint64_t capacity) {
    const Pages pages = Pages::lazy(capacity * sizeof(Event));
    if (pages.data == nullptr) return false;
    m_pages = pages, m_slots = static_cast<Event*>(pages.data), m_mask = capacity - 1;
    return true;
  }

  // The producer's line.
  alignas(64) std::uint64_t m_at = 0;         // next position to write
  std::uint64_t m_limit = kFirstCapacity / 2; // where it must look at the tail again
  std::int64_t m_last = INT64_MIN;            // last stamp
  Event* m_slots = nullptr;                   // in m_pages; changed by grow(), as is the next
  std::uint64_t m_mask = 0;                   // capacity - 1
  std::atomic<std::uint32_t> m_open{0};       // written by the producer, read by the drainer
  std::atomic<std::uint64_t> m_head{0};       // written by the producer: what is published
  // The drainer's line.
  alignas(64) std::atomic<std::uint64_t> m_tail{0}; // written by the drainer: what is free again
  Pages m_pages;                                    // whose the slots are
};

/// The calling thread's ring in the log it used last; `serial` tells whether that is the log in hand.
struct ThreadRing {
  std::uint64_t serial = 0; // of a log; logs count from 1
  EventRing* ring = nullptr;
};
extern constinit thread_local ThreadRing t_threadRing;

} // namespace poolscope
