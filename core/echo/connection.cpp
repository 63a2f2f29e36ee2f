#include "core/echo/connection.h"

#include "core/base/clock.h"
#include "core/echo/socket_calls.h"
#include "core/pool/pool_core.h"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

namespace poolscope {

Connection::Connection(std::shared_ptr<Connections> books, UniqueFd socket, std::string peer, std::uint64_t number,
                       ClientId id, std::int64_t stamp)
    : m_books(std::move(books)), m_peer(std::move(peer)), m_number(number), m_id(id), m_cameAt(monotonicNow()),
      m_stamp(stamp), m_socket(std::make_shared<const UniqueFd>(std::move(socket))) {
  static_assert(SHUT_RD_ == SHUT_RD && SHUT_RDWR_ == SHUT_RDWR);
}

Connection::~Connection() {
  if (m_phase != Phase::Ended) close(causeOfDrop());
}

bool Connection::beginServing() {
  if (!takeOver()) return false;
  noteServed();
  tellServed();
  return true;
}

const ConversationLimits& Connection::limits() const {
  return m_books->limits();
}

void Connection::converse() {
  end(Conversation(socket(), limits(), *this).run());
}

void Connection::end(DisconnectCause cause) {
  if (m_phase.exchange(Phase::Ended) != Phase::Ended) close(cause);
}

bool Connection::abandon(DisconnectCause cause) {
  if (!change(Phase::Waiting, Phase::Ended)) return false;
  close(cause);
  return true;
}

DisconnectCause Connection::causeOfDrop() const {
  return m_books->ending() ? DisconnectCause::ServerStop : m_dropped.load();
}

void Connection::queuedAs(std::function<bool()> withdraw) {
  MutexLock lock(m_socketMutex);
  if (m_phase != Phase::Ended) m_withdraw = std::move(withdraw);
}

bool Connection::noticeDeparture(int epoll) {
  std::function<bool()> withdraw;
  {
    tcp_info info{};
    socklen_t size = sizeof info;
    int unread = 0;
    MutexLock lock(m_socketMutex);
    if (!m_socket || m_servedAt != 0 || ::getsockopt(m_socket->get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ::ioctl(m_socket->get(), FIONREAD, &unread) != 0)
      return false;
    const bool reset = info.tcpi_state == TCP_CLOSE;
    if (!reset && (info.tcpi_state != TCP_CLOSE_WAIT || unread > 0)) { // it has asked: a reset is still worth knowing
      epoll_event event{};
      event.events = EPOLLONESHOT, event.data.u64 = m_number;
      return ::epoll_ctl(epoll, EPOLL_CTL_MOD, m_socket->get(), &event) == 0;
    }
    withdraw = m_withdraw;
    m_dropped = reset ? DisconnectCause::Reset : DisconnectCause::EndOfStream;
  }
  if (!withdraw || !withdraw()) m_dropped = DisconnectCause::Cancelled; // it is about to be served, and ends by that
  return false;
}

void Connection::noteServed() {
  const std::int64_t now = monotonicNow();
  std::int64_t never = 0;
  if (!m_servedAt.compare_exchange_strong(never, now)) return;
  const std::chrono::nanoseconds waited(now - m_cameAt);
  m_books->noteWait(waited);
  if (m_books->hasHearer()) m_books->tell({.what = ClientNews::What::Served, .client = info()});
}

ClientInfo Connection::info() const {
  ClientInfo info;
  info.number = m_number, info.peer = m_peer;
  info.served = m_servedAt != 0;
  info.waited = std::chrono::nanoseconds((info.served ? m_servedAt.load() : monotonicNow()) - m_cameAt);
  info.traffic = traffic();
  info.silence = silence();
  return info;
}

void Connection::count(const Traffic& since) {
  const auto add = [](std::atomic<std::uint64_t>& total, std::uint64_t more) {
    total.store(total.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  };
  add(m_received, since.received), add(m_sent, since.sent), add(m_messages, since.messages);
}

std::optional<std::chrono::nanoseconds> Connection::silence() const {
  if (m_phase != Phase::Serving) return {};
  std::function<bool()> running;
  {
    MutexLock lock(m_socketMutex);
    running = m_running;
  }
  if (running) return running() ? silenceOfKernel() : std::nullopt;
  const std::int64_t since = m_silentSince.load(std::memory_order_relaxed);
  if (since == 0) return {};
  return std::chrono::nanoseconds(monotonicNow() - since);
}

std::optional<std::chrono::nanoseconds> Connection::silenceOfKernel() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  int unread = 0;
  MutexLock lock(m_socketMutex);
  if (!m_socket || ::getsockopt(m_socket->get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      ::ioctl(m_socket->get(), FIONREAD, &unread) != 0 || unread > 0)
    return {};
  return std::chrono::milliseconds(info.tcpi_last_data_recv);
}

bool Connection::watch(int epoll, epoll_event event) {
  MutexLock lock(m_socketMutex);
  return m_socket && g_socketCalls.epollCtl(epoll, EPOLL_CTL_ADD, m_socket->get(), &event) == 0;
}

void Connection::unwatch(int epoll) {
  MutexLock lock(m_socketMutex);
  if (m_socket) ::epoll_ctl(epoll, EPOLL_CTL_DEL, m_socket->get(), nullptr);
}

bool Connection::takesMore() const {
  MutexLock lock(m_socketMutex);
  pollfd ready{m_socket ? m_socket->get() : -1, POLLOUT, 0};
  return ::poll(&ready, 1, 0) > 0 && (ready.revents & (POLLERR | POLLHUP)) == 0;
}

bool Connection::hasUnread() const {
  int unread = 0;
  MutexLock lock(m_socketMutex);
  return m_socket && ::ioctl(m_socket->get(), FIONREAD, &unread) == 0 && unread > 0;
}

void Connection::servedBy(std::function<bool()> running) {
  MutexLock lock(m_socketMutex);
  m_running = std::move(running);
}

void Connection::tellServed() {
  Event event;
  event.kind = EventKind::ClientServed;
  if (const detail::WorkerContext* worker = detail::t_worker; worker && worker->task) {
    event.task = worker->task->id.value(), event.slot = worker->slot;
    m_stamp = std::max(m_stamp, worker->task->stamp);
  }
  tell(event);
}

void Connection::traffic(const Traffic& since) {
  count(since);
  EventLog* log = m_books->log();
  if (!log) return;
  log->reserve(2);
  EventBatch batch(log, m_stamp);
  const auto add = [&](EventKind kind, std::uint64_t count, std::uint64_t messages) {
    if (count == 0) return;
    Event event;
    event.kind = kind, event.pool = m_books->pool(), event.d = m_id.value(), event.task = messages;
    event.setAb(static_cast<std::int64_t>(count));
    batch.add(event);
  };
  add(EventKind::ClientReceived, since.received, since.messages);
  add(EventKind::ClientSent, since.sent, 0);
  m_stamp = batch.stamp();
}

void Connection::waits(bool idle) {
  m_silentSince.store(idle ? monotonicNow() : 0, std::memory_order_relaxed);
}

void Connection::shut(int how, DisconnectCause cause) {
  MutexLock lock(m_socketMutex);
  if (!m_socket) return;
  if (!m_reason) m_reason = cause;
  ::shutdown(m_socket->get(), how);
}

void Connection::close(DisconnectCause cause) {
  Event event;
  event.kind = EventKind::ClientDisconnected;
  {
    MutexLock lock(m_socketMutex);
    event.flag = static_cast<std::uint8_t>(cause = m_reason.value_or(cause));
  }
  tell(event);
  std::shared_ptr<const UniqueFd> socket;
  std::function<bool()> withdraw; // the task may be the last to know this connection: not under the lock
  {
    MutexLock lock(m_socketMutex);
    socket = std::move(m_socket), withdraw = std::move(m_withdraw);
    m_withdraw = nullptr;
  }
  socket.reset();
  if (m_books->hasHearer()) m_books->tell({.what = ClientNews::What::Left, .client = info(), .cause = cause});
  m_books->remove(*this);
}

void Connection::tell(Event event) {
  if (!m_books->log()) return;
  event.pool = m_books->pool(), event.d = m_id.value();
  m_stamp = m_books->log()->append(event, m_stamp);
}

// --- Connections

std::shared_ptr<Connection> Connections::admit(UniqueFd socket, std::string peer) {
  ClientId id;
  std::int64_t stamp = 0;
  if (m_log) {
    id = m_log->newClient();
    Event event;
    event.kind = EventKind::ClientConnected, event.pool = m_pool, event.d = id.value();
    event.a = m_log->intern(peer).value();
    stamp = m_log->append(event);
  }
  std::uint64_t number;
  {
    MutexLock lock(m_mutex);
    number = ++m_totals.clients;
  }
  auto made = std::make_shared<Connection>(shared_from_this(), std::move(socket), std::move(peer), number, id, stamp);
  {
    MutexLock lock(m_mutex);
    m_connections.emplace(made.get(), made);
  }
  if (hasHearer()) tell({.what = ClientNews::What::Came, .client = made->info()});
  return made;
}

ServerTotals Connections::totals() const {
  const std::vector<std::shared_ptr<Connection>> here = all();
  MutexLock lock(m_mutex);
  ServerTotals totals = m_totals;
  for (const auto& connection : here)
    if (m_connections.contains(connection.get())) totals.traffic += connection->traffic();
  return totals;
}

void Connections::noteRefused(std::string_view peer) {
  {
    MutexLock lock(m_mutex);
    ++m_totals.refused;
  }
  if (!hasHearer()) return;
  ClientNews news{.what = ClientNews::What::Refused, .client = {}};
  news.client.peer = peer;
  tell(news);
}

void Connections::noteWait(std::chrono::nanoseconds waited) {
  MutexLock lock(m_mutex);
  m_totals.longestWait = std::max(m_totals.longestWait, waited);
}

std::size_t Connections::count() const {
  MutexLock lock(m_mutex);
  return m_connections.size();
}

std::vector<std::shared_ptr<Connection>> Connections::all() const {
  std::vector<std::shared_ptr<Connection>> found;
  MutexLock lock(m_mutex);
  found.reserve(m_connections.size());
  for (const auto& [connection, weak] : m_connections)
    if (auto strong = weak.lock()) found.push_back(std::move(strong));
  return found;
}

bool Connections::waitEmpty(std::optional<std::chrono::steady_clock::time_point> deadline) const {
  MutexLock lock(m_mutex);
  while (!m_connections.empty())
    if (!m_changed.wait(lock, deadline) && !m_connections.empty()) return false;
  return true;
}

void Connections::remove(const Connection& connection) {
  if (m_left) m_left();
  MutexLock lock(m_mutex);
  m_totals.traffic += connection.traffic();
  m_connections.erase(&connection);
  if (m_connections.empty()) m_changed.notifyAll();
}

} // namespace poolscope
