#include "ui/chat/chat_window.h"

#include "core/base/clock.h"
#include "ui/accessible/combo_accessible.h"
#include "ui/accessible/names.h"
#include "ui/chat/state_strip.h"
#include "ui/chat/transcript.h"
#include "ui/models/words.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/house_style.h"
#include "ui/theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace poolscope::ui {

namespace {

constexpr int kHundred = 100;
constexpr std::chrono::seconds kTypingPause{2};
constexpr int kLongestMessage = 16 << 20; // characters; QLineEdit's own bound of 32,767 would cut what is pasted

QPushButton* makeButton(const char* name, QHBoxLayout* row) {
  auto* button = new QPushButton;
  nameWidget(button, name);
  button->setAutoDefault(false);
  row->addWidget(button);
  return button;
}

} // namespace

ChatWindow::ChatWindow(const QString& name, std::function<ServerAddress()> address, Session& session, QWidget* parent)
    : QWidget(parent, Qt::Window), m_name(name), m_address(std::move(address)), m_session(session) {
  setAttribute(Qt::WA_DeleteOnClose);
  addControls();
  retranslate();
  m_typing.setInterval(kTypingPause);
  connect(&m_typing, &QTimer::timeout, this, &ChatWindow::typeOn);
  connect(&m_link, &ChatLink::phaseChanged, this, &ChatWindow::showPhase);
  connect(&m_link, &ChatLink::replied, this, [this](const QString& line, std::int64_t roundTrip) {
    m_readSince = 0;
    m_transcript->addLine(Transcript::Kind::Server, tr("server"), line, formatDuration(roundTrip));
    showCounts();
  });
  connect(m_message, &QLineEdit::returnPressed, this, &ChatWindow::sendMessage);
  connect(m_send, &QPushButton::clicked, this, &ChatWindow::sendMessage);
  connect(m_sendHundred, &QPushButton::clicked, this, &ChatWindow::sendHundred);
  connect(m_type, &QPushButton::toggled, this, [this](bool on) {
    if (!on) return m_typing.stop();
    m_typing.start();
    typeOn();
  });
  connect(m_disconnect, &QPushButton::clicked, this, [this] { m_link.leave(); });
  connect(m_reconnect, &QPushButton::clicked, this, &ChatWindow::connectToServer);
  m_message->setFocus();
}

void ChatWindow::addControls() {
  m_strip = new StateStrip;
  m_transcript = new Transcript;
  m_message = new QLineEdit;
  nameWidget(m_message, "Message");
  m_message->setMaxLength(kLongestMessage);
  m_counts = new QLabel;
  nameWidget(m_counts, "Line counts");
  m_counts->setTextFormat(Qt::PlainText);

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(1, 1, 1, 1);
  column->setSpacing(0);
  column->addWidget(m_strip);
  column->addWidget(m_transcript, 1);
  auto* foot = new QVBoxLayout;
  foot->setContentsMargins(12, 8, 12, 8);
  foot->setSpacing(8);
  column->addLayout(foot);
  auto* first = new QHBoxLayout;
  first->addWidget(m_message, 1);
  m_send = makeButton("Send", first);
  m_send->setProperty(kPrimaryProperty, true);
  auto* second = new QHBoxLayout;
  second->setSpacing(6);
  m_sendHundred = makeButton("Send 100", second);
  m_type = makeButton("Type every 2 s", second);
  m_type->setCheckable(true);
  m_disconnect = makeButton("Disconnect", second);
  m_reconnect = makeButton("Reconnect", second);
  m_reconnect->hide();
  foot->addLayout(first);
  foot->addLayout(second);
  foot->addWidget(m_counts);
}

