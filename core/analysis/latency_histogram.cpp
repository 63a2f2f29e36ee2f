#include "core/analysis/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace poolscope {

namespace {

constexpr int kBits = 7; // 128 buckets a power of two: half of one is 1/256 of the value
constexpr std::uint64_t kStep = std::uint64_t{1} << kBits;

std::size_t bucketOf(std::uint64_t value) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kBits - 1);
  return static_cast<std::size_t>(static_cast<std::uint64_t>(shift) * kStep + (value >> shift));
}

/// The middle of a bucket's values.
std::int64_t middleOf(std::size_t bucket) {
  const std::uint64_t shift = bucket < 2 * kStep ? 0 : bucket / kStep - 1;
  const std::uint64_t first = (bucket - shift * kStep) << shift;
  return static_cast<std::int64_t>(first + ((std::uint64_t{1} << shift) - 1) / 2);
}

} // namespace

void LatencyHistogram::record(std::int64_t ns) {
  ns = std::max<std::int64_t>(ns, 0);
  const std::size_t bucket = bucketOf(static_cast<std::uint64_t>(ns));
  if (bucket >= m_buckets.size()) m_buckets.resize(bucket + 1);
  ++m_buckets[bucket];
  m_least = m_count == 0 ? ns : std::min(m_least, ns);
  m_most = std::max(m_most, ns);
  ++m_count;
}

std::int64_t LatencyHistogram::percentile(double share) const {
  if (m_count == 0) return 0;
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(m_count));
  const std::uint64_t rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < m_buckets.size(); ++bucket) {
    seen += m_buckets[bucket];
    if (seen >= rank) return std::clamp(middleOf(bucket), m_least, m_most);
  }
  return m_most;
}

} // namespace poolscope
