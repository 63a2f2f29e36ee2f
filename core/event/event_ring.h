#pragma once

#include "core/base/clock.h"
#include "core/event/event.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
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
/// thread takes it over. Position p lies at p % kCapacity.
/// Order: a batch is `open` from before its stamp is taken until after its events are published; see event_log.cpp.
/// Threads: the producer's part: owner (the thread that has the ring). The drainer's part: whoever holds the drain
/// lock.
class EventRing {
 public:
  static constexpr std::uint64_t kCapacity = 1024; // × 48 bytes = 48 KiB, the power of two below 64 KiB
  static constexpr std::uint64_t kWakeAt = kCapacity / 2;

  EventRing() : m_slots(static_cast<Event*>(::operator new (kCapacity * sizeof(Event), std::align_val_t{64}))) {}
  ~EventRing() { ::operator delete (m_slots, std::align_val_t{64}); }
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
  void put(const Event& event, std::int64_t stamp) {
    Event* place = new (m_slots + (m_at & (kCapacity - 1))) Event(event);
    place->t = stamp;
    ++m_at;
  }
  void publish() { m_head.store(m_at, std::memory_order_release); }
  void close() { m_open.store(0, std::memory_order_release); }
  bool hasRoom(std::uint64_t count) const { return m_limit - m_at >= count; }
  /// Near the limit: finds out how far the drainer came and sets the next limit, which is the ring's half first and its
  /// end then. True when it is the end: the drainer should come now.
  bool raiseLimit(std::uint64_t count) {
    const std::uint64_t tail = m_tail.load(std::memory_order_acquire);
    const bool halfFull = m_at + count > tail + kWakeAt;
    m_limit = tail + (halfFull ? kCapacity : kWakeAt);
    return halfFull;
  }

  // The drainer's part.

  bool isOpen() const { return m_open.load(std::memory_order_acquire) != 0; }
  bool isOpenFenced() { return m_open.fetch_add(0, std::memory_order_seq_cst) != 0; }
  std::uint64_t head() const { return m_head.load(std::memory_order_acquire); }
  std::uint64_t tail() const { return m_tail.load(std::memory_order_relaxed); }
  const Event& at(std::uint64_t position) const { return m_slots[position & (kCapacity - 1)]; }
  void release(std::uint64_t upTo) { m_tail.store(upTo, std::memory_order_release); }
  std::int64_t lastReleasedStamp = INT64_MIN; ///< stamp of the event before tail

  std::atomic<bool> abandoned{false}; ///< set by its thread's end, cleared when another thread takes it over
  std::uint32_t number = 0;           ///< constant: the last part of the merge key

 private:
  // The producer's line.
  alignas(64) std::uint64_t m_at = 0; // next position to write
  std::uint64_t m_limit = kWakeAt;    // where it must look at the tail again
  std::int64_t m_last = INT64_MIN;    // last stamp
  Event* const m_slots;
  std::atomic<std::uint32_t> m_open{0}; // written by the producer, read by the drainer
  std::atomic<std::uint64_t> m_head{0}; // written by the producer: what is published
  // The drainer's line.
  alignas(64) std::atomic<std::uint64_t> m_tail{0}; // written by the drainer: what is free again
};

/// The calling thread's ring in the log it used last; `serial` tells whether that is the log in hand.
struct ThreadRing {
  std::uint64_t serial = 0; // of a log; logs count from 1
  EventRing* ring = nullptr;
};
extern constinit thread_local ThreadRing t_threadRing;

} // namespace poolscope
