#include "core/event/event_log.h"

#include "core/base/mutex.h"

#include <gtest/gtest.h>

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <thread>
#include <vector>

using namespace poolscope;

namespace {

Event event(EventKind kind, std::uint64_t task = 0, std::uint64_t order = 0) {
  Event made;
  made.kind = kind;
  made.task = task;
  made.order = order;
  return made;
}

/// The recorded events but for the log's own ClockSync.
std::vector<Event> eventsOf(const Recording& recording) {
  std::vector<Event> events;
  for (std::uint64_t q = 0; q < recording.size(); ++q)
    if (recording[q].kind != EventKind::ClockSync) events.push_back(recording[q]);
  return events;
}

EventLogOptions withoutDrainer() {
  EventLogOptions options;
  options.startDrainer = false;
  return options;
}

/// What a pool does: one lock, one order, one last stamp.
struct FakePool {
  Mutex mutex{LockRank::Pool};
  std::uint64_t order = 0;
  std::int64_t lastStamp = 0;

  void decide(EventLog& log, int events) {
    MutexLock lock(mutex);
    EventBatch batch(&log, lastStamp);
    for (int i = 0; i < events; ++i)
      batch.add(event(EventKind::TaskStarted, 1, ++order));
    lastStamp = batch.stamp();
  }
};

bool timeNeverFalls(const Recording& recording) {
  for (std::uint64_t q = 1; q < recording.size(); ++q)
    if (recording[q].t < recording[q - 1].t) return false;
  return true;
}

} // namespace

TEST(EventLog, recordsNanosecondsOfTheMonotonicClock) {
  EventLog log(withoutDrainer());
  const std::int64_t before = monotonicNow();
  log.append(event(EventKind::TaskStarted, 7));
  const std::int64_t after = monotonicNow();
  log.drainNow();
  const auto events = eventsOf(log.recording());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].task, 7u);
  EXPECT_GE(events[0].t, before - 2000); // the two clocks were read within some ns of each other
  EXPECT_LE(events[0].t, after + 2000);
}

TEST(EventLog, beginsWithAClockSync) {
  EventLog log(withoutDrainer());
  EXPECT_EQ(log.drainNow(), 0u);
  log.append(event(EventKind::TaskStarted));
  ASSERT_EQ(log.drainNow(), 2u);
  EXPECT_EQ(log.recording()[0].kind, EventKind::ClockSync);
  EXPECT_GE(log.recording()[0].ab(), log.recording()[0].t - 1'000'000); // boottime counts at least as much
}

TEST(EventLog, aBatchHasOneStampThatIsNotBeforeTheGivenOne) {
  EventLog log(withoutDrainer());
  const std::int64_t later = TickClock::now() + 5'000'000; // some ms ahead, as of a faster processor
  {
    EventBatch batch(&log, later);
    EXPECT_EQ(batch.stamp(), later);
    batch.add(event(EventKind::TaskFinished, 1));
    batch.add(event(EventKind::TaskStarted, 2));
  }
  EXPECT_GE(log.append(event(EventKind::TaskStarted, 3)), later);
  log.drainNow();
  const auto events = eventsOf(log.recording());
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].t, events[1].t);
}

TEST(EventLog, withoutALogABatchDoesNothing) {
  EventBatch batch(nullptr, 5);
  batch.add(event(EventKind::TaskStarted));
  EXPECT_FALSE(batch.enabled());
  EXPECT_EQ(batch.stamp(), 5);
}

