#pragma once

#include "core/base/assert.h"
#include "core/base/ids.h"
#include "core/event/event.h"
#include "core/event/event_log.h"
#include "core/pool/executor.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace poolscope {

/// A task as the scheduler sees it: its place in the queue and who has it. The executor's block derives from it.
/// Phase: Free (not submitted) → Queued (in the queue) → Dispatched (sent to a worker process) → Running → Ended;
/// Queued → Ended when cancelled; Dispatched → Queued once when its worker died.
struct TaskNode {
  enum class Phase : std::uint8_t { Free, Queued, Dispatched, Running, Ended };
  TaskNode* prev = nullptr;
  TaskNode* next = nullptr;
  TaskId id;
  std::int64_t key = 0;   ///< queue order within one priority
  std::int64_t stamp = 0; ///< ticks of its last event: the next one is not earlier
  TextId name;
  std::int16_t priority = 0;
  SlotIndex slot = kNoSlot;
  Phase phase = Phase::Free;
  TaskKind kind = TaskKind::Call;
  bool requeued = false;
  bool stopAsked = false;
  bool spared = false; ///< left in the queue by a shutdown that cancelled the rest
  std::atomic<std::uint8_t> blocked{0}; ///< 1 + BlockReason while it is; written by its worker, read by a snapshot
};

/// Tasks in order of (priority, key): a list for each priority that occurs; O(1) at both ends and for removal.
/// Borrows the nodes. Threads: owner.
class TaskQueue {
 public:
  std::size_t size() const { return m_size; }
  bool empty() const { return m_size == 0; }
  TaskNode* head() const { return m_size == 0 ? nullptr : m_lanes.front().head; }
  void pushBack(TaskNode& node);
  void pushFront(TaskNode& node, std::int64_t key); ///< before its equals: gets their least key − 1; without any: `key`
  void remove(TaskNode& node);
  /// Head first. The callable may not change the queue.
  template <class F> void forEach(F&& visit) const {
    for (const Lane& lane : m_lanes)
      for (TaskNode* node = lane.head; node; node = node->next)
        visit(*node);
  }

 private:
  struct Lane { // one priority
    std::int16_t priority;
    TaskNode* head = nullptr;
    TaskNode* tail = nullptr;
  };
  std::size_t laneOf(std::int16_t priority); // makes it where it is missing
  std::vector<Lane> m_lanes;                 // greatest priority first; an emptied lane leaves
  std::size_t m_size = 0;
};

/// The decisions of a pool: who is started, woken, given a task, retired. A value without thread, clock or I/O:
/// (input, batch) → what the executor must do, and events. Thread pool, process pool and simulation drive this class.
///
/// Made by an executor, which calls it under its one lock and then, unlocked, does what the answer says.
/// Order: tasks leave the queue by (priority, order of submission). A slot goes Vacant → Starting → Idle ⇄ Running, and
/// back to Vacant when its worker has ended. Between Starting and its first next() a worker is Ready: it still counts
/// as one to come, or each that asks first would start one more in its place. A worker process that was told to end is
/// Leaving until it has; one that died leaves its slot Waiting for the next try, or Failed. Waiting and Failed slots
/// keep their place in the size. Rules: a worker starts iff queued > idle + starting and staying < target; an idle one
/// is woken only when no woken one is still on its way, and that one wakes the next while tasks remain. A shutdown that
/// cancels spares as many tasks at the head as workers are on their way to them: what runs is then no matter of how
/// fast they come. One that does not arrive takes the last spared task with it. Threads: owner (under the executor's
/// lock).
class Scheduler {
 public:
  enum class SlotPhase : std::uint8_t { Vacant, Starting, Ready, Idle, Waking, Running, Leaving, Waiting, Failed };
  struct Slot {
    SlotPhase phase = SlotPhase::Vacant;
    bool retiring = false;
    std::uint32_t generation = 0;
    TaskNode* task = nullptr;     // that it runs
    std::uint32_t dispatched = 0; // tasks that it was handed and has not started
  };
  /// A slot for whose worker something is to be done, or none. Whoever has it takes it and does it: the scheduler counts
  /// on that, so one that is dropped, a worker that nobody wakes or makes, ends a debug build.
  class Errand {
   public:
    Errand() = default;
    explicit Errand(SlotIndex slot) : m_slot(slot) {}
    Errand(Errand&& other) noexcept : m_slot(other.take()) {}
    Errand& operator=(Errand&& other) noexcept {
      POOLSCOPE_ASSERT(m_slot == kNoSlot, "a decision of the scheduler is carried out before another takes its place");
      m_slot = other.take();
      return *this;
    }
    ~Errand() { POOLSCOPE_ASSERT(m_slot == kNoSlot, "a decision of the scheduler is carried out"); }
    explicit operator bool() const { return m_slot != kNoSlot; }
    [[nodiscard]] SlotIndex take() { return std::exchange(m_slot, kNoSlot); }

