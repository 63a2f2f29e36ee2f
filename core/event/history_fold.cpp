#include "core/event/history_fold.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

namespace poolscope {

namespace {

/// A lag as a row keeps it: never negative, at most 4.29 s.
std::uint32_t lagOf(const Event& event) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(event.cd(), 0, UINT32_MAX));
}

void setStep(StepLine& line, std::int64_t t, std::uint64_t wide) {
  const auto value = static_cast<std::uint32_t>(std::min<std::uint64_t>(wide, UINT32_MAX));
  if (line.empty()) return void(line.emplace_back(t, value));
  if (line.back().value == value) return;
  if (line.back().t < t) return void(line.emplace_back(t, value));
  line.back().value = value; // several events at one time: the last holds
  if (line.size() >= 2 && line[line.size() - 2].value == value) line.pop_back();
}

} // namespace

void HistoryFold::mustBe(bool condition, const Event& event, const char* sentence) {
  if (condition || !m_history.m_violation.empty()) return;
  const PoolLive* pool = m_state.pool(event.pool);
  if (pool == nullptr || pool->gap || pool->inSnapshot) return;
  std::ostringstream text;
  text << "event " << m_state.seq << ", task " << event.task << ", slot " << event.slot << ": " << sentence;
  m_history.m_violation = text.str();
}

HistoryFold::PoolHistory& HistoryFold::poolHistory(PoolId id) {
  if (const auto* known = m_history.poolHistory(id)) return const_cast<PoolHistory&>(*known);
  if (id.value() != m_history.m_pools.size() + 1)
    m_history.m_poolPlaces.emplace(id, static_cast<std::uint32_t>(m_history.m_pools.size()));
  PoolHistory& made = m_history.m_pools.emplace_back();
  made.id = id;
  return made;
}

/// The event's task; made when it was not known, which only a submission does in an undamaged log.
TaskRow& HistoryFold::row(const Event& event) {
  if (const auto index = m_history.indexOf(event.taskId())) return m_history.m_tasks[*index];
  const std::uint64_t index = m_history.m_tasks.size();
  TaskRow& made = m_history.m_tasks.emplace_back();
  made.id = event.taskId();
  made.pool = event.pool;
  if (event.task != index + 1) m_history.m_index.emplace(made.id, index);
  poolHistory(event.pool).tasks.push_back(index);
  mustBe(event.kind == EventKind::TaskSubmitted, event, "a task is told of that was not submitted");
  return made;
}

void HistoryFold::leaveLine(TaskRow& row) const {
  if (row.leftLine == UINT64_MAX) row.leftLine = m_state.seq;
}

/// 1 + the tasks that are before this one in the queue.
std::uint32_t HistoryFold::queuePosition(const Event& event) const {
  const PoolLive* pool = m_state.pool(event.pool);
  if (pool == nullptr) return 1;
  const auto priority = static_cast<std::int16_t>(event.slot);
  const auto& exceptions = pool->exceptions;
  if (priority == 0 && exceptions.empty()) return static_cast<std::uint32_t>(pool->counters.queued + 1);
  const auto here = exceptions.lower_bound({-priority, static_cast<std::int64_t>(event.order)});
  const auto before = static_cast<std::uint64_t>(std::distance(exceptions.begin(), here));
  const std::uint64_t inLine =
      pool->counters.queued - std::min<std::uint64_t>(exceptions.size(), pool->counters.queued);
  return static_cast<std::uint32_t>(before + (priority <= 0 ? inLine : 0) + 1);
}

void HistoryFold::submitted(const Event& event) {
  TaskRow& row = this->row(event);
  const PoolLive* pool = m_state.pool(event.pool);
  const bool inSnapshot = pool != nullptr && pool->inSnapshot;
  mustBe(row.submitted == kNever, event, "a task is submitted twice");
  if (row.submitted == kNever) { // else a snapshot tells it again, and less of it
    row.submitted = event.t;
    row.pool = event.pool;
    row.name = event.text();
    row.kind = static_cast<TaskKind>(event.flag);
    row.priority = static_cast<std::int16_t>(event.slot);
    row.caller = event.caller();
    row.parent = TaskId{event.c};
    row.client = event.client();
    row.queueKey = static_cast<std::int64_t>(event.order);
    row.queuePositionAtSubmit = queuePosition(event);
    if (row.client) m_history.m_clientTasks[row.client].push_back(*m_history.indexOf(row.id));
  }
  if (row.priority != 0 || inSnapshot) leaveLine(row);
  if (inSnapshot) poolHistory(event.pool).toldAgain.insert(row.id);
}

