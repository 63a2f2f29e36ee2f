#pragma once

#include "core/base/fork.h"
#include "core/base/mutex.h"
#include "core/event/event.h"
#include "core/pool/block_memory.h"
#include "core/pool/scheduler.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace poolscope {

enum class FutureState { Pending, Running, Cancelled, Finished };
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

namespace detail {

class TaskBlock;
class ProcessTask;
struct PoolCore;

/// A handle to a block, as futures have: the last one frees it. Threads: as shared_ptr.
template <class Block> class BlockPtr {
 public:
  BlockPtr() = default;
  static BlockPtr adopt(Block* block) {
    BlockPtr p;
    p.m_block = block;
    return p;
  }
  static BlockPtr share(Block* block) {
    if (block) block->retain();
    return adopt(block);
  }
  BlockPtr(const BlockPtr& other) : m_block(other.m_block) {
    if (m_block) m_block->retain();
  }
  BlockPtr(BlockPtr&& other) noexcept : m_block(std::exchange(other.m_block, nullptr)) {}
  BlockPtr& operator=(BlockPtr other) noexcept {
    std::swap(m_block, other.m_block);
    return *this;
  }
  ~BlockPtr() {
    if (m_block) m_block->release();
  }
  Block* get() const { return m_block; }
  Block* operator->() const { return m_block; }
  Block& operator*() const { return *m_block; }
  explicit operator bool() const { return m_block != nullptr; }
  friend bool operator==(const BlockPtr&, const BlockPtr&) = default;

 private:
  Block* m_block = nullptr;
};

/// Somebody's callable or the like, destroyed when it is no longer needed. What its destructor throws goes nowhere:
/// there is nobody on our threads to have it. Threads: owner.
template <class F> class Kept {
 public:
  template <class... G> explicit Kept(std::in_place_t, G&&... from) : m_value(std::forward<G>(from)...) {}
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ~Kept() { drop(); }
  F& operator*() { return m_value; }
  void drop() noexcept {
    if (!std::exchange(m_has, false)) return;
    try {
      m_value.~F();
    } catch (...) { // see the class
    }
  }

 private:
  union {
    F m_value;
  };
  bool m_has = true;
};

/// Whoever wants to know when a block is done: a callback (owned by the block) or a waiter (on its thread's stack).
/// Linked into the block under its stripe's lock.
struct Observer {
  Observer* prev = nullptr;
  Observer* next = nullptr;
  bool isCallback = false;
  bool linked = false;
  virtual ~Observer() = default;
  /// Callback: called once, outside every lock. Waiter: called under the stripe's lock, so it only notes and wakes.
  virtual void onDone(TaskBlock& block) = 0;
};

/// Where a pool's lock and core live for a future that may outlive the pool. Anchors are recycled and never freed, so a
/// pointer to one stays valid; `core` is null while no pool lives here.
struct PoolAnchor {
  bool isHere() const { return generation == forkGeneration(); } ///< not in a child that was forked from its process
  unsigned generation = forkGeneration();                        ///< set by takeAnchor()
  Mutex mutex{LockRank::Pool};
  PoolCore* core GUARDED_BY(mutex) = nullptr;
};
PoolAnchor* takeAnchor();
void giveBackAnchor(PoolAnchor* anchor);

/// A task and its future's shared state in one recycled block: links, id, callable, result, exception.
///
/// Made by submit() or by a Promise with one handle; freed when the last handle and the last hold are gone. Handles are
/// futures and callbacks to come, so whoever has the only one may move the result out; holds are the pool's own. A
/// task's callable is destroyed as soon as it has run or was cancelled.
/// State: Pending (queued, or promised) → Running (a worker executes it) → Finished (value or exception is set);
/// Pending → Cancelled. The word's low bits; a pool's task changes it under the pool's lock until it runs, a Promise's
/// by compare-and-swap. Everything written before a final state is visible to whoever sees that state. Threads: any
/// thread.
class TaskBlock : public TaskNode {
 public:
  virtual ~TaskBlock();
  TaskBlock(const TaskBlock&) = delete;
  TaskBlock& operator=(const TaskBlock&) = delete;
  static void* operator new(std::size_t size) { return takeBlockMemory(size); }
  static void operator delete(void* memory, std::size_t size) { giveBlockMemory(memory, size); }
  // What is aligned more strictly, for its callable or its result is.
  static void* operator new(std::size_t size, std::align_val_t alignment) { return ::operator new(size, alignment); }
  static void operator delete(void* memory, std::size_t, std::align_val_t alignment) {
    ::operator delete(memory, alignment);
  }

