#include "ui/chat/chat_link.h"

#include "core/base/clock.h"

#include <QHostAddress>
#include <QNetworkProxy>

#include <algorithm>

namespace poolscope::ui {

ChatLink::ChatLink(QObject* parent) : QObject(parent) {
  m_socket.setProxy(QNetworkProxy::NoProxy);
  connect(&m_socket, &QTcpSocket::connected, this, [this] {
    m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    m_localPort = m_socket.localPort();
    setPhase(Phase::Connected);
  });
  connect(&m_socket, &QTcpSocket::readyRead, this, &ChatLink::readReplies);
  connect(&m_socket, &QTcpSocket::errorOccurred, this, [this](QAbstractSocket::SocketError error) {
    if (error == QAbstractSocket::RemoteHostClosedError) return; // disconnected() says it
    m_error = m_socket.errorString();
    setPhase(Phase::Failed);
  });
  connect(&m_socket, &QTcpSocket::disconnected, this, [this] {
    if (m_phase == Phase::Connected) setPhase(Phase::Closed);
  });
}

void ChatLink::open(const QString& host, std::uint16_t port) {
  const QSignalBlocker quiet(&m_socket);
  m_socket.abort();
  m_error.clear();
  m_line.clear();
  m_unanswered.clear();
  m_sentBytes = 0, m_localPort = 0;
  setPhase(Phase::Connecting);
  m_socket.connectToHost(host, port);
}

void ChatLink::leave() {
  if (m_phase != Phase::Connecting && m_phase != Phase::Connected) return;
  setPhase(Phase::Left);
  m_socket.abort(); // what the server has not read is not worth waiting for: the person has left
}

bool ChatLink::send(const QString& line) {
  if (m_phase != Phase::Connected) return false;
  const QByteArray bytes = line.toUtf8() + '\n';
  if (m_socket.bytesToWrite() + bytes.size() > kMostWaiting) return false;
  m_socket.write(bytes);
  m_sentBytes += static_cast<std::uint64_t>(bytes.size());
  ++m_sentLines;
  m_unanswered.push_back({m_sentBytes, monotonicNow()});
  return true;
}

QString ChatLink::localAddress() const {
  if (m_phase != Phase::Connected) return {};
  return m_socket.localAddress().toString() + u':' + QString::number(m_localPort);
}

std::size_t ChatLink::unread(std::uint64_t received) const {
  const auto first = std::ranges::upper_bound(m_unanswered, received, {}, &Sent::end);
  return static_cast<std::size_t>(m_unanswered.end() - first);
}

void ChatLink::setPhase(Phase phase) {
  m_phase = phase;
  m_since = monotonicNow();
  Q_EMIT phaseChanged();
}

void ChatLink::readReplies() {
  const QByteArray bytes = m_socket.readAll();
  qsizetype from = 0;
  for (qsizetype end; (end = bytes.indexOf('\n', from)) >= 0; from = end + 1) {
    m_line += QByteArrayView(bytes).sliced(from, end - from);
    reply(std::exchange(m_line, {}));
  }
  m_line += QByteArrayView(bytes).sliced(from);
}

void ChatLink::reply(const QByteArray& line) {
  ++m_receivedLines;
  std::int64_t roundTrip = 0;
  if (!m_unanswered.empty()) {
    roundTrip = monotonicNow() - m_unanswered.front().sentAt;
    m_unanswered.pop_front();
  }
  Q_EMIT replied(QString::fromUtf8(line), roundTrip);
}

} // namespace poolscope::ui
