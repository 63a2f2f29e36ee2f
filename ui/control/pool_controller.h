#pragma once

#include "core/event/pool_state.h"
#include "core/pool/executor.h"
#include "core/scenario/scenario.h"

#include <QObject>
#include <QString>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace poolscope {
class EventLog;
} // namespace poolscope

namespace poolscope::ui {

class CommandThread;
class CrowdControl;
class ServerControl;

/// The one road of commands from the window to the executors. A command returns nothing: what it caused comes back as
/// events. What may block runs on a thread of its own.
///
/// Made by the app before the window; ends every run when it is destroyed.
/// Threads: GUI thread; printed() is emitted in the GUI thread.
class PoolController : public QObject {
  Q_OBJECT
 public:
  explicit PoolController(EventLog& log, QObject* parent = nullptr);
  ~PoolController() override;

  struct RunOptions {
    WorkerKind workerKind = WorkerKind::Thread;
    std::size_t workers = 4;
    std::optional<std::uint64_t> seed;
    Language language = Language::English;
    std::function<void(PoolId)> opened; ///< in the GUI thread, of the first pool that its program opens
  };
  ServerControl& server() { return *m_server; }
  CrowdControl& crowd() { return *m_crowd; }
  void startServer();
  void stopServer();
  void setServerWorkers(std::size_t workers) { m_serverWorkers = workers; }
  void run(const ScenarioInfo& info, const RunOptions& options);
  void resize(PoolId pool, std::size_t workers);
  void shutdown(PoolId pool);
  void cancelTask(PoolId pool, TaskId task);
  void moveToFront(PoolId pool, TaskId task);
  void setShutdownMode(ShutdownOptions mode); ///< what the next shutdown, a program's closing one too, does
  void setSpeed(double speed);
  void nameClient(PoolId pool, ClientId client, const QString& name); ///< the wire carries no names: the log learns it
  void interrupt(); ///< ends the running scenario early: sleeps end, what is queued is cancelled
  /// Ends a worker process as `kill -9` would: its task fails, it is replaced. A thread cannot be killed.
  /// With a pid only that one, not who has taken its slot meanwhile.
  void killWorker(PoolId pool, SlotIndex slot, std::uint32_t pid = 0);
  void cancelQueued(); ///< of every scenario that runs; what runs is let end
  bool scenarioRunning() const;
  bool ended() const; ///< no scenario runs and no server has a client or a port

 Q_SIGNALS:
  void printed(const QString& line);
  void scenarioEnded();
  void failed(const QString& sentence); ///< a scenario's pool broke, and why

 private:
  struct Run;
  void reap();

  EventLog& m_log;
  std::unique_ptr<ServerControl> m_server;
  std::unique_ptr<CrowdControl> m_crowd;
  std::size_t m_serverWorkers = 4;
  std::vector<std::unique_ptr<Run>> m_runs;
  std::atomic<unsigned> m_mode{1}; // bit 0 wait, bit 1 cancel; written here, read by a program's main thread
  double m_speed = 1;
  std::unique_ptr<CommandThread> m_commands; // the last member: it ends before what its commands touch
};

} // namespace poolscope::ui
