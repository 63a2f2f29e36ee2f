#include "core/echo/echo_server.h"

#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/echo/connection.h"
#include "core/echo/departures.h"
#include "core/echo/listener.h"
#include "core/echo/serving.h"
#include "core/event/event_log.h"
#include "core/pool/pool_core.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <sys/resource.h>
#include <utility>
#include <vector>

namespace poolscope {

namespace {

constexpr std::array<std::string_view, 4> kModeNames{"thread-per-connection", "thread-pool", "process-pool", "reactor"};

constexpr auto kCutAgain = std::chrono::milliseconds(20);
constexpr auto kKillAfter =
    std::chrono::milliseconds(300); // a worker process that its closed socket does not wake is stuck

constexpr std::int64_t kNoteEveryNs = 1'000'000'000;
constexpr std::size_t kMostNamed = 8; // clients whom one waits behind

// Descriptors that the rest of the program needs: its files, the log, the workers' sockets.
constexpr std::size_t kKeptDescriptors = 64;
constexpr std::size_t kOfAProcess = 4; // a worker's socket, its end, its errors, its ledger

std::size_t defaultMaxClients(const EchoServerOptions& options) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  const std::size_t most = limit.rlim_cur;
  const bool processes = options.mode == ServeMode::ProcessPool;
  const std::size_t kept = kKeptDescriptors + (processes ? kOfAProcess * options.maxWorkers : 0);
  return most > 2 * kept ? most - kept : most / (processes ? 3 : 2);
}

std::size_t checkedSize(std::size_t maxWorkers) {
  if (maxWorkers == 0 || maxWorkers > kMostWorkers)
    throw std::invalid_argument("a pool has 1 to 4096 workers, not " + std::to_string(maxWorkers));
  return maxWorkers;
}

/// From one start() to the end of the last client: listener, books, and the mode that serves.
/// Threads: any thread.
class Run {
 public:
  Run(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given)
      : m_options(options), m_log(log), m_given(given != nullptr),
        m_maxClients(options.maxClients ? options.maxClients : defaultMaxClients(options)),
        m_listener(options.host, options.port, options.lostDeadline),
        m_books(std::make_shared<Connections>(
            log, ConversationLimits{.write = options.writeDeadline, .idle = options.idleLimit}, options.news,
            [alarm = m_listener.alarm()] { alarm->room(); })),
        m_serving(make(options, log, given)) {
    m_books->setPool(m_serving->pool());
    Event event;
    event.kind = EventKind::ServerListening, event.flag = static_cast<std::uint8_t>(options.mode);
    if (log) event.a = log->intern(options.host).value();
    event.b = m_listener.port();
    tell(event);
    m_listener.run({.accepted = [this](UniqueFd socket, std::string peer) { take(std::move(socket), std::move(peer)); },
                    .clientCount = [this] { return m_books->count(); },
                    .refused = [this](std::string_view peer) { m_books->noteRefused(peer); },
                    .note = options.note,
                    .maxClients = m_maxClients,
                    .watched = m_departures.fd(),
                    .look = [this] { m_departures.look(); }});
  }
  ~Run() { stop(); }

  void stop() {
    m_books->setEnding();
    stopListening();
    const auto deadline = std::chrono::steady_clock::now() + m_options.stopDeadline;
    for (const auto& connection : m_books->all())
      connection->finish(DisconnectCause::ServerStop);
    m_serving->shutdown({.wait = false});
    if (!m_books->waitEmpty(deadline)) {
      m_serving->shutdown({.wait = false, .cancelFutures = true});
      const auto patience = std::chrono::steady_clock::now() + kKillAfter;
      do { // again and again: one that is cut in the reactor may become a queued task, which a given pool never reaches
        for (const auto& connection : m_books->all())
          if (!connection->abandon(DisconnectCause::ServerStop)) connection->cut(DisconnectCause::ServerStop);
        if (std::chrono::steady_clock::now() > patience) m_serving->kill();
      } while (!m_books->waitEmpty(std::chrono::steady_clock::now() + kCutAgain));
    }
    m_serving->join(false);
  }

  void shutdown(ShutdownOptions options) {
    if (options.cancelFutures) m_books->setEnding();
    stopListening();
    m_serving->shutdown(options);
    if (!options.wait) return;
    if (m_given) m_books->waitEmpty();
    m_serving->join(true);
  }

  /// Null: all clients.
  std::size_t closeIdle(std::chrono::milliseconds idleFor, const std::vector<ClientId>* only) {
    std::size_t closed = 0;
    for (const auto& connection : m_books->all()) {
      if (only && std::ranges::find(*only, connection->id()) == only->end()) continue;
      if (const auto silence = connection->silence(); silence && *silence >= idleFor) {
        connection->finish(DisconnectCause::Idle);
        ++closed;
      }
    }
    return closed;
  }

