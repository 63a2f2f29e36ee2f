#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace poolscope {

/// How the clients of a crowd behave.
enum class CrowdPattern : std::uint8_t {
  Steady,     ///< each asks, reads the reply, thinks, asks again
  Burst,      ///< all ask at the same moments, once in each think time (1 s where there is none)
  SlowReader, ///< sends as fast as it can and reads one message in each think time (1 s where there is none)
  IdleHolder, ///< connects, says nothing and stays
  DropIn,     ///< connects, asks once, leaves with a reset, thinks, comes again as a new client
};
/// "steady", "burst", "slow reader", "idle holder", "drop in, drop out": in the order of the values.
std::span<const std::string_view> crowdPatternNames();

struct CrowdOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::size_t clients = 10;      ///< 1 to kMostCrowd
  std::size_t messageBytes = 16; ///< 1 to kMostMessage
  std::chrono::milliseconds thinkTime{0};
  CrowdPattern pattern = CrowdPattern::Steady;
  std::optional<std::chrono::milliseconds> duration; ///< it stops by itself then; none: at stop()
};
inline constexpr std::size_t kMostCrowd = 10'000, kMostMessage = std::size_t{1} << 20;

/// One moment of a crowd.
struct CrowdFigures {
  std::size_t connected = 0;
  std::size_t waiting = 0;                 ///< want a reply and have not got it, connected or not; after the end: had not
  std::chrono::nanoseconds waitingLongest{0}; ///< how long the first of them has waited so far
  std::uint64_t replies = 0;                  ///< whole ones
  std::uint64_t errors = 0;                   ///< refused, reset, closed by the server, or a wrong reply
  std::uint64_t connects = 0;                 ///< that succeeded
  double repliesPerSecond = 0;                ///< since the start
  std::uint64_t measured = 0;                 ///< replies that the next three are about: none of a slow reader's
  std::chrono::nanoseconds p50{0}, p99{0}, longest{0}; ///< from asking to the whole reply; exact to 4 %
  std::chrono::nanoseconds elapsed{0};
};

/// A built-in load generator: many clients of the echo server on one thread of its own.
///
/// Made running; ends with stop(), the destructor, or its duration. All connections are reset at the end, so that no
/// ports stay in TIME_WAIT. A client whose connection fails or is ended by the server tries again after 100 ms.
/// Threads: any thread; stop() and the destructor block for a moment.
class Crowd {
 public:
  /// A number out of its bounds: std::invalid_argument. An address that is unknown: std::system_error.
  explicit Crowd(CrowdOptions options);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void stop(); ///< may be repeated
  bool running() const;
  CrowdFigures figures() const; ///< also after the end

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace poolscope