  /// Runs the callable, keeps its outcome and destroys it; publishes nothing. Only for a pool's tasks.
  virtual void invoke() {}
  /// Destroys the callable of a task that will not run.
  virtual void dropCallable() {}
  /// What a worker process needs of it; null for a task that threads run.
  virtual ProcessTask* processTask() { return nullptr; }
  /// The task whose end brings the outcome: itself, or for an element of a chunk of map() the chunk.
  virtual const TaskBlock& task() const { return *this; }
  /// What a block without a pool waits for, if it is known: the future that it goes on from. None when that is done.
  virtual BlockPtr<TaskBlock> source() const { return {}; }

  /// Whether the callable takes a std::stop_token, and asks it to stop (any thread, outside every lock).
  virtual bool takesStop() const { return false; }
  virtual void stop() {}

  void retain() { m_refs.fetch_add(kHandle, std::memory_order_relaxed); }
  void release() {
    if (m_refs.fetch_sub(kHandle, std::memory_order_acq_rel) == kHandle) delete this;
  }
  void hold() { m_refs.fetch_add(kHold, std::memory_order_relaxed); }
  void letGo() {
    if (m_refs.fetch_sub(kHold, std::memory_order_acq_rel) == kHold) delete this;
  }
  bool hasOneHandle() const { return (m_refs.load(std::memory_order_acquire) & (kHold - 1)) == kHandle; }

  bool takeValue() { return (m_word.fetch_or(kTaken, std::memory_order_acq_rel) & kTaken) == 0; } ///< false: it is gone
  bool valueTaken() const { return (m_word.load(std::memory_order_acquire) & kTaken) != 0; }

  FutureState state() const { return static_cast<FutureState>(m_word.load(std::memory_order_acquire) & kStateMask); }
  bool done() const { return state() >= FutureState::Cancelled; }
  bool hasObservers() const { return (m_word.load(std::memory_order_acquire) & kObserved) != 0; }

  /// Waits for a final state; false when the deadline passed first. The wait is shown as `call` of the calling thread,
  /// or as a blocked task inside a worker. There it throws WouldDeadlock when only sleeping workers could end it.
  bool waitDone(Deadline deadline, CallKind call) const;

  bool cancel(By by = By::Caller); ///< true when it is cancelled now or was before
  /// Asks a task that takes a std::stop_token to end early, queued or running; false when it takes none or is done.
  bool requestStop(By by = By::Caller);
  bool tryTransition(FutureState from, FutureState to); ///< compare-and-swap; publishes nothing
  void markUnderLock(FutureState to) {
    m_word.fetch_or(static_cast<std::uint32_t>(to), std::memory_order_relaxed);
  } ///< from Pending
  /// The outcome of a task that will not run, from Pending, visible at once: nobody may see the pool closed before it.
  /// publish() follows.
  void settleUnderLock(FutureState final) {
    m_word.fetch_or(static_cast<std::uint32_t>(final), std::memory_order_release);
  }
  /// Makes the outcome visible. announce() follows, with what it returns, outside every lock.
  std::uint32_t settle(FutureState final) {
    return m_word.exchange(static_cast<std::uint32_t>(final), std::memory_order_acq_rel);
  }
  static bool wereObservers(std::uint32_t settled) { return (settled & kObserved) != 0; }
  /// Wakes who waits and runs the callbacks here. Returns how many of them threw.
  std::uint32_t announce(std::uint32_t settled);
  std::uint32_t publish(FutureState final) { return announce(settle(final)); } ///< both

  void addObserver(Observer* observer);    ///< at once told (a callback: run) when the block is done already
  void removeObserver(Observer* observer); ///< a waiter only

  void setError(std::exception_ptr error) { m_error = std::move(error); }
  const std::exception_ptr& error() const { return m_error; }
  void noteResultRead() const; ///< the first reader makes an event of it

  PoolAnchor* anchor = nullptr; ///< null for a Promise's block, as are the next two
  LogLife* log = nullptr;
  PoolId pool;

 protected:
  TaskBlock() = default;

 private:
  static constexpr std::uint32_t kStateMask = 3, kSleepers = 4, kObserved = 8, kRead = 16, kTaken = 32;
  static constexpr std::uint64_t kHandle = 1, kHold = std::uint64_t{1} << 32;
  static constexpr std::uint32_t kNudge = 1u << 8; // the bits from here on count nudges
  void nudge() const;
  Mutex& stripe() const;

  mutable std::atomic<std::uint32_t> m_word{0}; // state and flags; see the class comment
  std::atomic<std::uint64_t> m_refs{kHandle};
  Observer* m_observers = nullptr; // under stripe(); last added first
  std::exception_ptr m_error;      // written before the final state
};

/// What a thrown exception says, for display: its what(), or "unknown exception", also where what() is null.
std::string describe(const std::exception_ptr& error) noexcept;

/// publish() for a future that goes on from another: a long chain of them does not nest without end, so beyond a depth
/// it happens a little later, when the calls before it on this stack have come back.
void publishNext(BlockPtr<TaskBlock> block, FutureState final);

} // namespace detail
} // namespace poolscope
