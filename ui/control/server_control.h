#pragma once

#include "core/echo/echo_server.h"

#include <QObject>
#include <QString>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace poolscope {
class EventLog;
}

namespace poolscope::ui {

/// The window's echo server: one that listens, and those that still drain. Starting, stopping and shutting down may
/// block, so each runs on a thread of its own; what came of it is told by the events, and what failed by failed().
///
/// Made and owned by the PoolController; its destructor stops every server, which each server does within its deadline.
/// Order: Stopped → Starting → Listening → Stopping → Stopped; a change of mode goes through all of it and back.
/// Threads: GUI thread.
class ServerControl : public QObject {
  Q_OBJECT
 public:
  enum class Phase : std::uint8_t {
    Stopped,
    Starting,  ///< a thread is opening the port
    Listening, ///< clients are accepted
    Stopping,  ///< clients are accepted no longer; those that are there are answered and closed
  };
  static constexpr std::uint16_t kPort = 8080; ///< the tutorial's; any free one where it is taken

  explicit ServerControl(EventLog& log, QObject* parent = nullptr);
  ~ServerControl() override;

  Phase phase() const { return m_phase; }
  ServeMode mode() const { return m_mode; }
  void setMode(ServeMode mode); ///< a server that listens is stopped and started again in the new mode
  void start(std::size_t workers);
  void stop();
  void setPort(std::uint16_t port) { m_port = port; } ///< of the next start; 0: any that is free
  bool owns(PoolId pool) const;                       ///< of a server that listens or drains
  void resize(PoolId pool, std::size_t workers);
  void shutdown(PoolId pool, ShutdownOptions options);          ///< stops accepting; clients that are there may stay
  void closeIfIdle(PoolId pool, std::vector<ClientId> clients); ///< of these only
  void cancelTask(PoolId pool, TaskId task);                    ///< closes a client that waits in the queue
  void moveToFront(PoolId pool, TaskId task);
  void killWorker(PoolId pool, SlotIndex slot, std::uint32_t pid);
  bool hasClients() const;

 Q_SIGNALS:
  void phaseChanged();
  void opened(PoolId pool); ///< it listens, and this is its pool
  void failed(const QString& sentence); ///< it does not listen, and why
  void note(const QString& sentence);   ///< something a person should know

 private:
  using Server = std::shared_ptr<EchoServer>;
  struct Errand;

  void setPhase(Phase phase);
  void run(Server server, std::function<QString()> errand, std::function<void(QString)> done);
  void reap();
  void started(const QString& error);
  void stopped();
  Server make(std::uint16_t port);
  Server serverOf(PoolId pool) const;

  EventLog& m_log;
  Phase m_phase = Phase::Stopped;
  ServeMode m_mode = ServeMode::ThreadPool;
  std::size_t m_workers = 4;
  std::uint16_t m_port = kPort; // where it listened last, to be there again after a change of mode
  bool m_startAgain = false;
  Server m_server;                // the one that is starting, listening or stopping
  std::vector<Server> m_draining; // shut down, but their clients may stay
  std::vector<std::unique_ptr<Errand>> m_errands;
};

} // namespace poolscope::ui
