#pragma once

#include "core/scenario/scenario.h"

#include <QMainWindow>

#include <cstdint>
#include <optional>

class QComboBox;
class QDockWidget;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QSlider;
class QSpinBox;
class QVBoxLayout;

namespace poolscope::ui {

class PoolController;
class Session;
class SessionModel;

/// The window: the pool row, the zones, the tabs and the status line. It reads the session, and its controls speak to
/// the controller; it keeps no truth of its own.
///
/// Made by runWindow(); borrows session and controller, which outlive it.
/// Threads: GUI thread.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(Session& session, PoolController& controller);
  ~MainWindow() override;

  void
  chooseScenario(const ScenarioInfo& info); ///< sets its size, worker kind and shutdown mode as its program has them
  void setPoolSize(std::size_t workers);
  void setSeed(std::optional<std::uint64_t> seed) { m_seed = seed; }
  void setSpeed(double speed);
  void runChosen();
  bool isNarrow() const; ///< too narrow for the words beside the controls

 Q_SIGNALS:
  void linePrinted(const QString& line);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  QWidget* makePoolRow();
  void makeMenus();
  QDockWidget* addTab(const char* name, QWidget* content);
  QWidget* makeTable(const char* name, SessionModel* model);
  QAction* command(QMenu* menu, const char* text, const char* tip, const QKeySequence& keys,
                   void (MainWindow::*slot)());
  void retranslate();
  void applyShutdownMode();
  void applyPoolSize(int workers);
  void stepUp();
  void stepDown();
  void shutDown();
  void closeByCommand();
  void toggleFreeze();
  void resetLayout();
  void showKeys();
  void showState();
  void showCounters();
  void fitRow();

  Session& m_session;
  PoolController& m_controller;
  std::optional<std::uint64_t> m_seed;
  QComboBox *m_scenario, *m_speed, *m_workerKind, *m_shutdownMode;
  QPushButton *m_run, *m_freeze, *m_shutDown;
  QSlider* m_sizeSlider;
  QSpinBox* m_sizeBox;
  QList<QLabel*> m_rowLabels; // hidden where the window is narrow
  QLabel *m_counters, *m_currentPool;
  QPlainTextEdit* m_output;
  QVBoxLayout* m_zones;
  QList<QPair<QDockWidget*, const char*>> m_tabs;
  QList<QPair<QAction*, QPair<const char*, const char*>>> m_commands;
  QByteArray m_defaultLayout;
  bool m_following = false; // set while the controls follow the pool, so that they do not command it
};

} // namespace poolscope::ui
