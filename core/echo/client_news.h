#pragma once

#include "core/echo/conversation.h"
#include "core/event/event.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace poolscope {

/// A client at one moment.
struct ClientInfo {
  std::uint64_t number = 0; ///< counted from 1; 0: it was refused
  std::string peer;         ///< "127.0.0.1:PORT"; empty where it is not known
  bool served = false;
  std::chrono::nanoseconds waited{0}; ///< until it was served, or until now
  Traffic traffic;                    ///< of a worker process's client only when it has left
  std::optional<std::chrono::nanoseconds> silence;
};

/// What becomes of one client.
struct ClientNews {
  enum class What : std::uint8_t { Came, Waits, Served, Left, Refused } what;
  ClientInfo client{};
  DisconnectCause cause{};                ///< Left: why
  std::vector<std::uint64_t> behind = {}; ///< Waits: whom the workers serve, the first few
  std::size_t before = 0;                 ///< Waits: how many more wait before it
};

/// What a server has done since it was started.
struct ServerTotals {
  std::uint64_t clients = 0, refused = 0;
  Traffic traffic;
  std::chrono::nanoseconds longestWait{0}; ///< from coming to being served
};

} // namespace poolscope
