#pragma once

#include "ui/chat/chat_window.h"

#include <QList>
#include <QObject>
#include <QPointer>

namespace poolscope::ui {

class PoolController;

/// All chat windows: opens them cascaded and named, tells the log their names, and links them with the selection, both
/// ways: the selected client's window comes to the front, and the window that the person turns to selects its client.
///
/// Made and owned by the main window; borrows session and controller. Threads: GUI thread.
class ChatWindows : public QObject {
  Q_OBJECT
 public:
  ChatWindows(Session& session, PoolController& controller, QWidget* mainWindow);
  ChatWindow* open();
  void openSeveral(int count);
  void reconnectAll(); ///< those that have no connection
  bool canReconnect() const;
  void closeAll();
  QList<ChatWindow*> windows() const;
  ServerAddress address() const; ///< where the newest server listens, or listened last

 private:
  void showStates();
  void followSelection();
  void place(ChatWindow& window);

  Session& m_session;
  PoolController& m_controller;
  QWidget* m_mainWindow; // owns this
  QList<QPointer<ChatWindow>> m_windows;
  QTimer m_tick; // elapsed times go on while no event comes
  int m_opened = 0;
  bool m_selecting = false;
};

} // namespace poolscope::ui
