#pragma once

#include "core/base/fork.h"
#include "core/base/mutex.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace poolscope {
struct TaskNode;
}

namespace poolscope::detail {

class TaskBlock;
class WorkerWait;
struct PoolCore;
struct WaitGraph;

/// A node of the wait graph during one look at it: a wait, or the hands of a pool (somebody of its workers gets free).
/// It may end when all it needs may (`all`), or one of it. Threads: under the graph's lock.
struct WaitNode {
  std::uint64_t look = 0;           ///< the look that reached it last; what follows is of that one
  std::uint32_t missing = 0;        ///< of an `all` node: how many of its needs may not end yet
  std::int32_t firstDependent = -1; ///< in the look's list of edges
  bool all = false, mayEnd = false;
};

/// The waits of one pool's workers: a slot → wait map. Part of the pool's core. Threads: under the graph's lock.
struct PoolWaits {
  std::vector<WorkerWait*> bySlot;                              ///< null where that worker does not wait
  std::size_t workers = 0;                                      ///< how many do
  std::unordered_map<const TaskNode*, WorkerWait*> bySubmitter; ///< of threads that run a task they submitted
  WorkerWait* io = nullptr;                                     ///< of the thread that runs its done-callbacks
  WaitNode hands;
  bool freeHands = false; ///< in the look that reached `hands`: a worker does not wait, or one more may be made
};

/// A task that the calling thread runs because the queue was full when it submitted it. Lives while it runs.
/// Threads: owner.
struct SubmittersTask {
  SubmittersTask(PoolCore& pool, const TaskNode& node);
  ~SubmittersTask();
  SubmittersTask(const SubmittersTask&) = delete;
  SubmittersTask& operator=(const SubmittersTask&) = delete;
  PoolCore& core;
  const TaskNode& task;
  SubmittersTask* const outer;
};

/// One worker that is about to wait, without a deadline, for futures, for room in a queue or for a pool's end; or a
/// thread that runs a task it submitted; or the I/O thread of a pool of processes, which runs the pool's
/// done-callbacks. While it lives it is a node of the wait graph of all pools of the program, and it refuses to wait
/// when that can never end: when everything that could end it is behind threads that wait in the same way.
///
/// Made in a blocking call, before it blocks. Afterwards check() after each wake-up: a pool that shrank may have made
/// the wait vain, and then its thread is woken for that. In any other thread it does nothing.
/// Threads: owner (a local of that thread).
class WorkerWait {
 public:
  /// FirstFailure: one fails, or all are done. PoolClosed and PoolIdle wait for all that its threads do.
  /// OthersEnded: for a pool's end but for what the calling thread itself does.
  enum class Until : std::uint8_t { AllDone, AnyDone, FirstFailure, PoolClosed, PoolIdle, OthersEnded, Room };
  /// How a thread that sleeps in the call is woken; called under the graph's lock.
  struct Bell {
    void (*ring)(void* who) = nullptr;
    void* who = nullptr;
  };

  /// What happens when it can never end. RefuseOthers is for a call that must not return before its time: of the waits
  /// that stand in its way the newest are refused, until it may end; hopeless() when it waits for its own thread.
  enum class IfVain : std::uint8_t { Throw, RefuseOthers };

  /// `blocks`: borrowed, as long as this lives; `call` names the call in the sentence. Throws WouldDeadlock.
  WorkerWait(std::span<const TaskBlock* const> blocks, Until until, const char* call, Bell bell,
             IfVain ifVain = IfVain::Throw);
  /// Until that pool is closed, idle or has room.
  WorkerWait(PoolCore& pool, const char* call, Until until, Bell bell, IfVain ifVain = IfVain::Throw);
  ~WorkerWait();
  WorkerWait(const WorkerWait&) = delete;
  WorkerWait& operator=(const WorkerWait&) = delete;

  /// Whether the calling thread is one whose waits are looked at.
  static bool concernsCaller();
  bool hopeless() const { return m_hopeless; }
  bool refused() const { return m_refused.load(std::memory_order_acquire); } ///< found vain meanwhile
  void check() const;                                                        ///< throws WouldDeadlock when it was
  /// Looks again: what it waits for has become less (FirstFailure: one of several has succeeded). Throws WouldDeadlock.
  void lookAgain();
  /// A pool has become smaller or was broken: of the waits that nothing can end any more, those at its door are
  /// refused, newest first, until the others may end. Without any lock of a pool.
  static void lookAtWaitsOn(PoolCore& pool);
  static void lockForFork(); ///< for pthread_atfork
  static void unlockAfterFork();
  static void forgetInForkedChild(); ///< who waited is not there

 private:
  friend struct WaitGraph;
  void enter();
  void leave();
  [[noreturn]] void refuse() const;

  std::span<const TaskBlock* const> m_blocks;
  PoolCore* m_pool = nullptr; // whose end or room it waits for
  Until m_until;
  const char* m_call;
  Bell m_bell;
  IfVain m_ifVain = IfVain::Throw;
  bool m_hopeless = false;
  std::atomic<bool> m_refused{false}; // written by who looks, under the graph's lock; read by the owner
  // What the thread has in hand.
  PoolCore* m_worker = nullptr; // the pool that it is a worker of
  std::uint16_t m_slot = 0;
  PoolCore* m_io = nullptr; // whose callbacks it runs
  SubmittersTask* m_tasks = nullptr;
  WorkerWait* m_outer = nullptr; // of the same thread: a callback waits in the middle of a wait
  std::uint64_t m_entered = 0;   // counts waits: greater is newer
  std::size_t m_place = 0;       // in the graph's list; the next is whether it is in it
  bool m_listed = false;
  const HomeProcess m_home;
  WaitNode m_node;
};

} // namespace poolscope::detail
