// How events cross from the threads that make them to the one place where they are kept.
//
// Each producing thread has a ring. It opens a batch (one flag), takes the stamp, writes, publishes its head, closes
// the flag: no lock, no fence, no shared line but one that is hardly ever written. The stamp is taken inside the
// critical section of the change it tells, so a cause has a smaller stamp than its effect, whatever ring either lies
// in. What is left to do is to merge the rings by stamp without ever merging an event before a smaller one that is
// still on its way.
//
// The watermark. The drainer reads the clock less 1 µs as n, then makes every running thread of the process pass a full
// barrier (membarrier). A producer that had opened its batch before the barrier is now seen as open, or as closed with
// its events published; one that opens it after the barrier takes a stamp after n. So everything with a stamp up to n
// is published, except what open batches will publish, and that is stamped at or after the last event of their own
// ring. The rings are listed after the barrier too, for a thread that takes its first ring later stamps after n. An
// idle ring holds nothing back; a thread that lost its CPU inside a batch delays the merge and cannot reorder it.
//
// A full ring. Whoever finds his ring full closes his batch (so that he does not wait for himself), drains, opens it
// again and takes a new stamp. He may hold a pool's lock then, but no thread ever waits for a lock with an open batch,
// and the drain takes no pool's lock: so the open batches he may have to wait for are always on their way to their end.
// reserve() before the lock makes it rare. A ring that is half full grows, the first time, and then wakes the drainer
// early.
//
// Sleep. The drainer looks every 4 ms while events come, and after 20 ms without one it sleeps until a producer wakes
// it: it sets `drainerSleeps`, passes the same barrier and looks at the rings once more, so a producer either sees the
// flag after publishing or is seen. An idle program therefore does nothing at all.
//
// Deliberately not done: no fold and no pyramid here, they lie with the reader (resources/docs/decisions/0002); no
// dropping in a ring, only at the recording's bound.

#include "core/event/event_log.h"

#include "core/base/mutex.h"
#include "core/base/pages.h"
#include "core/base/syscall.h"
#include "core/base/system_calls.h"
#include "core/base/unique_fd.h"
#include "core/event/event_merge.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace poolscope {

constinit thread_local ThreadRing t_threadRing;

namespace {

std::atomic<EventLog*> g_current{nullptr}; // written by setCurrent()
std::atomic<std::uint64_t> g_serials{0};   // logs made so far
thread_local bool t_threadEnded = false;

/// The rings of one thread in all logs; its end leaves them to the next thread.
struct ThreadRings {
  struct Entry {
    std::uint64_t serial;
    std::shared_ptr<EventRing> ring;
  };
  std::vector<Entry> entries;

  ~ThreadRings() {
    t_threadEnded = true;
    t_threadRing = {};
    for (const Entry& entry : entries)
      entry.ring->abandoned.store(true, std::memory_order_release);
  }
};

ThreadRings& threadRings() {
  thread_local ThreadRings rings;
  return rings;
}

std::chrono::steady_clock::time_point after(std::chrono::microseconds span) {
  return std::chrono::steady_clock::now() + span;
}

} // namespace

struct EventLog::Impl {
  Impl(const EventLogOptions& o, bool fences) : options(o), recording(o.recordingBytes), merge(recording, fences) {}

  const EventLogOptions options;
  Recording recording;
  Mutex drainMutex{LockRank::Drain};
  EventMerge merge GUARDED_BY(drainMutex);
  std::vector<std::shared_ptr<EventRing>> draining GUARDED_BY(drainMutex); // `rings` as the drain last saw them

  Mutex ringsMutex{LockRank::Leaf};
  std::vector<std::shared_ptr<EventRing>> rings GUARDED_BY(ringsMutex); // of living threads, or not yet empty
  std::vector<std::shared_ptr<EventRing>> freeRings GUARDED_BY(ringsMutex);
  std::uint32_t ringCount GUARDED_BY(ringsMutex) = 0;
  std::atomic<std::uint64_t> ringsVersion{0}; // grows with each change of `rings`, under its lock
  std::uint64_t drainingVersion GUARDED_BY(drainMutex) = UINT64_MAX;

  std::uint64_t toldDropped GUARDED_BY(drainMutex) = 0; // losses that the recording knows of
  std::atomic<bool> snapshotsDue{false};                // set by a drain that told of a loss

  Mutex sourcesMutex{LockRank::Pools};
  std::vector<SnapshotSource*> sources GUARDED_BY(sourcesMutex); // borrowed until removeSource()

