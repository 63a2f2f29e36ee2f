#pragma once

#include "core/pool/task_block.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <type_traits>
#include <utility>
#include <variant>

namespace poolscope {

// Every error of an executor. what() is one sentence.
struct CancelledError : std::runtime_error {
  using std::runtime_error::runtime_error;
}; ///< the future was cancelled
struct TimeoutError : std::runtime_error {
  using std::runtime_error::runtime_error;
}; ///< a wait's own time is over
struct InvalidStateError : std::runtime_error {
  using std::runtime_error::runtime_error;
}; ///< a second outcome, or one too early
struct ExecutorShutdown : std::runtime_error {
  using std::runtime_error::runtime_error;
}; ///< submit after shutdown
struct QueueFull : std::runtime_error {
  using std::runtime_error::runtime_error;
}; ///< the bounded queue took no more
struct TaskTimeout : std::runtime_error {
  using std::runtime_error::runtime_error;
}; ///< the task's own time is over
struct SerializationError : std::runtime_error {
  using std::runtime_error::runtime_error;
}; ///< an argument or a result cannot travel
struct WouldDeadlock : std::runtime_error {
  using std::runtime_error::runtime_error;
}; ///< a blocking call that can never return
struct BrokenExecutor : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct BrokenThreadPool : BrokenExecutor {
  using BrokenExecutor::BrokenExecutor;
};
struct BrokenProcessPool : BrokenExecutor {
  using BrokenExecutor::BrokenExecutor;
};

/// A worker process ended while it had the task. Exactly one of exitCode() and signal() is set.
struct WorkerDied : BrokenProcessPool {
  WorkerDied(const std::string& what, pid_t pid, std::optional<int> exitCode, std::optional<int> signal)
      : BrokenProcessPool(what), m_pid(pid), m_exitCode(exitCode), m_signal(signal) {}
  pid_t pid() const { return m_pid; }
  std::optional<int> exitCode() const { return m_exitCode; }
  std::optional<int> signal() const { return m_signal; }

