#pragma once

#include "core/base/ids.h"
#include "core/base/mutex.h"
#include "core/base/unique_fd.h"
#include "core/echo/client_news.h"
#include "core/echo/conversation.h"
#include "core/event/event_log.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <unordered_map>
#include <vector>

namespace poolscope {

class Connections;

/// One client of the server, from its acceptance to its end: its socket, and what the events tell of it.
///
/// Made by Connections::admit(), shared by whoever serves it and the server's books. Waiting (its task is queued) →
/// Serving (a worker has it; in the reactor also while nobody has to) → Ended; Waiting → Ended; in the reactor also
/// Serving → Waiting. Whoever ends it tells so, and only then the socket is closed; the last reference ends one that
/// nobody served.
/// Threads: any thread; converse(), told…() and count(): owner, whoever serves it.
class Connection final : private Conversation::Listener {
 public:
  Connection(std::shared_ptr<Connections> books, UniqueFd socket, std::string peer, std::uint64_t number, ClientId id,
             std::int64_t stamp);
  ~Connection() override;

  const std::string& peer() const { return m_peer; }
  ClientId id() const { return m_id; }
  std::uint64_t number() const { return m_number; } ///< counted from 1 by its server
  std::string taskName() const { return "recv ← " + m_peer; }

  /// Waiting → Serving by the task that the calling worker runs; false when it has ended.
  bool beginServing();
  /// Waiting → Serving without a task; Serving → Waiting, for a task that comes. False when it has ended.
  bool takeOver() { return change(Phase::Waiting, Phase::Serving); }
  bool queue() { return change(Phase::Serving, Phase::Waiting); }
  /// Serves it to its end. In a task, after beginServing().
  void converse();
  /// Ends it and closes the socket. `cause` gives way to the reason for which the server shut it down.
  void end(DisconnectCause cause);
  /// Ends it if it waits; false when it is served or has ended.
  bool abandon(DisconnectCause cause);
  /// Why it ends when its task was dropped: the server ends, its client has left, or else a person cancelled it.
  DisconnectCause causeOfDrop() const;
  /// While it waits: how its task is taken out of the queue again; false: it is not there any more.
  void queuedAs(std::function<bool()> withdraw);
  /// Its client may have left while it waits. If so it ends, and its task. True: it is still to be watched, and `epoll`
  /// does so.
  bool noticeDeparture(int epoll);
  /// It is served from now on; the first time this is told.
  void noteServed();
  ClientInfo info() const; ///< now
  Traffic traffic() const { return {m_received, m_sent, m_messages}; }

  /// Lets it end: what the client sent is still read and answered, then comes the end of the stream.
  void finish(DisconnectCause cause) { shut(SHUT_RD_, cause); }
  /// Ends it now: nothing is read or sent any more.
  void cut(DisconnectCause cause) { shut(SHUT_RDWR_, cause); }
  /// Served, and for how long it has been silent; none when it is not served or has something to do.
  std::optional<std::chrono::nanoseconds> silence() const;

  // For a mode that serves it in pieces (reactor) or elsewhere (process pool).
  int socket() const { return m_socket->get(); } ///< to whoever serves it
  /// The same for somebody who may have it longer than this connection.
  const std::shared_ptr<const UniqueFd>& sharedSocket() const { return m_socket; }
  /// Puts its socket into an epoll; false when that failed. From here on another thread may have it, and close it.
  bool watch(int epoll, epoll_event event);
  /// Takes it out again, unless it is closed; any thread.
  void unwatch(int epoll);
  /// Its client takes some of what it is sent, now; it has sent something that is not read yet.
  bool takesMore() const;
  bool hasUnread() const;
  /// A worker process serves it while `running`: its silence is asked of the kernel.
  void servedBy(std::function<bool()> running);
  const ConversationLimits& limits() const;
  void toldTraffic(const Traffic& since) { traffic(since); }
  void count(const Traffic& since); ///< of what its worker process has told the record itself
  void toldWaiting(bool idle) { waits(idle); }

 private:
  static constexpr int SHUT_RD_ = 0, SHUT_RDWR_ = 2; // as in <sys/socket.h>
  enum class Phase : std::uint8_t { Waiting, Serving, Ended };