  std::atomic<std::uint32_t> pools{0}, clients{0}; // ids given so far, by any thread
  std::atomic<std::uint32_t> wakes{0};             // the drainer sleeps on it; whoever wakes it counts up
  std::atomic<bool> nudged{false};                 // set by a producer with a half-full ring, cleared by the drainer
  std::atomic<bool> stop{false};                   // set by the destructor
  UniqueFd notify{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::thread drainer;

  std::uint64_t drainLocked(bool all = false) REQUIRES(drainMutex);
  void recycleLocked() REQUIRES(drainMutex);
  void tellLossLocked() REQUIRES(drainMutex);
  void askForSnapshots();
  bool anythingLeftLocked() REQUIRES(drainMutex);
  std::uint64_t drain();
  void prepareMemory();
  void wake();
  void tellObserver();
  void runDrainer(LogSignals& signals);
  void sleepUntilWoken(LogSignals& signals);
};

std::uint64_t EventLog::Impl::drainLocked(bool all) {
  merge.setWatermark(all);
  // After the watermark: a ring that is not listed yet then holds nothing before it. (As an addition of 0, the look is
  // ordered after the watermark also where the producers pay for the fence.)
  if (const auto version = ringsVersion.fetch_add(0, std::memory_order_seq_cst); version != drainingVersion) {
    MutexLock lock(ringsMutex);
    draining = rings;
    drainingVersion = ringsVersion.load(std::memory_order_relaxed);
  }
  tellLossLocked();
  const std::uint64_t taken = merge.merge(draining);
  recycleLocked();
  return taken;
}

/// Events were lost, and the recording takes events again: what follows is worth little without snapshots.
void EventLog::Impl::tellLossLocked() {
  const std::uint64_t dropped = recording.dropped();
  if (dropped == toldDropped || recording.room().empty()) return;
  merge.tellDropped(dropped - toldDropped);
  toldDropped = dropped;
  snapshotsDue.store(true, std::memory_order_release);
}

void EventLog::Impl::askForSnapshots() {
  MutexLock lock(sourcesMutex);
  for (SnapshotSource* source : sources)
    source->tellAnew();
}

/// Rings whose thread has ended and whose last event was merged are free for new threads.
void EventLog::Impl::recycleLocked() {
  const auto finished = [](const std::shared_ptr<EventRing>& ring) {
    return ring->abandoned.load(std::memory_order_acquire) && ring->head() == ring->tail();
  };
  if (std::none_of(draining.begin(), draining.end(), finished)) return;
  MutexLock lock(ringsMutex);
  for (const auto& ring : draining) {
    if (!finished(ring)) continue;
    std::erase(rings, ring);
    freeRings.push_back(ring);
  }
  ringsVersion.fetch_add(1, std::memory_order_release);
}

bool EventLog::Impl::anythingLeftLocked() {
  MutexLock lock(ringsMutex);
  return std::any_of(rings.begin(), rings.end(), [](const auto& ring) { return ring->head() != ring->tail(); });
}

std::uint64_t EventLog::Impl::drain() {
  MutexLock lock(drainMutex);
  return drainLocked();
}

/// Without the lock: a huge page takes the kernel 0.1 to 3 ms, and whoever finds his ring full waits for the lock.
void EventLog::Impl::prepareMemory() {
  std::span<std::byte> memory;
  {
    MutexLock lock(drainMutex);
    memory = recording.toPrepare();
  }
  if (!memory.empty()) Pages::populate(memory.data(), memory.size());
}

void EventLog::Impl::wake() {
  wakes.fetch_add(1, std::memory_order_release);
  futexWake(wakes, 1);
}

void EventLog::Impl::tellObserver() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(notify.get(), &one, sizeof one)); // full: it is readable already
}

/// Sleeps without a deadline, unless something was published before producers could see the flag.
void EventLog::Impl::sleepUntilWoken(LogSignals& signals) {
  const std::uint32_t before = wakes.load(std::memory_order_acquire);
  signals.drainerSleeps.store(true, std::memory_order_seq_cst);
  processBarrier();
  bool sleep = !stop.load(std::memory_order_acquire);
  if (sleep) {
    MutexLock lock(drainMutex);
    sleep = !anythingLeftLocked();
  }
  if (sleep) futexWait(wakes, before);
  signals.drainerSleeps.store(false, std::memory_order_relaxed);
}

