#include "core/event/history_fold.h"
#include "core/event/pool_state.h"

#include <algorithm>

namespace poolscope {

namespace {

/// Slots that a pool may show as vacant: the executors' own bound, so that a damaged file cannot ask for more.
constexpr std::uint32_t kMostSlots = 4096;

/// One event's step of the live state. The history holds this event already, and perhaps later ones: so a row's times
/// say nothing here; whether a task waits in the queue is told by the number of the event by which it left the line.
class Step {
 public:
  Step(PoolState& state, const TaskHistory& history, const Event& event)
      : m_state(state), m_history(history), m_event(event), m_seq(state.seq) {}

  void run() {
    if (m_event.kind <= EventKind::PoolReleased)
      poolStep();
    else if (m_event.kind <= EventKind::TaskLog)
      taskStep();
    else if (m_event.kind <= EventKind::WorkerSampled)
      workerStep();
    else if (m_event.kind <= EventKind::CallerResumed)
      callerStep();
    else if (m_event.kind <= EventKind::ServerStopped)
      serverStep();
    else if (m_event.kind <= EventKind::ClientDisconnected)
      clientStep();
    else
      logStep();
  }

 private:
  void poolStep();
  void taskStep();
  void workerStep();
  void callerStep();
  void serverStep();
  void clientStep();
  void logStep();

  PoolLive* pool();
  WorkerState& slot(PoolLive& pool, SlotIndex index);
  void fillSlots(PoolLive& pool);
  void endWorker(PoolLive& pool, SlotIndex index);
  void newWorker(WorkerState& worker, WorkerPhase phase, std::uint32_t generation);
  void setPhase(WorkerState& worker, WorkerPhase phase);

  void submitted(PoolLive& pool);
  void requeued(PoolLive& pool, const TaskRow& row);
  void started(PoolLive& pool, const TaskRow& row);
  void finished(PoolLive& pool, const TaskRow& row);
  WorkerState* workerOf(PoolLive& pool, TaskId task);
  bool leaveQueue(PoolLive& pool, const TaskRow& row);
  bool leaveDispatched(PoolLive& pool, TaskId task);
  void insertException(PoolLive& pool, TaskId task, PoolLive::QueueKey key);
  void skipLine(PoolLive& pool);

