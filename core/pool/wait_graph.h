#pragma once

#include "core/base/mutex.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace poolscope::detail {

class TaskBlock;
struct PoolCore;

/// One worker that is about to wait, without a deadline, for futures, for room in a queue or for a pool's end; or the
/// I/O thread of a pool of processes, which runs the pool's done-callbacks. While it lives it is a node of the wait
/// graph of all pools of the program, and it refuses to wait when that can never end: when everything that could end it
/// is behind threads that wait in the same way.
///
/// Made in a blocking call, before it blocks; check() again at least every kRecheck, for a pool may shrink meanwhile.
/// In any other thread it does nothing. Threads: owner (a local of that thread).
class WorkerWait {
 public:
  enum class Until : std::uint8_t { AllDone, AnyDone, PoolClosed, Room };
  /// 0.5 s: a deadlock that comes about later is reported within a second.
  static constexpr std::chrono::milliseconds kRecheck{500};

  /// `blocks`: borrowed, as long as this lives; `call` names the call in the sentence. Throws WouldDeadlock.
  WorkerWait(std::span<const TaskBlock* const> blocks, Until until, const char* call);
  /// Until that pool is closed, or has room.
  WorkerWait(const PoolCore& pool, const char* call, Until until = Until::PoolClosed);
  ~WorkerWait();
  WorkerWait(const WorkerWait&) = delete;
  WorkerWait& operator=(const WorkerWait&) = delete;

  /// Whether the calling thread is one whose waits are looked at.
  static bool concernsCaller();
  bool listed() const { return m_core != nullptr; }
  void check(); ///< throws WouldDeadlock
  /// When to look again: now + kRecheck in a worker, else never.
  std::optional<std::chrono::steady_clock::time_point> recheckAt() const;

 private:
  friend struct WaitGraph;
  void enter();

  std::span<const TaskBlock* const> m_blocks;
  const PoolCore* m_pool = nullptr; // whose end or room it waits for
  Until m_until;
  const char* m_call;
  const PoolCore* m_core = nullptr; // of the thread that waits; null when it is no pool's
  std::uint16_t m_slot = 0;         // of the worker; kNoSlot: the I/O thread
  bool m_mayEnd = false;            // of the graph's present check
};

} // namespace poolscope::detail