void EventLog::Impl::runDrainer(LogSignals& signals) {
  constexpr std::chrono::microseconds kIdleBeforeSleep{20'000};
  std::uint64_t told = 0;
  auto idleSince = std::chrono::steady_clock::now();
  while (!stop.load(std::memory_order_acquire)) {
    const std::uint32_t before = wakes.load(std::memory_order_acquire);
    nudged.store(false, std::memory_order_relaxed);
    drain();
    prepareMemory();
    if (snapshotsDue.exchange(false, std::memory_order_acquire)) askForSnapshots();
    if (recording.size() != told) { // by us, or by a producer that helped
      told = recording.size();
      tellObserver();
      idleSince = std::chrono::steady_clock::now();
    }
    if (!signals.producersFence && std::chrono::steady_clock::now() - idleSince > kIdleBeforeSleep) {
      sleepUntilWoken(signals);
      idleSince = std::chrono::steady_clock::now();
    } else {
      futexWait(wakes, before, after(options.drainInterval));
    }
  }
}

LogLife::LogLife(EventLog& log, std::uint64_t serial, bool fences) : m_log(&log), m_serial(serial), m_fences(fences) {
  static std::atomic<LogLife*> last{nullptr};
  m_before = last.load();
  while (!last.compare_exchange_weak(m_before, this)) {
  }
}

/// Opens before it looks whether the log lives: ~EventLog takes the log away first, then waits for whoever is open.
void LogLife::append(const Event& event, std::int64_t notBefore) {
  if (t_threadRing.serial == m_serial) {
    EventRing& ring = *t_threadRing.ring; // the thread holds it, also beyond its log
    ring.open(m_fences);
    EventLog* const log = m_log.load(std::memory_order_seq_cst);
    const bool fits = log && ring.hasRoom(1);
    if (fits) {
      Event& place = *ring.addBlank(ring.stamp(notBefore == 0 ? 0 : notBefore + 1));
      const std::int64_t stamp = place.t;
      place = event, place.t = stamp;
      ring.publish();
      if (log->m_signals.drainerSleeps.load(std::memory_order_relaxed)) [[unlikely]]
        log->wakeDrainer();
    }
    ring.close();
    if (fits || !log) return;
  }
  withLog([&](EventLog& log) { log.append(event, notBefore); });
}

void LogLife::reserve(std::size_t count) {
  if (t_threadRing.serial == m_serial && t_threadRing.ring->hasRoom(count)) return;
  withLog([&](EventLog& log) { log.reserve(count); });
}

EventLog::EventLog(EventLogOptions options)
    : m_serial(g_serials.fetch_add(1) + 1), m_life(*new LogLife(*this, m_serial, !registerProcessBarrier())) {
  m_signals.producersFence = m_life.m_fences;
  m_impl = std::make_unique<Impl>(options, m_signals.producersFence);
  if (!options.startDrainer) return;
  m_impl->drainer = makeServiceThread("poolscope-drain", [this] { m_impl->runDrainer(m_signals); });
}

EventLog::~EventLog() {
  if (!isHere()) {
    static_cast<void>(m_impl.release()); // its thread and what that holds are the parent's
    return;
  }
  EventLog* self = this;
  g_current.compare_exchange_strong(self, nullptr);
  {
    MutexLock lock(m_life.m_mutex);
    m_life.m_log.store(nullptr, std::memory_order_seq_cst);
  }
  if (!m_life.m_fences) processBarrier();
  {
    MutexLock lock(m_impl->ringsMutex);
    for (const auto& ring : m_impl->rings)
      while (m_life.m_fences ? ring->isOpenFenced() : ring->isOpen())
        ::sched_yield();
  }
  if (m_impl->drainer.joinable()) {
    m_impl->stop.store(true, std::memory_order_release);
    m_impl->wake();
    m_impl->drainer.join();
  }
  MutexLock lock(m_impl->drainMutex);
  m_impl->drainLocked(true);
}

/// A child has the thread that forked and none of the others: what they hold, it would wait for in vain.
[[maybe_unused]] const bool g_deadInForks = (onForkInChild([] {
                                               g_current.store(nullptr, std::memory_order_relaxed);
                                               t_threadRing = {};
                                             }),
                                             true);

EventLog* EventLog::current() {
  return g_current.load(std::memory_order_acquire);
}

void EventLog::setCurrent(EventLog* log) {
  g_current.store(log, std::memory_order_release);
}

PoolId EventLog::newPool() {
  return PoolId{m_impl->pools.fetch_add(1, std::memory_order_relaxed) + 1};
}

ClientId EventLog::newClient() {
  return ClientId{m_impl->clients.fetch_add(1, std::memory_order_relaxed) + 1};
}

TextId EventLog::intern(std::string_view text) {
  if (!isHere()) return {};
  return m_impl->recording.texts().intern(text);
}

const Recording& EventLog::recording() const {
  return m_impl->recording;
}

int EventLog::notifyFd() const {
  return m_impl->notify.get();
}

std::size_t EventLog::ringCount() const {
  if (!isHere()) return 0;
  MutexLock lock(m_impl->ringsMutex);
  return m_impl->ringCount;
}

void EventLog::askForSnapshots() {
  if (isHere()) m_impl->askForSnapshots();
}

void EventLog::setRecordingBytes(std::size_t bytes) {
  if (!isHere()) return;
  {
    MutexLock lock(m_impl->drainMutex);
    m_impl->recording.setMaxBytes(bytes);
  }
  m_impl->wake();
}

void EventLog::addSource(SnapshotSource& source) {
  if (!isHere()) return;
  MutexLock lock(m_impl->sourcesMutex);
  m_impl->sources.push_back(&source);
}

void EventLog::removeSource(SnapshotSource& source) {
  if (!isHere()) return;
  MutexLock lock(m_impl->sourcesMutex);
  std::erase(m_impl->sources, &source);
}

std::uint64_t EventLog::drainNow() {
  if (!isHere()) return recording().size();
  m_impl->drain();
  if (m_impl->snapshotsDue.exchange(false, std::memory_order_acquire)) m_impl->askForSnapshots();
  std::vector<std::pair<std::shared_ptr<EventRing>, std::uint64_t>> wanted;
  {
    MutexLock lock(m_impl->ringsMutex);
    for (const auto& ring : m_impl->rings)
      if (const std::uint64_t head = ring->head(); head != ring->tail()) wanted.emplace_back(ring, head);
  }
  for (;;) {
    // The watermark lies 1 µs behind the clock, so the newest events come with the second turn.
    m_impl->drain();
    std::erase_if(wanted, [](const auto& want) { return want.first->tail() >= want.second; });
    if (wanted.empty()) break;
    ::sched_yield();
  }
  m_impl->tellObserver();
  return m_impl->recording.size();
}

EventRing* EventLog::findRing() {
  if (!isHere()) return nullptr;
  if (t_threadEnded) return nullptr;
  auto& entries = threadRings().entries;
  std::erase_if(entries, [](const auto& entry) { return entry.ring.use_count() == 1; }); // of logs that are gone
  const auto known = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.serial == m_serial; });
  if (known != entries.end()) {
    t_threadRing = {m_serial, known->ring.get()};
    return t_threadRing.ring;
  }
  std::shared_ptr<EventRing> ring;
  {
    MutexLock lock(m_impl->ringsMutex);
    if (!m_impl->freeRings.empty()) {
      ring = std::move(m_impl->freeRings.back());
      m_impl->freeRings.pop_back();
      ring->abandoned.store(false, std::memory_order_relaxed);
    } else {
      ring = std::make_shared<EventRing>();
      ring->number = ++m_impl->ringCount;
    }
    m_impl->rings.push_back(ring);
    m_impl->ringsVersion.fetch_add(1, std::memory_order_release);
  }
  t_threadRing = {m_serial, ring.get()};
  entries.push_back({m_serial, std::move(ring)});
  return t_threadRing.ring;
}

