#pragma once

#include "core/base/unique_fd.h"
#include "core/echo/connection.h"

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace poolscope {

/// Notices who leaves while he waits in the queue, so that he holds his place and his descriptor no longer: who was
/// reset, and who has ended his stream without having asked for anything. (One who has asked and ended his stream may be
/// waiting for his answer: he is served.)
///
/// Made by a server. Who is served is watched no longer than until his next word. Where epoll takes nobody more, he is
/// noticed when he is served.
/// Threads: owner, the accepting thread.
class Departures {
 public:
  Departures(); ///< std::system_error where there is no descriptor for it
  int fd() const { return m_epoll.get(); } ///< readable: look()
  void watch(const std::shared_ptr<Connection>& connection);
  void look();

 private:
  void forgetEnded();

  UniqueFd m_epoll;
  std::unordered_map<std::uint64_t, std::weak_ptr<Connection>> m_watched; // by number
  std::size_t m_most = 64;                                                // then those that have ended are forgotten
};

} // namespace poolscope
