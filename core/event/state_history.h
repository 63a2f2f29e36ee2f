#pragma once

#include "core/event/lanes.h"
#include "core/event/pool_state.h"
#include "core/event/recording.h"

#include <chrono>
#include <cstdint>
#include <map>

namespace poolscope {

/// A recording's states: the live state, its task history, and checkpoints, so that the state at any time is a
/// checkpoint plus a few thousand events.
///
/// Made by whoever looks at a recording (the window's session, a test); borrows the Recording, which must outlive it.
/// Order: advance() folds forward and never back; stateAt() copies a checkpoint and folds from there.
/// Threads: owner.
class StateHistory {
 public:
  explicit StateHistory(const Recording& recording, std::uint64_t checkpointEvery = 16384);

  /// Folds what the recording has gained, for at most `budget`. True when nothing is left ("caught up").
  bool advance(std::chrono::nanoseconds budget = std::chrono::nanoseconds::max());
  const PoolState& live() const { return m_live; }
  const TaskHistory& tasks() const { return m_tasks; }
  const Lanes& lanes() const { return m_lanes; }
  const Recording& recording() const { return m_recording; }

  /// The state after the first `count` events (count ≤ live().seq), or after every event with t ≤ `time`.
  PoolState stateAfter(std::uint64_t count) const;
  PoolState stateAt(std::int64_t time) const;

 private:
  void checkpoint();

  const Recording& m_recording; // borrowed: outlives this
  std::uint64_t m_checkpointEvery;
  PoolState m_live;
  TaskHistory m_tasks;
  Lanes m_lanes;
  std::map<std::uint64_t, PoolState> m_checkpoints; // by seq
  std::uint64_t m_lastCheckpoint = 0;
};

} // namespace poolscope