   private:
    SlotIndex m_slot = kNoSlot;
  };
  /// What the executor does after the lock.
  struct Wish {
    Errand wake;  ///< unpark this worker
    Errand start; ///< make a worker for this slot
  };
  struct Wishes {
    std::vector<Errand> wake, start;
    std::vector<TaskNode*> dropped; ///< taken out of the queue: to be published as cancelled or failed
  };
  /// What the worker that asked does now: run the task, end, or (neither) sleep until woken. And what to do for others.
  struct Next {
    TaskNode* task = nullptr;
    bool exit = false;
    Wish wish;
  };

  Scheduler(PoolId pool, std::size_t target) : m_pool(pool), m_target(target) {}

  Wish submit(TaskNode& node, CallerId caller, TaskId parent, ClientId client, EventBatch& batch);
  /// Whether a queue of at most `limit` tasks takes no more; 0: no bound. Those that a free worker or one to come is
  /// about to take are not counted.
  bool full(std::size_t limit) const;
  /// The submitter runs the task itself, for the queue is full: it has started, on no worker, until finishByCaller().
  void startByCaller(TaskNode& node, CallerId caller, TaskId parent, ClientId client, EventBatch& batch);
  void finishByCaller(TaskNode& node, Outcome outcome, TextId error, EventBatch& batch);
  /// The worker made for a slot runs: `ready` is its WorkerReady event. It then asks next().
  void ready(SlotIndex slot, Event ready, EventBatch& batch);
  /// The slot's worker has no task and asks what to do: after ready(), after being woken, after finish(). `lingers`:
  /// one that is told to exit has still something to do; it is Leaving until exited().
  Next next(SlotIndex slot, EventBatch& batch, bool lingers = false);
  /// Its task has ended; the worker must ask next(). `lagNs`: how long ago, by the stamp of a worker process.
  void finish(SlotIndex slot, Outcome outcome, TextId error, EventBatch& batch, std::int64_t lagNs = 0);
  /// Whether next() would not end the worker: then finish() and next() may share one critical section.
  bool staysAfterTask(SlotIndex slot) const;

