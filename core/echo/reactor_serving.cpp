#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/base/syscall.h"
#include "core/base/system_calls.h"
#include "core/base/unique_fd.h"
#include "core/echo/ascii_upper.h"
#include "core/echo/echo_server.h"
#include "core/echo/serving.h"
#include "core/echo/socket_calls.h"
#include "core/pool/pool_core.h"
#include "core/pool/thread_pool_executor.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace poolscope {

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr int kMostReads = 16;                // of one turn: then others have theirs, however much this client sends
constexpr int kMostEvents = 256;              // of one look
constexpr int kManyEvents = 8;                // a crowd is at work
constexpr std::int64_t kLookNs = 100'000'000; // how often limits are looked at, while there is one to watch
constexpr std::int64_t kMostLateNs = 2 * kLookNs; // a later look was held up itself, and counts as one that was not

/// One thread waits for all clients at once (epoll); each one that can go on becomes one short task, a turn, on the
/// pool. So a worker is held only while there is something to do, and a thousand idle clients hold none.
///
/// Epoll watches a client from its first moment to its last and reports what changes (EPOLLET), so that a request costs
/// no call to arm it again. A client is idle or has a turn, queued or running, and never two: its answers keep their
/// order, and one thread at a time touches it. What is reported during a turn makes the turn look again. What a client
/// does not read is kept, at most one buffer; nothing more is read from it meanwhile.
/// A deadline that passes, and a stop, only shut the socket down: epoll reports that, and a turn ends the client.
/// Threads: any thread.
class ReactorServing final : public Serving {
 public:
  ReactorServing(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given, const ServingHooks& hooks);
  ~ReactorServing() override;

  PoolId pool() const override { return m_pool->id(); }
  void serve(std::shared_ptr<Connection> connection) override;
  void resize(std::size_t maxWorkers) override { m_pool->resize(maxWorkers); }
  std::size_t maxWorkers() const override { return m_pool->maxWorkers(); }
  PoolStats stats() const override { return m_pool->stats(); }
  bool queues() const override { return false; } // a worker is free after each word
  bool cancelTask(TaskId task) override { return m_pool->cancelTask(task); }
  bool moveToFront(TaskId task) override { return m_pool->moveToFront(task); }
  void shutdown(ShutdownOptions options) override;
  void join(bool shown) override;

 private:
  enum class ClientState : std::uint8_t { Idle, Turn, ReportedInTurn, Ended };
  struct Client : std::enable_shared_from_this<Client> {
    std::shared_ptr<Connection> connection;
    std::string taskName;
    std::vector<char> unsent; // what it did not take yet; whose turn it is
    std::atomic<ClientState> state{ClientState::Idle};
    std::atomic<bool> readOut{false};        // a short read is not the last: its end was reported, or urgent data
    std::atomic<std::int64_t> stuckSince{0}; // watched ns, 0: it reads
  };
  using ClientPtr = std::shared_ptr<Client>;

  /// Who is connected. Shared with the turns: one that waits in a given pool may outlive the server.
  struct Clients {
    Mutex mutex{LockRank::Server};
    Condition changed;
    std::unordered_map<const Client*, ClientPtr> all GUARDED_BY(mutex);
    std::vector<ClientPtr> more GUARDED_BY(mutex); // their turn was long: they have another, after the others
    std::vector<ClientPtr> gone GUARDED_BY(mutex); // closed; the reports that are being read may still name them
    int epoll GUARDED_BY(mutex) = -1;              // while its thread runs
    bool draining GUARDED_BY(mutex) = false;       // an own pool ends with the last client

    std::vector<ClientPtr> list();
    /// True when it was the last, and an own pool is to end.
    bool remove(const Client& client);
    /// Before a look at epoll: forgets who has gone, for a closed socket is not reported any more. Gives `more`.
    std::vector<ClientPtr> beginLook();
  };

  /// A client's turn as a task. A turn that is dropped ends the client.
  class Turn {
   public:
    Turn(ReactorServing& serving, ClientPtr client)
        : m_serving(&serving), m_clients(serving.m_clients), m_client(std::move(client)) {}
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (!m_client) return;
      m_client->connection->abandon(m_client->connection->causeOfDrop()); // unless a stop was quicker
      m_clients->remove(*m_client);
    }
    void operator()() {
      const ClientPtr client = std::move(m_client);
      if (client->connection->beginServing())
        m_serving->run(*client);
      else
        m_clients->remove(*client); // it was ended while it waited for its turn
    }