TEST(EventLog, sixThreadsOnTwoCoresNeverYieldAnEffectBeforeItsCause) {
  constexpr int kThreads = 6;
  constexpr int kRounds = 12'000;
  EventLog log;
  FakePool pool;
  // A chain outside any lock: each link is the effect of the one before, made by the next thread.
  struct Link {
    std::uint64_t place;
    std::int64_t stamp;
  };
  Mutex chainMutex{LockRank::Pool};
  Link link{0, 0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int round = 0; round < kRounds; ++round) {
          if (round % 3 == 0) log.reserve(8); // not always: a full ring under the lock must not harm
          pool.decide(log, 1 + (round + t) % 24);
          if (round % 4 != 0) continue;
          MutexLock lock(chainMutex);
          link = {link.place + 1, log.append(event(EventKind::TaskLog, link.place + 1), link.stamp)};
        }
      });
  }
  log.drainNow();
  const Recording& recording = log.recording();
  std::uint64_t order = 0, place = 0, wrong = 0;
  for (std::uint64_t q = 0; q < recording.size(); ++q) {
    if (recording[q].kind == EventKind::TaskStarted && recording[q].order != ++order) ++wrong;
    if (recording[q].kind == EventKind::TaskLog && recording[q].task != ++place) ++wrong;
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(order, pool.order);
  EXPECT_GE(order, 800'000u);
  EXPECT_EQ(place, link.place);
  EXPECT_EQ(recording.dropped(), 0u);
  EXPECT_TRUE(timeNeverFalls(recording));
}

TEST(EventLog, aBurstLosesNothing) {
  constexpr std::uint64_t kEach = 500'000;
  EventLog log;
  {
    std::array<std::jthread, 2> threads;
    for (auto& thread : threads)
      thread = std::jthread([&] {
        for (std::uint64_t i = 1; i <= kEach; ++i)
          log.append(event(EventKind::TaskStarted, i));
      });
  }
  log.drainNow();
  EXPECT_EQ(eventsOf(log.recording()).size(), 2 * kEach);
  EXPECT_EQ(log.recording().dropped(), 0u);
}

TEST(EventRing, growsWithWhatItHolds) {
  EventRing ring;
  std::uint64_t made = 0;
  const auto make = [&](std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
      ring.addBlank(static_cast<std::int64_t>(made))->task = made, ++made;
    ring.publish();
  };
  make(EventRing::kFirstCapacity - 10);
  ring.release(EventRing::kFirstCapacity - 20);
  ring.raiseLimit(1);
  make(100); // round its end
  ASSERT_TRUE(ring.mayGrow());
  ring.grow();
  EXPECT_FALSE(ring.mayGrow());
  EXPECT_FALSE(ring.raiseLimit(EventRing::kFirstCapacity)) << "there is room for more than it ever held";
  make(EventRing::kFirstCapacity);
  ASSERT_EQ(ring.head(), made);
  for (std::uint64_t position = ring.tail(); position != ring.head(); ++position)
    ASSERT_EQ(ring.at(position).task, position);
}

TEST(EventLog, aFullRingHelpsItselfWithoutADrainer) {
  EventLog log(withoutDrainer());
  {
    EventBatch batch(&log);
    for (std::uint64_t i = 0; i < 10 * EventRing::kMostCapacity; ++i)
      batch.add(event(EventKind::TaskStarted, i));
  }
  log.drainNow();
  const auto events = eventsOf(log.recording());
  ASSERT_EQ(events.size(), 10 * EventRing::kMostCapacity);
  for (std::uint64_t i = 0; i < events.size(); ++i)
    ASSERT_EQ(events[i].task, i);
}

TEST(EventLog, anIdleRingHoldsNothingBack) {
  EventLog log(withoutDrainer());
  std::jthread([&] { log.append(event(EventKind::TaskStarted, 1)); }).join();
  log.drainNow();
  Mutex mutex;
  Condition changed;
  bool leave = false, there = false;
  std::jthread idle([&] {
    log.append(event(EventKind::TaskStarted, 2)); // then this thread lives on, its ring not empty, and says nothing
    MutexLock lock(mutex);
    there = true;
    changed.notifyAll();
    while (!leave)
      changed.wait(lock);
  });
  {
    MutexLock lock(mutex);
    while (!there)
      changed.wait(lock);
  }
  log.append(event(EventKind::TaskStarted, 3));
  log.drainNow();
  EXPECT_EQ(eventsOf(log.recording()).size(), 3u);
  MutexLock lock(mutex);
  leave = true;
  changed.notifyAll();
}

TEST(EventLog, threadsThatCameAndWentLeaveTheirRingsToTheNext) {
  EventLog log(withoutDrainer());
  for (std::uint64_t i = 1; i <= 200; ++i) {
    std::jthread([&] { log.append(event(EventKind::TaskStarted, i)); }).join();
    log.drainNow();
  }
  const auto events = eventsOf(log.recording());
  ASSERT_EQ(events.size(), 200u);
  for (std::uint64_t i = 0; i < events.size(); ++i)
    ASSERT_EQ(events[i].task, i + 1);
  EXPECT_LE(log.ringCount(), 2u);
}

TEST(EventLog, aThreadsFirstEventIsNotOvertaken) {
  // Threads of one event each, among others that have long had a ring: more than the machine has cores, so that the one
  // that drains often loses the CPU just when a new thread comes.
  EventLog log(withoutDrainer());
  FakePool pool;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          std::jthread newcomer([&] { pool.decide(log, 1); });
          for (int k = 0; k < 20; ++k)
            pool.decide(log, 1);
        }
      });
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 3000; ++i)
          log.drainNow();
      });
  }
  log.drainNow();
  std::uint64_t order = 0, wrong = 0;
  for (const Event& event : eventsOf(log.recording()))
    if (event.order != ++order) ++wrong;
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(order, 63'000u);
}

