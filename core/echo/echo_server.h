#pragma once

#include "core/base/ids.h"
#include "core/echo/client_news.h"
#include "core/pool/executor.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace poolscope {

class EventLog;
class ThreadPoolExecutor;

/// How a server serves its clients. The numbers stand in recordings (ServerListening's flag).
enum class ServeMode : std::uint8_t {
  ThreadPerConnection, ///< a new thread for each client, as many as come: the tutorial's first server
  ThreadPool,          ///< a client is one task and holds its worker as long as it stays
  ProcessPool,         ///< the same with worker processes; a worker that dies takes only its client along
  Reactor,             ///< one thread waits for all clients; each one that has sent something is one short task
};
/// "thread-per-connection", "thread-pool", "process-pool", "reactor".
std::string_view serveModeName(ServeMode mode);
std::optional<ServeMode> findServeMode(std::string_view name);

struct EchoServerOptions {
  ServeMode mode = ServeMode::ThreadPool;
  std::string host = "127.0.0.1"; ///< a name or an address of this machine
  std::uint16_t port = 0;         ///< 0: any that is free
  std::size_t maxWorkers = 4;     ///< of its own pool, 1 to 4096; a thread per connection has no bound

  EventLog* log = nullptr;           ///< null: EventLog::current(); null there too: nothing is recorded
  std::string label = "echo server"; ///< what the pool is for, as the window shows it
  std::size_t maxClients = 0;        ///< more are sent a sentence and closed; 0: RLIMIT_NOFILE − 64
  /// A client that does not read for so long is cut: what it does not take holds a worker or memory.
  std::chrono::milliseconds writeDeadline{10'000};
  /// A client whose host has vanished, without a word, is cut within so long, and a second; at least 2 s.
  std::chrono::milliseconds lostDeadline{60'000};
  /// A served client that sends nothing for so long is cut; none: it may stay, idle, as long as it wants.
  std::optional<std::chrono::milliseconds> idleLimit;
  /// stop() cuts who is not answered by then. 4 s: all of it fits in the 5 s that a first SIGINT may take.
  std::chrono::milliseconds stopDeadline{4'000};
  /// Where no thread can be made for its own pool, who comes waits until one can; false: the pool breaks.
  bool waitsForThreads = true;
  /// Reactor only, for measuring: its own thread answers, too, and the pool does nothing.
  bool answerInline = false;
  /// Told in one sentence what a person should know (clients refused, descriptors run out, a worker that cannot be made
  /// or has died), each kind at most once a second, on a thread of the server.
  std::function<void(std::string_view)> note;
  /// Told what becomes of each client, on the thread that makes it so: return soon.
  std::function<void(const ClientNews&)> news;
  /// Told why, in a sentence, when it can serve nobody any more, for its pool is broken. On a thread of the server, more
  /// than once.
  std::function<void(std::string_view)> broken;
};

/// The tutorial's upper-casing TCP server: bytes are answered as they come, a–z as A–Z and nothing else changed
/// (Python's bytes.upper()). A half-close is answered, then closed; a reset is a normal end.
///
/// Made and owned by its user; listens from start() to stop(), and may be started again. stop() and the destructor
/// return within stopDeadline whatever the clients do. A given pool outlives the server and is left open.
/// Order of its events, all with the id pool(): PoolOpened … ServerListening, for each client ClientConnected →
/// ClientQueued → ClientServed → ClientReceived / ClientSent → ClientDisconnected, ServerStopped (it accepts no
/// longer) … PoolClosed. A client is a task of kind Connection, "recv ← 127.0.0.1:PORT"; in Reactor mode each
/// readiness is a task of kind Readable, and ClientQueued and ClientServed come with each.
/// A thread per connection is told as a pool of its own, "Thread", whose target is 0: each thread is a worker above the
/// target, "Thread-1 (conn_data)", that ends with its client; its slot is free for the next. So the window shows lanes
/// that come and go, and no vacant slots.
/// The bytes of a client that sends without a pause are told 50 times a second, not each time: a recording stays small.
/// Threads: any thread, start() by one at a time. stop(), the destructor and shutdown(wait) block.
class EchoServer {
 public:
  /// 0 or more than 4096 workers: std::invalid_argument.
  explicit EchoServer(EchoServerOptions options = {});
  /// Serves on a pool that others use, too: ThreadPool or Reactor, else std::invalid_argument.
  EchoServer(EchoServerOptions options, ThreadPoolExecutor& pool);
  ~EchoServer(); ///< stop()
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  /// Listens when it returns. std::system_error, with a sentence: AddressError (address.h) when the port or address is
  /// not available, another when a thread or a worker process cannot be made. Does nothing while it listens.
  void start();
  /// No client is accepted from now on; what they sent is answered, then they are closed, in the queue or not. Returns
  /// when all have left and every worker of an own pool has ended. May be repeated, and called from several threads.
  void stop();
  /// Shuts its pool down as that pool would be: no client is accepted from now on, those in the queue are still served
  /// (with cancelFutures they are closed at once, but for as many at the head as workers are starting or waking), and
  /// those that are served stay as long as they want. With wait it returns when the last has left, or stop() or
  /// closeIdleClients() ended the wait.
  void shutdown(ShutdownOptions options = {});
  /// Ends the clients that are served and have sent nothing for `idleFor`, after what they sent was answered. Returns
  /// how many.
  std::size_t closeIdleClients(std::chrono::milliseconds idleFor = std::chrono::milliseconds(0));
  /// The same for these clients alone (ids are told by the events): so a pool that is to shrink need not wait for who
  /// holds its retiring workers.
  std::size_t closeIfIdle(const std::vector<ClientId>& clients,
                          std::chrono::milliseconds idleFor = std::chrono::milliseconds(0));
  /// A client that waits in the queue is closed (DisconnectCause::Cancelled), or is the next to be served. False when
  /// that task is not queued here. In Reactor mode a task is one readiness; its client is closed all the same.
  bool cancelTask(TaskId task);
  bool moveToFront(TaskId task);
  /// ProcessPool: ends the slot's worker as `kill -9` would; its client is closed (DisconnectCause::WorkerDied) and no
  /// other. False in other modes, and where there is no worker, or another one than that pid's.
  bool killWorker(SlotIndex slot, pid_t pid = 0);
  /// The pool's size, at once: growing serves who waits, shrinking retires workers after their client. Not for a thread
  /// per connection, which has no size: it does nothing. 0 or more than 4096: std::invalid_argument.
  void resize(std::size_t maxWorkers);

  ServeMode mode() const;
  const std::string& host() const; ///< as asked for
  std::uint16_t port() const;      ///< the real one once started
  bool listening() const;
  PoolId pool() const;             ///< that its events carry; none before start() or without a log
  std::size_t maxWorkers() const;  ///< 0 for a thread per connection
  PoolStats stats() const;         ///< of the pool; all 0 before start()
  std::size_t threadCount() const; ///< workers that live: threads or processes
  std::size_t clientCount() const; ///< connected now, those in the queue included
  std::size_t maxClients() const;  ///< the limit that holds
  std::vector<std::string> addresses() const; ///< that it is bound to, "127.0.0.1:8080"; empty before start()
  bool reachableFromNetwork() const;          ///< one of them is not a loopback address
  std::vector<ClientInfo> clients() const;    ///< connected now, in the order in which they came
  ServerTotals totals() const;                ///< since start()

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace poolscope