  Serving& serving() { return *m_serving; }
  std::uint16_t port() const { return m_listener.port(); }
  bool listening() const { return m_listening; }
  std::size_t clientCount() const { return m_books->count(); }
  std::size_t maxClients() const { return m_maxClients; }
  const std::vector<SocketAddress>& addresses() const { return m_listener.addresses(); }
  const Connections& books() const { return *m_books; }

 private:
  std::unique_ptr<Serving> make(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given) {
    const ServingHooks hooks{
        .note = [this](ServingHooks::Kind kind, std::string_view sentence) { note(kind, sentence); },
        .broken =
            [this](std::string_view why) {
              if (m_options.broken && !m_books->ending()) m_options.broken(why);
            }};
    switch (options.mode) {
    case ServeMode::Reactor:
      return makeReactor(options, log, given, hooks);
    case ServeMode::ProcessPool:
      return makeProcessPool(options, log, hooks);
    case ServeMode::ThreadPerConnection:
    case ServeMode::ThreadPool:
      break;
    }
    return makeThreads(options, log, given, hooks);
  }

  /// A client has come: it is served, or waits and is watched meanwhile.
  void take(UniqueFd socket, std::string peer) {
    const std::shared_ptr<Connection> connection = m_books->admit(std::move(socket), std::move(peer));
    m_serving->serve(connection);
    if (!m_serving->queues()) return;
    const PoolStats stats = m_serving->stats();
    const std::size_t workers = std::max(stats.maxWorkers, stats.liveWorkers);
    const std::size_t toBeFree = workers - std::min(workers, stats.running + stats.dispatched);
    if (stats.queued <= toBeFree) return;
    m_departures.watch(connection);
    if (m_options.news) tellThatItWaits(*connection, stats.queued - 1);
  }
  void tellThatItWaits(const Connection& connection, std::size_t before) const {
    ClientNews news{.what = ClientNews::What::Waits, .client = connection.info(), .before = before};
    if (news.client.served) return;
    for (const auto& other : m_books->all())
      if (other->info().served) news.behind.push_back(other->number());
    std::ranges::sort(news.behind);
    if (news.behind.size() > kMostNamed) news.behind.resize(kMostNamed);
    m_books->tell(news);
  }
  void note(ServingHooks::Kind kind, std::string_view sentence) {
    {
      const std::int64_t now = monotonicNow();
      MutexLock lock(m_noteMutex);
      std::int64_t& last = m_lastNotes[static_cast<std::size_t>(kind)];
      if (last != 0 && now - last < kNoteEveryNs) return;
      last = now;
    }
    if (m_options.note) m_options.note(sentence);
  }

  void stopListening() {
    MutexLock lock(m_stopMutex); // the second of two stops waits for the first
    if (!m_listening.exchange(false)) return;
    m_listener.stop();
    Event event;
    event.kind = EventKind::ServerStopped;
    tell(event);
  }
  void tell(Event event) {
    if (!m_log) return;
    event.pool = m_serving->pool();
    m_log->append(event);
  }

  const EchoServerOptions m_options;
  EventLog* const m_log; // borrowed; outlives the server
  const bool m_given;    // the pool is another's
  const std::size_t m_maxClients;
  Mutex m_noteMutex{LockRank::Leaf};
  std::array<std::int64_t, 3> m_lastNotes GUARDED_BY(m_noteMutex){}; // ns, by ServingHooks::Kind
  Listener m_listener;
  Departures m_departures; // of the accepting thread
  const std::shared_ptr<Connections> m_books;
  const std::unique_ptr<Serving> m_serving;
  Mutex m_stopMutex{LockRank::Server};
  std::atomic<bool> m_listening{true}; // set to false once, by who stops first
};

} // namespace

std::string_view serveModeName(ServeMode mode) {
  return kModeNames[static_cast<std::size_t>(mode)];
}

std::optional<ServeMode> findServeMode(std::string_view name) {
  const auto it = std::find(kModeNames.begin(), kModeNames.end(), name);
  if (it == kModeNames.end()) return {};
  return static_cast<ServeMode>(it - kModeNames.begin());
}

struct EchoServer::Impl {
  EchoServerOptions options;
  EventLog* log;
  ThreadPoolExecutor* given = nullptr; // borrowed; outlives the server
  mutable Mutex mutex{LockRank::Leaf};
  std::shared_ptr<Run> run GUARDED_BY(mutex);   // the last one, also when it has ended
  std::size_t maxWorkers GUARDED_BY(mutex) = 0; // for the next start

  std::shared_ptr<Run> current() const {
    MutexLock lock(mutex);
    return run;
  }
};

EchoServer::EchoServer(EchoServerOptions options) : m_impl(std::make_unique<Impl>()) {
  if (options.mode != ServeMode::ThreadPerConnection) checkedSize(options.maxWorkers);
  m_impl->maxWorkers = options.maxWorkers;
  m_impl->log = options.log ? options.log : EventLog::current();
  m_impl->options = std::move(options);
}

