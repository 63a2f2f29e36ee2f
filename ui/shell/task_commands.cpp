#include "ui/shell/task_commands.h"

#include "ui/control/pool_controller.h"
#include "ui/models/tables.h"
#include "ui/session/session.h"
#include "ui/shell/commands.h"
#include "ui/shell/data_table.h"

#include <QApplication>
#include <QMenu>
#include <QMenuBar>

#include <algorithm>
#include <ranges>

#include <unistd.h>

namespace poolscope::ui {

TaskCommands::TaskCommands(Commands& commands, Session& session, PoolController& controller, QWidget* window,
                           QList<DataTable*> tables)
    : QObject(window), m_commands(commands), m_session(session), m_controller(controller), m_tables(std::move(tables)) {
  const auto menu = Commands::Menu::Pool;
  m_kill = commands.add(menu, QT_TRANSLATE_NOOP("Commands", "Kill worker"),
                        QT_TRANSLATE_NOOP("Commands", "End the selected worker processes as kill -9 would: their tasks "
                                                      "fail, they are replaced. A thread cannot be killed"),
                        {}, [this] {
                          for (const Worker& worker : killable())
                            m_controller.killWorker(worker.pool, worker.slot, worker.pid);
                        });
  m_cancel = commands.add(menu, QT_TRANSLATE_NOOP("Commands", "Cancel task"),
                          QT_TRANSLATE_NOOP("Commands", "Cancel the selected tasks that wait in the queue; a client "
                                                        "that waits is closed"),
                          QKeySequence(Qt::CTRL | Qt::Key_Delete), [this] {
                            for (const TaskRow* task : queued())
                              m_controller.cancelTask(task->pool, task->id);
                          });
  m_front = commands.add(menu, QT_TRANSLATE_NOOP("Commands", "Move to front"),
                         QT_TRANSLATE_NOOP("Commands", "Let the selected tasks, or the clients that wait, be the next "
                                                       "that workers take, in the order in which they stand"),
                         QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Up), [this] {
                           for (const TaskRow* task : queued() | std::views::reverse) // the first one comes last
                             m_controller.moveToFront(task->pool, task->id);
                         });
  if (session.isRecorded()) return; // nothing to command, ever
  m_pause.setSingleShot(true);
  m_pause.setInterval(std::chrono::milliseconds(100));
  connect(&m_pause, &QTimer::timeout, this, [this] {
    if (m_stale) later();
  });
  connect(&session, &Session::changed, this, &TaskCommands::later);
  connect(&session, &Session::selectionChanged, this, &TaskCommands::update);
  for (const DataTable* table : m_tables)
    connect(table, &DataTable::highlightChanged, this, &TaskCommands::later);
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) { followFocus(now); });
  update();
}

/// A menu takes the keyboard for a while, but what it commands is what had it.
void TaskCommands::followFocus(QWidget* now) {
  if (now == nullptr || qobject_cast<QMenuBar*>(now) || qobject_cast<QMenu*>(now)) return;
  const auto table =
      std::ranges::find_if(m_tables, [now](DataTable* each) { return each == now || each->isAncestorOf(now); });
  m_acting = table == m_tables.end() ? nullptr : *table;
  update();
}

void TaskCommands::later() {
  if (m_pause.isActive())
    m_stale = true;
  else
    update();
}

void TaskCommands::update() {
  m_stale = false;
  m_pause.start();
  const char* noTask = QT_TRANSLATE_NOOP("Commands", "No task that waits in the queue is selected here");
  const char* noWorker = QT_TRANSLATE_NOOP("Commands", "No worker process is selected here; a thread cannot be killed");
  const char* frozen =
      QT_TRANSLATE_NOOP("Commands", "The view shows the past: commands are about what is there now (Live, or Freeze)");
  const bool live = m_session.isLive();
  const std::vector<const TaskRow*> tasks = queued();
  bool moves = false; // some are not at the front yet
  for (auto it = tasks.begin(); it != tasks.end();) {
    const PoolId pool = (*it)->pool;
    const auto end = std::find_if(it, tasks.end(), [pool](const TaskRow* task) { return task->pool != pool; });
    const auto ahead = m_session.liveState().queuedTasks(pool, m_session.history(), static_cast<std::size_t>(end - it));
    moves |=
        !std::equal(it, end, ahead.begin(), ahead.end(), [](const TaskRow* task, TaskId id) { return task->id == id; });
    it = end;
  }
  m_commands.allow(m_cancel, !tasks.empty(), live ? noTask : frozen);
  m_commands.allow(m_front, moves,
                   !live           ? frozen
                   : tasks.empty() ? noTask
                                   : QT_TRANSLATE_NOOP("Commands", "It is at the front already"));
  m_commands.allow(m_kill, !killable().empty(), live ? noWorker : frozen);
}

bool TaskCommands::isMeant(const Selection& selection) const {
  return m_session.isSelected(selection) && (m_acting == nullptr || m_acting->shows(selection));
}

std::vector<const TaskRow*> TaskCommands::queued() const {
  std::vector<const TaskRow*> tasks;
  if (m_session.selected().empty() || !m_session.isLive()) return tasks;
  for (const PoolLive& pool : m_session.liveState().pools) {
    if (!pool.open || pool.counters.queued == 0) continue;
    for (const TaskId id : m_session.liveState().queuedTasks(pool.id, m_session.history(), QueueModel::kMost)) {
      const TaskRow* task = m_session.history().find(id);
      if (task && (isMeant(Selection::ofTask(pool.id, id)) ||
                   (task->client && isMeant(Selection::ofClient(pool.id, task->client)))))
        tasks.push_back(task);
    }
  }
  return tasks;
}

std::vector<TaskCommands::Worker> TaskCommands::killable() const {
  std::vector<Worker> workers;
  if (m_session.selected().empty() || !m_session.isLive()) return workers;
  for (const PoolLive& pool : m_session.liveState().pools)
    for (const WorkerState& worker : pool.slots)
      if (pool.open && worker.pid && static_cast<pid_t>(worker.pid) != ::getpid() &&
          (isMeant(Selection::ofWorker(pool.id, worker)) ||
           (worker.task && isMeant(Selection::ofTask(pool.id, worker.task)))))
        workers.push_back({pool.id, worker.slot, worker.pid});
  return workers;
}

} // namespace poolscope::ui