  bool cancel(TaskNode& node, By by, CallerId caller, EventBatch& batch);
  bool moveToFront(TaskNode& node, EventBatch& batch);
  void stopRequested(TaskNode& node, By by, EventBatch& batch); ///< says so; the task ends when it likes
  Wishes resize(std::size_t target, By by, EventBatch& batch);
  /// `deadlineNs`: when the drain is to be over (monotonic), 0 none. Then the executor goes through the stages.
  Wishes shutdown(ShutdownOptions options, CallerId caller, EventBatch& batch, std::int64_t deadlineNs = 0);
  /// Only says that the pool is being shut down: its owner still submits what it needs to end, then calls shutdown().
  void tellShutdown(ShutdownOptions options, CallerId caller, EventBatch& batch);
  /// A shutdown's deadline has passed: its next stage. CancelQueued empties the queue; what the others mean is the
  /// executor's business. Done follows by itself when the pool closes.
  Wishes enterStage(ShutdownStage stage, EventBatch& batch);
  /// The worker for a slot could not be made. If then nobody is left for the tasks that wait (deserted()), the pool
  /// must break.
  [[nodiscard]] Wishes spawnFailed(SlotIndex slot, int error, std::int64_t retryAt, EventBatch& batch);
  bool deserted() const;
  /// Another try after spawnFailed(): the slot to start, or none.
  Errand retrySpawn(EventBatch& batch);
  /// Fails every queued task with this text; nothing is accepted or started after it.
  Wishes breakPool(TextId error, EventBatch& batch);

  /// Tells the whole pool anew, after a gap in the record: `opened` is its PoolOpened event (EVENTS.md, Gaps). The
  /// queued tasks get new keys in the same order.
  void tellAnew(const Event& opened, EventBatch& batch);

  // Worker processes (scheduler_process.cpp). The pool hands tasks out; the worker says when it starts one.

  /// As next(), but the task is only dispatched, and `exit` asks the worker to end: it is Leaving until exited().
  /// For a worker that has nothing: after ready(), when it is woken, when its last task has ended.
  Next dispatch(SlotIndex slot, EventBatch& batch);
  /// One more for a worker that has a task; null when nothing waits or it retires.
  TaskNode* dispatchAhead(SlotIndex slot, EventBatch& batch);
  void started(TaskNode& task, std::int64_t lagNs, EventBatch& batch);
  /// A dispatched task that will not start ends.
  void failDispatched(TaskNode& task, Outcome outcome, TextId error, EventBatch& batch);
  /// A dispatched task goes back to the head of the queue. Of several, the last handed out first.
  void requeue(TaskNode& task, EventBatch& batch);
  /// The worker leaves after what it has: dispatch() then says `exit`.
  void retire(SlotIndex slot, RetireReason reason, EventBatch& batch);
  /// The worker's process has ended and has no task any more. `exited` is its WorkerExited event; `then` is the slot's
  /// next phase: Vacant, Waiting (restart() comes later) or Failed, with the reason as text.
  Wishes exited(SlotIndex slot, Event exited, SlotPhase then, TextId reason, EventBatch& batch);
  /// A Waiting slot's time has come: that slot, when a worker is to be made for it now.
  Errand restart(SlotIndex slot, EventBatch& batch);
  /// What the queue asks for after requeue().
  Wish answerQueue(EventBatch& batch);
  /// A task that can never be sent: it is submitted and has failed.
  void submitFailed(TaskNode& node, CallerId caller, TaskId parent, ClientId client, TextId error, EventBatch& batch);
  /// What a worker told about its task: appended in the order of the pool's decisions.
  void note(Event event, EventBatch& batch);
  /// No slot has a worker or will get one.
  bool hopeless() const;

  PoolStats stats() const;
  std::size_t target() const { return m_target; }
  bool shuttingDown() const { return m_shuttingDown; }
  std::optional<ShutdownStage> stage() const { return m_stage; } ///< of a shutdown with a deadline
  bool broken() const { return m_broken; }
  bool closed() const { return m_closed; } ///< shut down, and every worker has ended
  bool idle() const;                       ///< no task waits, is with a worker or has just left one
  bool onlyOneLeft() const { return m_starting + m_idle + m_busy <= 1 && m_byCallers.empty(); } ///< of the workers
  /// Workers that will not leave, and slots that keep a place for one.
  std::size_t staying() const { return m_starting + m_idle + m_busy - m_retiring + m_waitingSlots + m_failedSlots; }
  const TaskQueue& queue() const { return m_queue; }
  const std::vector<Slot>& slots() const { return m_slots; }
  std::string checkInvariants() const; ///< empty when all hold

