#pragma once

#include "core/event/pool_state.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace poolscope {

/// What a pool's queue waits for at one moment, as counts: who takes its head, and if nobody does, whose end would let
/// somebody. One look serves every task that waits there; who says it to a person makes the words.
///
/// Rule: the end of a helper's task lets the head of the queue start, the end of another's does not. A retiring worker
/// is no helper, because nobody comes in its place; nor is one that has no task.
/// Threads: owner.
struct Waiting {
  enum class For : std::uint8_t {
    Release,    ///< step mode holds the pool before its next decision
    FreeWorker, ///< a worker without a task is about to take it
    Start,      ///< a worker that is starting takes it
    NewWorker,  ///< nobody is free, and a further worker is about to be made
    Retry,      ///< nobody is free, and a further worker could not be made: `spawnErrno`
    Helper,     ///< a helper's task has to end
    Nobody      ///< nobody stays who could take it: those that are left retire
  };
  std::size_t free = 0, starting = 0; ///< workers that stay, without a task
  std::size_t helpers = 0;            ///< workers that stay, with one
  std::size_t clients = 0;            ///< of the helpers: who serves a connection, which ends when the client likes
  std::size_t retiring = 0;           ///< workers that leave after the task they have
  std::size_t room = 0;               ///< workers that may still be made
  int spawnErrno = 0;
  bool held = false;
  bool unbounded = false; ///< a thread a connection: each task is waited for by a thread of its own

  static Waiting of(const PoolLive& pool, const TaskHistory& history);
  /// `position` counts from 1, the head; 0: somewhere behind those that are about to be taken.
  For waitsFor(std::size_t position) const;
  /// Workers that may come to take tasks, now and later.
  std::size_t lanes() const { return free + starting + helpers + room; }
};

/// The workers that Waiting counts as helpers, by slot.
std::vector<SlotIndex> helpersOf(const PoolLive& pool);

/// When the task was submitted that waits longest in the pool's queue, wherever it stands there; kNever: none waits.
/// O(tasks that have a priority, were moved or came back).
std::int64_t oldestQueued(const PoolState& state, const TaskHistory& history, PoolId pool);

} // namespace poolscope
