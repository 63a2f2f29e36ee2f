#pragma once

#include "core/base/fork.h"
#include "core/base/mutex.h"
#include "core/event/event_log.h"
#include "core/pool/pool_clock.h"
#include "core/pool/reading_pace.h"
#include "core/pool/scheduler.h"
#include "core/pool/task_block.h"
#include "core/pool/wait_graph.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolscope::detail {

/// What every executor has behind its lock: the scheduler, the log, the last stamp, who waits for room or for the end.
/// Made and owned by an executor; lives in an anchor, whose mutex is the pool's lock.
/// Threads: any thread, with the anchor's lock where a member says so.
struct PoolCore : SnapshotSource {
  explicit PoolCore(EventLog* eventLog, std::size_t target, std::function<std::int64_t()> givenClock = {})
      : anchor(takeAnchor()), log(eventLog), life(eventLog ? &eventLog->life() : nullptr),
        id(log ? log->newPool() : PoolId{}), clock(std::move(givenClock)), scheduler(id, target) {
    {
      MutexLock lock(anchor->mutex);
      anchor->core = this;
    }
    if (log) log->addSource(*this);
  }
  ~PoolCore() override {
    if (life) life->withLog([this](EventLog& living) { living.removeSource(*this); });
    {
      MutexLock lock(anchor->mutex);
      anchor->core = nullptr;
    }
    giveBackAnchor(anchor);
  }
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  const HomeProcess home; // in a child that was forked the pool has no threads: nothing may be locked or waited for
  PoolAnchor* const anchor;
  EventLog* const log; // borrowed; outlives the pool
  LogLife* const life; // its
  const PoolId id;
  const PoolClock clock;
  Scheduler scheduler;              // under the lock
  std::int64_t lastStamp = 0;       // under the lock: no event of the pool is earlier than the one before
  std::uint64_t unlogged = 0;       // under the lock: ids given to its tasks where there is no log to give them
  Event opened;                     // its PoolOpened event, for a snapshot; set once, under the lock
  QueueBound bound;                 // set by the constructor of an executor
  std::size_t waitingForRoom = 0;   // under the lock: submitters that wait in roomChanged
  Condition roomChanged;            // told when the queue takes a task again, or never will
  Condition closedChanged;          // told when the pool closed or got idle, or a waiter is to give up
  PoolWaits waits;                  // under the wait graph's lock
  std::size_t waitingForIdle = 0;   // under the lock: who waits in closedChanged for that
  std::size_t waitingForOthers = 0; // under the lock: a destructor in one of its own workers
  std::size_t publishing = 0;       // under the lock: tasks that have ended and whose callbacks may still run

  /// In a child that was forked: throws Broken, with a sentence.
  template <class Broken> void checkHome() const {
    if (!home.isHere())
      throw Broken("this pool is the parent process's: a child that was forked from it makes pools of its own");
  }
  /// The log to use: the given one, else the current one; null in a child of the process that has it.
  static EventLog* chosenLog(EventLog* given);
  /// When a shutdown's drain is to be over, on the pool's clock: ns, 0 never.
  std::int64_t deadlineOf(const ShutdownOptions& how) const;
  /// 0 or more than kMostWorkers: std::invalid_argument.
  static std::size_t checkedSize(std::size_t maxWorkers);

  // What every executor offers in the same words.
  std::size_t maxWorkers() const;
  PoolStats stats() const;
  bool closed() const;
  bool cancelTask(TaskId task, By by);
  bool moveToFront(TaskId task);
  /// The queued task of that id, null when it is not in the queue; with the lock held. O(queue).
  TaskBlock* findQueuedLocked(TaskId task) const;

  /// Under the lock, with what left the queue: cancelled, or failed with `Broken` when there is a reason. Each has its
  /// outcome before the pool can be seen closed; publishDropped() follows without the lock.
  template <class Broken> static void settleDropped(const std::vector<TaskNode*>& dropped, const std::string& reason) {
    for (TaskNode* node : dropped) {
      auto* task = static_cast<TaskBlock*>(node);
      if (!reason.empty()) task->setError(std::make_exception_ptr(Broken(reason))); // each its own
      task->settleUnderLock(reason.empty() ? FutureState::Cancelled : FutureState::Finished);
    }
  }
  static void publishDropped(const std::vector<TaskNode*>& dropped);

