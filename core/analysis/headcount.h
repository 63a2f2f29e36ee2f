#pragma once

#include "core/event/pool_state.h"

#include <cstdint>

namespace poolscope {

/// How many are in a pool's slots, by what they are there for.
struct Headcount {
  std::uint64_t workers = 0;  ///< alive, those that retire included
  std::uint64_t retiring = 0; ///< of the workers
  std::uint64_t starting = 0; ///< to come
  std::uint64_t failed = 0;   ///< slots that were given up

  static Headcount of(const PoolLive& pool) {
    Headcount count;
    for (const WorkerState& worker : pool.slots) {
      const bool starts = worker.phase == WorkerPhase::Starting;
      const bool alive = !starts && worker.phase != WorkerPhase::Vacant && worker.phase != WorkerPhase::Failed;
      count.workers += alive, count.retiring += alive && worker.retiring;
      count.starting += starts, count.failed += worker.phase == WorkerPhase::Failed;
    }
    return count;
  }
};

} // namespace poolscope