EchoServer::EchoServer(EchoServerOptions options, ThreadPoolExecutor& pool) : EchoServer(std::move(options)) {
  if (m_impl->options.mode != ServeMode::ThreadPool && m_impl->options.mode != ServeMode::Reactor)
    throw std::invalid_argument("a given thread pool serves in the modes thread-pool and reactor, not in " +
                                std::string(serveModeName(m_impl->options.mode)));
  m_impl->given = &pool;
}

EchoServer::~EchoServer() {
  stop();
}

void EchoServer::start() {
  if (const auto run = m_impl->current()) {
    if (run->listening()) return;
    run->stop();
  }
  EchoServerOptions options = m_impl->options;
  {
    MutexLock lock(m_impl->mutex);
    options.maxWorkers = m_impl->maxWorkers;
  }
  auto run = std::make_shared<Run>(options, m_impl->log, m_impl->given);
  MutexLock lock(m_impl->mutex);
  m_impl->run.swap(run); // the last one ends outside the lock
}

void EchoServer::stop() {
  if (const auto run = m_impl->current()) run->stop();
}

void EchoServer::shutdown(ShutdownOptions options) {
  if (const auto run = m_impl->current()) run->shutdown(options);
}

std::size_t EchoServer::closeIdleClients(std::chrono::milliseconds idleFor) {
  const auto run = m_impl->current();
  return run ? run->closeIdle(idleFor, nullptr) : 0;
}

std::size_t EchoServer::closeIfIdle(const std::vector<ClientId>& clients, std::chrono::milliseconds idleFor) {
  const auto run = m_impl->current();
  return run ? run->closeIdle(idleFor, &clients) : 0;
}

bool EchoServer::cancelTask(TaskId task) {
  const auto run = m_impl->current();
  return run && run->serving().cancelTask(task);
}

bool EchoServer::moveToFront(TaskId task) {
  const auto run = m_impl->current();
  return run && run->serving().moveToFront(task);
}

bool EchoServer::killWorker(SlotIndex slot, pid_t pid) {
  const auto run = m_impl->current();
  return run && run->serving().killWorker(slot, pid);
}

void EchoServer::resize(std::size_t maxWorkers) {
  if (m_impl->options.mode == ServeMode::ThreadPerConnection) return;
  checkedSize(maxWorkers);
  std::shared_ptr<Run> run;
  {
    MutexLock lock(m_impl->mutex);
    m_impl->maxWorkers = maxWorkers;
    run = m_impl->run;
  }
  if (run) run->serving().resize(maxWorkers);
}

ServeMode EchoServer::mode() const {
  return m_impl->options.mode;
}
const std::string& EchoServer::host() const {
  return m_impl->options.host;
}
std::uint16_t EchoServer::port() const {
  const auto run = m_impl->current();
  return run ? run->port() : m_impl->options.port;
}
bool EchoServer::listening() const {
  const auto run = m_impl->current();
  return run && run->listening();
}
PoolId EchoServer::pool() const {
  const auto run = m_impl->current();
  return run ? run->serving().pool() : PoolId{};
}
std::size_t EchoServer::maxWorkers() const {
  if (const auto run = m_impl->current()) return run->serving().maxWorkers();
  MutexLock lock(m_impl->mutex);
  return m_impl->options.mode == ServeMode::ThreadPerConnection ? 0 : m_impl->maxWorkers;
}
PoolStats EchoServer::stats() const {
  const auto run = m_impl->current();
  return run ? run->serving().stats() : PoolStats{};
}
std::size_t EchoServer::threadCount() const {
  return stats().liveWorkers;
}
std::size_t EchoServer::clientCount() const {
  const auto run = m_impl->current();
  return run ? run->clientCount() : 0;
}
std::size_t EchoServer::maxClients() const {
  const auto run = m_impl->current();
  return run ? run->maxClients() : m_impl->options.maxClients;
}
std::vector<std::string> EchoServer::addresses() const {
  std::vector<std::string> texts;
  if (const auto run = m_impl->current())
    for (const SocketAddress& address : run->addresses())
      texts.push_back(addressText(address.storage));
  return texts;
}
bool EchoServer::reachableFromNetwork() const {
  const auto run = m_impl->current();
  return run && !std::ranges::all_of(run->addresses(), &SocketAddress::isLoopback);
}
std::vector<ClientInfo> EchoServer::clients() const {
  std::vector<ClientInfo> clients;
  if (const auto run = m_impl->current())
    for (const auto& connection : run->books().all())
      clients.push_back(connection->info());
  std::ranges::sort(clients, {}, &ClientInfo::number);
  return clients;
}
ServerTotals EchoServer::totals() const {
  const auto run = m_impl->current();
  return run ? run->books().totals() : ServerTotals{};
}

} // namespace poolscope
