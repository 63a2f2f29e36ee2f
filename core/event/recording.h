#pragma once

#include "core/base/ids.h"
#include "core/event/event.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace poolscope {

/// The texts that events name by TextId: append-only, each text once, valid UTF-8 (other bytes become U+FFFD), at most
/// 1 MiB each (cut at a character's boundary).
/// Threads: any thread; text() takes no lock and its view lives as long as the table.
class TextTable {
 public:
  TextTable();
  ~TextTable();
  TextId intern(std::string_view text);
  std::string_view text(TextId id) const; ///< empty for 0 and for an unknown id
  std::uint32_t size() const;             ///< number of texts; ids are 1 … size()

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

/// All events of a session in sequence order: append-only chunks, published by count. The sequence number of an event
/// is its place here. `t` is nanoseconds of CLOCK_MONOTONIC and never falls.
///
/// Filled by the drainer of an EventLog or by a file's reader; read by everybody else. At its memory bound it takes no
/// more and counts what it dropped.
/// Threads: append(), room(), appended(), publish(), toPrepare(), setMaxBytes(): owner, one thread at a time.
/// Everything else: any thread.
class Recording {
 public:
  explicit Recording(std::size_t maxBytes = std::size_t{1} << 30);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  std::uint64_t size() const;                     ///< events that can be read now
  const Event& operator[](std::uint64_t q) const; ///< q < size(); the reference stays valid
  std::int64_t firstTime() const;                 ///< t of event 0, 0 when empty
  std::int64_t lastTime() const;                  ///< t of the last event, 0 when empty
  std::uint64_t dropped() const;                  ///< events that the bound or a full ring cost
  /// Events from q on that lie together in memory, for whoever reads many: at least one when q < size(), else none.
  std::span<const Event> from(std::uint64_t q) const;
  /// The number of events with t ≤ `time`: where a cursor at that time stands.
  std::uint64_t countUntil(std::int64_t time) const;

  TextTable& texts();
  const TextTable& texts() const;

  bool append(const Event& event); ///< false when the bound was reached: then it is counted as dropped
  /// For who appends many: where the next events go, as many as lie together; empty when the bound was reached. Then
  /// appended() says how many were written.
  std::span<Event> room();
  void appended(std::size_t count);
  void publish(); ///< makes what was appended readable
  /// The memory that will be written soon and that the kernel has not supplied yet: a huge page, once the one before it
  /// is half full; else empty. For Pages::populate(), which any thread may do while others append.
  std::span<std::byte> toPrepare();
  void setMaxBytes(std::size_t maxBytes); ///< not below what is there already, nor above 96 GiB
  void countDropped(std::uint64_t n);     ///< any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace poolscope
