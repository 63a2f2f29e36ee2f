#include "ui/shell/server_row.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/accessible/names.h"
#include "ui/control/pool_controller.h"
#include "ui/control/server_control.h"
#include "ui/session/session.h"
#include "ui/shell/address_label.h"
#include "ui/theme/format.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>

#include <utility>

namespace poolscope::ui {

namespace {
std::uint64_t clientsOf(const PoolState& state, const ServerLive* server) {
  return server == nullptr ? 0
                           : static_cast<std::uint64_t>(std::ranges::count_if(
                                 state.clients, [&](const auto& entry) { return entry.second.pool == server->pool; }));
}
} // namespace

ServerRow::ServerRow(Session& session, PoolController& controller, QWidget* parent)
    : ControlRow("Server row", parent), m_session(session), m_controller(controller) {
  addControls();
  retranslate();
  ServerControl& server = m_controller.server();
  connect(m_mode, &QComboBox::currentIndexChanged, this, [this, &server](int index) {
    if (server.phase() != ServerControl::Phase::Stopped) m_wish = m_session.wishForPool(); // it starts anew
    m_chosenMode = index;
    server.setMode(static_cast<ServeMode>(index));
  });
  connect(&server, &ServerControl::opened, this, [this](PoolId pool) {
    if (const auto wish = std::exchange(m_wish, {})) m_session.fulfil(*wish, pool);
  });
  connect(m_start, &QPushButton::clicked, this, &ServerRow::startServer);
  connect(m_stop, &QPushButton::clicked, this, &ServerRow::stopServer);
  connect(m_chat, &QPushButton::clicked, this, &ServerRow::chatWanted);
  connect(m_closeIdle, &QPushButton::clicked, this, &ServerRow::closeHolders);
  connect(&server, &ServerControl::phaseChanged, this, [this] {
    if (m_controller.server().phase() == ServerControl::Phase::Listening) m_failure.clear();
    if (m_controller.server().phase() == ServerControl::Phase::Stopped) m_note.clear();
    showServer();
  });
  connect(&server, &ServerControl::failed, this, [this](const QString& sentence) {
    m_failure = sentence;
    showServer();
  });
  connect(&server, &ServerControl::note, this, [this](const QString& sentence) {
    m_note = sentence;
    showServer();
  });
  connect(&m_session, &Session::changed, this, &ServerRow::showServer);
}

void ServerRow::addControls() {
  m_mode = addCombo("Server mode");
  for (const ServeMode mode :
       {ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::ProcessPool, ServeMode::Reactor}) {
    const std::string_view name = serveModeName(mode);
    m_mode->addItem(QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size())));
  }
  m_mode->setCurrentIndex(static_cast<int>(m_controller.server().mode()));
  m_start = addButton("Start server", Glyph::Triangle);
  m_stop = addButton("Stop server", Glyph::Stop);
  addSeparator();
  m_address = new AddressLabel;
  addWidget(m_address);
  addSeparator();
  m_chat = addButton("New chat client", Glyph::Chat);
  m_closeIdle = addButton("Close idle clients", Glyph::Cross);
  addStretch();
  m_currentPool = new QLabel;
  nameWidget(m_currentPool, "Current pool");
  m_currentPool->setTextFormat(Qt::PlainText);
  m_currentPool->setForegroundRole(QPalette::PlaceholderText);
  addWidget(m_currentPool);
}

void ServerRow::setMode(int mode) {
  if (m_mode->model()->flags(m_mode->model()->index(mode, 0)) & Qt::ItemIsEnabled) m_mode->setCurrentIndex(mode);
  m_chosenMode.reset();
}

void ServerRow::startServer() {
  m_wish = m_session.wishForPool();
  m_controller.startServer();
}
void ServerRow::stopServer() {
  m_controller.server().stop();
}

void ServerRow::retranslate() {
  setCaption(m_mode, tr("Server mode"));
  const char* kinds[] = {QT_TR_NOOP("A new thread for each client, as many as come"),
                         QT_TR_NOOP("A client holds one thread of the pool as long as it stays"),
                         QT_TR_NOOP("A client holds one worker process as long as it stays"),
                         QT_TR_NOOP("One thread waits for all clients; who sends something is one short task")};
  for (int i = 0; i < m_mode->count(); ++i)
    m_mode->setItemData(i, tr(kinds[i]), Qt::ToolTipRole);
  m_mode->setToolTip(tr("How the server serves its clients; a change drains it and starts it anew"));
  m_chat->setToolTip(tr("Open a chat window on the server (Ctrl+N); Ctrl+Shift+N opens five"));
  setWords(m_start, tr("Start server"), 3);
  setWords(m_stop, tr("Stop server"), 3);
  setWords(m_chat, tr("New chat client"), 3);
  setWords(m_closeIdle, tr("Close idle clients"), 3);
  showServer();
  fit();
}

