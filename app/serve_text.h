#pragma once

#include "core/echo/echo_server.h"

#include <string>
#include <vector>

namespace poolscope {

/// What `serve` says on stderr, as sentences. Threads: any thread.

std::string timeText(std::chrono::nanoseconds time); ///< "0.8 ms", "3.2 s", "12 min 5 s"
std::string bytesText(std::uint64_t bytes);          ///< "12 bytes", "1.2 MB"
std::string newsText(const ClientNews& news);
std::string startText(const EchoServer& server);
std::string summaryText(const ServerTotals& totals, std::chrono::nanoseconds served);
/// One line for the server, then one for each client, the first few.
std::vector<std::string> stateText(const EchoServer& server, std::chrono::nanoseconds served);

} // namespace poolscope
