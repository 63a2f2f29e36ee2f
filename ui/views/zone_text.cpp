#include "ui/views/zone_text.h"

#include "core/analysis/drain_estimate.h"
#include "core/analysis/waiting.h"
#include "core/echo/echo_server.h"
#include "ui/models/processor_words.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"

#include <QStringList>

#include <algorithm>

namespace poolscope::ui {

namespace {

const QString kDot = QStringLiteral(" · ");

/// Calm enough to be spoken: whole seconds from ten on.
QString spoken(std::int64_t ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (ns < 10 * kSecond || ns >= 60 * kSecond) return formatElapsed(ns);
  return QStringLiteral("%1 s").arg(ns / kSecond);
}

} // namespace

QString ZoneText::counted(std::uint64_t n, const QString& one, const QString& many) {
  return n == 1 ? one : many.arg(formatCount(n));
}

QString ZoneText::callOf(BlockReason reason) {
  switch (reason) {
  case BlockReason::Recv:
    return QStringLiteral("recv");
  case BlockReason::Send:
    return QStringLiteral("send");
  case BlockReason::Sleep:
    return QStringLiteral("sleep");
  case BlockReason::Result:
    return QStringLiteral("result()");
  case BlockReason::Lock:
    return tr("lock");
  case BlockReason::Other:
    break;
  }
  return tr("blocked");
}

QString ZoneText::client(const Session& session, const ClientRow& client) {
  return plainLine(session.text(client.name ? client.name : client.peer));
}

QString ZoneText::clientOf(const Session& session, const TaskRow& task) {
  const ClientRow* row = task.client ? session.history().findClient(task.client) : nullptr;
  return row != nullptr ? client(session, *row) : QString();
}

QString ZoneText::task(const Session& session, const TaskRow& task) {
  const BlockedSpan* blocked =
      task.phaseAt(session.now()) == TaskPhase::Blocked ? task.blockedSpanAt(session.now()) : nullptr;
  const QString client = clientOf(session, task);
  QString text = QStringLiteral("#%1 ").arg(task.id.value());
  text += blocked != nullptr ? callOf(blocked->reason) : plainLine(session.text(task.name));
  if (!client.isEmpty()) text += QStringLiteral(" ← ") + client;
  return text;
}

QString ZoneText::workerOf(const Session& session, const TaskRow& task) {
  if (task.slot == kNoSlot) return {};
  const auto& workers = session.history().workersOf(task.pool);
  for (auto it = workers.rbegin(); it != workers.rend(); ++it)
    if (it->slot == task.slot && it->generation == task.generation) return plainLine(session.text(it->name));
  return {};
}

QString ZoneText::workerName(const Session& session, const WorkerState& worker) {
  const QString name = plainLine(session.text(worker.name));
  return name.isEmpty() ? tr("Slot %1").arg(worker.slot) : name;
}

QString ZoneText::shortName(const QString& name) {
  const qsizetype dash = name.lastIndexOf(u'-');
  return dash < 0 || dash + 1 == name.size() ? name : name.mid(dash + 1);
}

QString ZoneText::poolName(const Session& session, const PoolLive& pool) {
  const QString prefix = plainLine(session.text(pool.prefix)), label = knownName(session.text(pool.label));
  if (prefix.isEmpty()) return label.isEmpty() ? tr("Pool %1").arg(pool.id.value()) : label;
  return label.isEmpty() ? prefix : prefix + kDot + label;
}

QString ZoneText::closing(const Session& session, const PoolLive& pool) {
  if (!pool.shuttingDown || !pool.open) return {};
  const PoolCounters& c = pool.counters;
  const std::uint64_t left = c.queued + c.dispatched + c.running;
  if (pool.shutdownStage == ShutdownStage::Terminate || pool.shutdownStage == ShutdownStage::Kill)
    return tr("closing: its workers are being ended");
  if (left == 0) { // a reactor's clients hold no worker, and keep its pool open
    const auto clients =
        std::ranges::count(session.state().clients, pool.id, [](const auto& client) { return client.second.pool; });
    if (clients > 0)
      return counted(static_cast<std::uint64_t>(clients), tr("closing: 1 client is still here"),
                     tr("closing: %1 clients are still here"));
    return tr("closing: the last workers are leaving");
  }
  if (pool.shutdownWaits)
    return counted(left, tr("closing: shutdown(wait) waits for 1 task"),
                   tr("closing: shutdown(wait) waits for %1 tasks"));
  return counted(left, tr("closing: 1 task is left, nobody waits"), tr("closing: %1 tasks are left, nobody waits"));
}

QString ZoneText::closed(const PoolLive& pool) {
  return tr("closed after %1").arg(formatDuration(pool.closedAt - pool.openedAt)) + kDot + outcomes(pool.counters);
}

QString ZoneText::outcomes(const PoolCounters& c) {
  const std::uint64_t ended = c.done + c.failed + c.cancelled;
  QString text = ended < c.submitted ? tr("%1 of %2 done").arg(formatCount(c.done), formatCount(c.submitted))
                                     : tr("%1 done").arg(formatCount(c.done));
  if (c.failed > 0) text += kDot + tr("%1 failed").arg(formatCount(c.failed));
  if (c.cancelled > 0) text += kDot + tr("%1 cancelled").arg(formatCount(c.cancelled));
  return text;
}

QString ZoneText::vacant(const Session& session, const PoolLive& pool) {
  return Waiting::of(pool, session.history()).room > 0 ? tr("starts with the next task") : tr("empty: the pool is full");
}

QString ZoneText::workersSummary(const Session& session, const PoolLive* pool) {
  if (pool == nullptr || (!pool->open && pool->slots.empty())) return tr("no pool is open");
  std::uint64_t phases[6] = {}, retiring = 0;
  for (const WorkerState& worker : pool->slots) {
    ++phases[static_cast<int>(worker.phase)];
    retiring += worker.retiring && worker.phase != WorkerPhase::Vacant;
  }
  const auto of = [&](WorkerPhase phase) { return phases[static_cast<int>(phase)]; };
  const PoolLoad load = poolLoad(*pool, session.history(), session.lanes(), session.now());
  QStringList parts;
  if (hasThreadPerConnection(session, pool->id))
    parts << counted(pool->slots.size(), tr("1 thread"), tr("%1 threads")) << tr("one a connection, no bound");
  else
    parts << tr("%1 of %2 occupied").arg(formatCount(load.occupied), formatCount(load.slots));
  const auto any = [&](std::uint64_t n, const QString& text) {
    if (n > 0) parts << text.arg(formatCount(n));
  };
  if (pool->slots.size() > of(WorkerPhase::Vacant)) {
    parts << tr("%1 computing").arg(load.computing ? formatCount(*load.computing) : ProcessorWords::unknown());
    any(load.waiting, tr("%1 waiting for a processor"));
    parts << tr("%1 blocked").arg(formatCount(load.blocked)) << tr("%1 idle").arg(formatCount(load.idle));
  }
  any(of(WorkerPhase::Vacant), tr("%1 vacant"));
  any(of(WorkerPhase::Starting), tr("%1 starting"));
  any(retiring, tr("%1 retiring"));
  any(of(WorkerPhase::Failed), tr("%1 failed"));
  if (pool->held) parts << tr("held by Step");
  return parts.join(kDot);
}

QString ZoneText::queueSummary(const Session& session, const PoolLive* pool) {
  if (pool == nullptr || pool->counters.queued == 0) {
    std::uint64_t elsewhere = 0;
    for (const PoolLive& other : session.state().pools)
      elsewhere += other.counters.queued;
    if (elsewhere == 0) return tr("empty · nothing waits");
    return tr("empty · %1 waiting in other pools").arg(formatCount(elsewhere));
  }
  QStringList parts{tr("%1 waiting").arg(formatCount(pool->counters.queued))};
  parts << tr("oldest %1").arg(formatElapsed(session.now() - oldestQueued(session.state(), session.history(), pool->id)));
  const DrainEstimate drain = estimateDrain(session.state(), session.history(), pool->id, session.now());
  switch (drain.reason) {
  case DrainEstimate::Reason::Known:
    parts << tr("drained in about %1").arg(formatElapsed(drain.ns));
    break;
  case DrainEstimate::Reason::NothingYet:
    parts << tr("no estimate: no task has ended yet");
    break;
  case DrainEstimate::Reason::NotRecorded:
    parts << tr("no estimate: how long a task takes is not recorded");
    break;
  case DrainEstimate::Reason::HeldByClient:
    parts << (Waiting::of(*pool, session.history()).retiring > 0
                  ? tr("no estimate: every worker that stays is held by a client")
                  : tr("no estimate: every worker is held by a client"));
    break;
  case DrainEstimate::Reason::Empty:
    break;
  }
  return parts.join(kDot);
}

QString ZoneText::worker(const Session& session, const PoolLive& pool, const WorkerState& worker) {
  const TaskRow* task = worker.task ? session.history().find(worker.task) : nullptr;
  const BlockedSpan* blocked = task != nullptr ? task->blockedSpanAt(session.now()) : nullptr;
  QStringList parts{tr("Worker %1").arg(worker.slot)};
  if (worker.name) parts << plainLine(session.text(worker.name));
  if (worker.phase == WorkerPhase::Vacant) {
    parts << Words::of(worker) << vacant(session, pool);
    return parts.join(QStringLiteral(", "));
  }
  if (worker.phase == WorkerPhase::Failed) {
    parts << Words::of(worker) << plainLine(session.text(worker.failure));
    return parts.join(QStringLiteral(", "));
  }
  parts << (worker.phase == WorkerPhase::Blocked && blocked != nullptr
                ? tr("blocked in %1").arg(callOf(blocked->reason))
            : worker.phase == WorkerPhase::Running ? tr("running")
            : worker.phase == WorkerPhase::Idle    ? tr("idle")
                                                   : Words::of(worker))
        << spoken(session.now() - worker.since);
  if (task != nullptr) parts << ProcessorWords::of(session, task->pool, worker);
  if (task != nullptr) {
    const QString client = clientOf(session, *task);
    parts << (client.isEmpty() ? tr("task %1").arg(task->id.value())
                               : tr("task %1 of client %2").arg(task->id.value()).arg(client));
  }
  if (worker.retiring)
    parts << (task != nullptr && task->kind == TaskKind::Connection ? Words::retiresAfter(clientOf(session, *task))
                                                                    : tr("retiring"));
  return parts.join(QStringLiteral(", "));
}

bool hasThreadPerConnection(const Session& session, PoolId pool) {
  const ServerLive* server = session.state().server(pool);
  return server && static_cast<ServeMode>(server->mode) == ServeMode::ThreadPerConnection;
}

} // namespace poolscope::ui
