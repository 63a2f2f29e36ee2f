#pragma once

#include "core/analysis/waiting.h"
#include "ui/session/session.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>

namespace poolscope::ui {

/// Why a task waits, in words: everywhere the same, from Waiting. `position` counts from 1, the head; 0 = not known.
/// Threads: GUI thread.
struct WhyWaits {
  Q_DECLARE_TR_FUNCTIONS(WhyWaits)
 public:
  /// For a cell or a line: "no free worker: 2 of 7 stay, clients hold them".
  static QString brief(const Waiting& waiting, std::size_t position);
  /// The same in sentences, with names: "In the queue, position 1: no free worker. #8 waits for ana or bo to leave. 5
  /// others retire: nobody takes their place." Of a task that was handed to a worker process: what runs there first.
  static QString sentences(const Session& session, const PoolLive& pool, const TaskRow& task, std::size_t position);
  /// Where the task stands in its pool's queue at the session's cursor, if not too far back to look.
  static std::size_t position(const Session& session, const TaskRow& task);

 private:
  static QStringList whoHelps(const Session& session, const PoolLive& pool, const TaskRow& task, const Waiting& waiting,
                              std::size_t position);
};

} // namespace poolscope::ui