void ChatWindow::retranslate() {
  m_message->setPlaceholderText(tr("Message"));
  m_send->setText(tr("Send"));
  m_sendHundred->setText(tr("Send 100"));
  m_type->setText(tr("Type every 2 s"));
  m_disconnect->setText(tr("Disconnect"));
  m_reconnect->setText(tr("Reconnect"));
  m_message->setToolTip(tr("Type a line and press Enter; it may wait in the queue, and you may go on typing"));
  m_send->setToolTip(tr("Send the line (Enter)"));
  m_sendHundred->setToolTip(tr("Send a hundred lines at once"));
  m_type->setToolTip(tr("Send a line every two seconds, as a person would"));
  m_disconnect->setToolTip(tr("Close the connection: its worker is free for the next client"));
  m_reconnect->setToolTip(tr("Connect once more"));
  m_strip->setToolTip({});
  showCounts();
  showPhase();
}

void ChatWindow::connectToServer() {
  m_connectedTo = m_address();
  m_client = m_was = {};
  m_link.open(m_connectedTo.host, m_connectedTo.port);
}

// --- What the header says

void ChatWindow::showPhase() {
  const QString server = m_connectedTo.host + u':' + QString::number(m_connectedTo.port);
  const bool connected = m_link.phase() == ChatLink::Phase::Connected;
  setWindowTitle(m_link.localPort() ? QStringLiteral("%1 — %2 (%3)").arg(m_name, server).arg(m_link.localPort())
                                    : QStringLiteral("%1 — %2").arg(m_name, server));
  m_disconnect->setVisible(connected || m_link.phase() == ChatLink::Phase::Connecting);
  m_reconnect->setVisible(!m_disconnect->isVisibleTo(this));
  for (QWidget* widget :
       {static_cast<QWidget*>(m_send), static_cast<QWidget*>(m_sendHundred), static_cast<QWidget*>(m_type)})
    widget->setEnabled(connected);
  if (!connected) {
    if (m_client) m_was = m_client;
    m_client = {};
    m_readSince = 0;
    m_type->setChecked(false);
    m_transcript->setUnderWay(Transcript::Kind::Waiting, {});
  }
  switch (m_link.phase()) {
  case ChatLink::Phase::Connecting:
    return m_strip->show(StateRole::Idle, tr("Connecting"), tr("to %1").arg(server));
  case ChatLink::Phase::Connected:
    return m_strip->show(StateRole::Idle, tr("Connected to %1,").arg(server), tr("not served yet: it waits"));
  case ChatLink::Phase::Left:
    return m_strip->show(StateRole::Cancelled, tr("Disconnected"), tr("Reconnect to go on"));
  case ChatLink::Phase::Closed:
    return m_strip->show(StateRole::Cancelled, tr("Closed by the server"), tr("Reconnect to go on"));
  case ChatLink::Phase::Failed:
    return m_strip->show(StateRole::Failed, tr("No connection to %1").arg(server), m_link.error());
  }
}

/// The row of this window's client at the live end, found by its address.
const ClientRow* ChatWindow::row() {
  const auto& clients = m_session.liveState().clients;
  if (const auto known = clients.find(m_client); m_client && known != clients.end()) return &known->second;
  const QString peer = m_link.localAddress();
  if (peer.isEmpty()) return nullptr;
  for (const auto& [id, client] : clients)
    if (m_session.text(client.peer) == peer) {
      m_client = id;
      Q_EMIT recognized(id);
      return &client;
    }
  return nullptr;
}

void ChatWindow::showState(QueuePositions& positions) {
  if (m_link.phase() == ChatLink::Phase::Closed) showWhyClosed();
  if (m_link.phase() != ChatLink::Phase::Connected) return;
  const ClientRow* client = row();
  showUnderWay(client ? client->received : 0);
  if (!client) return;
  showServed(ClientStatus::of(*client, m_session.liveState(), m_session.history(), monotonicNow(), positions));
}

/// The events may tell of the end a moment later than the socket.
void ChatWindow::showWhyClosed() {
  const ClientRow* client = m_session.history().findClient(m_was);
  if (!client || client->disconnected == kNever) return;
  m_strip->show(StateRole::Cancelled, tr("Closed by the server:"), Words::of(client->cause));
}