/// A producer, outside any batch, finds too little room below its limit.
void EventLog::makeRoom(EventRing& ring, std::size_t count) {
  bool halfFull = ring.raiseLimit(count);
  if (halfFull && ring.mayGrow()) {
    MutexLock lock(m_impl->drainMutex);
    ring.grow();
    halfFull = ring.raiseLimit(count);
  }
  if (halfFull && m_impl->drainer.joinable() && !m_impl->nudged.exchange(true, std::memory_order_relaxed))
    m_impl->wake();
  while (!ring.hasRoom(count)) {
    if (m_impl->drain() == 0) ::sched_yield(); // some thread lost its CPU inside a batch
    ring.raiseLimit(count);
  }
}

void EventLog::wakeDrainer() {
  if (m_signals.drainerSleeps.exchange(false, std::memory_order_relaxed)) m_impl->wake();
}

std::int64_t EventLog::append(Event event, std::int64_t notBefore) {
  // Outside a lock there is no order number: an effect of an event with the same stamp would be merged before it.
  EventBatch batch(this, notBefore == 0 ? 0 : notBefore + 1);
  batch.add(event);
  return batch.stamp();
}

void EventBatch::addNowhere() {
  m_log->m_impl->recording.countDropped(1); // from a thread past its end
}

void EventBatch::makeRoom() {
  m_ring->publish();
  m_ring->close();
  m_log->makeRoom(*m_ring, 1);
  m_ring->open(m_log->m_signals.producersFence);
  m_stamp = m_ring->stamp(m_stamp);
}

} // namespace poolscope
