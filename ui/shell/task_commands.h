#pragma once

#include "core/event/pool_state.h"
#include "ui/session/selection.h"

#include <QList>
#include <QObject>
#include <QTimer>

#include <vector>

class QAction;
class QWidget;

namespace poolscope::ui {

class Commands;
class DataTable;
class PoolController;
class Session;

/// The commands about what is selected: cancel, move to front, kill worker. Of the table that has the keyboard they
/// mean the highlighted rows, from elsewhere all that is selected; always the tasks and workers themselves, as they are
/// at the live end when the command is given: one that has left meanwhile is left alone. With nothing to act on they
/// are grey, and say why.
///
/// Made and owned by the window; borrows what it is given. It looks at the session at most ten times a second, and at
/// once when the selection or the keyboard moves. Threads: GUI thread.
class TaskCommands : public QObject {
  Q_OBJECT
 public:
  TaskCommands(Commands& commands, Session& session, PoolController& controller, QWidget* window,
               QList<DataTable*> tables);
  QAction* cancel() const { return m_cancel; }
  QAction* moveToFront() const { return m_front; }
  QAction* kill() const { return m_kill; }

 private:
  struct Worker {
    PoolId pool;
    SlotIndex slot;
    std::uint32_t pid;
  };
  void followFocus(QWidget* now);
  void later();
  void update();
  bool isMeant(const Selection& selection) const;
  std::vector<const TaskRow*> queued() const; ///< from each queue's head on
  std::vector<Worker> killable() const;

  Commands& m_commands;
  Session& m_session;
  PoolController& m_controller;
  QList<DataTable*> m_tables;
  DataTable* m_acting = nullptr; // one of them, or null: the keyboard is elsewhere
  QAction *m_cancel, *m_front, *m_kill;
  QTimer m_pause;       // runs after a look
  bool m_stale = false; // something changed since
};

} // namespace poolscope::ui