   private:
    ReactorServing* m_serving; // lives at least until the connection has ended
    std::shared_ptr<Clients> m_clients;
    ClientPtr m_client;
  };

  struct Outcome {
    std::optional<DisconnectCause> end;
    bool more = false; // it sends so much that others have their turn first
  };

  void endThread();
  void loop();
  void wake();
  void ready(Client& client, std::uint32_t events);
  void takeTurn(Client& client);
  void run(Client& client);
  Outcome step(Client& client, Traffic& untold);
  int send(Client& client, std::span<const char> bytes, Traffic& untold);
  bool settle(Client& client);
  void end(Client& client, DisconnectCause cause);
  int timeout() const;
  void cutLate();

  EventLog* const m_log; // borrowed; outlives the server
  const ServingHooks m_hooks;
  const bool m_inline;
  const bool m_watchesIdle;
  std::unique_ptr<ThreadPoolExecutor> m_own;
  ThreadPoolExecutor* m_pool; // borrowed: m_own, or the given one, which outlives the server
  UniqueFd m_epoll, m_wake;
  const std::shared_ptr<Clients> m_clients = std::make_shared<Clients>();
  std::atomic<int> m_stuck{0};       // clients with stuckSince; written by turns
  // Time in which this server looked after its clients, from 1 on: it stands still while the program is stopped or its
  // thread is held up, for what a client could not do meanwhile is not its fault. Written by the thread.
  std::atomic<std::int64_t> m_watchedNs{1};
  std::atomic<bool> m_ending{false}; // written by who ends the thread
  std::thread m_thread;              // under the clients' mutex; taken out by who ends it
};

ReactorServing::ReactorServing(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given,
                               const ServingHooks& hooks)
    : m_log(log), m_hooks(hooks), m_inline(options.answerInline), m_watchesIdle(options.idleLimit.has_value()), m_pool(given),
      m_epoll(::epoll_create1(EPOLL_CLOEXEC)), m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event wake{};
  wake.events = EPOLLIN, wake.data.ptr = nullptr;
  if (!m_epoll || !m_wake || ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, m_wake.get(), &wake) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot wait for clients");
  if (!m_pool) {
    ThreadPoolOptions pool;
    pool.maxWorkers = options.maxWorkers, pool.label = options.label, pool.log = log;
    pool.keepsTrying = options.waitsForThreads;
    pool.onSpawnFailure = spawnFailureNote(hooks);
    pool.awake = {}; // the CPU is for who reads the clients' reports
    m_own = std::make_unique<ThreadPoolExecutor>(std::move(pool));
    m_pool = m_own.get();
  }
  MutexLock lock(m_clients->mutex);
  m_clients->epoll = m_epoll.get();
  m_thread = makeServiceThread("echo reactor", [this] { loop(); });
}

ReactorServing::~ReactorServing() {
  endThread();
}

void ReactorServing::endThread() {
  std::thread ended;
  {
    MutexLock lock(m_clients->mutex);
    ended = std::move(m_thread);
  }
  if (!ended.joinable()) return;
  m_ending = true;
  wake();
  ended.join();
  {
    MutexLock lock(m_clients->mutex);
    m_clients->epoll = -1;
  }
  for (UniqueFd* fd : {&m_epoll, &m_wake})
    fd->reset();
}

void ReactorServing::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(m_wake.get(), &one, sizeof one));
}

void ReactorServing::serve(std::shared_ptr<Connection> connection) {
  if (!connection->takeOver()) return;
  connection->noteServed();
  ::fcntl(connection->socket(), F_SETFL, O_NONBLOCK);
  auto client = std::make_shared<Client>();
  client->taskName = "readable ← " + connection->peer();
  client->connection = std::move(connection);
  {
    MutexLock lock(m_clients->mutex);
    m_clients->all.emplace(client.get(), client);
  }
  client->connection->toldWaiting(true);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET;
  event.data.ptr = client.get();
  if (!client->connection->watch(m_epoll.get(), event)) end(*client, DisconnectCause::Error);
}

