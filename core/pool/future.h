#pragma once

#include "core/pool/task_block.h"

#include <chrono>
#include <concepts>
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

/// void travels as std::monostate.
template <class T> using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

[[noreturn]] void throwEmpty();
[[noreturn]] void throwTaken();

template <class T> class ValueBlock : public TaskBlock {
 public:
  std::optional<Stored<T>> value; // written before the final state

  /// The value of a block that finished without an error: moved out where it cannot be copied or nobody else has a
  /// handle, else a copy. Throws InvalidStateError when it was moved out before.
  Stored<T> takeOrCopy() {
    if constexpr (std::is_trivially_copyable_v<Stored<T>> && std::is_copy_constructible_v<Stored<T>>) {
      return *value;
    } else {
      bool move = true;
      if constexpr (std::is_copy_constructible_v<Stored<T>>) move = hasOneHandle();
      if (move ? !takeValue() : valueTaken()) throwTaken();
      if constexpr (std::is_copy_constructible_v<Stored<T>>)
        if (!move) return *value;
      return std::move(*value);
    }
  }
};

/// A callback counts as a handle until it has run, for it will be given one.
template <class T, class F> struct Callback final : Observer {
  template <class G> explicit Callback(G&& f) : function(std::in_place, std::forward<G>(f)) { isCallback = true; }
  void onDone(TaskBlock& block) override {
    const Future<T> done(BlockPtr<ValueBlock<T>>::adopt(static_cast<ValueBlock<T>*>(&block)));
    std::invoke(*function, done);
  }
  Kept<F> function;
};
template <class T, class F> void addCallback(TaskBlock& block, F&& f) {
  auto* callback = new Callback<T, std::decay_t<F>>(std::forward<F>(f));
  block.retain();
  block.addObserver(callback);
}

/// What then(f) gives a future of: what f returns, and of a Future what that is of.
template <class T> struct Flat {
  static constexpr bool isFuture = false;
  using Type = T;
};
template <class T> struct Flat<Future<T>> {
  static constexpr bool isFuture = true;
  using Type = T;
};
template <class F, class T> struct Next {
  static constexpr bool takesConst = std::is_invocable_v<F, const T&>, fits = takesConst || std::is_invocable_v<F, T>;
  using Result = std::conditional_t<takesConst, std::invoke_result<F, const T&>, std::invoke_result<F, T>>;
};
template <class F> struct Next<F, void> {
  static constexpr bool takesConst = false, fits = std::is_invocable_v<F>;
  using Result = std::invoke_result<F>;
};
template <class F, class T> using Called = std::remove_cvref_t<typename Next<F, T>::Result::type>;
template <class F, class T> using NextOf = typename Flat<Called<F, T>>::Type;
template <class T, class F> Future<NextOf<std::decay_t<F>, T>> makeNext(const Future<T>& from, F&& f);

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
/// Made by submit() and Promise::future(). One that was made by default or moved from is empty: valid(), comparison and
/// assignment are allowed, everything else throws InvalidStateError.
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
  FutureState state() const { return need().state(); }
  bool done() const { return need().done(); }
  bool running() const { return state() == FutureState::Running; }
  bool cancelled() const { return state() == FutureState::Cancelled; }

  /// True when it is cancelled now or was before; false when it runs, was handed to a worker process, or is finished.
  /// Takes a pool's task out of the queue in O(1) and runs the callbacks before it returns.
  bool cancel() { return need().cancel(); }

  /// Asks the task to end early, queued or running, if it takes a std::stop_token: true when it was asked (now or
  /// before) and is not done. It ends when it likes; its outcome is what it then returns or throws.
  bool requestStop() { return need().requestStop(); }

  /// Blocks until done. Throws the task's own exception, CancelledError, TimeoutError when `timeout` ns pass first, or
  /// WouldDeadlock: in a worker, without a timeout, when only workers that wait in the same way could bring the
  /// outcome.
  const detail::Stored<T>& resultStored(Deadline deadline = {}, CallKind call = CallKind::Result) const {
    waitForValue(deadline, call);
    if (m_block->valueTaken()) detail::throwTaken();
    return *m_block->value;
  }
  decltype(auto) result() const& { return resultAt({}); }
  decltype(auto) result(std::chrono::nanoseconds timeout) const& { return resultAt(detail::after(timeout)); }
  /// On a temporary, and get(): moved out where T is move-only or this is the last handle, else a copy. What was moved
  /// out is gone: whoever asks again gets InvalidStateError.
  T result() && { return takeAt({}, CallKind::Result); }
  T result(std::chrono::nanoseconds timeout) && { return takeAt(detail::after(timeout), CallKind::Result); }
  T get() const { return takeAt({}, CallKind::Result); }
  /// As get(), for map().
  T getFor(CallKind call) const { return takeAt({}, call); }

  /// Blocks until done and returns the task's exception, null when it returned a value. Throws CancelledError,
  /// TimeoutError.
  std::exception_ptr exception() const { return exceptionAt({}); }
  std::exception_ptr exception(std::chrono::nanoseconds timeout) const { return exceptionAt(detail::after(timeout)); }

  /// Runs at once, here, when the future is done already. It may be move-only.
  template <class F>
  requires std::invocable < std::decay_t<F>
  &, const Future<T>& > void addDoneCallback(F&& callback) const {
    detail::addCallback<T>(need(), std::forward<F>(callback));
  }

  /// A future of f(value) (f() for void), called where a done-callback is: on the thread that completes this one, or
  /// here when it is done. A failure passes by f to the new future, a cancellation too. A Future that f returns is
  /// flattened: the new one ends as it does. Cancelling the new one before f has begun keeps f from being called, and
  /// does nothing to this one.
  template <class F>
  requires detail::Next<std::decay_t<F>, T>::fits auto then(F&& f) const {
    return detail::makeNext<T>(*this, std::forward<F>(f));
  }

  /// Two handles of one outcome are equal.
  friend bool operator==(const Future& a, const Future& b) { return a.m_block == b.m_block; }
  detail::TaskBlock* block() const { return &need(); } ///< for wait(), asCompleted() and executors
  TaskId taskId() const { return need().id; } ///< its own in the log, or in its pool without one; 0 for a Promise's

 private:
  std::conditional_t<std::is_void_v<T>, void, std::add_lvalue_reference_t<const T>> resultAt(Deadline deadline) const {
    if constexpr (std::is_void_v<T>)
      resultStored(deadline);
    else
      return resultStored(deadline);
  }
  T takeAt(Deadline deadline, CallKind call) const {
    waitForValue(deadline, call);
    if constexpr (!std::is_void_v<T>) return m_block->takeOrCopy();
  }
  std::exception_ptr exceptionAt(Deadline deadline) const {
    waitOrThrow(deadline, CallKind::Result);
    return m_block->error();
  }
  void waitForValue(Deadline deadline, CallKind call) const {
    waitOrThrow(deadline, call);
    m_block->noteResultRead();
    if (m_block->error()) std::rethrow_exception(m_block->error());
  }
  void waitOrThrow(Deadline deadline, CallKind call) const {
    if (!need().waitDone(deadline, call)) throw TimeoutError("the future was not done in time");
    if (cancelled()) throw CancelledError("the future was cancelled");
  }
  detail::ValueBlock<T>& need() const {
    if (!m_block) [[unlikely]]
      detail::throwEmpty();
    return *m_block;
  }

  detail::BlockPtr<detail::ValueBlock<T>> m_block;
};

