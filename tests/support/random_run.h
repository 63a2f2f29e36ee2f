#pragma once

#include "core/event/recording.h"

#include <cstdint>
#include <string>
#include <vector>

namespace poolscope::test {

/// A plausible session out of a seed: pools of both kinds are opened, resized and shut down, tasks of two priorities
/// are submitted, moved, cancelled, dispatched, requeued, run, blocked and ended, clients come and go. It keeps its own
/// plain account of the truth (lists and counts, no cleverness), which the fold is compared with.
struct RandomRun {
  /// What is true after `events` events: one line a pool, in the words of describe(state, history, pool).
  struct Truth {
    std::uint64_t events;
    std::vector<std::string> pools;
  };
  /// Appends about `steps` decisions to the recording; notes the truth after every `every` of them.
  RandomRun(std::uint64_t seed, int steps, Recording& into, int every = 1);

  std::vector<Truth> truths;
};

} // namespace poolscope::test
