#include "ui/chat/chat_windows.h"

#include "ui/control/pool_controller.h"
#include "ui/control/server_control.h"
#include "ui/session/session.h"
#include "ui/shell/screen_fit.h"
#include "ui/theme/theme.h"

#include <QGuiApplication>
#include <QScreen>

#include <algorithm>

namespace poolscope::ui {

namespace {

constexpr const char* kNames[] = {"ana",  "bo",  "chen", "dia",  "eve",  "fay", "gus",  "hana", "ivo",
                                  "jun",  "kai", "lea",  "mei",  "nils", "oya", "pia",  "quin", "rosa",
                                  "sami", "tao", "uma",  "vera", "wen",  "xia", "yara", "zoe"};
constexpr QSize kSize(388, 350);                             // as wide as the longest reason to wait
constexpr QPoint kStep(8, 78);                               // down: a title bar and the state below it
constexpr int kBelowControls = 100, kFrame = 30, kSides = 4; // a title bar and borders
constexpr std::chrono::milliseconds kTick{100};

} // namespace

ChatWindows::ChatWindows(Session& session, PoolController& controller, QWidget* mainWindow)
    : QObject(mainWindow), m_session(session), m_controller(controller), m_mainWindow(mainWindow) {
  connect(&m_session, &Session::changed, this, &ChatWindows::showStates);
  connect(&m_session, &Session::selectionChanged, this, &ChatWindows::followSelection);
  m_tick.setInterval(kTick);
  connect(&m_tick, &QTimer::timeout, this, &ChatWindows::showStates);
}

/// Where the window's own server listens; when it is stopped, where the newest server of the log listened.
ServerAddress ChatWindows::address() const {
  ServerAddress address;
  bool own = false;
  for (const ServerLive& server : m_session.liveState().servers) {
    const bool mine = m_controller.server().owns(server.pool);
    if (own && !mine) continue;
    address = {m_session.text(server.host), server.port};
    own = mine;
  }
  return address;
}

ChatWindow* ChatWindows::open() {
  const int round = m_opened / static_cast<int>(std::size(kNames));
  QString name = QString::fromLatin1(kNames[static_cast<std::size_t>(m_opened) % std::size(kNames)]);
  if (round > 0) name += u' ' + QString::number(round + 1);
  auto* window = new ChatWindow(
      name, [this] { return address(); }, m_session, m_mainWindow);
  m_windows.removeAll(nullptr);
  m_windows << window;
  connect(window, &ChatWindow::recognized, this, [this, window](ClientId client) {
    if (const auto row = m_session.liveState().clients.find(client); row != m_session.liveState().clients.end())
      m_controller.nameClient(row->second.pool, client, window->name());
    if (window->isActiveWindow()) Q_EMIT window->activated();
  });
  connect(window, &ChatWindow::activated, this, [this, window] {
    const auto row = m_session.liveState().clients.find(window->client());
    if (!window->client() || row == m_session.liveState().clients.end()) return;
    m_selecting = true;
    m_session.select(Selection::ofClient(row->second.pool, window->client()));
    m_selecting = false;
    followSelection();
  });
  place(*window);
  ++m_opened;
  window->connectToServer();
  window->show();
  m_tick.start();
  return window;
}

void ChatWindows::openSeveral(int count) {
  for (int i = 0; i < count; ++i)
    open();
}

/// A cascade at the right of the main window, within the screen: every window's title and state stay in sight. A full
/// column is followed by one to its left.
void ChatWindows::place(ChatWindow& window) {
  const QScreen* screen = m_mainWindow->screen();
  const QRect room = screen ? screen->availableGeometry() : QRect(0, 0, 1440, 900);
  const QRect main = m_mainWindow->frameGeometry().intersected(room);
  const QSize size = px(kSize).boundedTo(roomOnScreen(window));
  window.resize(size);
  const int top = main.top() + kBelowControls;
  const int down = qMax(1, (room.bottom() - top - size.height() - kFrame) / kStep.y() + 1);
  // As many columns as lie beside each other; on a narrow screen the steps to the left are smaller for it.
  const int across = qMax(1, main.width() / (size.width() + kSides));
  const int left = qBound(0, (main.width() / across - size.width() - kSides) / down, kStep.x());
  const int column = size.width() + kSides + down * left;
  const int place = m_opened % (down * across), lap = m_opened / (down * across);
  const QPoint at(main.right() - (place / down + 1) * column - place % down * left - lap * kStep.x(),
                  top + (place % down) * kStep.y());
  window.move(qBound(room.left(), at.x(), qMax(room.left(), room.right() - size.width())),
              qBound(room.top(), at.y(), qMax(room.top(), room.bottom() - size.height() - kFrame)));
}

static bool isConnected(const ChatWindow& window) {
  return window.link().phase() == ChatLink::Phase::Connected || window.link().phase() == ChatLink::Phase::Connecting;
}

bool ChatWindows::canReconnect() const {
  return !std::ranges::all_of(windows(), [](const ChatWindow* window) { return isConnected(*window); });
}

void ChatWindows::reconnectAll() {
  for (ChatWindow* window : windows())
    if (!isConnected(*window)) window->connectToServer();
}

void ChatWindows::closeAll() {
  for (const auto& window : std::exchange(m_windows, {}))
    if (window) window->close();
}

QList<ChatWindow*> ChatWindows::windows() const {
  QList<ChatWindow*> open;
  for (const auto& window : m_windows)
    if (window) open << window;
  return open;
}

void ChatWindows::showStates() {
  m_windows.removeAll(nullptr);
  if (m_windows.isEmpty()) return m_tick.stop();
  QueuePositions positions(m_session.liveState(), m_session.history());
  for (const auto& window : m_windows)
    if (window->isVisible() && !window->isMinimized()) window->showState(positions);
}

void ChatWindows::followSelection() {
  const Selection& selection = m_session.selection();
  const ClientId client = selection.kind == Selection::Kind::Client ? selection.client : ClientId{};
  for (const auto& window : m_windows) {
    if (!window) continue;
    const bool mine = client && window->client() == client;
    window->setMarked(mine);
    if (mine && !m_selecting) window->raise();
  }
}

} // namespace poolscope::ui
