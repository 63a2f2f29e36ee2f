#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace poolscope {

/// How busy all workers together were over the whole session, in at most 2048 equal stretches: for an overview. When
/// the session outgrows them, each two become one, so it takes the same memory for a second and for a week.
/// Threads: owner.
class SessionProfile {
 public:
  static constexpr std::size_t kMost = 2048;
  struct Bin {
    float computing = 0, blocked = 0, capacity = 0; ///< worker × ns
  };

  /// From t on so many workers compute and are blocked, of so many that there could be. t never falls.
  void set(std::int64_t t, std::uint32_t computing, std::uint32_t blocked, std::uint32_t capacity);
  /// The same up to t, the last stretch partly: counts go on as they were last set.
  SessionProfile until(std::int64_t t) const;
  const std::vector<Bin>& bins() const { return m_bins; }
  std::int64_t begin() const { return m_begin; }
  std::int64_t width() const { return m_width; } ///< ns of one stretch

 private:
  void add(std::int64_t t);

  std::vector<Bin> m_bins;
  std::int64_t m_begin = 0, m_last = 0;
  std::int64_t m_width = 1'000'000; // 1 ms: two seconds in full
  float m_computing = 0, m_blocked = 0, m_capacity = 0;
  bool m_started = false;
};

} // namespace poolscope
