#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QTcpSocket>

#include <cstdint>
#include <deque>

namespace poolscope::ui {

/// A chat client's connection: lines out, the server's lines back, and how long each took. The wire has no lines of its
/// own; ours end with a newline, which the server gives back like any other byte.
///
/// Made and owned by a ChatWindow. Order: Connecting → Connected → Closed, or Connecting → Failed; open() begins anew.
/// Nothing blocks: what the server does not read waits here, up to kMostWaiting.
/// Threads: GUI thread.
class ChatLink : public QObject {
  Q_OBJECT
 public:
  enum class Phase : std::uint8_t {
    Connecting,
    Connected, ///< the kernel has accepted; whether a worker serves it is told by the events
    Left,      ///< the person disconnected
    Closed,    ///< the server closed
    Failed,    ///< no connection, or it broke: see error()
  };
  static constexpr std::int64_t kMostWaiting = 64 << 20; ///< bytes that the server has not taken

  explicit ChatLink(QObject* parent = nullptr);
  void open(const QString& host, std::uint16_t port);
  void leave();
  /// Sends one line; false when there is no connection or too much waits already.
  bool send(const QString& line);

  Phase phase() const { return m_phase; }
  QString error() const { return m_error; }
  QString localAddress() const; ///< "127.0.0.1:50418", as the server names this client; empty when not connected
  std::uint16_t localPort() const { return m_localPort; }
  std::int64_t phaseSince() const { return m_since; }

  std::uint64_t sentLines() const { return m_sentLines; }
  std::uint64_t receivedLines() const { return m_receivedLines; }
  std::size_t unanswered() const { return m_unanswered.size(); }
  /// How many lines have an end beyond the `received` bytes that the server has read.
  std::size_t unread(std::uint64_t received) const;
  std::int64_t oldestSentAt() const { return m_unanswered.empty() ? 0 : m_unanswered.front().sentAt; }

 Q_SIGNALS:
  void phaseChanged();
  void replied(const QString& line, std::int64_t roundTripNs);

 private:
  struct Sent {
    std::uint64_t end; ///< in the stream's bytes
    std::int64_t sentAt;
  };
  void setPhase(Phase phase);
  void readReplies();
  void reply(const QByteArray& line);

  QTcpSocket m_socket;
  Phase m_phase = Phase::Left;
  QString m_error;
  std::uint16_t m_localPort = 0;
  std::int64_t m_since = 0;
  std::uint64_t m_sentBytes = 0, m_sentLines = 0, m_receivedLines = 0;
  std::deque<Sent> m_unanswered;
  QByteArray m_line; // what has come of a reply that is not whole
};

} // namespace poolscope::ui
