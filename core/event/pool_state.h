#pragma once

#include "core/base/chunked_vector.h"
#include "core/base/ids.h"
#include "core/event/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace poolscope {

/// All times here are nanoseconds of CLOCK_MONOTONIC; kNever: it has not happened.
inline constexpr std::int64_t kNever = INT64_MAX;

/// A stretch in which a task held its worker without computing.
struct BlockedSpan {
  std::int64_t begin = kNever;
  std::int64_t end = kNever;              ///< kNever while it lasts
  std::uint32_t beginLag = 0, endLag = 0; ///< ns by which the stamps of a worker process were earlier
  BlockReason reason = BlockReason::Other;
  TextId detail;
};

enum class TaskPhase : std::uint8_t { Unborn, Queued, Dispatched, Running, Blocked, Done, Failed, Cancelled, Unknown };

/// One task's whole life. The row is shared by all cursors: its phase at time t is a comparison with t. Phases use the
/// stamps as they are; durations subtract the lags of a worker process, whose own stamps were that much earlier.
struct TaskRow {
  TaskId id;
  PoolId pool;
  TextId name;
  TextId error; ///< what the exception said, or why the worker died
  TaskKind kind = TaskKind::Call;
  Outcome outcome = Outcome::None;
  By cancelledBy = By::Caller;
  std::int16_t priority = 0;
  SlotIndex slot = kNoSlot;
  std::uint32_t generation = 0; ///< of the worker in that slot
  CallerId caller;
  TaskId parent;
  ClientId client;
  std::uint32_t queuePositionAtSubmit = 0; ///< 1 = it was the head
  std::int64_t submitted = kNever;
  std::int64_t dispatched = kNever;      ///< the last time
  std::int64_t firstDispatched = kNever; ///< kNever unless it was requeued: its worker died before it started
  std::int64_t requeued = kNever;
  std::int64_t started = kNever;
  std::int64_t finished = kNever; ///< of finished, cancelled and unknown tasks alike
  std::int64_t resultRead = kNever;
  std::int64_t stopRequested = kNever;       ///< it was asked to end early, and ends when it likes
  std::uint32_t startLag = 0, finishLag = 0; ///< ns
  std::int64_t queueKey = 0;                 ///< at submission
  std::uint64_t leftLine = UINT64_MAX; ///< number of the event by which it left the plain queue (PoolLive::queueHead)
  std::vector<BlockedSpan> blocked;    ///< in order, disjoint; only the last may be open

  TaskPhase phaseAt(std::int64_t t) const;
  std::int64_t waitedAt(std::int64_t t) const;            ///< ns in the queue up to t
  std::int64_t ranAt(std::int64_t t) const;               ///< ns on a worker up to t, blocked time included
  std::int64_t blockedAt(std::int64_t t) const;           ///< ns of ranAt() that were blocked
  const BlockedSpan* blockedSpanAt(std::int64_t t) const; ///< null when it was not blocked at t
};

/// What a pool size was over time, for the step line; likewise queue depth and busy workers.
struct StepPoint {
  std::int64_t t;
  std::uint32_t value;
  friend bool operator==(const StepPoint&, const StepPoint&) = default;
};

using StepLine = ChunkedVector<StepPoint, 8>; ///< times ascend, neighbours differ

/// What happened in one worker's life in a slot.
struct WorkerSpan {
  SlotIndex slot = kNoSlot;
  std::uint32_t generation = 0;
  TextId name;
  std::uint32_t pid = 0, tid = 0;
  std::int64_t starting = kNever, ready = kNever, retiring = kNever, exited = kNever;
  std::vector<std::uint64_t> tasks; ///< history indices of the tasks it started, in order of start
};

/// One stretch in which a caller was blocked in a call of an executor.
struct CallerSpan {
  CallerId caller;
  CallKind call = CallKind::Submit;
  PoolId pool;
  TaskId task;
  std::int64_t begin = kNever, end = kNever;
};

struct ClientRow {
  ClientId id;
  PoolId pool;
  TextId peer, name;
  TaskId task;
  SlotIndex slot = kNoSlot;
  DisconnectCause cause = DisconnectCause::EndOfStream;
  std::int64_t connected = kNever, queued = kNever, served = kNever, disconnected = kNever;
  std::uint64_t received = 0, sent = 0; ///< bytes the server received from, and sent to, the client (at the live end)
  std::uint64_t messages = 0;           ///< times that the server received something
};

