#pragma once

#include <QMainWindow>
#include <QPointer>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

class QAction;
class QPlainTextEdit;

namespace poolscope {
class Recording;
struct ScenarioInfo;
} // namespace poolscope

namespace poolscope::ui {

class ChatWindows;
class Closing;
class Commands;
class CrowdDialog;
class Inspector;
class DataTable;
class ExitDeadline;
class GrowthTick;
class NoticeBar;
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
  void endBySignal();                                ///< drains at most 5 s, asks nothing
  void keepNoSettings() { m_keepsSettings = false; } ///< nobody is there to choose any
  StatusLine& statusLine() { return *m_status; }
  GrowthTick& growthTick() { return *m_growth; }
  void showNotice(const QString& sentence); ///< above the zones, until it is dismissed; empty: none
  QString notice() const;
  /// The session is this file's, recorded by that process (0: unknown): nothing here can be commanded.
  void showRecording(const QString& path, std::uint32_t processId);
  /// For a saving that may outlive this window; without it, it is ended with the window.
  void shareRecording(std::shared_ptr<const Recording> recording) { m_shared = std::move(recording); }
  void setEndsProgram(std::function<bool()> endsProgram); ///< asked at each close; else closing it always does
  void closeUnasked();

 public Q_SLOTS:
  void openRecording(); ///< asks which; the answer comes as openRequested()
  void saveRecording(); ///< asks where; what became of it is a notice
  void saveRecordingTo(const QString& path);

 Q_SIGNALS:
  void linePrinted(const QString& line);
  void openRequested(const QString& path); ///< a file was chosen or dropped
  void saved();                            ///< a saving ended, well or not: the notice says
  void closed();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void addRow(QWidget* row);
  QWidget* makeZones();
  void addInspector();
  void addTables();
  void addOutput();
  void addCommands();
  void addEditCommands();
  void addSizeCommands();
  void addServerCommands();
  void addLessons();
  void addFileCommands();
  void retranslate();
  void addLanguages();
  void addTaskCommands();
  void showKeys();
  void showCrowd();
  void showEmptyTexts();
  void tellSaved(const QObject* asker, const QString& path, const QString& error);
  void restore();
  void saveSettings() const;

  Session& m_session;
  PoolController& m_controller;
  PoolRow* m_poolRow;
  Inspector* m_inspector;
  ServerRow* m_serverRow;
  ChatWindows* m_chats;
  CrowdDialog* m_crowd = nullptr; // made when it is first wanted
  Tabs* m_tabs;
  Commands* m_commands;
  QAction* m_shutDown;
  QList<std::pair<QAction*, const ScenarioInfo*>> m_lessons;
  StatusLine* m_status;
  GrowthTick* m_growth;
  Closing* m_closing;
  QAction* m_freeze;
  DataTable *m_workers, *m_queue, *m_tasks, *m_clients;
  NoticeBar* m_notice;
  QPointer<QWidget> m_copies; // what the keyboard is in, when that can copy something
  QPlainTextEdit* m_output;
  QByteArray m_defaultLayout;
  bool m_keepsSettings = true;
  std::uint32_t m_processId; // that the session tells of
  std::shared_ptr<const Recording> m_shared; // of the session; null: somebody else owns it
};

} // namespace poolscope::ui
