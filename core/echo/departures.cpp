#include "core/echo/departures.h"

#include "core/base/syscall.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <system_error>

namespace poolscope {

Departures::Departures() : m_epoll(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!m_epoll) throw std::system_error(errno, std::generic_category(), "cannot watch who waits");
}

void Departures::watch(const std::shared_ptr<Connection>& connection) {
  if (m_watched.size() >= m_most) forgetEnded();
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLONESHOT, event.data.u64 = connection->number();
  if (connection->watch(m_epoll.get(), event)) m_watched.emplace(connection->number(), connection);
}

void Departures::look() {
  std::array<epoll_event, 64> events;
  const auto count = sysCall([&] { return ::epoll_wait(m_epoll.get(), events.data(), events.size(), 0); });
  for (int i = 0; i < count.value; ++i) {
    const auto found = m_watched.find(events[static_cast<std::size_t>(i)].data.u64);
    if (found == m_watched.end()) continue; // a worker process still has its socket
    const std::shared_ptr<Connection> connection = found->second.lock();
    if (!connection || !connection->noticeDeparture(m_epoll.get())) m_watched.erase(found);
  }
}

void Departures::forgetEnded() {
  std::erase_if(m_watched, [](const auto& watched) { return watched.second.expired(); });
  m_most = std::max<std::size_t>(64, 2 * m_watched.size());
}

} // namespace poolscope
