#pragma once

#include "core/base/fork.h"
#include "core/base/ids.h"
#include "core/base/mutex.h"
#include "core/event/event.h"
#include "core/event/event_ring.h"
#include "core/event/recording.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace poolscope {

struct EventLogOptions {
  std::size_t recordingBytes = std::size_t{1}
                               << 30;            ///< bound of the Recording; beyond it events are dropped and counted
  std::chrono::microseconds drainInterval{4000}; ///< a quarter of a frame; each drain interrupts every producer
  bool startDrainer = true;                      ///< false: only drainNow() drains (tests, single-threaded tools)
};

/// Somebody who can tell his whole state anew, as a snapshot: a pool.
/// Threads: any thread.
class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;
  virtual void tellAnew() = 0; ///< appends SnapshotBegin … SnapshotEnd to the log it was added to
};

class EventLog;

/// What stays of a log when it has ended, for whoever may come later: a future whose result is read, a caller that
/// wakes up late. Made with its log; never freed, so a pointer to one stays valid.
/// Threads: any thread.
class LogLife {
 public:
  /// As EventLog::append(); nothing when the log has ended.
  void append(const Event& event, std::int64_t notBefore = 0);
  /// As EventLog::reserve().
  void reserve(std::size_t count);
  /// Calls use(log) while the log cannot end; nothing when it has. Not for every task: it takes a lock.
  template <class F> void withLog(F&& use) {
    if (!m_home.isHere()) return;
    MutexLock lock(m_mutex);
    if (EventLog* log = m_log.load(std::memory_order_relaxed)) use(*log);
  }

 private:
  friend class EventLog;
  LogLife(EventLog& log, std::uint64_t serial, bool fences);

  Mutex m_mutex{LockRank::Logs};
  std::atomic<EventLog*> m_log; // null once it has ended; written under the lock
  const std::uint64_t m_serial;
  const bool m_fences; // as LogSignals::producersFence
  const HomeProcess m_home;
  LogLife* m_before;   // all that ever were: nobody takes them for lost
};

/// The only crossing between threads: producers append to their own ring, one drainer merges the rings by stamp into
/// the Recording up to a safe watermark (the prose is in event_log.cpp).
///
/// Made and owned by the program; it must outlive every executor and server that was given it and every thread that
/// appends to it; who may come later does so through its LogLife. An executor without a log records nothing.
/// In a child that was forked it is dead: nothing is appended or drained, current() is null.
/// Order: causes precede effects, because a stamp is taken inside the critical section of the change (EventBatch).
/// Threads: any thread.
class EventLog {
 public:
  explicit EventLog(EventLogOptions options = {});
  ~EventLog(); ///< merges what was appended, then ends the drainer
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// The log that an executor uses unless its options name another; null until a program installs one.
  static EventLog* current();
  static void setCurrent(EventLog* log);

  /// Whether this is the process that made it, not a child that was forked from that.
  bool isHere() const { return m_home.isHere(); }

  PoolId newPool();
  TaskId newTask() { return TaskId{m_tasks.fetch_add(1, std::memory_order_relaxed) + 1}; }
  ClientId newClient();
  /// The text's id in recording().texts(); the same text has the same id. Takes a lock: never call it under a pool's.
  TextId intern(std::string_view text);

  const Recording& recording() const;
  /// Merges everything appended before the call (by any thread that is not inside an EventBatch); returns the count
  /// of the recording then. May block: a few µs, or as long as a thread inside a batch is kept from the CPU. Not for
  /// the GUI thread, nor inside a batch.
  std::uint64_t drainNow();
  /// Has every pool tell its state anew, for a reader who begins late. After a loss of events the log does so itself,
  /// as soon as its recording takes events again. Not inside a batch, nor under a pool's lock.
  void askForSnapshots();
  /// The recording's new bound; a greater one lets a full recording go on, after a Dropped event and with snapshots.
  void setRecordingBytes(std::size_t bytes);
  void addSource(SnapshotSource& source); ///< borrowed until removeSource(), which may wait for its tellAnew()
  void removeSource(SnapshotSource& source);
  /// Becomes readable (eventfd) when something was merged; the reader clears it by reading. For one observer.
  int notifyFd() const;
  LogLife& life() const { return m_life; }
  std::size_t ringCount() const; ///< rings made so far: one a thread that appends at the same time

  /// The calling thread's ring has room for `count` events (at most 64): call before taking a lock, so that no drain
  /// happens under it.
  void reserve(std::size_t count) {
    if (EventRing* mine = ring(); mine != nullptr && !mine->hasRoom(count)) [[unlikely]]
      makeRoom(*mine, count);
  }
  /// One event on its own: stamped max(clock, last of this ring, notBefore). Returns the stamp in ticks.
  std::int64_t append(Event event, std::int64_t notBefore = 0);

 private:
  friend class EventBatch;
  friend class LogLife;
  struct Impl;
  EventRing* ring() { return t_threadRing.serial == m_serial ? t_threadRing.ring : findRing(); }
  EventRing* findRing(); // null when the thread is past its end
  void makeRoom(EventRing& ring, std::size_t count);
  void wakeDrainer();

  const HomeProcess m_home;
  const std::uint64_t m_serial; // no other log of the process has it: tells a thread whether its ring is of this log
  LogSignals m_signals;
  LogLife& m_life;
  std::unique_ptr<Impl> m_impl;
  alignas(64) std::atomic<std::uint64_t> m_tasks{0}; // ids given so far, by any thread
};

/// Some events with one stamp, written to the calling thread's ring while the critical section of their change is open:
///   MutexLock lock(m_mutex); EventBatch batch(m_log, m_lastStamp); batch.add(e); … m_lastStamp = batch.stamp();
/// All adds are published when the batch ends. With a null log it does nothing at the cost of one branch.
/// If the ring is full, add() publishes, helps to drain and takes a new, later stamp.
/// Threads: owner (a local of one thread); never two at a time in one thread.
class EventBatch {
 public:
  explicit EventBatch(EventLog* log, std::int64_t notBefore = 0) : m_log(log), m_stamp(notBefore) {
    if (log == nullptr) return;
    m_ring = log->ring();
    if (m_ring == nullptr) [[unlikely]]
      return;
    m_ring->open(log->m_signals.producersFence);
    m_stamp = m_ring->stamp(notBefore);
  }
  ~EventBatch() {
    if (m_ring == nullptr) return;
    m_ring->publish();
    m_ring->close();
    if (m_log->m_signals.drainerSleeps.load(std::memory_order_relaxed)) [[unlikely]]
      m_log->wakeDrainer();
  }
  EventBatch(const EventBatch&) = delete;
  EventBatch& operator=(const EventBatch&) = delete;

  bool enabled() const { return m_ring != nullptr; }
  std::int64_t stamp() const { return m_stamp; } ///< ticks; `notBefore` when not enabled
  /// event.t is set to the stamp.
  void add(const Event& event) {
    if (Event* place = addBlank()) *place = event, place->t = m_stamp;
  }
  /// An event that is blank but for its stamp, to be filled in its place before the batch goes on; null when not
  /// enabled. For what comes a million times a second: no copy.
  Event* addBlank() {
    if (m_ring == nullptr) {
      if (m_log != nullptr) [[unlikely]]
        addNowhere();
      return nullptr;
    }
    if (!m_ring->hasRoom(1)) [[unlikely]]
      makeRoom();
    return m_ring->addBlank(m_stamp);
  }

 private:
  void addNowhere();
  void makeRoom();

  EventLog* m_log;
  EventRing* m_ring = nullptr;
  std::int64_t m_stamp;
};

} // namespace poolscope