void ChatWindow::showServed(const ClientStatus& status) {
  const QString elapsed = formatElapsed(monotonicNow() - status.since);
  const QString served = tr("Served by %1,").arg(plainLine(m_session.text(status.worker)));
  switch (status.stage) {
  case ClientStatus::Stage::Connected:
    return m_strip->show(status.role, tr("Connected,"), tr("not served yet: it waits (%1)").arg(elapsed));
  case ClientStatus::Stage::Queued:
    return m_strip->show(status.role, Words::placeOf(status), tr("%1 (%2)").arg(Words::whyNotServed(status), elapsed));
  case ClientStatus::Stage::Receiving:
    return m_strip->show(status.role, served, tr("waiting for you to type"));
  case ClientStatus::Stage::Sending:
    return m_strip->show(status.role, served, tr("waiting for you to read (%1)").arg(elapsed));
  case ClientStatus::Stage::Running:
    return m_strip->show(status.role, served, tr("running upper(), %1").arg(elapsed));
  case ClientStatus::Stage::Idle:
    return m_strip->show(status.role, tr("Connected, holds no worker:"), tr("one comes when you type"));
  }
}

void ChatWindow::showUnderWay(std::uint64_t received) {
  using Kind = Transcript::Kind;
  const std::size_t unanswered = m_link.unanswered();
  if (unanswered == 0) return m_transcript->setUnderWay(Kind::Waiting, {});
  const std::int64_t now = monotonicNow();
  const auto unread = static_cast<int>(m_link.unread(received));
  if (unread > 0) {
    m_readSince = 0;
    const QString elapsed = formatElapsed(now - m_link.oldestSentAt());
    return m_transcript->setUnderWay(
        Kind::Waiting, unread == 1 ? tr("sent, not read yet") : tr("%1 lines sent, not read yet").arg(unread), elapsed);
  }
  if (m_readSince == 0) m_readSince = now;
  m_transcript->setUnderWay(Kind::Read, tr("read by the worker %1 ago").arg(formatElapsed(now - m_readSince)));
}

void ChatWindow::showCounts() {
  setLabelText(m_counts,
               tr("sent %1 · received %2").arg(formatCount(m_link.sentLines()), formatCount(m_link.receivedLines())));
}

// --- Sending

bool ChatWindow::sendLine(const QString& line) {
  if (!m_link.send(line)) {
    m_transcript->addLine(Transcript::Kind::Note, {}, tr("Not sent: the server has not read what was sent before."));
    return false;
  }
  m_transcript->addLine(Transcript::Kind::You, tr("you"), line);
  return true;
}

/// What is pasted may be many lines: each one is sent by itself, empty ones are not.
void ChatWindow::sendMessage() {
  if (m_link.phase() != ChatLink::Phase::Connected) return;
  QString text = m_message->text();
  text.replace(QChar::LineSeparator, u'\n').replace(QChar::ParagraphSeparator, u'\n').replace(u'\r', u'\n');
  for (const QString& line : text.split(u'\n', Qt::SkipEmptyParts))
    if (!sendLine(line)) break;
  m_message->clear();
  showCounts();
}

void ChatWindow::sendHundred() {
  const QString text = m_message->text().isEmpty() ? QStringLiteral("hello") : m_message->text();
  for (int i = 1; i <= kHundred; ++i)
    if (!sendLine(QStringLiteral("%1 %2").arg(text).arg(i))) break;
  showCounts();
}

void ChatWindow::typeOn() {
  static constexpr const char* kLines[] = {"hello", "is anybody there?", "thread pool", "one two three"};
  sendLine(QString::fromLatin1(kLines[m_typed++ % std::size(kLines)]));
  showCounts();
}

// --- The window itself

void ChatWindow::setMarked(bool marked) {
  if (marked == m_marked) return;
  m_marked = marked;
  update();
}

void ChatWindow::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::ActivationChange && isActiveWindow()) Q_EMIT activated();
}

/// Turning to this window has selected its client.
void ChatWindow::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Cancel)) return m_session.select(Selection::none());
  QWidget::keyPressEvent(event);
}

void ChatWindow::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme& theme = Theme::instance();
  painter.fillRect(rect(), theme.color(ColorRole::Panel));
  painter.setPen(theme.color(m_marked ? ColorRole::Text : ColorRole::Grid)); // the selected client's window is framed
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

} // namespace poolscope::ui
