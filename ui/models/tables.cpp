#include "ui/models/tables.h"

#include "ui/models/processor_words.h"
#include "ui/models/why_waits.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/theme/icons.h"

#include <algorithm>

namespace poolscope::ui {

namespace {

QString taskText(const Session& session, const TaskRow* task) {
  if (!task) return {};
  QString name = session.text(task->name);
  const ClientRow* client = task->client ? session.history().findClient(task->client) : nullptr;
  if (client && client->name) name.replace(session.text(client->peer), session.text(client->name)); // "recv ← ana"
  return QStringLiteral("#%1 %2").arg(task->id.value()).arg(plainLine(name));
}

QString workerName(const Session& session, const TaskRow& task) {
  if (task.slot == kNoSlot) return {};
  for (const WorkerSpan& span : session.history().workersOf(task.pool))
    if (span.slot == task.slot && span.generation == task.generation) return session.text(span.name);
  return {};
}

} // namespace

// --- Workers

QStringList WorkersModel::headers() const {
  return {tr("slot"), tr("name"), tr("PID"), tr("TID"), tr("state"), tr("task"), tr("elapsed"), tr("done")};
}

std::vector<Selection> WorkersModel::rowsNow() {
  std::vector<Selection> rows;
  if (const PoolLive* pool = session().state().pool(session().currentPool()))
    for (const WorkerState& worker : pool->slots)
      rows.push_back(Selection::ofWorker(pool->id, worker));
  return rows;
}

QVariant WorkersModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const WorkerState* state = session().state().worker(key(index).pool, key(index).slot);
  if (state == nullptr) return {};
  const WorkerState& worker = *state;
  const bool present = worker.phase != WorkerPhase::Vacant;
  if (role == Qt::DecorationRole && index.column() == State) return stateIcon(stateRoleOf(worker.phase));
  if (role == Qt::ToolTipRole && index.column() == Name && present && worker.comm)
    return tr("The kernel shows it as %1.").arg(plainLine(session().text(worker.comm)));
  if (role == Qt::AccessibleTextRole) return spoken(index);
  if (role == Qt::ToolTipRole && index.column() == State)
    return ProcessorWords::of(session(), session().currentPool(), worker).join(QStringLiteral(", "));
  if (role != Qt::DisplayRole) return {};
  const TaskRow* task = worker.task ? session().history().find(worker.task) : nullptr;
  switch (index.column()) {
  case Slot:
    return QString::number(worker.slot);
  case Name:
    return present ? plainLine(session().text(worker.name)) : QString();
  case Pid:
    return present && worker.pid ? QString::number(worker.pid) : QString();
  case Tid:
    return present && worker.tid ? QString::number(worker.tid) : QString();
  case State:
    return Words::of(worker);
  case Task: {
    QString text = taskText(session(), task);
    if (const BlockedSpan* blocked = task ? task->blockedSpanAt(session().now()) : nullptr)
      text += QStringLiteral(" · ") + Words::of(blocked->reason);
    if (const ClientRow* client = worker.retiring && task && task->kind == TaskKind::Connection
                                      ? session().history().findClient(task->client)
                                      : nullptr)
      text += QStringLiteral(" · ") +
              Words::retiresAfter(plainLine(session().text(client->name ? client->name : client->peer)));
    return text;
  }
  case Elapsed:
    if (task && task->started != kNever) return formatElapsed(session().now() - task->started);
    return present && worker.phase != WorkerPhase::Failed ? formatElapsed(session().now() - worker.since) : QString();
  case Done:
    return present ? formatCount(worker.finishedTasks) : QString();
  }
  return {};
}

// --- Queue

QStringList QueueModel::headers() const {
  return {tr("position"), tr("task"), tr("kind"), tr("waiting"), tr("why")};
}

std::vector<Selection> QueueModel::rowsNow() {
  const PoolLive* pool = session().state().pool(session().currentPool());
  m_waiting =
      pool && pool->counters.queued > 0 ? poolscope::Waiting::of(*pool, session().history()) : poolscope::Waiting();
  std::vector<Selection> rows;
  for (const TaskId task : session().state().queuedTasks(session().currentPool(), session().history(), kMost))
    rows.push_back(Selection::ofTask(session().currentPool(), task));
  return rows;
}