void ServerRow::showWords(int words) {
  m_currentPool->setVisible(words > 0);
}

/// A file's server, as it was at the cursor.
void ServerRow::showRecorded() {
  const std::vector<ServerLive>& servers = m_session.state().servers;
  const ServerLive* server = m_session.state().server(m_session.currentPool());
  if (server == nullptr && !servers.empty()) server = &servers.front();
  if (server == nullptr) return m_address->show(false, {}, tr("no server at this moment of the recording"));
  const QSignalBlocker quiet(m_mode);
  m_mode->setCurrentIndex(server->mode);
  m_address->show(server->listening, m_session.text(server->host) + u':' + QString::number(server->port),
                  (server->listening ? tr("was listening, %1") : tr("had stopped, %1")).arg(clientWords(clientsOf(m_session.state(), server))));
}

QString ServerRow::clientWords(std::uint64_t count) {
  return count == 0 ? tr("no clients") : count == 1 ? tr("1 client") : tr("%1 clients").arg(formatCount(count));
}

void ServerRow::showServer() {
  if (m_session.isRecorded()) {
    showRecorded();
    return showCurrentPool();
  }
  using Phase = ServerControl::Phase;
  const Phase phase = m_controller.server().phase();
  allow(m_start, phase == Phase::Stopped, tr("Listen on 127.0.0.1 and serve with a pool of its own"),
        phase == Phase::Stopping ? tr("The server is stopping") : tr("The server runs already"));
  allow(m_stop, phase == Phase::Listening, tr("Accept nobody any more, answer what was sent, close the connections"),
        tr("No server is running"));

  const ServerLive* server = nullptr; // the window's own, not a scenario's; when it is stopped, the newest
  for (const ServerLive& candidate : m_session.liveState().servers)
    if (!server || m_controller.server().owns(candidate.pool) || !m_controller.server().owns(server->pool))
      server = &candidate;
  const std::uint64_t clients = clientsOf(m_session.liveState(), server);
  const QString who = clientWords(clients);
  const QString address = server ? m_session.text(server->host) + u':' + QString::number(server->port) : QString();
  if (phase == Phase::Starting)
    m_address->show(false, {}, tr("starting"));
  else if (phase == Phase::Listening && server && server->listening)
    m_address->show(true, address,
                    tr("listening, %1").arg(who) + (m_note.isEmpty() ? QString() : QStringLiteral(" · ") + m_note));
  else if (phase == Phase::Stopping || (clients > 0 && m_controller.server().owns(server->pool)))
    m_address->show(false, address, tr("stopping, %1").arg(who));
  else if (!m_failure.isEmpty())
    m_address->show(false, {}, tr("not listening: %1").arg(m_failure));
  else
    m_address->show(false, address, tr("stopped"));
  showHolders();
  showCurrentPool();
}

/// Whom others wait for, of a server of this window: who holds a worker that is to leave, else one that the queue
/// needs.
void ServerRow::showHolders() {
  m_held = {};
  m_holders.clear();
  for (const ServerLive& server : m_session.liveState().servers) {
    const PoolLive* pool = m_controller.server().owns(server.pool) ? m_session.liveState().pool(server.pool) : nullptr;
    if (!pool || !m_holders.empty()) continue;
    const auto collect = [&](bool ofRetiring) {
      for (const WorkerState& worker : pool->slots) {
        const TaskRow* task = worker.retiring == ofRetiring ? m_session.history().find(worker.task) : nullptr;
        if (task && task->kind == TaskKind::Connection) m_holders.push_back(task->client);
      }
    };
    collect(true);
    if (m_holders.empty() && pool->counters.queued > 0) collect(false);
    m_held = pool->id;
  }
  if (m_closeIdle->isEnabled() == m_holders.empty()) Q_EMIT canCloseIdle(!m_holders.empty());
  allow(m_closeIdle, !m_holders.empty(),
        tr("Close the clients that hold a worker and have nothing unanswered: those of retiring workers, so that the "
           "pool is smaller now, else all, so that who waits in the queue is served"),
        tr("Nobody waits for a worker that a client holds"));
}

void ServerRow::closeHolders() {
  m_controller.server().closeIfIdle(m_held, m_holders);
}

void ServerRow::showCurrentPool() {
  const PoolLive* pool = m_session.state().pool(m_session.currentPool());
  const QString text = pool ? tr("Current pool: %1").arg(plainLine(m_session.text(pool->prefix))) : QString();
  if (text == m_currentPool->text()) return;
  setLabelText(m_currentPool, text);
  fit();
}

} // namespace poolscope::ui
