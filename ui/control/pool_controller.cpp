#include "ui/control/pool_controller.h"

#include "core/event/event_log.h"
#include "ui/control/command_thread.h"
#include "ui/control/crowd_control.h"
#include "ui/control/server_control.h"

#include <QMetaObject>

#include <utility>

namespace poolscope::ui {

/// A scenario that was started here, and the thread that waits for its end.
struct PoolController::Run {
  std::unique_ptr<ScenarioRun> scenario;
  std::thread waiter;
  std::atomic<bool> ended{false};
};

namespace {
ShutdownOptions modeOf(unsigned bits) {
  return {.wait = (bits & 1) != 0, .cancelFutures = (bits & 2) != 0};
}
} // namespace

PoolController::PoolController(EventLog& log, QObject* parent)
    : QObject(parent), m_log(log), m_server(std::make_unique<ServerControl>(log)),
      m_crowd(std::make_unique<CrowdControl>()), m_commands(std::make_unique<CommandThread>()) {}

PoolController::~PoolController() {
  interrupt();
  for (auto& run : m_runs)
    run->waiter.join();
}

void PoolController::startServer() {
  m_server->start(m_serverWorkers);
}

void PoolController::stopServer() {
  m_crowd->stop(); // else it would knock for ever
  m_server->stop();
}

void PoolController::nameClient(PoolId pool, ClientId client, const QString& name) {
  m_commands->post([this, pool, client, text = name.toStdString()] {
    Event event;
    event.kind = EventKind::ClientNamed, event.pool = pool, event.d = client.value();
    event.a = m_log.intern(text).value();
    m_log.append(event);
  });
}

void PoolController::run(const ScenarioInfo& info, const RunOptions& options) {
  reap();
  ScenarioOptions scenario;
  scenario.workerKind = options.workerKind, scenario.workers = options.workers, scenario.seed = options.seed,
  scenario.language = options.language;
  scenario.speed = m_speed, scenario.log = &m_log;
  scenario.closingShutdown = [this] { return modeOf(m_mode); };
  scenario.line = [this](std::string_view line) {
    const QString text = QString::fromUtf8(line.data(), static_cast<qsizetype>(line.size()));
    QMetaObject::invokeMethod(
        this, [this, text] { Q_EMIT printed(text); }, Qt::QueuedConnection);
  };
  scenario.poolOpened = [this, opened = options.opened](PoolId pool) mutable {
    if (auto tell = std::exchange(opened, nullptr))
      QMetaObject::invokeMethod(
          this, [tell = std::move(tell), pool] { tell(pool); }, Qt::QueuedConnection);
  };
  Run& run = *m_runs.emplace_back(std::make_unique<Run>());
  run.scenario = std::make_unique<ScenarioRun>(info, std::move(scenario));
  run.waiter = std::thread([this, &run] {
    run.scenario->wait();
    const QString failure = QString::fromStdString(run.scenario->failure());
    run.ended = true;
    QMetaObject::invokeMethod(
        this,
        [this, failure] {
          if (!failure.isEmpty()) Q_EMIT failed(failure);
          Q_EMIT scenarioEnded();
        },
        Qt::QueuedConnection);
  });
}

void PoolController::resize(PoolId pool, std::size_t workers) {
  if (m_server->owns(pool)) m_server->resize(pool, m_serverWorkers = workers);
  for (auto& run : m_runs)
    if (!run->ended) run->scenario->resize(pool, workers);
}

void PoolController::shutdown(PoolId pool) {
  const ShutdownOptions mode = modeOf(m_mode);
  if (m_server->owns(pool)) m_server->shutdown(pool, mode);
  for (auto& run : m_runs)
    if (!run->ended) run->scenario->shutdown(pool, mode);
}

void PoolController::cancelTask(PoolId pool, TaskId task) {
  m_server->cancelTask(pool, task);
  for (auto& run : m_runs)
    if (!run->ended) run->scenario->cancelTask(pool, task);
}

void PoolController::moveToFront(PoolId pool, TaskId task) {
  m_server->moveToFront(pool, task);
  for (auto& run : m_runs)
    if (!run->ended) run->scenario->moveToFront(pool, task);
}

void PoolController::setShutdownMode(ShutdownOptions mode) {
  m_mode = (mode.wait ? 1u : 0u) | (mode.cancelFutures ? 2u : 0u);
}

void PoolController::setSpeed(double speed) {
  m_speed = speed;
  for (auto& run : m_runs)
    if (!run->ended) run->scenario->setSpeed(speed);
}

void PoolController::interrupt() {
  for (auto& run : m_runs)
    if (!run->ended) run->scenario->interrupt();
}

void PoolController::killWorker(PoolId pool, SlotIndex slot, std::uint32_t pid) {
  m_server->killWorker(pool, slot, pid);
  for (auto& run : m_runs)
    if (!run->ended) run->scenario->killWorker(pool, slot, static_cast<pid_t>(pid));
}

void PoolController::cancelQueued() {
  for (auto& run : m_runs)
    if (!run->ended) run->scenario->shutdown({.wait = true, .cancelFutures = true});
}

bool PoolController::ended() const {
  return !scenarioRunning() && m_server->phase() == ServerControl::Phase::Stopped && !m_server->hasClients();
}

bool PoolController::scenarioRunning() const {
  for (auto& run : m_runs)
    if (!run->ended) return true;
  return false;
}

void PoolController::reap() {
  std::erase_if(m_runs, [](const std::unique_ptr<Run>& run) {
    if (!run->ended) return false;
    run->waiter.join();
    return true;
  });
}

} // namespace poolscope::ui