void ReactorServing::loop() {
  setCallerName("reactor thread");
  epoll_event events[kMostEvents];
  std::int64_t nextLook = 0, lastRound = monotonicNow();
  while (!m_ending) {
    for (const ClientPtr& client : m_clients->beginLook())
      takeTurn(*client);
    const auto count = sysCall([&] { return g_socketCalls.epollWait(m_epoll.get(), events, kMostEvents, timeout()); });
    for (int i = 0; i < count.value; ++i) {
      if (auto* client = static_cast<Client*>(events[i].data.ptr)) {
        ready(*client, events[i].events);
        continue;
      }
      std::uint64_t ignored;
      static_cast<void>(!::read(m_wake.get(), &ignored, sizeof ignored));
    }
    if (count.value >= kManyEvents) std::this_thread::yield(); // the turns first: the next look brings more at once
    if (timeout() < 0) continue;
    const std::int64_t now = monotonicNow();
    m_watchedNs += std::min(now - std::exchange(lastRound, now), kMostLateNs);
    if (now >= nextLook) {
      cutLate();
      nextLook = now + kLookNs / 2;
    }
  }
}

int ReactorServing::timeout() const {
  return m_watchesIdle || m_stuck.load(std::memory_order_relaxed) > 0 ? static_cast<int>(kLookNs / 1'000'000) : -1;
}

/// Shuts down who has kept us waiting for too long.
void ReactorServing::cutLate() {
  const std::int64_t now = m_watchedNs;
  for (const ClientPtr& client : m_clients->list()) {
    const ConversationLimits& limits = client->connection->limits();
    const std::int64_t stuck = client->stuckSince.load(std::memory_order_relaxed);
    if (stuck != 0 && now - stuck > std::chrono::nanoseconds(limits.write).count()) {
      // One that takes some again has done its part: it is the turn, in which it is sent more, that is late.
      if (!client->connection->takesMore()) client->connection->cut(DisconnectCause::SlowReader);
    } else if (const auto silence = client->connection->silence(); limits.idle && silence && *silence > *limits.idle &&
               !client->connection->hasUnread())
      client->connection->finish(DisconnectCause::Idle);
  }
}

void ReactorServing::ready(Client& client, std::uint32_t events) {
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)) client.readOut = true;
  const bool writableOnly = (events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0;
  ClientState now = client.state.load();
  for (;;) {
    if (now == ClientState::Idle && writableOnly && client.stuckSince == 0) return; // it has nothing to take
    if (now == ClientState::ReportedInTurn || now == ClientState::Ended) return;
    const ClientState next = now == ClientState::Idle ? ClientState::Turn : ClientState::ReportedInTurn;
    if (client.state.compare_exchange_weak(now, next)) break;
  }
  if (now != ClientState::Idle) return;
  client.connection->toldWaiting(false);
  takeTurn(client);
}

void ReactorServing::takeTurn(Client& client) {
  if (m_inline) return run(client);
  if (!client.connection->queue()) return;
  TaskOptions task;
  task.name = client.taskName, task.kind = TaskKind::Readable, task.client = client.connection->id();
  try {
    noticeBreak(m_pool->submit(task, Turn(*this, client.shared_from_this())), m_hooks);
  } catch (const std::exception&) { // shut down, broken or full: the turn was dropped and has ended the client
  }
}

/// A turn. Whoever calls keeps the client.
void ReactorServing::run(Client& client) {
  for (int looks = 0;; ++looks) {
    Traffic untold;
    const Outcome did = step(client, untold);
    if (untold.received + untold.sent > 0) client.connection->toldTraffic(untold);
    if (did.end) return end(client, *did.end);
    if (did.more || looks == kMostReads) {
      MutexLock lock(m_clients->mutex);
      m_clients->more.push_back(client.shared_from_this());
      return wake();
    }
    if (settle(client)) return;
  }
}

/// Reads and answers until there is nothing to do now, or it was much. The first read is told before it is answered,
/// the rest afterwards: so the events say how long the answer took.
ReactorServing::Outcome ReactorServing::step(Client& client, Traffic& untold) {
  const int socket = client.connection->socket();
  if (!client.unsent.empty()) {
    const std::vector<char> before = std::exchange(client.unsent, {});
    if (const int error = send(client, before, untold); error != 0) return {disconnectCause(error)};
  }
  char buffer[kBufferBytes];
  for (int i = 0; i < kMostReads; ++i) {
    if (!client.unsent.empty()) return {}; // epoll says when it takes more
    const auto got = sysCall([&] { return g_socketCalls.recv(socket, buffer, sizeof buffer, 0); });
    if (got.error == EAGAIN) return {};
    if (!got) return {disconnectCause(got.error)};
    if (got.value == 0) return {DisconnectCause::EndOfStream};
    const auto count = static_cast<std::size_t>(got.value);
    untold.received += count, ++untold.messages;
    if (i == 0) client.connection->toldTraffic(std::exchange(untold, {}));
    upperAscii(buffer, count);
    if (const int error = send(client, {buffer, count}, untold); error != 0) return {disconnectCause(error)};
    if (count < sizeof buffer && !client.readOut) return {}; // that was all, and what comes is reported
  }
  return {.end = {}, .more = true};
}

