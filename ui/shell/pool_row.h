#pragma once

#include "core/scenario/scenario.h"
#include "ui/shell/control_row.h"

#include <cstdint>
#include <optional>

class QSlider;
class QSpinBox;

namespace poolscope::ui {

class PoolController;
class Session;

/// The row that runs programs and steers the current pool: scenario, run, freeze, speed, pool size, kinds, shut down.
/// It commands through the controller and follows what the session says the pool did.
///
/// Made by the window; borrows session and controller, which outlive it. Threads: GUI thread.
class PoolRow : public ControlRow {
  Q_OBJECT
 public:
  PoolRow(Session& session, PoolController& controller, QWidget* parent = nullptr);

  /// Sets worker kind and shutdown mode as the scenario's program has them, and the size its pool will open with.
  void chooseScenario(const ScenarioInfo& info);
  void setPoolSize(std::size_t workers);
  int poolSize() const;
  /// What a person set it to; nothing while it is as the program or a pool of its own accord has it.
  std::optional<int> chosenSize() const { return m_chosenSize; }
  void setSeed(std::optional<std::uint64_t> seed) { m_seed = seed; }
  void setSpeed(double speed);
  bool canStep(int steps) const; ///< the pool's size can grow, or shrink, by so many
  PoolId namedForShutDown() const { return m_named; }

 public Q_SLOTS:
  void runChosen();
  void shutDown();
  void stepUp();
  void stepDown();
  void toggleFreeze();

 Q_SIGNALS:
  void shutDownNamed(const QString& pool); ///< which pool shutDown() is about; empty: none

 protected:
  void retranslate() override;

 private:
  void addControls();
  void applyShutdownMode();
  void applyPoolSize(int workers);
  void followPool();
  void showRecorded();
  void showSizeHint();
  void nameShutDown();

  Session& m_session;
  PoolController& m_controller;
  std::optional<std::uint64_t> m_seed;
  QComboBox *m_scenario, *m_speed, *m_workerKind, *m_shutdownMode;
  QPushButton *m_run, *m_freeze, *m_shutDown;
  QSlider* m_sizeSlider;
  QSpinBox* m_sizeBox;
  int m_wanted = 4; // the size of the next scenario's pool: its program's, or what the person set since
  std::optional<int> m_chosenSize;
  PoolId m_named;           // what Shut down is about; none: there is nothing to shut down
  bool m_unbounded = false; // the current pool has no size: a thread for each connection
  bool m_following = false; // set while the controls follow the pool, so that they do not command it
};

} // namespace poolscope::ui