namespace detail {

/// The outcome of a future that goes on from another. Its task is whatever brings the outcome: first the future it was
/// made from, then the one that the continuation returned.
template <class R> class NextBlock final : public ValueBlock<R> {
 public:
  BlockPtr<TaskBlock> source() const override {
    MutexLock lock(m_mutex);
    return m_source;
  }
  void goesOnFrom(BlockPtr<TaskBlock> source) {
    MutexLock lock(m_mutex);
    std::swap(m_source, source); // the old one is let go without the lock
    lock.unlock();
  }

 private:
  mutable Mutex m_mutex{LockRank::Leaf};
  BlockPtr<TaskBlock> m_source GUARDED_BY(m_mutex);
};

/// Who is to give a NextBlock its outcome; one that goes without doing so breaks it. Threads: owner.
template <class R> class Continued {
 public:
  explicit Continued(NextBlock<R>& block) : m_block(&block) { block.hold(); }
  Continued(Continued&& other) noexcept : m_block(std::exchange(other.m_block, nullptr)) {}
  Continued& operator=(Continued&&) = delete;
  ~Continued() {
    if (!m_block) return;
    if (!m_block->done())
      fail(std::make_exception_ptr(BrokenExecutor("the future it goes on from went without an end")));
    m_block->letGo();
  }
  NextBlock<R>& block() const { return *m_block; }
  bool begin() { return m_block->tryTransition(FutureState::Pending, FutureState::Running); } ///< false: cancelled
  // Each of these ends it. cancel() also where it has begun: the future that the continuation returned was cancelled.
  void cancel() { end(FutureState::Cancelled); }
  void fail(std::exception_ptr error) {
    if (!m_block) return; // moved on
    m_block->setError(std::move(error));
    end(FutureState::Finished);
  }
  template <class... V> void finish(V&&... value) {
    m_block->value.emplace(std::forward<V>(value)...);
    end(FutureState::Finished);
  }

 private:
  void end(FutureState final) {
    NextBlock<R>* const block = std::exchange(m_block, nullptr);
    block->goesOnFrom({});
    publishNext(BlockPtr<TaskBlock>::share(block), final);
    block->letGo();
  }
  NextBlock<R>* m_block;
};

template <class T> Future<T> futureOf(ValueBlock<T>& block) {
  return Future<T>(BlockPtr<ValueBlock<T>>::share(&block));
}

/// `next` ends as `done` did.
template <class R> void endAs(Continued<R>& next, const Future<R>& done) {
  if (done.cancelled()) return next.cancel();
  if (const std::exception_ptr error = done.exception()) return next.fail(error);
  try {
    if constexpr (std::is_void_v<R>)
      next.finish();
    else
      next.finish(static_cast<ValueBlock<R>*>(done.block())->takeOrCopy());
  } catch (...) {
    next.fail(std::current_exception());
  }
}

template <class T, class F> decltype(auto) callWith(F&& f, const Future<T>& done) {
  if constexpr (std::is_void_v<T>)
    return std::invoke(std::forward<F>(f));
  else if constexpr (Next<F, T>::takesConst)
    return std::invoke(std::forward<F>(f), static_cast<const T&>(*static_cast<ValueBlock<T>*>(done.block())->value));
  else
    return std::invoke(std::forward<F>(f), static_cast<ValueBlock<T>*>(done.block())->takeOrCopy());
}

/// `done` is done, and `next` goes on from it.
template <class R, class T, class F> void goOn(F&& f, const Future<T>& done, Continued<R>& next) {
  next.block().goesOnFrom({});
  if (done.cancelled()) {
    if (next.block().tryTransition(FutureState::Pending, FutureState::Running)) next.cancel();
    return;
  }
  if (!next.begin()) return;
  if (const std::exception_ptr error = done.exception()) return next.fail(error);
  try {
    if constexpr (Next<F, T>::takesConst)
      if (static_cast<ValueBlock<T>*>(done.block())->valueTaken()) throwTaken();
    if constexpr (Flat<Called<F, T>>::isFuture) {
      const Future<R> inner = callWith<T>(std::forward<F>(f), done);
      if (!inner.done()) next.block().goesOnFrom(BlockPtr<TaskBlock>::share(inner.block()));
      inner.addDoneCallback([next = std::move(next)](const Future<R>& ended) mutable { endAs(next, ended); });
    } else if constexpr (std::is_void_v<Called<F, T>>) {
      callWith<T>(std::forward<F>(f), done);
      next.finish();
    } else {
      next.finish(callWith<T>(std::forward<F>(f), done));
    }
  } catch (...) {
    next.fail(std::current_exception());
  }
}

template <class T, class F> Future<NextOf<std::decay_t<F>, T>> makeNext(const Future<T>& from, F&& f) {
  using R = NextOf<std::decay_t<F>, T>;
  TaskBlock& source = *from.block();
  auto* block = new NextBlock<R>;
  Future<R> next(BlockPtr<ValueBlock<R>>::adopt(block));
  if (!source.done()) block->goesOnFrom(BlockPtr<TaskBlock>::share(&source));
  from.addDoneCallback(
      [f = std::decay_t<F>(std::forward<F>(f)), next = Continued<R>(*block)](const Future<T>& done) mutable {
        Continued<R> owned(std::move(next)); // it ends here, whatever becomes of the callback
        goOn<R, T>(std::move(f), done, owned);
      });
  return next;
}

} // namespace detail

