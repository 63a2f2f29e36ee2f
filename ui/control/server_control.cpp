#include "ui/control/server_control.h"

#include <QMetaObject>

#include <algorithm>
#include <system_error>

namespace poolscope::ui {

/// Something that blocks, on a thread of its own.
struct ServerControl::Errand {
  std::thread thread;
  std::atomic<bool> ended{false}; // written by the thread, last thing
};

ServerControl::ServerControl(EventLog& log, QObject* parent) : QObject(parent), m_log(log) {}

ServerControl::~ServerControl() {
  // Every server is stopped at the same time, so that their deadlines do not add up.
  std::vector<std::thread> stops;
  if (m_server) m_draining.push_back(m_server);
  for (const Server& server : m_draining)
    stops.emplace_back([server] { server->stop(); });
  for (std::thread& stop : stops)
    stop.join();
  for (auto& errand : m_errands)
    errand->thread.join();
}

void ServerControl::setPhase(Phase phase) {
  if (phase == m_phase) return;
  m_phase = phase;
  Q_EMIT phaseChanged();
}

void ServerControl::run(Server server, std::function<QString()> errand, std::function<void(QString)> done) {
  reap();
  Errand& entry = *m_errands.emplace_back(std::make_unique<Errand>());
  entry.thread = std::thread([this, server = std::move(server), errand = std::move(errand), done = std::move(done),
                              ended = &entry.ended]() mutable {
    const QString error = errand();
    server.reset();
    QMetaObject::invokeMethod(
        this, [done = std::move(done), error] { done(error); }, Qt::QueuedConnection);
    *ended = true;
  });
}

void ServerControl::reap() {
  std::erase_if(m_errands, [](const std::unique_ptr<Errand>& errand) {
    if (!errand->ended) return false;
    errand->thread.join();
    return true;
  });
}

ServerControl::Server ServerControl::make(std::uint16_t port) {
  EchoServerOptions options;
  options.mode = m_mode, options.port = port, options.maxWorkers = m_workers, options.log = &m_log;
  options.note = [this](std::string_view sentence) {
    const QString text = QString::fromUtf8(sentence.data(), static_cast<qsizetype>(sentence.size()));
    QMetaObject::invokeMethod(
        this, [this, text] { Q_EMIT note(text); }, Qt::QueuedConnection);
  };
  return std::make_shared<EchoServer>(std::move(options));
}

void ServerControl::start(std::size_t workers) {
  m_workers = workers;
  if (m_phase == Phase::Starting || m_phase == Phase::Listening) return;
  m_startAgain = m_phase == Phase::Stopping;
  if (m_startAgain) return;
  setPhase(Phase::Starting);
  m_server = make(m_port);
  run(
      m_server,
      [server = m_server] {
        try {
          server->start();
          return QString();
        } catch (const std::exception& error) {
          return QString::fromUtf8(error.what());
        }
      },
      [this](const QString& error) { started(error); });
}

void ServerControl::started(const QString& error) {
  if (error.isEmpty()) {
    m_port = m_server->port();
    setPhase(Phase::Listening);
    if (m_server->mode() == m_mode) {
      Q_EMIT opened(m_server->pool());
      return;
    }
    stop(); // the mode was changed meanwhile
    m_startAgain = true;
    return;
  }
  m_server.reset();
  const bool anyPort = m_port == 0;
  m_phase = Phase::Stopped;
  if (anyPort) {
    m_port = kPort;
    Q_EMIT phaseChanged();
    Q_EMIT failed(error);
    return;
  }
  Q_EMIT note(tr("Port %1 is not available, so another one was taken.").arg(m_port));
  m_port = 0; // any that is free
  start(m_workers);
}

void ServerControl::stop() {
  m_startAgain = false;
  for (const Server& server : m_draining)
    run(
        server,
        [server] {
          server->stop();
          return QString();
        },
        [](const QString&) {});
  if (m_phase != Phase::Listening) return;
  setPhase(Phase::Stopping);
  run(
      m_server,
      [server = m_server] {
        server->stop();
        return QString();
      },
      [this](const QString&) { stopped(); });
}

void ServerControl::stopped() {
  m_server.reset();
  setPhase(Phase::Stopped);
  if (std::exchange(m_startAgain, false)) start(m_workers);
}

void ServerControl::setMode(ServeMode mode) {
  if (mode == m_mode) return;
  m_mode = mode;
  if (m_phase == Phase::Listening) {
    stop();
    m_startAgain = true;
  }
}

void ServerControl::shutdown(PoolId pool, ShutdownOptions options) {
  const Server server = serverOf(pool);
  if (!server) return;
  if (server == m_server) {
    m_server.reset();
    m_draining.push_back(server);
    setPhase(Phase::Stopped); // a new one may be started beside it
  }
  options.wait = true; // on a thread that has nothing else to do
  run(
      server,
      [server, options] {
        server->shutdown(options);
        return QString();
      },
      [this, drained = std::weak_ptr(server)](const QString&) { std::erase(m_draining, drained.lock()); });
}

void ServerControl::closeIfIdle(PoolId pool, std::vector<ClientId> clients) {
  const Server server = serverOf(pool);
  if (!server) return;
  run(
      server,
      [server, clients = std::move(clients)] {
        server->closeIfIdle(clients);
        return QString();
      },
      [](const QString&) {});
}

void ServerControl::cancelTask(PoolId pool, TaskId task) {
  if (const Server server = serverOf(pool)) server->cancelTask(task);
}

void ServerControl::moveToFront(PoolId pool, TaskId task) {
  if (const Server server = serverOf(pool)) server->moveToFront(task);
}

void ServerControl::killWorker(PoolId pool, SlotIndex slot, std::uint32_t pid) {
  if (const Server server = serverOf(pool)) server->killWorker(slot, static_cast<pid_t>(pid));
}

ServerControl::Server ServerControl::serverOf(PoolId pool) const {
  if (m_server && m_phase != Phase::Starting && m_server->pool() == pool) return m_server;
  const auto it = std::ranges::find_if(m_draining, [&](const Server& server) { return server->pool() == pool; });
  return it == m_draining.end() ? nullptr : *it;
}

bool ServerControl::owns(PoolId pool) const {
  return pool && serverOf(pool) != nullptr;
}

void ServerControl::resize(PoolId pool, std::size_t workers) {
  const Server server = serverOf(pool);
  if (!server) return;
  server->resize(workers);
  if (server == m_server) m_workers = workers;
}

bool ServerControl::hasClients() const {
  return (m_server && m_phase != Phase::Starting && m_server->clientCount() > 0) ||
         std::ranges::any_of(m_draining, [](const Server& server) { return server->clientCount() > 0; });
}

} // namespace poolscope::ui
