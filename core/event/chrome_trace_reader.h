#pragma once

#include "core/event/recording.h"

#include <atomic>
#include <cstdint>
#include <iosfwd>
#include <stop_token>
#include <string>

namespace poolscope {

struct TraceReadOptions {
  std::stop_token stop; ///< ends the reading within some 10 ms, a wait for a pipe's writer too
  // Kept up to date, for who shows the progress; the size stays 0 where the file has none.
  std::atomic<std::uint64_t>* bytesRead = nullptr;
  std::atomic<std::uint64_t>* fileSize = nullptr;
};

/// What there is to say of a file that was read. The sentences are made where a person's language is known.
enum class TraceFault : std::uint8_t {
  None,               ///< all is well
  Unreadable,         ///< it could not be opened, or not read to its end: `systemError`
  Stopped,            ///< who asked for it does not want it any more
  Empty,              ///< there is no byte in it
  Foreign,            ///< no line of ours: no recording of Poolscope
  NewerVersion,       ///< the version of its format is not known
  BrokenSyntax,       ///< no JSON any more, from `stoppedAt` on
  CutShort,           ///< it ends in the middle of an event
  TooDeep,            ///< nested deeper than 64
  TextTooLong,        ///< more than 1 MiB
  EventWithoutNumber, ///< one of ours that does not say its place
  EventMissing,       ///< event `number`
  BadTime,            ///< event `number`: none, or before that of the event before it
  BadField,           ///< event `number`: none, or out of its range
  TooManySlots,       ///< more than a session can hold
  DoesNotFit,         ///< a bound of the memory: the first events are there, the file is well
  UnknownKinds,       ///< `number` events of a newer version were left out
};

struct TraceReadResult {
  std::uint64_t events = 0;    ///< events that were rebuilt
  std::uint64_t stoppedAt = 0; ///< byte where reading ended early, 0 when all was read
  bool closed = false;         ///< the closing bracket is there: whoever wrote the file had come to an end
  std::uint32_t processId = 0; ///< of the process that was recorded, 0 when the file does not say
  TraceFault fault = TraceFault::None;
  std::uint64_t number = 0; ///< of the event that the fault is about, or how many
  int systemError = 0;      ///< the errno of Unreadable
};

/// Rebuilds the events of a file into an empty recording, publishing as it goes; the file is never in memory as a
/// whole. A file cut by a crash gives what is whole; whatever the bytes are, this ends and says what is wrong.
/// Bounds: nesting 64, a text 1 MiB, 4096 slots a pool, the recording's own bound for events.
TraceReadResult readChromeTrace(std::istream& in, Recording& into, const TraceReadOptions& options = {});
TraceReadResult readChromeTrace(const std::string& path, Recording& into, const TraceReadOptions& options = {});

} // namespace poolscope
