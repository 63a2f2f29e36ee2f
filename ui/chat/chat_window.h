#pragma once

#include "ui/chat/chat_link.h"
#include "ui/models/client_status.h"

#include <QTimer>
#include <QWidget>

#include <functional>

class QLabel;
class QLineEdit;
class QPushButton;

namespace poolscope::ui {

class Session;
class StateStrip;
class Transcript;

/// Where a server listens.
struct ServerAddress {
  QString host = QStringLiteral("127.0.0.1");
  std::uint16_t port = 8080;
  bool operator==(const ServerAddress&) const = default;
};

/// One client of the echo server as a small window: what it says, what comes back, and in its header what the server
/// does with it right now and why it waits. The header is told by the live events, found by the local port; it follows
/// the live edge even while the main view is frozen.
///
/// Made by ChatWindows; deletes itself when closed. Borrows the session, which outlives it. Threads: GUI thread.
class ChatWindow : public QWidget {
  Q_OBJECT
 public:
  /// `address` is asked at each (re)connection: the server may have moved.
  ChatWindow(const QString& name, std::function<ServerAddress()> address, Session& session, QWidget* parent);

  const QString& name() const { return m_name; }
  ClientId client() const { return m_client; } ///< none while the events do not know it
  const ChatLink& link() const { return m_link; }
  void connectToServer();
  void showState(QueuePositions& positions); ///< the session has a new moment
  void setMarked(bool marked);               ///< the session's selection is this client

 Q_SIGNALS:
  void activated();                 ///< the person turned to this window
  void recognized(ClientId client); ///< the events told of it for the first time

 protected:
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void addControls();
  void retranslate();
  const ClientRow* row();
  void showPhase();
  void showUnderWay(std::uint64_t received);
  void showServed(const ClientStatus& status);
  void showWhyClosed();
  void sendMessage();
  void sendHundred();
  void typeOn();
  bool sendLine(const QString& line);
  void showCounts();

  const QString m_name;
  std::function<ServerAddress()> m_address;
  ServerAddress m_connectedTo;
  Session& m_session;
  ChatLink m_link;
  ClientId m_client;
  ClientId m_was; // the client that it was before the connection ended
  bool m_marked = false;
  std::int64_t m_readSince = 0; // when the server was first seen to have read what is unanswered
  std::size_t m_typed = 0;
  QTimer m_typing;
  StateStrip* m_strip;
  Transcript* m_transcript;
  QLineEdit* m_message;
  QPushButton *m_send, *m_sendHundred, *m_type, *m_disconnect, *m_reconnect;
  QLabel* m_counts;
};

} // namespace poolscope::ui
