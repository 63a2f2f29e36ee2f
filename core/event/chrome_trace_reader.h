#pragma once

#include "core/event/recording.h"

#include <atomic>
#include <cstdint>
#include <iosfwd>
#include <stop_token>
#include <string>

namespace poolscope {

struct TraceReadOptions {
  std::stop_token stop;                            ///< ends the reading within some 10 ms
  std::atomic<std::uint64_t>* bytesRead = nullptr; ///< kept up to date, for who shows the progress
};

struct TraceReadResult {
  std::uint64_t events = 0;    ///< events that were rebuilt
  std::uint64_t stoppedAt = 0; ///< byte where reading ended early, 0 when all was read
  bool closed = false;         ///< the closing bracket is there: whoever wrote the file had come to an end
  std::uint32_t processId = 0; ///< of the process that was recorded, 0 when the file does not say
  std::string error;           ///< empty, or one sentence: what is wrong, where, and how much was kept
};

/// Rebuilds the events of a file into an empty recording, publishing as it goes; the file is never in memory as a
/// whole. A file cut by a crash gives what is whole; whatever the bytes are, this ends and says what is wrong.
/// Bounds: nesting 64, a text 1 MiB, 4096 slots a pool, the recording's own bound for events.
TraceReadResult readChromeTrace(std::istream& in, Recording& into, const TraceReadOptions& options = {});
TraceReadResult readChromeTrace(const std::string& path, Recording& into, const TraceReadOptions& options = {});

} // namespace poolscope
