#pragma once

#include <cstdint>
#include <vector>

namespace poolscope {

/// How long many things took, as counts in buckets that grow with the value: every percentile is known to 1/256 of
/// itself from nanoseconds to years, in a few KiB however many there were.
///
/// Values below 128 have a bucket each; above, every power of two is cut into 128 equal ones.
/// Threads: owner.
class LatencyHistogram {
 public:
  void record(std::int64_t ns); ///< below zero counts as zero
  std::uint64_t count() const { return m_count; }
  /// The least value that is not exceeded by `share` (0 … 1) of all, within 1/256 of itself and never outside of what
  /// was recorded; 0 when nothing was.
  std::int64_t percentile(double share) const;
  std::int64_t most() const { return m_most; }

 private:
  std::vector<std::uint64_t> m_buckets; // as long as the largest value needs
  std::uint64_t m_count = 0;
  std::int64_t m_least = 0, m_most = 0;
};

} // namespace poolscope