/// The side that gives a future its outcome, for work that no executor of ours runs.
///
/// Destroyed without an outcome, its future gets BrokenExecutor. Movable, not copyable.
/// Order: setValue() and setException() are allowed once, on Pending or Running; otherwise InvalidStateError, as for
/// every call of one that was moved from.
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

  Future<T> future() const { return Future<T>((need(), m_block)); }

  /// Pending → Running: true. Cancelled: false. Anything else: InvalidStateError.
  bool setRunningOrNotifyCancel() {
    if (need().tryTransition(FutureState::Pending, FutureState::Running)) return true;
    if (m_block->state() == FutureState::Cancelled) return false;
    detail::throwInvalidState(*m_block);
  }

  template <class... V> void setValue(V&&... value) {
    settle([&] { m_block->value.emplace(std::forward<V>(value)...); });
  }
  void setException(std::exception_ptr error) {
    if (!error) throw std::invalid_argument("setException: there is no exception in the pointer");
    settle([&] { m_block->setError(std::move(error)); });
  }

 private:
  template <class F> void settle(F&& store) {
    // Claimed first: the value must not be written beside a cancel or a second outcome.
    if (need(), m_settled || (!m_block->tryTransition(FutureState::Pending, FutureState::Running) &&
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

  detail::ValueBlock<T>& need() const {
    if (!m_block) detail::throwEmpty();
    return *m_block;
  }

  detail::BlockPtr<detail::ValueBlock<T>> m_block;
  bool m_settled = false;
};

} // namespace poolscope