/// Append-only history of a whole recording, extended by the fold at the live end and read at any cursor.
/// Rows are found by index (order of submission) or by id, and stay where they are. Never copied into a checkpoint.
/// Threads: owner (the thread that folds).
class TaskHistory {
 public:
  const ChunkedVector<TaskRow>& tasks() const { return m_tasks; }
  const TaskRow* find(TaskId id) const;
  std::optional<std::uint64_t> indexOf(TaskId id) const;
  /// History indices of one pool's tasks, in order of submission.
  const std::vector<std::uint64_t>& tasksOf(PoolId pool) const;
  /// History indices of the tasks that serve a client, in order of submission: one for its connection, or one for each
  /// time that it was readable (TaskKind::Readable).
  const std::vector<std::uint64_t>& tasksOf(ClientId client) const;
  const TaskRow* lastTaskOf(ClientId client, std::int64_t t) const; ///< submitted at t or before; null: none was
  const std::vector<WorkerSpan>& workersOf(PoolId pool) const;      ///< in order of start
  const StepLine& poolSize(PoolId pool) const;
  const StepLine& queueDepth(PoolId pool) const;
  const StepLine& busy(PoolId pool) const;
  const std::vector<CallerSpan>& callerSpans() const { return m_callerSpans; } ///< in order of their begin
  const std::vector<ClientRow>& clients() const { return m_clients; }          ///< in order of connection
  const ClientRow* findClient(ClientId id) const;
  /// The first thing that the events told and that cannot be, as a sentence; empty when all was well.
  const std::string& violation() const { return m_violation; }

 private:
  friend class StateFold;
  friend class HistoryFold;
  struct PoolHistory {
    PoolId id;
    std::vector<std::uint64_t> tasks;
    std::vector<WorkerSpan> workers;
    std::vector<std::uint32_t> workerOf; // by slot: 1 + place in `workers` of the latest there, 0 none
    StepLine size, depth, busy;
    std::unordered_set<TaskId> toldAgain; // tasks that the snapshot being read tells again
  };
  const PoolHistory* poolHistory(PoolId id) const;

  ChunkedVector<TaskRow> m_tasks;
  std::unordered_map<TaskId, std::uint64_t> m_index; // only of tasks that do not lie at place id − 1
  std::deque<PoolHistory> m_pools;                   // in order of opening
  std::unordered_map<PoolId, std::uint32_t> m_poolPlaces;
  std::vector<CallerSpan> m_callerSpans;
  std::unordered_map<CallerId, std::size_t> m_openCallerSpans;
  std::vector<ClientRow> m_clients;
  std::unordered_map<ClientId, std::size_t> m_clientIndex;
  std::unordered_map<ClientId, std::vector<std::uint64_t>> m_clientTasks;
  std::string m_violation;
};

enum class WorkerPhase : std::uint8_t { Vacant, Starting, Idle, Running, Blocked, Failed };

/// One slot of a pool as it is at the cursor.
struct WorkerState {
  SlotIndex slot = kNoSlot;
  WorkerPhase phase = WorkerPhase::Vacant;
  bool retiring = false; ///< leaves after its task; shown as `retiring`
  RetireReason retireReason = RetireReason::Resize;
  std::uint32_t generation = 0;
  std::uint32_t pid = 0, tid = 0;
  TextId name; ///< "ThreadPoolExecutor-0_0"
  TextId comm; ///< what the kernel shows, 15 bytes
  TaskId task;
  std::int64_t since = 0;       ///< when it entered this phase
  std::int64_t cpuNs = 0;       ///< processor time so far, as last read
  std::int64_t runDelayNs = -1; ///< time ready without a processor so far, as last read; negative: not known
  std::uint32_t rssKiB = 0;     ///< as last read
  TextId failure;               ///< why the slot was given up
  std::uint32_t finishedTasks = 0;
};

/// As PoolStats counts: `running` includes `blocked`; submitted = queued + dispatched + running + done + failed +
/// cancelled.
struct PoolCounters {
  std::uint64_t submitted = 0, queued = 0, dispatched = 0, running = 0, blocked = 0, done = 0, failed = 0,
                cancelled = 0;
  friend bool operator==(const PoolCounters&, const PoolCounters&) = default;
};

