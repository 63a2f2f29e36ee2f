#pragma once

#include <cstdint>
#include <functional>

namespace poolscope {

/// A number that names one kind of thing and cannot be mixed up with another kind. 0 names nothing.
/// Threads: immutable.
template <class Tag, class Rep> class Id {
 public:
  using Value = Rep;
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : m_value(value) {}
  constexpr Rep value() const { return m_value; }
  constexpr explicit operator bool() const { return m_value != 0; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  Rep m_value = 0;
};

using TaskId = Id<struct TaskTag, std::uint64_t>;     ///< Unique in one EventLog, counted from 1 over all its pools.
using PoolId = Id<struct PoolTag, std::uint32_t>;     ///< Unique in one EventLog, counted from 1.
using ClientId = Id<struct ClientTag, std::uint32_t>; ///< Unique in one EventLog, counted from 1.
using TextId = Id<struct TextTag, std::uint32_t>;     ///< A string of the log's TextTable; 0 is the empty text.
using CallerId = Id<struct CallerTag, std::uint32_t>; ///< The kernel's thread id of a thread that calls an executor.

/// A worker's place in its pool, counted from 0. Reused by the next worker there: then the generation grows.
using SlotIndex = std::uint16_t;
inline constexpr SlotIndex kNoSlot = 0xFFFF;

} // namespace poolscope

template <class Tag, class Rep> struct std::hash<poolscope::Id<Tag, Rep>> {
  std::size_t operator()(poolscope::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value()); }
};
