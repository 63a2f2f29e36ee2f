#pragma once

#include "core/analysis/headcount.h"
#include "core/event/pool_state.h"
#include "ui/models/client_status.h"
#include "ui/models/why_waits.h"
#include "ui/theme/format.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>

namespace poolscope::ui {

/// The words for states and outcomes, as tables, cards and tooltips say them. Threads: GUI thread.
struct Words {
  Q_DECLARE_TR_FUNCTIONS(Words)
 public:
  static QString of(const WorkerState& worker) {
    if (worker.retiring) return tr("retiring");
    switch (worker.phase) {
    case WorkerPhase::Vacant:
      return tr("vacant");
    case WorkerPhase::Starting:
      return tr("starting");
    case WorkerPhase::Idle:
      return tr("idle");
    case WorkerPhase::Running:
      return tr("running");
    case WorkerPhase::Blocked:
      return tr("blocked");
    case WorkerPhase::Failed:
      return tr("failed");
    }
    return {};
  }
  static QString of(TaskPhase phase) {
    switch (phase) {
    case TaskPhase::Unborn:
      return {};
    case TaskPhase::Queued:
      return tr("queued");
    case TaskPhase::Dispatched:
      return tr("dispatched");
    case TaskPhase::Running:
      return tr("running");
    case TaskPhase::Blocked:
      return tr("blocked");
    case TaskPhase::Done:
      return tr("done");
    case TaskPhase::Failed:
      return tr("failed");
    case TaskPhase::Cancelled:
      return tr("cancelled");
    case TaskPhase::Unknown:
      return tr("unknown");
    }
    return {};
  }
  static QString of(BlockReason reason) {
    switch (reason) {
    case BlockReason::Other:
      return tr("blocked");
    case BlockReason::Recv:
      return tr("waiting in recv");
    case BlockReason::Send:
      return tr("waiting in send");
    case BlockReason::Sleep:
      return tr("sleeping");
    case BlockReason::Result:
      return tr("waiting for a result");
    case BlockReason::Lock:
      return tr("waiting for a lock");
    }
    return {};
  }
  /// Why a client's connection ended, after "Closed by the server:".
  static QString of(DisconnectCause cause) {
    switch (cause) {
    case DisconnectCause::EndOfStream:
      return tr("it had ended its sending");
    case DisconnectCause::Reset:
      return tr("it was reset by the client");
    case DisconnectCause::ServerStop:
      return tr("the server was stopped");
    case DisconnectCause::SlowReader:
      return tr("it did not read its answers");
    case DisconnectCause::Idle:
      return tr("it was idle");
    case DisconnectCause::Lost:
      return tr("its host has vanished");
    case DisconnectCause::Error:
      return tr("the system reported an error");
    case DisconnectCause::WorkerDied:
      return tr("its worker process died");
    case DisconnectCause::Cancelled:
      return tr("it was cancelled in the queue");
    }
    return {};
  }
  /// How many workers a pool may have and has: "size 2 · 7 workers, 5 of them retiring · 1 starting".
  static QString sizeOf(const PoolLive& pool) {
    const Headcount count = Headcount::of(pool);
    const auto counted = [](std::uint64_t n, const QString& one, const QString& many) {
      return n == 1 ? one : many.arg(formatCount(n));
    };
    if (pool.target == 0) // a thread a connection: nothing bounds them
      return counted(count.workers + count.starting, tr("1 thread, no bound"), tr("%1 threads, no bound"));
    QString workers = count.workers == 0 ? tr("no worker") : counted(count.workers, tr("1 worker"), tr("%1 workers"));
    if (count.retiring > 0)
      workers = count.workers == 1 ? tr("1 worker, retiring")
                                   : tr("%1, %2 of them retiring").arg(workers, formatCount(count.retiring));
    QStringList parts{tr("size %1").arg(formatCount(pool.target)), workers};
    if (count.starting > 0) parts << tr("%1 starting").arg(formatCount(count.starting));
    if (count.failed > 0) parts << tr("%1 failed").arg(formatCount(count.failed));
    return parts.join(QStringLiteral(" · "));
  }
  /// What a retiring worker waits for.
  static QString retiresAfter(const QString& client) { return tr("retires after %1 leaves").arg(client); }
  /// Where a queued client stands, before the reason: "In the queue, position 5:".
  static QString placeOf(const ClientStatus& status) {
    return status.position ? tr("In the queue, position %1:").arg(formatCount(status.position)) : tr("In the queue:");
  }
  /// Why a queued client is not served: "no free worker, 4 clients hold them".
  static QString whyNotServed(const ClientStatus& status) {
    return status.handed ? tr("handed to a worker that has not started it")
                         : WhyWaits::brief(status.waiting, status.position);
  }
  /// A client's state in one line: what it does, why it waits, how long already.
  static QString of(const ClientStatus& status, std::int64_t now) {
    const QString elapsed = formatElapsed(now - status.since);
    switch (status.stage) {
    case ClientStatus::Stage::Connected:
      return tr("connected, not served yet, %1").arg(elapsed);
    case ClientStatus::Stage::Queued:
      return tr("%1 %2, %3").arg(placeOf(status), whyNotServed(status), elapsed);
    case ClientStatus::Stage::Receiving:
      return tr("blocked in recv, %1").arg(elapsed);
    case ClientStatus::Stage::Sending:
      return tr("blocked in send, %1").arg(elapsed);
    case ClientStatus::Stage::Running:
      return tr("running, %1").arg(elapsed);
    case ClientStatus::Stage::Idle:
      return tr("idle: holds no worker, %1").arg(elapsed);
    }
    return {};
  }
  static QString of(TaskKind kind) {
    switch (kind) {
    case TaskKind::Call:
      return tr("call");
    case TaskKind::MapElement:
      return tr("map element");
    case TaskKind::Connection:
      return tr("connection");
    case TaskKind::Readable:
      return tr("readable");
    }
    return {};
  }
};

} // namespace poolscope::ui
