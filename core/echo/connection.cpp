#include "core/echo/connection.h"

#include "core/base/clock.h"
#include "core/echo/socket_calls.h"
#include "core/pool/pool_core.h"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

namespace poolscope {

Connection::Connection(std::shared_ptr<Connections> books, UniqueFd socket, std::string peer, ClientId id,
                       std::int64_t stamp)
    : m_books(std::move(books)), m_peer(std::move(peer)), m_id(id), m_stamp(stamp), m_socket(std::move(socket)) {
  static_assert(SHUT_RD_ == SHUT_RD && SHUT_RDWR_ == SHUT_RDWR);
}

Connection::~Connection() {
  if (m_phase != Phase::Ended) close(causeOfDrop());
}

bool Connection::beginServing() {
  if (!takeOver()) return false;
  tellServed();
  return true;
}

const ConversationLimits& Connection::limits() const {
  return m_books->limits();
}

void Connection::converse() {
  end(Conversation(m_socket.get(), limits(), *this).run());
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
  return m_books->ending() ? DisconnectCause::ServerStop : DisconnectCause::Cancelled;
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
  if (!m_socket || ::getsockopt(m_socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      ::ioctl(m_socket.get(), FIONREAD, &unread) != 0 || unread > 0)
    return {};
  return std::chrono::milliseconds(info.tcpi_last_data_recv);
}

bool Connection::watch(int epoll, epoll_event event) {
  MutexLock lock(m_socketMutex);
  return g_socketCalls.epollCtl(epoll, EPOLL_CTL_ADD, m_socket.get(), &event) == 0;
}

void Connection::unwatch(int epoll) {
  MutexLock lock(m_socketMutex);
  if (m_socket) ::epoll_ctl(epoll, EPOLL_CTL_DEL, m_socket.get(), nullptr);
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
  ::shutdown(m_socket.get(), how);
}

void Connection::close(DisconnectCause cause) {
  Event event;
  event.kind = EventKind::ClientDisconnected;
  {
    MutexLock lock(m_socketMutex);
    event.flag = static_cast<std::uint8_t>(m_reason.value_or(cause));
  }
  tell(event);
  {
    MutexLock lock(m_socketMutex);
    m_socket.reset();
  }
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
  auto made = std::make_shared<Connection>(shared_from_this(), std::move(socket), std::move(peer), id, stamp);
  MutexLock lock(m_mutex);
  m_connections.emplace(made.get(), made);
  return made;
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
  MutexLock lock(m_mutex);
  m_connections.erase(&connection);
  if (m_connections.empty()) m_changed.notifyAll();
}

} // namespace poolscope
