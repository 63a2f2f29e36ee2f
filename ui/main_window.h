#pragma once

#include <QMainWindow>

class QPlainTextEdit;

namespace poolscope::ui {

class ChatWindows;
class Closing;
class Commands;
class Inspector;
class DataTable;
class ExitDeadline;
class PoolController;
class PoolRow;
class ServerRow;
class Session;
class StatusLine;
class Tabs;

/// The window: rows of controls, zones, tabs and status line, put together. It reads the session, and its controls
/// speak to the controller; it keeps no truth of its own. What each part does is in ui/shell and ui/views.
///
/// Made by runWindow(); borrows what it is given, which outlives it.
/// Threads: GUI thread.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(Session& session, PoolController& controller, ExitDeadline& deadline);
  ~MainWindow() override;

  PoolRow& poolRow() { return *m_poolRow; }
  ServerRow& serverRow() { return *m_serverRow; }
  ChatWindows& chats() { return *m_chats; }
  void endBySignal(); ///< drains at most 5 s, asks nothing
  StatusLine& statusLine() { return *m_status; }

 Q_SIGNALS:
  void linePrinted(const QString& line);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void addRow(QWidget* row);
  QWidget* makeZones();
  void addInspector();
  void addTables();
  void addOutput();
  void addCommands();
  void addServerCommands();
  void addLessons();
  void retranslate();
  void addLanguages();
  void addTaskCommands();
  void showKeys();
  void showEmptyTexts();
  void restore();
  void saveSettings() const;

  Session& m_session;
  PoolController& m_controller;
  PoolRow* m_poolRow;
  Inspector* m_inspector;
  ServerRow* m_serverRow;
  ChatWindows* m_chats;
  Tabs* m_tabs;
  Commands* m_commands;
  StatusLine* m_status;
  Closing* m_closing;
  DataTable *m_workers, *m_queue, *m_tasks, *m_clients;
  QPlainTextEdit* m_output;
  QByteArray m_defaultLayout;
};

} // namespace poolscope::ui