  PoolState& m_state;
  const TaskHistory& m_history;
  const Event& m_event;
  const std::uint64_t m_seq; // this event's number
};

// --- Pool

/// The event's pool. One that was never opened is told of by a log without its beginning: a snapshot will tell the
/// rest.
PoolLive* Step::pool() {
  if (!m_event.pool) return nullptr;
  if (const PoolLive* known = m_state.pool(m_event.pool)) return const_cast<PoolLive*>(known);
  if (m_event.pool.value() != m_state.pools.size() + 1)
    m_state.poolPlaces.emplace(m_event.pool, static_cast<std::uint32_t>(m_state.pools.size()));
  PoolLive& made = m_state.pools.emplace_back();
  made.id = m_event.pool;
  made.openedAt = m_event.t;
  made.gap = m_event.kind != EventKind::PoolOpened;
  return &made;
}

WorkerState& Step::slot(PoolLive& pool, SlotIndex index) {
  auto& slots = pool.slots;
  if (index < slots.size() && slots[index].slot == index) return slots[index];
  const auto it = std::lower_bound(slots.begin(), slots.end(), index,
                                   [](const WorkerState& worker, SlotIndex at) { return worker.slot < at; });
  if (it != slots.end() && it->slot == index) return *it;
  WorkerState& made = *slots.insert(it, WorkerState{});
  made.slot = index;
  made.since = m_event.t;
  return made;
}

/// Vacant slots exist exactly below the target, and only while a worker may still come into them.
void Step::fillSlots(PoolLive& pool) {
  const bool mayFill = pool.open && !pool.shuttingDown;
  const std::uint32_t target = mayFill ? std::min(pool.target, kMostSlots) : 0;
  std::erase_if(pool.slots, [&](const WorkerState& w) { return w.phase == WorkerPhase::Vacant && w.slot >= target; });
  if (pool.slots.size() >= target && (target == 0 || pool.slots[target - 1].slot == target - 1)) return;
  pool.slots.reserve(target);
  for (std::uint32_t i = 0; i < target; ++i)
    slot(pool, static_cast<SlotIndex>(i));
}

void Step::poolStep() {
  PoolLive* pool = this->pool();
  if (pool == nullptr) return;
  switch (m_event.kind) {
  case EventKind::PoolOpened:
    pool->kind = static_cast<WorkerKind>(m_event.flag);
    pool->prefix = TextId{m_event.a}, pool->target = m_event.b, pool->label = TextId{m_event.c};
    if (!pool->inSnapshot) pool->openedAt = m_event.t;
    fillSlots(*pool);
    break;
  case EventKind::PoolClosed:
    pool->open = false;
    pool->closedAt = m_event.t;
    fillSlots(*pool);
    break;
  case EventKind::PoolResized:
    pool->target = m_event.b;
    pool->spawnErrno = 0; // the person asks anew
    fillSlots(*pool);
    break;
  case EventKind::PoolSpawnFailed:
    pool->spawnErrno = static_cast<int>(m_event.a);
    if (m_event.slot != kNoSlot) endWorker(*pool, m_event.slot);
    break;
  case EventKind::PoolShutdownBegun:
    if (!pool->shuttingDown && pool->shutdownAt == kNever) pool->shutdownAt = m_event.t;
    pool->shuttingDown = true;
    pool->shutdownWaits = (m_event.flag & 1) != 0;
    pool->shutdownCancels = (m_event.flag & 2) != 0;
    pool->shutdownCaller = m_event.caller();
    fillSlots(*pool);
    break;
  case EventKind::PoolShutdownStage:
    pool->shutdownStage = static_cast<ShutdownStage>(m_event.flag);
    break;
  case EventKind::PoolHeld:
    pool->held = true;
    break;
  case EventKind::PoolReleased:
    pool->held = false;
    break;
  default:
    break;
  }
}

// --- Queue

/// Nobody before `queueHead` stands in the line any more.
void Step::skipLine(PoolLive& pool) {
  const auto& places = m_history.tasksOf(pool.id);
  const std::uint64_t end = std::min<std::uint64_t>(pool.queueEnd, places.size());
  while (pool.queueHead < end && m_history.tasks()[places[pool.queueHead]].leftLine <= m_seq)
    ++pool.queueHead;
}

void Step::insertException(PoolLive& pool, TaskId task, PoolLive::QueueKey key) {
  while (!pool.exceptions.emplace(key, task).second)
    ++key.second; // two at one place: only a damaged file says so
  pool.exceptionKeys[task] = key;
}

/// Takes a task out of the queue; false when it was not there.
bool Step::leaveQueue(PoolLive& pool, const TaskRow& row) {
  if (!pool.exceptionKeys.empty()) {
    if (const auto it = pool.exceptionKeys.find(row.id); it != pool.exceptionKeys.end()) {
      pool.exceptions.erase(it->second);
      pool.exceptionKeys.erase(it);
      --pool.counters.queued;
      return true;
    }
  }
  if (row.leftLine != m_seq || row.submitted == kNever) return false;
  skipLine(pool);
  if (pool.counters.queued == 0) return false;
  --pool.counters.queued;
  return true;
}

bool Step::leaveDispatched(PoolLive& pool, TaskId task) {
  if (pool.dispatchedTasks.empty()) return false;
  const auto it = std::find_if(pool.dispatchedTasks.begin(), pool.dispatchedTasks.end(),
                               [&](const auto& entry) { return entry.first == task; });
  if (it == pool.dispatchedTasks.end()) return false;
  pool.dispatchedTasks.erase(it);
  --pool.counters.dispatched;
  return true;
}

// --- Task

void Step::submitted(PoolLive& pool) {
  const auto priority = static_cast<std::int16_t>(m_event.slot);
  ++pool.counters.submitted, ++pool.counters.queued;
  if (priority != 0 || pool.inSnapshot)
    insertException(pool, m_event.taskId(), {-priority, static_cast<std::int64_t>(m_event.order)});
}

/// Its worker died before it started: it goes back to the head, by the scheduler's rule: the least key of its equals
/// − 1, or the event's order where there are none.
void Step::requeued(PoolLive& pool, const TaskRow& row) {
  if (!leaveDispatched(pool, row.id)) return;
  ++pool.counters.queued;
  auto key = static_cast<std::int64_t>(m_event.order);
  const auto first = pool.exceptions.lower_bound({-row.priority, INT64_MIN});
  if (first != pool.exceptions.end() && first->first.first == -row.priority)
    key = std::min(key, first->first.second - 1);
  if (row.priority == 0 && pool.queueHead < pool.queueEnd)
    key = std::min(key, m_history.tasks()[m_history.tasksOf(pool.id)[pool.queueHead]].queueKey - 1);
  insertException(pool, row.id, {-row.priority, key});
}

WorkerState* Step::workerOf(PoolLive& pool, TaskId task) {
  const WorkerState* there = m_event.slot == kNoSlot ? nullptr : m_state.worker(pool.id, m_event.slot);
  if (there != nullptr && there->task == task) return const_cast<WorkerState*>(there);
  const auto it = std::find_if(pool.slots.begin(), pool.slots.end(), [&](const auto& w) { return w.task == task; });
  return it == pool.slots.end() ? nullptr : &*it;
}

void Step::setPhase(WorkerState& worker, WorkerPhase phase) {
  if (worker.phase == phase) return;
  worker.phase = phase;
  worker.since = m_event.t;
}

void Step::started(PoolLive& pool, const TaskRow& row) {
  if (!leaveDispatched(pool, row.id) && !leaveQueue(pool, row)) ++pool.counters.submitted; // before the log began
  ++pool.counters.running;
  if (m_event.slot == kNoSlot) {
    pool.callerTasks.push_back(row.id);
    return;
  }
  WorkerState& worker = slot(pool, m_event.slot);
  worker.task = row.id;
  worker.phase = WorkerPhase::Running;
  worker.since = m_event.t;
}

void Step::finished(PoolLive& pool, const TaskRow& row) {
  PoolCounters& counters = pool.counters;
  if (WorkerState* worker = workerOf(pool, row.id)) {
    --counters.running;
    if (worker->phase == WorkerPhase::Blocked) --counters.blocked;
    worker->task = {};
    ++worker->finishedTasks;
    setPhase(*worker, WorkerPhase::Idle); // the next event of this worker may give it its next task at the same time
  } else if (std::erase(pool.callerTasks, row.id) > 0) {
    --counters.running;
  } else if (!leaveDispatched(pool, row.id) && !leaveQueue(pool, row)) {
    return; // it ended before, or nobody knows it
  }
  const auto outcome =
      m_event.kind == EventKind::TaskCancelled ? Outcome::Cancelled : static_cast<Outcome>(m_event.flag);
  if (outcome == Outcome::Ok)
    ++counters.done;
  else if (outcome == Outcome::Cancelled)
    ++counters.cancelled;
  else
    ++counters.failed;
}

void Step::taskStep() {
  PoolLive* pool = this->pool();
  if (pool == nullptr || m_event.task == 0) return;
  const auto index = m_history.indexOf(m_event.taskId());
  if (!index) return;
  const TaskRow& row = m_history.tasks()[*index];
  const auto& places = m_history.tasksOf(pool->id);
  if (pool->queueEnd < places.size() && places[pool->queueEnd] == *index) ++pool->queueEnd; // this event made the row
  switch (m_event.kind) {
  case EventKind::TaskSubmitted:
    submitted(*pool);
    break;
  case EventKind::TaskDispatched:
    if (!leaveQueue(*pool, row)) ++pool->counters.submitted; // before the log began
    ++pool->counters.dispatched;
    pool->dispatchedTasks.emplace_back(row.id, m_event.slot);
    break;
  case EventKind::TaskRequeued:
    requeued(*pool, row);
    break;
  case EventKind::TaskMoved:
    if (!leaveQueue(*pool, row)) break;
    ++pool->counters.queued;
    insertException(*pool, row.id, {-row.priority, m_event.ab()});
    break;
  case EventKind::TaskStarted:
    started(*pool, row);
    break;
  case EventKind::TaskBlocked:
    if (WorkerState* worker = workerOf(*pool, row.id); worker != nullptr && worker->phase == WorkerPhase::Running)
      ++pool->counters.blocked, setPhase(*worker, WorkerPhase::Blocked);
    break;
  case EventKind::TaskUnblocked:
    if (WorkerState* worker = workerOf(*pool, row.id); worker != nullptr && worker->phase == WorkerPhase::Blocked)
      --pool->counters.blocked, setPhase(*worker, WorkerPhase::Running);
    break;
  case EventKind::TaskFinished:
  case EventKind::TaskCancelled:
    finished(*pool, row);
    break;
  default:
    break;
  }
  skipLine(*pool);
}

// --- Worker

void Step::newWorker(WorkerState& worker, WorkerPhase phase, std::uint32_t generation) {
  const SlotIndex index = worker.slot;
  worker = WorkerState{};
  worker.slot = index, worker.phase = phase, worker.generation = generation, worker.since = m_event.t;
}

/// The slot has no worker any more: it is vacant for the next one, or gone.
void Step::endWorker(PoolLive& pool, SlotIndex index) {
  WorkerState& worker = slot(pool, index);
  newWorker(worker, WorkerPhase::Vacant, worker.generation);
  fillSlots(pool);
}

void Step::workerStep() {
  PoolLive* pool = this->pool();
  if (pool == nullptr || m_event.slot == kNoSlot) return;
  if (m_event.kind == EventKind::WorkerSampled) { // by a thread of its own: the worker may have ended meanwhile
    const WorkerState* sampled = m_state.worker(pool->id, m_event.slot);
    if (sampled == nullptr || sampled->phase == WorkerPhase::Vacant) return;
  }
  WorkerState& worker = slot(*pool, m_event.slot);
  switch (m_event.kind) {
  case EventKind::WorkerStarting:
    newWorker(worker, WorkerPhase::Starting, m_event.a);
    break;
  case EventKind::WorkerReady:
    worker.pid = m_event.a, worker.tid = m_event.b;
    worker.name = TextId{m_event.c}, worker.comm = TextId{m_event.d};
    pool->spawnErrno = 0;
    if (!worker.task) setPhase(worker, WorkerPhase::Idle);
    break;
  case EventKind::WorkerIdle:
    if (!worker.task) setPhase(worker, WorkerPhase::Idle);
    break;
  case EventKind::WorkerRetiring:
    worker.retireReason = static_cast<RetireReason>(m_event.flag);
    worker.retiring = worker.retireReason != RetireReason::Stays;
    break;
  case EventKind::WorkerExited:
    endWorker(*pool, m_event.slot);
    break;
  case EventKind::WorkerSlotFailed:
    setPhase(worker, WorkerPhase::Failed);
    worker.failure = m_event.text();
    break;
  case EventKind::WorkerSampled:
    worker.cpuNs = std::max(worker.cpuNs, m_event.ab()); // two may have read it at once, and told it in the other order
    if (m_event.c != 0) worker.rssKiB = m_event.c;
    if (m_event.flag & kSampledDelay) worker.runDelayNs = static_cast<std::int64_t>(m_event.task & INT64_MAX);
    break;
  default:
    break;
  }
}

// --- Callers, servers, clients

void Step::callerStep() {
  const auto [it, fresh] =
      m_state.callerPlaces.try_emplace(m_event.caller(), static_cast<std::uint32_t>(m_state.callers.size()));
  if (fresh) m_state.callers.emplace_back().id = m_event.caller();
  CallerLive& caller = m_state.callers[it->second];
  if (m_event.kind == EventKind::CallerNamed) {
    caller.name = m_event.text();
    return;
  }
  caller.blocked = m_event.kind == EventKind::CallerBlocked;
  caller.call = static_cast<CallKind>(m_event.flag);
  caller.pool = m_event.pool;
  caller.task = m_event.taskId();
  caller.since = m_event.t;
}

void Step::serverStep() {
  const auto [it, fresh] =
      m_state.serverPlaces.try_emplace(m_event.pool, static_cast<std::uint32_t>(m_state.servers.size()));
  if (fresh) m_state.servers.emplace_back().pool = m_event.pool;
  ServerLive& server = m_state.servers[it->second];
  server.listening = m_event.kind == EventKind::ServerListening;
  if (!server.listening) return;
  server.mode = m_event.flag;
  server.host = m_event.text();
  server.port = static_cast<std::uint16_t>(m_event.b);
}

void Step::clientStep() {
  if (m_event.kind == EventKind::ClientDisconnected)
    m_state.clients.erase(m_event.client());
  else
    applyToClient(m_state.clients[m_event.client()], m_event);
}

// --- Log

void Step::logStep() {
  if (m_event.kind == EventKind::Dropped) {
    m_state.dropped += static_cast<std::uint64_t>(m_event.cd());
    for (PoolLive& pool : m_state.pools)
      pool.gap = true;
  }
  if (m_event.kind != EventKind::SnapshotBegin && m_event.kind != EventKind::SnapshotEnd) return;
  PoolLive* pool = this->pool();
  if (pool == nullptr) return;
  pool->inSnapshot = m_event.kind == EventKind::SnapshotBegin;
  if (!pool->inSnapshot) {
    pool->gap = false;
    fillSlots(*pool);
    return;
  }
  // What is told now replaces the pool; what had ended before stays counted.
  PoolLive fresh;
  fresh.id = pool->id, fresh.openedAt = pool->openedAt, fresh.inSnapshot = true, fresh.gap = pool->gap;
  fresh.shutdownAt = pool->shutdownAt;
  const PoolCounters& old = pool->counters;
  PoolCounters& now = fresh.counters;
  now.done = std::max(old.done, m_event.task);
  now.failed = std::max(old.failed, static_cast<std::uint64_t>(m_event.ab()));
  now.cancelled = std::max(old.cancelled, static_cast<std::uint64_t>(m_event.cd()));
  now.submitted = now.done + now.failed + now.cancelled;
  fresh.queueHead = fresh.queueEnd = pool->queueEnd;
  *pool = std::move(fresh);
}

} // namespace

void StateFold::apply(PoolState& state, const TaskHistory& history, const Event& event) {
  Step(state, history, event).run();
  state.time = event.t;
  ++state.seq;
}

void StateFold::extend(PoolState& state, TaskHistory& history, const Event& event) {
  HistoryFold fold(history, state);
  fold.before(event);
  apply(state, history, event);
  fold.after(event);
}

std::string StateFold::checkInvariants(const PoolState& state, const TaskHistory& history) {
  if (!history.violation().empty()) return history.violation();
  for (const PoolLive& pool : state.pools) {
    if (pool.gap || pool.inSnapshot) continue;
    const std::string where = "pool " + std::to_string(pool.id.value()) + ": ";
    const PoolCounters& c = pool.counters;
    if (c.submitted != c.queued + c.dispatched + c.running + c.done + c.failed + c.cancelled)
      return where + "submitted is not the sum of queued, dispatched, running, done, failed and cancelled";
    if (c.dispatched != pool.dispatchedTasks.size()) return where + "the count of dispatched tasks is wrong";
    if (pool.exceptions.size() > c.queued) return where + "more tasks were moved in the queue than there are";
    std::uint64_t running = pool.callerTasks.size(), blocked = 0;
    for (std::size_t i = 0; i < pool.slots.size(); ++i) {
      const WorkerState& worker = pool.slots[i];
      if (i > 0 && pool.slots[i - 1].slot >= worker.slot) return where + "the slots are out of order";
      const bool busy = worker.phase == WorkerPhase::Running || worker.phase == WorkerPhase::Blocked;
      if (busy != static_cast<bool>(worker.task))
        return where + "a worker is busy without a task, or has one and is not";
      if (!busy) continue;
      ++running;
      blocked += worker.phase == WorkerPhase::Blocked;
      const TaskRow* row = history.find(worker.task);
      if (row == nullptr || row->slot != worker.slot || row->started > state.time)
        return where + "a task and its worker do not know each other";
    }
    if (running != c.running || blocked != c.blocked) return where + "running tasks and busy workers are not as many";
    constexpr std::uint64_t kCountUpTo = 64; // a long queue is counted by its length alone
    if (c.queued <= kCountUpTo && state.queuedTasks(pool.id, history, kCountUpTo + 1).size() != c.queued)
      return where + "the queue does not hold as many tasks as are queued";
  }
  return {};
}

} // namespace poolscope