WorkerSpan& HistoryFold::worker(PoolHistory& pool, SlotIndex slot, bool fresh) {
  if (slot >= pool.workerOf.size()) pool.workerOf.resize(slot + 1u, 0);
  std::uint32_t& place = pool.workerOf[slot];
  if (place == 0 || fresh) {
    pool.workers.emplace_back().slot = slot;
    place = static_cast<std::uint32_t>(pool.workers.size());
  }
  return pool.workers[place - 1];
}

void HistoryFold::started(TaskRow& row, const Event& event) {
  mustBe(row.started == kNever, event, "a task is started twice");
  mustBe(row.outcome == Outcome::None, event, "a task is started after its end");
  leaveLine(row);
  row.slot = event.slot;
  if (row.started != kNever && row.outcome == Outcome::None) return; // told again by a snapshot
  row.started = event.t;
  row.startLag = lagOf(event);
  if (event.slot == kNoSlot) return;
  WorkerSpan& worker = this->worker(poolHistory(event.pool), event.slot, false);
  row.generation = worker.generation;
  worker.tasks.push_back(*m_history.indexOf(row.id));
}

void HistoryFold::finished(TaskRow& row, const Event& event) {
  mustBe(row.outcome == Outcome::None, event, "a task ends twice");
  leaveLine(row);
  if (row.outcome != Outcome::None && row.outcome != Outcome::Unknown) return;
  if (!row.blocked.empty() && row.blocked.back().end == kNever) row.blocked.back().end = event.t;
  row.finished = event.t;
  if (event.kind == EventKind::TaskCancelled) {
    row.outcome = Outcome::Cancelled;
    row.cancelledBy = static_cast<By>(event.flag);
    return;
  }
  row.outcome = event.flag == 0 ? Outcome::Unknown : static_cast<Outcome>(event.flag);
  row.error = event.text();
  row.finishLag = lagOf(event);
}

void HistoryFold::taskEvent(const Event& event) {
  if (event.kind == EventKind::TaskSubmitted) return submitted(event);
  TaskRow& row = this->row(event);
  switch (event.kind) {
  case EventKind::TaskDispatched:
    leaveLine(row);
    row.dispatched = event.t, row.slot = event.slot;
    break;
  case EventKind::TaskRequeued:
    row.firstDispatched = std::exchange(row.dispatched, kNever);
    row.requeued = event.t, row.slot = kNoSlot;
    break;
  case EventKind::TaskMoved:
    leaveLine(row);
    break;
  case EventKind::TaskStarted:
    started(row, event);
    break;
  case EventKind::TaskBlocked:
    if (!row.blocked.empty() && row.blocked.back().end == kNever) break; // told again by a snapshot
    mustBe(row.started != kNever && row.finished == kNever, event, "a task is blocked that does not run");
    row.blocked.push_back({.begin = event.t,
                           .end = kNever,
                           .beginLag = lagOf(event),
                           .endLag = 0,
                           .reason = static_cast<BlockReason>(event.flag),
                           .detail = event.text()});
    break;
  case EventKind::TaskUnblocked:
    if (!row.blocked.empty() && row.blocked.back().end == kNever)
      row.blocked.back().end = event.t, row.blocked.back().endLag = lagOf(event);
    break;
  case EventKind::TaskFinished:
  case EventKind::TaskCancelled:
    finished(row, event);
    break;
  case EventKind::TaskStopRequested:
    if (row.stopRequested == kNever) row.stopRequested = event.t;
    break;
  case EventKind::TaskResultRead:
    if (row.resultRead == kNever) row.resultRead = event.t;
    break;
  default:
    break;
  }
}

void HistoryFold::workerEvent(const Event& event) {
  PoolHistory& pool = poolHistory(event.pool);
  if (event.slot == kNoSlot) return;
  const bool inSnapshot = m_state.pool(event.pool) != nullptr && m_state.pool(event.pool)->inSnapshot;
  if (inSnapshot && event.kind == EventKind::WorkerStarting && event.slot < pool.workerOf.size() &&
      pool.workerOf[event.slot] != 0) {
    const WorkerSpan& known = this->worker(pool, event.slot, false);
    if (known.generation == event.a && known.exited == kNever) return; // told again
  }
  WorkerSpan& worker = this->worker(pool, event.slot, event.kind == EventKind::WorkerStarting);
  switch (event.kind) {
  case EventKind::WorkerStarting:
    worker.generation = event.a, worker.starting = event.t;
    break;
  case EventKind::WorkerReady:
    if (worker.ready == kNever) worker.ready = event.t;
    worker.pid = event.a, worker.tid = event.b, worker.name = TextId{event.c};
    break;
  case EventKind::WorkerRetiring:
    worker.retiring = static_cast<RetireReason>(event.flag) == RetireReason::Stays ? kNever : event.t;
    break;
  case EventKind::WorkerExited:
  case EventKind::PoolSpawnFailed: // it was to start, and never lived
    if (worker.exited == kNever) worker.exited = event.t;
    break;
  default:
    break;
  }
}