/// One pool as it is at the cursor.
struct PoolLive {
  PoolId id;
  WorkerKind kind = WorkerKind::Thread;
  TextId prefix; ///< "ThreadPoolExecutor-0"
  TextId label;  ///< what it is for: "thread-pool", "echo server"
  std::uint32_t target = 0;
  bool open = true; ///< false after PoolClosed
  bool shuttingDown = false;
  bool shutdownWaits = false, shutdownCancels = false;
  CallerId shutdownCaller;
  ShutdownStage shutdownStage = ShutdownStage::Draining;
  bool held = false; ///< in step mode, before its next decision
  bool gap = false;  ///< events were lost and no snapshot has come yet: invariants rest
  bool inSnapshot = false;
  std::int64_t openedAt = 0, shutdownAt = kNever, closedAt = kNever;
  int spawnErrno = 0; ///< of the last worker that could not be made; 0 when the pool is as large as asked
  /// By slot index, which runs without gaps but for slots above the target whose worker has left: those are gone. While
  /// the pool is open and not shutting down every slot below the target is there, vacant or not; later only workers
  /// are.
  std::vector<WorkerState> slots;
  PoolCounters counters;

  // Queue order = (priority, key). Tasks of priority 0 that were never moved stand in the line: the pool's history rows
  // from `queueHead` to `queueEnd` that had not left it at this cursor. Everything else is an exception.
  std::uint64_t queueHead = 0; ///< place in TaskHistory::tasksOf(id); nobody before it stands in the line
  std::uint64_t queueEnd = 0;  ///< rows of TaskHistory::tasksOf(id) that there were at this cursor
  using QueueKey = std::pair<std::int32_t, std::int64_t>; ///< (−priority, key)
  std::map<QueueKey, TaskId> exceptions;
  std::unordered_map<TaskId, QueueKey> exceptionKeys;
  std::vector<TaskId> callerTasks;                           ///< run by who submitted them: the queue was full
  std::vector<std::pair<TaskId, SlotIndex>> dispatchedTasks; ///< handed to a worker process and not started
};

struct CallerLive {
  CallerId id;
  TextId name;
  bool blocked = false;
  CallKind call = CallKind::Submit;
  PoolId pool;
  TaskId task;
  std::int64_t since = 0;
};

struct ServerLive {
  PoolId pool;
  bool listening = false;
  std::uint8_t mode = 0;
  TextId host;
  std::uint16_t port = 0;
};

/// Everything that is true at one moment, computed from events alone: state = apply(state, event).
/// A value: copied into checkpoints, so it holds no task history. No Qt, no clock, no lock.
/// Threads: owner.
class PoolState {
 public:
  std::int64_t time = 0; ///< t of the last event applied
  std::uint64_t seq = 0; ///< number of events applied: the cursor
  std::uint64_t dropped = 0;
  std::vector<PoolLive> pools; ///< in order of opening, closed ones included
  std::vector<CallerLive> callers;
  std::vector<ServerLive> servers;
  std::unordered_map<ClientId, ClientRow> clients; ///< connected now

  // Where a thing lies in the vectors above. A pool that lies at place id − 1, as most do, is not listed.
  std::unordered_map<PoolId, std::uint32_t> poolPlaces, serverPlaces;
  std::unordered_map<CallerId, std::uint32_t> callerPlaces;

  const PoolLive* pool(PoolId id) const;
  const WorkerState* worker(PoolId id, SlotIndex slot) const;
  const CallerLive* caller(CallerId id) const;
  const ServerLive* server(PoolId id) const; ///< the server that the pool serves, or served
  /// Queued tasks of a pool at this cursor, head first, at most `most`. O(most + tasks that left the middle).
  std::vector<TaskId> queuedTasks(PoolId id, const TaskHistory& history, std::size_t most) const;
  /// The last of them in queue order, the very last one first, at most `most`. O(most + tasks that left the end).
  std::vector<TaskId> lastQueuedTasks(PoolId id, const TaskHistory& history, std::size_t most) const;
  /// All counters summed over pools.
  PoolCounters totals() const;
};

/// The fold: applies events to a PoolState, and at the live end extends the TaskHistory.
/// Violations of the invariants (one outcome a task, one task a worker, submitted = sum of the rest) are returned as a
/// sentence; empty when all hold. While a gap is open (Dropped … SnapshotEnd) they rest.
///
/// Between SnapshotBegin and SnapshotEnd ordinary events tell the pool anew (PoolOpened, workers, tasks in queue order,
/// clients); a task that is told again keeps its row; those without a known end that are not told become unknown.
/// Events of the end of what was told before count on: done, failed and cancelled are kept.
/// Threads: owner.
class StateFold {
 public:
  /// Applies the event to both. `history` must have been extended with every earlier event.
  static void extend(PoolState& state, TaskHistory& history, const Event& event);
  /// Applies the event to the state alone: `history` already holds this event and later ones (seeking).
  static void apply(PoolState& state, const TaskHistory& history, const Event& event);
  static std::string checkInvariants(const PoolState& state, const TaskHistory& history);
};

} // namespace poolscope