 private:
  /// Null when the batch is not enabled.
  Event* addBlank(EventBatch& batch, EventKind kind, SlotIndex slot, std::uint8_t flag);
  void add(EventBatch& batch, Event event);
  void add(EventBatch& batch, EventKind kind, TaskNode& node, std::uint8_t flag = 0, std::uint32_t a = 0,
           std::uint32_t b = 0);
  void add(EventBatch& batch, EventKind kind, SlotIndex slot, std::uint8_t flag = 0, std::uint32_t a = 0);
  void addLate(EventBatch& batch, EventKind kind, TaskNode& node, std::int64_t lagNs, std::uint8_t flag = 0,
               std::uint32_t a = 0);
  void addSubmitted(const TaskNode& node, CallerId caller, TaskId parent, ClientId client, EventBatch& batch);
  void addShutdownBegun(ShutdownOptions options, CallerId caller, std::int64_t deadlineNs, EventBatch& batch);
  void addStage(ShutdownStage stage, EventBatch& batch);
  void tellWorker(SlotIndex slot, EventBatch& batch);
  void handOut(TaskNode& task, SlotIndex slot, EventBatch& batch);
  void unlinkDispatched(TaskNode& task);
  void leave(SlotIndex slot, bool wasIdle, EventBatch& batch);
  Errand wakeIfNeeded();
  Errand startIfNeeded(EventBatch& batch);
  void begin(SlotIndex slot, EventBatch& batch);
  bool beginAsking(Slot& slot);
  void goIdle(SlotIndex slot, bool wasIdle, EventBatch& batch);
  void leaveIdle(SlotIndex slot);
  void sendIdleHome(Wishes& wishes);
  void freeSlots(SlotPhase phase, std::size_t& count);
  std::size_t onTheirWay() const;
  void drop(TaskNode& node, EventBatch& batch, bool cancelled, By by, CallerId caller, TextId error, Wishes& wishes);
  void dropAll(EventBatch& batch, bool cancelled, By by, CallerId caller, TextId error, Wishes& wishes);
  void dropUnspared(CallerId caller, EventBatch& batch, Wishes& wishes);
  void dropWithLostWorkers(EventBatch& batch, Wishes& wishes);
  void closeIfEnded(EventBatch& batch);

  PoolId m_pool;
  std::size_t m_target;
  std::uint64_t m_order = 0; // counts decisions (EVENTS.md); a task's queue key is the count at its submission
  TaskQueue m_queue;
  std::vector<Slot> m_slots;
  std::vector<SlotIndex> m_idleStack;                 // who went idle last is on top: its caches are warm
  std::size_t m_starting = 0, m_idle = 0, m_busy = 0; // workers by phase: with Ready, with Waking
  std::size_t m_retiring = 0;                         // of those, the ones that leave
  std::size_t m_searching = 0;                        // woken, and not here yet
  std::size_t m_waitingSlots = 0, m_failedSlots = 0;  // slots by phase, without a worker
  std::vector<Event> m_ready;                         // by slot: its worker's WorkerReady event, for a snapshot
  TaskNode* m_dispatchedTasks = nullptr;              // a list, for a snapshot; last handed out first
  std::vector<TaskNode*> m_byCallers;                 // running, on the thread that submitted them
  std::optional<ShutdownStage> m_stage;               // none without a deadline
  std::uint8_t m_shutdownFlags = 0;                   // of the PoolShutdownBegun event
  CallerId m_shutdownCaller;
  bool m_shutdownTold = false; // a PoolShutdownBegun event was
  bool m_sparing = false;      // a shutdown cancelled what was queued: some tasks may be spared
  bool m_shuttingDown = false, m_broken = false, m_closed = false, m_spawnFailed = false;
  std::size_t m_submitted = 0, m_dispatched = 0, m_running = 0, m_done = 0, m_failed = 0, m_cancelled = 0;
};

} // namespace poolscope