QVariant QueueModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const TaskRow* task = session().history().find(key(index).task);
  if (!task) return {};
  if (role == Qt::DecorationRole && index.column() == Task) return stateIcon(StateRole::Queued);
  if (role == Qt::AccessibleTextRole) return spoken(index);
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
  case Position:
    return QString::number(ordinal(index));
  case Task:
    return taskText(session(), task);
  case Kind:
    return Words::of(task->kind);
  case Waiting:
    return formatElapsed(task->waitedAt(session().now()));
  case Why: {
    const auto position = static_cast<std::size_t>(ordinal(index));
    const QString why = WhyWaits::brief(m_waiting, position);
    return position == 1 ? why : tr("position %1: %2").arg(position).arg(why);
  }
  }
  return {};
}

// --- Tasks

QStringList TasksModel::headers() const {
  return {tr("id"), tr("name"), tr("state"), tr("worker"), tr("waited"), tr("ran"), tr("outcome")};
}

void TasksModel::takeRows() {
  const auto& tasks = session().history().tasks();
  int rows = static_cast<int>(tasks.size());
  if (!session().isLive()) // the rows are in order of submission
    rows = static_cast<int>(std::ranges::upper_bound(tasks, session().now(), {}, &TaskRow::submitted) - tasks.begin());
  if (!session().isLive() || m_firstLive > rows) m_firstLive = 0;
  while (m_firstLive < rows && session().isLive() && tasks[static_cast<std::size_t>(m_firstLive)].finished != kNever &&
         tasks[static_cast<std::size_t>(m_firstLive)].finished < session().now() - 1'000'000'000)
    ++m_firstLive; // a second later the views have shown its end
  if (rows < m_rows) {
    beginRemoveRows({}, rows, m_rows - 1);
    m_rows = rows;
    endRemoveRows();
  } else if (rows > m_rows) {
    beginInsertRows({}, m_rows, rows - 1);
    m_rows = rows;
    endInsertRows();
  }
}

QVariant TasksModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const TaskRow& task = session().history().tasks()[static_cast<std::size_t>(index.row())];
  const std::int64_t now = session().now();
  const TaskPhase phase = task.phaseAt(now);
  if (role == Qt::DecorationRole && index.column() == State) return stateIcon(stateRoleOf(phase));
  if (role == Qt::AccessibleTextRole) return spoken(index);
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
  case Id:
    return QStringLiteral("#%1").arg(task.id.value());
  case Name:
    return plainLine(session().text(task.name));
  case State:
    return Words::of(phase);
  case Worker:
    return workerName(session(), task);
  case Waited:
    return formatDuration(task.waitedAt(now));
  case Ran:
    return task.started != kNever && task.started <= now ? formatDuration(task.ranAt(now)) : QString();
  case Outcome:
    switch (phase) {
    case TaskPhase::Done:
      return tr("ok");
    case TaskPhase::Cancelled:
      return tr("cancelled");
    case TaskPhase::Failed:
      return task.error ? plainLine(session().text(task.error)) : tr("failed");
    default:
      return QString();
    }
  }
  return {};
}

Selection TasksModel::selectionAt(int row) const {
  const TaskRow& task = session().history().tasks()[static_cast<std::size_t>(row)];
  return Selection::ofTask(task.pool, task.id);
}

int TasksModel::rowOf(const Selection& selection) const {
  if (selection.kind != Selection::Kind::Task) return -1;
  const auto index = session().history().indexOf(selection.task);
  return index && static_cast<int>(*index) < rowCount() ? static_cast<int>(*index) : -1;
}

std::vector<int> TasksModel::selectedRows() const {
  std::vector<int> rows; // not by looking at each row: there may be a million
  for (const Selection& each : session().selected())
    if (const int row = rowOf(each); row >= 0) rows.push_back(row);
  std::ranges::sort(rows);
  return rows;
}

} // namespace poolscope::ui