  bool change(Phase from, Phase to) { return m_phase.compare_exchange_strong(from, to); }
  std::optional<std::chrono::nanoseconds> silenceOfKernel() const;
  void tellServed();
  void traffic(const Traffic& since) override;
  void waits(bool idle) override;
  void shut(int how, DisconnectCause cause);
  void close(DisconnectCause cause);
  void tell(Event event);

  const std::shared_ptr<Connections> m_books;
  const std::string m_peer;
  const std::uint64_t m_number;
  const ClientId m_id;
  const std::int64_t m_cameAt; // ns
  std::int64_t m_stamp; // ticks of its last event; written by who serves it
  std::atomic<Phase> m_phase{Phase::Waiting};
  std::atomic<std::int64_t> m_servedAt{0};     // ns, 0: it waits; written by who serves it
  std::atomic<std::int64_t> m_silentSince{0};  // ns, 0: it has something to do; written by who serves it
  std::atomic<std::uint64_t> m_received{0}, m_sent{0}, m_messages{0}; // written by who serves it
  std::atomic<DisconnectCause> m_dropped{DisconnectCause::Cancelled}; // written by noticeDeparture()
  mutable Mutex m_socketMutex{LockRank::Leaf}; // shutdown() never meets a socket that another file has taken over
  std::shared_ptr<const UniqueFd> m_socket;    // let go of under the lock
  std::function<bool()> m_withdraw GUARDED_BY(m_socketMutex);        // it waits in a queue
  std::function<bool()> m_running GUARDED_BY(m_socketMutex);         // set: a worker process serves it
  std::optional<DisconnectCause> m_reason GUARDED_BY(m_socketMutex); // why the server shut it down
};

/// The server's books: who is connected, and what they may do.
///
/// Made by a server at its start; the connections share it, so it lives until the last has gone.
/// Threads: any thread.
class Connections : public std::enable_shared_from_this<Connections> {
 public:
  /// `news`: told what becomes of each client, by the thread that makes it so; holds no lock. `left`: as the last of it.
  Connections(EventLog* log, ConversationLimits limits, std::function<void(const ClientNews&)> news,
              std::function<void()> left)
      : m_log(log), m_limits(limits), m_news(std::move(news)), m_left(std::move(left)) {}

  void setPool(PoolId pool) { m_pool = pool; } ///< before the first admit()
  EventLog* log() const { return m_log; }
  PoolId pool() const { return m_pool; }
  const ConversationLimits& limits() const { return m_limits; }
  void setEnding() { m_ending = true; } ///< from here on the server drops the tasks of who waits
  bool ending() const { return m_ending; }

  /// Enters a client and tells ClientConnected.
  std::shared_ptr<Connection> admit(UniqueFd socket, std::string peer);
  std::size_t count() const;
  ServerTotals totals() const;
  bool hasHearer() const { return static_cast<bool>(m_news); } ///< of news
  void tell(const ClientNews& news) const {
    if (m_news) m_news(news);
  }
  void noteRefused(std::string_view peer);
  /// Those that have not ended.
  std::vector<std::shared_ptr<Connection>> all() const;
  /// Blocks until nobody is connected; false when the deadline passed first.
  bool waitEmpty(std::optional<std::chrono::steady_clock::time_point> deadline = {}) const;

 private:
  friend class Connection;
  void remove(const Connection& connection);
  void noteWait(std::chrono::nanoseconds waited);

  EventLog* const m_log; // borrowed; outlives every server
  const ConversationLimits m_limits;
  const std::function<void(const ClientNews&)> m_news;
  const std::function<void()> m_left;
  PoolId m_pool;
  std::atomic<bool> m_ending{false}; // written by who ends the server
  mutable Mutex m_mutex{LockRank::Leaf};
  mutable Condition m_changed;
  std::unordered_map<const Connection*, std::weak_ptr<Connection>> m_connections GUARDED_BY(m_mutex);
  ServerTotals m_totals GUARDED_BY(m_mutex); // bytes and messages: of those that have left
};

} // namespace poolscope
