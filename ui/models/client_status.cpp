#include "ui/models/client_status.h"

#include "core/echo/echo_server.h"

namespace poolscope::ui {

namespace {
constexpr std::size_t kMostRead = 10'000;
}

std::size_t QueuePositions::of(PoolId pool, TaskId task) {
  const auto [it, fresh] = m_places.try_emplace(pool);
  if (fresh) {
    std::size_t place = 0;
    for (const TaskId queued : m_state.queuedTasks(pool, m_history, kMostRead))
      it->second.emplace(queued, ++place);
  }
  const auto found = it->second.find(task);
  return found == it->second.end() ? 0 : found->second;
}

std::size_t QueuePositions::holders(PoolId pool) {
  const auto [it, fresh] = m_holders.try_emplace(pool);
  const PoolLive* live = fresh ? m_state.pool(pool) : nullptr;
  if (!live) return it->second;
  for (const WorkerState& worker : live->slots) {
    const TaskRow* task = worker.task ? m_history.find(worker.task) : nullptr;
    if (!task || task->kind != TaskKind::Connection) return it->second = 0;
    ++it->second;
  }
  return it->second;
}

ClientStatus ClientStatus::of(const ClientRow& client, const PoolState& state, const TaskHistory& history,
                              std::int64_t now, QueuePositions* positions) {
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
    if (positions) {
      status.position = positions->of(task->pool, task->id);
      status.holders = positions->holders(task->pool);
    }
    return status;
  case TaskPhase::Running:
    status.stage = Stage::Computing, status.role = StateRole::Running;
    status.since =
        task->blocked.empty() || task->blocked.back().end == kNever ? task->started : task->blocked.back().end;
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
