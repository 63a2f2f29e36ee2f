#pragma once

#include "core/event/event.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

namespace poolscope {

/// How long a client may keep its server waiting.
struct ConversationLimits {
  std::chrono::milliseconds write{10'000};       ///< not reading what it is sent
  std::optional<std::chrono::milliseconds> idle; ///< sending nothing; none: for ever
};

/// What went over a connection since it was told last.
struct Traffic {
  std::uint64_t received = 0, sent = 0; ///< bytes
  std::uint64_t messages = 0;           ///< reads that gave some
  Traffic& operator+=(const Traffic& other) {
    received += other.received, sent += other.sent, messages += other.messages;
    return *this;
  }
};

/// Echoes one client, blocking, until it ends: what a worker thread or a worker process does with a connection.
///
/// Made for one connected socket, which it borrows. The socket is a blocking one; another thread ends run() early by
/// shutdown() on it.
/// While it waits it is shown as blocked in recv or send (Blocking). What was read is told before it is answered, and
/// the answer after, so that the events say how long it took. A client that sends again and again within kBusy is only
/// shown as running, and told fifty times a second, so that a fast one costs two system calls a message and hardly an
/// event.
/// Threads: owner.
class Conversation {
 public:
  /// Who is told what happens, on the thread of run().
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void traffic(const Traffic& since) = 0; ///< since the last time
    virtual void waits(bool idle) = 0;              ///< begins or ends to wait for the client
  };
  Conversation(int socket, ConversationLimits limits, Listener& listener)
      : m_socket(socket), m_limits(limits), m_listener(listener) {}

  /// Why it ended. EndOfStream also when this side was shut down.
  DisconnectCause run();

 private:
  struct Received {
    std::size_t count = 0;
    int error = 0;
  };
  Received receive(std::span<char> buffer);
  int send(std::span<const char> bytes);
  int waitForReader();
  void setBusy(bool busy);
  void notePace();
  void tell();

  const int m_socket;
  const ConversationLimits m_limits;
  Listener& m_listener;
  Traffic m_untold;
  bool m_busy = false;
  int m_quick = 0;                                // messages in a row that came soon after the one before
  std::int64_t m_lastMessage = 0, m_lastTold = 0; // ns
};

/// What an errno of recv or send says about the client.
DisconnectCause disconnectCause(int error);

} // namespace poolscope