void HistoryFold::callerEvent(const Event& event) {
  auto& spans = m_history.m_callerSpans;
  auto& open = m_history.m_openCallerSpans;
  if (event.kind == EventKind::CallerNamed) return;
  if (const auto it = open.find(event.caller()); it != open.end()) {
    spans[it->second].end = event.t;
    open.erase(it);
  }
  if (event.kind != EventKind::CallerBlocked) return;
  open.emplace(event.caller(), spans.size());
  spans.push_back({.caller = event.caller(),
                   .call = static_cast<CallKind>(event.flag),
                   .pool = event.pool,
                   .task = event.taskId(),
                   .begin = event.t,
                   .end = kNever});
}

void HistoryFold::clientEvent(const Event& event) {
  const auto [it, fresh] = m_history.m_clientIndex.try_emplace(event.client(), m_history.m_clients.size());
  if (fresh) m_history.m_clients.emplace_back();
  applyToClient(m_history.m_clients[it->second], event);
}

/// Tasks that the snapshot did not tell of ended in the gap, nobody knows how.
void HistoryFold::endSnapshot(const Event& event) {
  PoolHistory& pool = poolHistory(event.pool);
  for (const std::uint64_t index : pool.tasks) {
    TaskRow& row = m_history.m_tasks[index];
    if (row.outcome != Outcome::None || pool.toldAgain.contains(row.id)) continue;
    row.outcome = Outcome::Unknown;
    row.finished = event.t;
    if (!row.blocked.empty() && row.blocked.back().end == kNever) row.blocked.back().end = event.t;
    leaveLine(row);
  }
  pool.toldAgain = {};
}

void HistoryFold::before(const Event& event) {
  if (event.kind >= EventKind::TaskSubmitted && event.kind <= EventKind::TaskLog) {
    if (event.task != 0 && event.pool) taskEvent(event);
  } else if ((event.kind >= EventKind::WorkerStarting && event.kind <= EventKind::WorkerSlotFailed) ||
             event.kind == EventKind::PoolSpawnFailed) {
    if (event.pool) workerEvent(event);
  } else if (event.kind >= EventKind::CallerNamed && event.kind <= EventKind::CallerResumed) {
    callerEvent(event);
  } else if (event.kind >= EventKind::ClientConnected && event.kind <= EventKind::ClientDisconnected) {
    clientEvent(event);
  } else if (event.kind == EventKind::SnapshotEnd) {
    endSnapshot(event);
  }
}

void HistoryFold::after(const Event& event) {
  const bool ofTask = event.kind >= EventKind::TaskSubmitted && event.kind <= EventKind::TaskRequeued;
  const bool ofPool = event.kind <= EventKind::PoolReleased || event.kind >= EventKind::SnapshotBegin;
  if (!ofTask && !ofPool) return;
  const PoolLive* live = m_state.pool(event.pool);
  if (live == nullptr) return;
  PoolHistory& pool = poolHistory(event.pool);
  if (ofPool && !live->gap) setStep(pool.size, event.t, live->target);
  if (live->inSnapshot) return; // half told
  setStep(pool.depth, event.t, live->counters.queued);
  setStep(pool.busy, event.t, live->counters.running);
}

void applyToClient(ClientRow& row, const Event& event) {
  row.id = event.client();
  row.pool = event.pool;
  switch (event.kind) {
  case EventKind::ClientConnected:
    row.connected = event.t, row.peer = event.text();
    break;
  case EventKind::ClientNamed:
    row.name = event.text();
    break;
  case EventKind::ClientQueued:
    row.queued = event.t, row.task = event.taskId();
    break;
  case EventKind::ClientServed:
    row.served = event.t, row.task = event.taskId(), row.slot = event.slot;
    break;
  case EventKind::ClientReceived:
    row.received += static_cast<std::uint64_t>(event.ab());
    row.messages += event.task;
    break;
  case EventKind::ClientSent:
    row.sent += static_cast<std::uint64_t>(event.ab());
    break;
  case EventKind::ClientDisconnected:
    row.disconnected = event.t, row.cause = static_cast<DisconnectCause>(event.flag);
    break;
  default:
    break;
  }
}

} // namespace poolscope
