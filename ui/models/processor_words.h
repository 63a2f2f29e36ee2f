#pragma once

#include "core/analysis/activity.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>

#include <optional>

namespace poolscope::ui {

/// What somebody had of a processor, in the words of every view; the figures are core/analysis/activity.h's. What
/// nobody knows is "—". Threads: GUI thread.
struct ProcessorWords {
  Q_DECLARE_TR_FUNCTIONS(ProcessorWords)
 public:
  static QString unknown() { return QStringLiteral("—"); }
  static QString share(std::optional<double> share) { return share ? formatPercent(*share) : unknown(); }
  static QString waits() { return tr("waits for a processor"); }
  /// "computing 3 %" and, where that is worth a word, "waits for a processor 95 %": of a worker that has a task and is
  /// not blocked; else nothing.
  static QStringList of(const Session& session, PoolId pool, const WorkerState& worker) {
    if (worker.phase != WorkerPhase::Running) return {};
    const WorkerShares shares = workerShares(session.history(), session.lanes(), pool, worker, session.now());
    QStringList words{tr("computing %1").arg(share(shares.computing))};
    if (shares.waiting.value_or(0) >= 0.05) words << waits() + u' ' + share(shares.waiting);
    return words;
  }
};

} // namespace poolscope::ui
