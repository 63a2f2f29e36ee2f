#pragma once

#include "core/analysis/latency_histogram.h"
#include "core/event/pool_state.h"
#include "core/event/recording.h"

#include <cstdint>

namespace poolscope {

/// How long one pool's tasks waited, ran unblocked, and were blocked, and all of that together: of those that returned
/// or failed up to a cursor. Tasks that were cancelled never ran and are not among them.
///
/// Made by whoever shows it; advance() reads on from where it stood, so that a call costs what is new. A cursor that
/// moved back, or another pool, begins anew.
/// Threads: owner.
class PoolLatency {
 public:
  LatencyHistogram waited, running, blocked, total;

  /// Reads at most `most` events up to `seq`, a cursor that `history` has reached; true when nothing is left.
  bool advance(const Recording& recording, const TaskHistory& history, PoolId pool, std::uint64_t seq,
               std::uint64_t most = UINT64_MAX);
  PoolId pool() const { return m_pool; }

 private:
  void add(const TaskRow& task);

  PoolId m_pool;
  std::uint64_t m_seq = 0;
};

} // namespace poolscope
