#include "ui/models/client_status.h"

#include "core/echo/echo_server.h"

#include <algorithm>

namespace poolscope::ui {

namespace {

/// When the task last began to compute: at its start, or when it was blocked no more.
std::int64_t runningSince(const TaskRow& task, std::int64_t now) {
  const auto after =
      std::ranges::partition_point(task.blocked, [now](const BlockedSpan& span) { return span.end <= now; });
  return after == task.blocked.begin() ? task.started : std::prev(after)->end;
}

} // namespace

std::size_t QueuePositions::of(PoolId pool, TaskId task) {
  const auto [it, fresh] = m_places.try_emplace(pool);
  if (fresh) {
    std::size_t place = 0;
    for (const TaskId queued : m_state.queuedTasks(pool, m_history, m_most))
      it->second.emplace(queued, ++place);
  }
  const auto found = it->second.find(task);
  return found == it->second.end() ? 0 : found->second;
}

const Waiting& QueuePositions::waiting(PoolId pool) {
  const auto [it, fresh] = m_waiting.try_emplace(pool);
  if (const PoolLive* live = fresh ? m_state.pool(pool) : nullptr) it->second = Waiting::of(*live, m_history);
  return it->second;
}

ClientStatus ClientStatus::of(const ClientRow& client, const PoolState& state, const TaskHistory& history,
                              std::int64_t now, QueuePositions& positions) {
  ClientStatus status;
  status.since = client.connected;
  const TaskRow* task = history.lastTaskOf(client.id, now);
  if (!task) task = history.find(client.task); // its submission fell into a gap
  if (!task) {
    const ServerLive* server = state.server(client.pool);
    if (server && static_cast<ServeMode>(server->mode) == ServeMode::Reactor)
      status.stage = Stage::Idle; // it has said nothing that anybody could serve
    return status;
  }
  switch (task->phaseAt(now)) {
  case TaskPhase::Queued:
  case TaskPhase::Dispatched:
    status.stage = Stage::Queued, status.role = StateRole::Queued;
    status.since = task->submitted;
    status.handed = task->phaseAt(now) == TaskPhase::Dispatched;
    status.position = positions.of(task->pool, task->id);
    status.waiting = positions.waiting(task->pool);
    return status;
  case TaskPhase::Running:
    status.stage = Stage::Running, status.role = StateRole::Running;
    status.since = runningSince(*task, now);
    break;
  case TaskPhase::Blocked: {
    const BlockedSpan* blocked = task->blockedSpanAt(now);
    status.stage = blocked && blocked->reason == BlockReason::Send ? Stage::Sending : Stage::Receiving;
    status.role = StateRole::Blocked;
    status.since = blocked ? blocked->begin : task->started;
    break;
  }
  default:
    status.stage = Stage::Idle;
    status.since = task->finished != kNever ? task->finished : client.connected;
    return status;
  }
  status.slot = task->slot;
  if (const WorkerState* worker = state.worker(task->pool, task->slot)) status.worker = worker->name;
  return status;
}

} // namespace poolscope::ui