 private:
  pid_t m_pid;
  std::optional<int> m_exitCode, m_signal;
};

template <class T> class Future;

namespace detail {

/// A counted pointer to a block. Threads: as shared_ptr.
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

/// void travels as std::monostate.
template <class T> using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T> class ValueBlock : public TaskBlock {
 public:
  std::optional<Stored<T>> value; // written before the final state
};

template <class T> struct Callback final : Observer {
  explicit Callback(std::function<void(const Future<T>&)> f) : function(std::move(f)) { isCallback = true; }
  void onDone(TaskBlock& block) override;
  std::function<void(const Future<T>&)> function;
};

inline Deadline after(std::chrono::nanoseconds timeout) {
  const auto now = std::chrono::steady_clock::now();
  if (timeout >= std::chrono::steady_clock::time_point::max() - now) return {};
  return now + timeout;
}

std::string stateName(FutureState state, bool failed);
[[noreturn]] void throwInvalidState(const TaskBlock& block);

} // namespace detail

/// A copyable handle to a call's outcome. Copies share it; the last one frees it.
///
/// Made by submit() and Promise::future(). A default-made one is empty: only valid() and assignment are allowed.
/// Order: done() is true from the instant of cancel() or of the outcome, for every observer alike; done-callbacks run
/// after it, on the thread that completed or cancelled the future, once each, in the order added. A callback's
/// exception is counted and goes nowhere.
/// Threads: any thread.
template <class T> class Future {
 public:
  using Value = T;
  Future() = default;
  explicit Future(detail::BlockPtr<detail::ValueBlock<T>> block) : m_block(std::move(block)) {}

  bool valid() const { return static_cast<bool>(m_block); }
  FutureState state() const { return m_block->state(); }
  bool done() const { return m_block->done(); }
  bool running() const { return state() == FutureState::Running; }
  bool cancelled() const { return state() == FutureState::Cancelled; }

  /// True when it is cancelled now or was before; false when it runs, was handed to a worker process, or is finished.
  /// Takes a pool's task out of the queue in O(1) and runs the callbacks before it returns.
  bool cancel() { return m_block->cancel(); }

  /// Asks the task to end early, queued or running, if it takes a std::stop_token: true when it was asked (now or
  /// before) and is not done. It ends when it likes; its outcome is what it then returns or throws.
  bool requestStop() { return m_block->requestStop(); }

  /// Blocks until done. Throws the task's own exception, CancelledError, TimeoutError when `timeout` ns pass first, or
  /// WouldDeadlock: in a worker, without a timeout, when only workers that wait in the same way could bring the
  /// outcome.
  const detail::Stored<T>& resultStored(Deadline deadline = {}, CallKind call = CallKind::Result) const {
    waitOrThrow(deadline, call);
    m_block->noteResultRead();
    if (m_block->error()) std::rethrow_exception(m_block->error());
    return *m_block->value;
  }
  decltype(auto) result() const& { return resultAt({}); }
  decltype(auto) result(std::chrono::nanoseconds timeout) const& { return resultAt(detail::after(timeout)); }
  /// On a temporary: a copy, or the value moved out where T is move-only.
  T result() && { return takeAt({}); }
  T result(std::chrono::nanoseconds timeout) && { return takeAt(detail::after(timeout)); }

  /// Blocks until done and returns the task's exception, null when it returned a value. Throws CancelledError,
  /// TimeoutError.
  std::exception_ptr exception() const { return exceptionAt({}); }
  std::exception_ptr exception(std::chrono::nanoseconds timeout) const { return exceptionAt(detail::after(timeout)); }

  /// Runs at once, here, when the future is done already.
  void addDoneCallback(std::function<void(const Future&)> callback) {
    m_block->addObserver(new detail::Callback<T>(std::move(callback)));
  }

  /// Two handles of one outcome are equal.
  friend bool operator==(const Future& a, const Future& b) { return a.m_block == b.m_block; }
  detail::TaskBlock* block() const { return m_block.get(); } ///< for wait(), asCompleted() and executors
  TaskId taskId() const { return m_block->id; }              ///< its own in the log, or in its pool without one; 0 for a Promise's

 private:
  std::conditional_t<std::is_void_v<T>, void, std::add_lvalue_reference_t<const T>> resultAt(Deadline deadline) const {
    if constexpr (std::is_void_v<T>)
      resultStored(deadline);
    else
      return resultStored(deadline);
  }
  T takeAt(Deadline deadline) {
    if constexpr (std::is_void_v<T>) {
      resultStored(deadline);
    } else {
      resultStored(deadline);
      if constexpr (std::is_copy_constructible_v<T>)
        return *m_block->value;
      else
        return std::move(*m_block->value);
    }
  }
  std::exception_ptr exceptionAt(Deadline deadline) const {
    waitOrThrow(deadline, CallKind::Result);
    return m_block->error();
  }
  void waitOrThrow(Deadline deadline, CallKind call) const {
    if (!m_block->waitDone(deadline, call)) throw TimeoutError("the future was not done in time");
    if (cancelled()) throw CancelledError("the future was cancelled");
  }

  detail::BlockPtr<detail::ValueBlock<T>> m_block;
};

template <class T> void detail::Callback<T>::onDone(TaskBlock& block) {
  function(Future<T>(BlockPtr<ValueBlock<T>>::share(static_cast<ValueBlock<T>*>(&block))));
}

/// The side that gives a future its outcome, for work that no executor of ours runs.
///
/// Destroyed without an outcome, its future gets BrokenExecutor. Movable, not copyable.
/// Order: setValue() and setException() are allowed once, on Pending or Running; otherwise InvalidStateError.
/// Threads: any thread; one call at a time.
template <class T> class Promise {
 public:
  Promise() : m_block(detail::BlockPtr<detail::ValueBlock<T>>::adopt(new detail::ValueBlock<T>)) {}
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise&& other) noexcept {
    if (this != &other) abandon(), m_block = std::move(other.m_block), m_settled = other.m_settled;
    return *this;
  }
  ~Promise() { abandon(); }

  Future<T> future() const { return Future<T>(m_block); }

  /// Pending → Running: true. Cancelled: false. Anything else: InvalidStateError.
  bool setRunningOrNotifyCancel() {
    if (m_block->tryTransition(FutureState::Pending, FutureState::Running)) return true;
    if (m_block->state() == FutureState::Cancelled) return false;
    detail::throwInvalidState(*m_block);
  }

  template <class... V> void setValue(V&&... value) {
    settle([&] { m_block->value.emplace(std::forward<V>(value)...); });
  }
  void setException(std::exception_ptr error) {
    settle([&] { m_block->setError(std::move(error)); });
  }

 private:
  template <class F> void settle(F&& store) {
    // Claimed first: the value must not be written beside a cancel or a second outcome.
    if (m_settled || (!m_block->tryTransition(FutureState::Pending, FutureState::Running) &&
                      m_block->state() != FutureState::Running))
      detail::throwInvalidState(*m_block);
    store();
    m_settled = true;
    m_block->publish(FutureState::Finished);
  }
  void abandon() {
    if (!m_block || m_block->done()) return;
    try {
      setException(std::make_exception_ptr(BrokenExecutor("the promise was destroyed without an outcome")));
    } catch (const InvalidStateError&) { // cancelled meanwhile
    }
  }

  detail::BlockPtr<detail::ValueBlock<T>> m_block;
  bool m_settled = false;
};

} // namespace poolscope