  /// Opens the pool in the record; before any other event of it.
  void open(WorkerKind kind, std::string_view prefix, std::string_view label, bool sized = true);
  /// After every change, before the lock is let go: wakes whoever waits for room or for the end.
  void tellWaitersLocked() {
    if (waitingForRoom > 0 && (!scheduler.full(bound.limit) || scheduler.shuttingDown() || scheduler.broken()))
      roomChanged.notifyAll();
    if (scheduler.closed() || waitingForOthers > 0 || (waitingForIdle > 0 && idleLocked())) closedChanged.notifyAll();
  }
  bool idleLocked() const { return scheduler.idle() && publishing == 0; }
  /// Before submitting a task, with the lock held: obeys the bound. True: submit it. False: the submitter is to run it
  /// itself. Throws QueueFull, and WouldDeadlock where a worker of this pool, or one of its callbacks, would have to
  /// wait. May let go of the lock meanwhile; returns at once when the pool takes no tasks any more.
  bool waitForRoom(MutexLock& lock) NO_THREAD_SAFETY_ANALYSIS;
  WorkerWait::Bell roomBell();   ///< wakes who waits in roomChanged
  WorkerWait::Bell closedBell(); ///< wakes who waits in closedChanged
  void tellAnew() override;      ///< writes a snapshot; nothing when the pool is closed or was not opened
};

/// A function of the user's that has nobody to tell what it throws: that goes nowhere, as a callback's.
template <class F> void quietly(F&& function) {
  try {
    function();
  } catch (...) {
  }
}

class RemoteSide;

/// The task that the calling thread runs, and where. Null outside a worker.
struct WorkerContext {
  PoolCore* core = nullptr;
  SlotIndex slot = kNoSlot;
  TaskBlock* task = nullptr;    // null between tasks, and in a worker process
  RemoteSide* remote = nullptr; // set in a worker process: it has no pool and no log, and reports to them
  std::string name;
  int blockedDepth = 0;
  ReadingPace pace; // of a worker thread

  /// The worker thread reads its own processor time and tells it, when it may again (ReadingPace). `stamp`: of what
  /// just happened, in ticks. At the end of a task, and where it is blocked or goes on. Not under a lock.
  void tellCpuTime(std::int64_t stamp) {
    if (core->log && pace.isDue(stamp)) appendCpuTime(stamp);
  }

 private:
  void appendCpuTime(std::int64_t stamp) const;
};
extern thread_local WorkerContext* t_worker;
/// The pool of processes whose I/O the calling thread does, and whose done-callbacks it runs; null elsewhere.
extern thread_local PoolCore* t_ioOf;

/// The calling thread as a caller of executors: its kernel thread id. The first time in a log it also says its name.
CallerId currentCaller(LogLife* log);
inline LogLife* lifeOf(EventLog* log) {
  return log ? &log->life() : nullptr;
}
inline CallerId currentCaller(EventLog* log) {
  return currentCaller(lifeOf(log));
}

/// One wait of a thread in a call of an executor: a caller's lane outside a worker, a blocked task inside one. Its log
/// may end while it lives. Threads: owner (a local of one thread).
class CallerWait {
 public:
  CallerWait(LogLife* log, PoolId pool, CallKind call, TaskId task = {});
  CallerWait(EventLog* log, PoolId pool, CallKind call, TaskId task = {}) : CallerWait(lifeOf(log), pool, call, task) {}
  ~CallerWait();
  CallerWait(const CallerWait&) = delete;
  CallerWait& operator=(const CallerWait&) = delete;

 private:
  std::optional<Blocking> m_blocking; // inside a worker; the rest is for a caller outside
  LogLife* m_log;
  PoolId m_pool;
  CallKind m_call;
  CallerId m_caller;
};

} // namespace poolscope::detail

namespace poolscope {
/// Names the calling thread as a caller: "main thread" for the thread that plays a program's main thread.
void setCallerName(std::string name);
} // namespace poolscope
