#pragma once

#include "ui/session/session.h"

#include <QCoreApplication>
#include <QString>

namespace poolscope::ui {

/// The words of the painted zones and the inspector: what a card, a chip, a head line or a screen reader says. Facts
/// come from the session at its cursor; names from outside are made fit for one line.
/// Threads: GUI thread.
struct ZoneText {
  Q_DECLARE_TR_FUNCTIONS(ZoneText)
 public:
  /// "#12 recv ← ana", "#24 sleep", "#16 task".
  static QString task(const Session& session, const TaskRow& task);
  static QString callOf(BlockReason reason);                              ///< in the word of the call: "recv", "sleep"
  static QString client(const Session& session, const ClientRow& client); ///< its name, else its peer
  static QString clientOf(const Session& session, const TaskRow& task);   ///< empty: it serves none
  static QString workerOf(const Session& session, const TaskRow& task);   ///< its name; empty: never started
  /// "ThreadPoolExecutor-0_2", or "Slot 2" while nobody is there.
  static QString workerName(const Session& session, const WorkerState& worker);
  /// The end of a worker's name that tells it from its neighbours: "0_2" of "ThreadPoolExecutor-0_2".
  static QString shortName(const QString& workerName);
  static QString poolName(const Session& session, const PoolLive& pool); ///< "ThreadPoolExecutor-0 · echo server"
  /// "closing: shutdown(wait) waits for 4 tasks"; empty: it is not.
  static QString closing(const Session& session, const PoolLive& pool);
  static QString closed(const PoolLive& pool);           ///< "closed after 12.1 s · 10 done"
  static QString outcomes(const PoolCounters& counters); ///< "3 of 10 done · 1 failed"
  /// What a slot without a worker is for: "starts with the next task", or that its pool needs nobody there.
  static QString vacant(const Session& session, const PoolLive& pool);
  static QString workersSummary(const Session& session, const PoolLive* pool);
  static QString queueSummary(const Session& session, const PoolLive* pool);
  /// "Worker 2, ThreadPoolExecutor-0_2, blocked in recv, 41 s": what a screen reader says.
  static QString worker(const Session& session, const PoolLive& pool, const WorkerState& worker);
  static QString counted(std::uint64_t n, const QString& one, const QString& many); ///< `many` has a %1
};

/// The server that serves with a thread a connection has no pool: its threads are no slots and have no bound.
bool hasThreadPerConnection(const Session& session, PoolId pool);

} // namespace poolscope::ui