/// What cannot go now is kept. 0 or an errno.
int ReactorServing::send(Client& client, std::span<const char> bytes, Traffic& untold) {
  bool progress = false;
  while (!bytes.empty()) {
    const auto gone = sysCall(
        [&] { return g_socketCalls.send(client.connection->socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (!gone) {
      if (gone.error != EAGAIN) return gone.error;
      break;
    }
    progress = true;
    untold.sent += static_cast<std::uint64_t>(gone.value);
    bytes = bytes.subspan(static_cast<std::size_t>(gone.value));
  }
  client.unsent.assign(bytes.begin(), bytes.end());
  const bool wasStuck = client.stuckSince.load(std::memory_order_relaxed) != 0;
  const bool stuck = !bytes.empty();
  if (stuck && (progress || !wasStuck)) client.stuckSince = m_watchedNs.load();
  if (!stuck && wasStuck) client.stuckSince = 0;
  if (stuck != wasStuck) {
    m_stuck += stuck ? 1 : -1;
    if (stuck) wake(); // there is a deadline to watch now
  }
  return 0;
}

/// Ends a turn: from here on another thread may have the client. False when something was reported meanwhile.
bool ReactorServing::settle(Client& client) {
  if (client.unsent.empty()) client.connection->toldWaiting(true);
  ClientState turn = ClientState::Turn;
  if (client.state.compare_exchange_strong(turn, ClientState::Idle)) return true;
  client.state = ClientState::Turn;
  client.connection->toldWaiting(false);
  return false;
}

void ReactorServing::end(Client& client, DisconnectCause cause) {
  client.state = ClientState::Ended;
  if (client.stuckSince.exchange(0) != 0) --m_stuck;
  const ClientPtr kept = client.shared_from_this();
  // Once its last connection has ended a server with a given pool may be destroyed: then only these are touched.
  const std::shared_ptr<Clients> clients = m_clients;
  ThreadPoolExecutor* const own = m_own.get();
  client.connection->end(cause); // closing takes it out of epoll
  if (clients->remove(client) && own) own->shutdown({.wait = false});
}

std::vector<ReactorServing::ClientPtr> ReactorServing::Clients::list() {
  std::vector<ClientPtr> list;
  MutexLock lock(mutex);
  list.reserve(all.size());
  for (const auto& [key, client] : all)
    list.push_back(client);
  return list;
}

bool ReactorServing::Clients::remove(const Client& client) {
  MutexLock lock(mutex);
  const auto it = all.find(&client);
  if (it == all.end()) return false;
  if (epoll >= 0) client.connection->unwatch(epoll); // whoever has ended it may not have closed it yet
  gone.push_back(std::move(it->second));
  all.erase(it);
  if (!all.empty()) return false;
  changed.notifyAll();
  return draining;
}

std::vector<ReactorServing::ClientPtr> ReactorServing::Clients::beginLook() {
  std::vector<ClientPtr> forgotten, again; // the first is destroyed after the lock
  MutexLock lock(mutex);
  forgotten.swap(gone), again.swap(more);
  return again;
}

void ReactorServing::shutdown(ShutdownOptions options) {
  bool last = false;
  {
    MutexLock lock(m_clients->mutex);
    m_clients->draining = true;
    last = m_clients->all.empty();
  }
  if (m_own && (last || options.cancelFutures))
    m_own->shutdown({.wait = false, .cancelFutures = options.cancelFutures});
  else if (m_own)
    m_own->tellShutdown(options);
  if (!options.cancelFutures) return; // the pool closes when the last client has left: they need its workers
  for (const ClientPtr& client : m_clients->list())
    client->connection->cut(DisconnectCause::ServerStop);
}

void ReactorServing::join(bool shown) {
  if (!m_own) return endThread();
  {
    std::optional<detail::CallerWait> wait;
    if (shown) wait.emplace(m_log, m_own->id(), CallKind::Shutdown);
    MutexLock lock(m_clients->mutex);
    while (!m_clients->all.empty())
      m_clients->changed.wait(lock);
  }
  m_own->shutdown({.wait = true});
  endThread();
}

} // namespace

std::unique_ptr<Serving> makeReactor(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given,
                                     const ServingHooks& hooks) {
  return std::make_unique<ReactorServing>(options, log, given, hooks);
}

} // namespace poolscope