TEST(EventLog, atTheRecordingsBoundEventsAreCountedAndNobodyHangs) {
  EventLogOptions options = withoutDrainer();
  options.recordingBytes = 100 * sizeof(Event);
  EventLog log(options);
  for (std::uint64_t i = 0; i < 5000; ++i)
    log.append(event(EventKind::TaskStarted, i));
  log.drainNow();
  EXPECT_EQ(log.recording().size(), 100u);
  EXPECT_EQ(log.recording().dropped(), 5001u - 100u); // with the ClockSync
}

TEST(EventLog, theObserverIsToldAlsoAfterALongSilence) {
  EventLog log;
  const auto told = [&] {
    pollfd fd{log.notifyFd(), POLLIN, 0};
    const bool readable = ::poll(&fd, 1, 20'000) == 1;
    eventfd_t count = 0;
    ::eventfd_read(log.notifyFd(), &count);
    return readable;
  };
  for (int i = 0; i < 3; ++i) {
    log.append(event(EventKind::TaskStarted, 1));
    ASSERT_TRUE(told());
    // Nothing comes now: the drainer goes to sleep for good, and is to be woken by the next event.
    pollfd fd{log.notifyFd(), POLLIN, 0};
    EXPECT_EQ(::poll(&fd, 1, 60), 0);
  }
  EXPECT_EQ(eventsOf(log.recording()).size(), 3u);
}

TEST(EventLog, twoLogsInOneThreadStayApart) {
  EventLog first(withoutDrainer());
  for (std::uint64_t i = 0; i < 3; ++i) {
    EventLog second(withoutDrainer()); // at the same address each time
    second.append(event(EventKind::TaskStarted, 10 + i));
    first.append(event(EventKind::TaskStarted, i));
    second.drainNow();
    ASSERT_EQ(eventsOf(second.recording()).size(), 1u);
    EXPECT_EQ(eventsOf(second.recording())[0].task, 10 + i);
  }
  first.drainNow();
  EXPECT_EQ(eventsOf(first.recording()).size(), 3u);
}

TEST(EventLog, idsCountFromOneAndCurrentEndsWithItsLog) {
  {
    EventLog log(withoutDrainer());
    EventLog::setCurrent(&log);
    EXPECT_EQ(EventLog::current(), &log);
    EXPECT_EQ(log.newTask(), TaskId{1});
    EXPECT_EQ(log.newTask(), TaskId{2});
    EXPECT_EQ(log.newPool(), PoolId{1});
    EXPECT_EQ(log.newClient(), ClientId{1});
  }
  EXPECT_EQ(EventLog::current(), nullptr);
}
