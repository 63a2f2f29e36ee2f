#pragma once

#include "core/pool/executor.h"
#include "core/pool/future.h"
#include "core/pool/map.h"
#include "core/pool/parallel_for.h"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <ranges>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

namespace poolscope {

class EventLog;

struct ThreadPoolOptions {
  std::size_t maxWorkers = defaultThreadCount();
  std::string threadNamePrefix{};      ///< empty: "ThreadPoolExecutor-N", N counting the pools without a prefix
  std::function<void()> initializer{}; ///< once in each worker before its first task; throwing breaks the pool
  std::function<void()> finalizer{};   ///< once in each worker before it ends; what it throws goes nowhere
  /// Of each worker's stack; 0: the system's usual. Less than 64 KiB, or beside a threadFactory: std::invalid_argument.
  std::size_t stackBytes = 0;
  QueueBound queueBound{}; ///< none unless told
  std::string label{};     ///< what the pool is for, as the window shows it
  /// How long a worker without a task stays awake before it sleeps, one of the program's at a time: a sleep and a wake
  /// cost 50 µs. 0 where other threads need the CPU more.
  std::chrono::microseconds awake{20};
  EventLog* log = nullptr; ///< null: EventLog::current(); null there too: nothing is recorded
  /// Not empty: the pool has no size. Each task has a thread of its own, "Thread-1 (NAME)", which ends with it, as in a
  /// program without a pool; maxWorkers and resize() mean nothing, and a size of 0 is told.
  std::string threadPerTask{};
  /// Where not even one worker can be made. False: the pool breaks. True: what is queued waits, and it is tried again
  /// until it succeeds, by a thread that is made with the pool (std::system_error when it cannot be).
  bool keepsTrying = false;
  /// Told the errno each time a worker could not be made, on the thread that tried; holds no lock.
  std::function<void(int)> onSpawnFailure{};
  /// How a worker's thread is made; throws std::system_error when it cannot be. Empty: std::thread. For tests of
  /// failure.
  std::function<std::thread(std::function<void()>)> threadFactory{};
  /// The time in which deadlines and pauses count: ns, never going back, callable from any thread under the pool's
  /// lock. Empty: CLOCK_MONOTONIC. For tests; what is recorded is stamped by the true clock.
  std::function<std::int64_t()> clock{};
};

namespace detail {

/// Keeps the value of call(), or what it throws.
template <class T, class F> void runInto(ValueBlock<T>& block, F&& call) {
  try {
    if constexpr (std::is_void_v<T>) {
      call();
      block.value.emplace();
    } else {
      block.value.emplace(call());
    }
  } catch (...) {
    block.setError(std::current_exception());
  }
}

/// Whether a task takes a std::stop_token before its arguments: only one that cannot be called without.
template <class F, class... A> constexpr bool takesStopToken() {
  return !std::is_invocable_v<std::decay_t<F>, std::decay_t<A>...> &&
         std::is_invocable_v<std::decay_t<F>, std::stop_token, std::decay_t<A>...>;
}
template <class F, class... A>
concept Task = std::invocable<std::decay_t<F>, std::decay_t<A>...> || takesStopToken<F, A...>();

/// A task's block with its callable in place.
template <class T, class F> class CallBlock final : public ValueBlock<T> {
 public:
  template <class G> explicit CallBlock(G&& callable) : m_callable(std::in_place, std::forward<G>(callable)) {}

  void invoke() override {
    runInto(*this, [&]() -> decltype(auto) { return (*m_callable)(); });
    m_callable.drop();
  }
  void dropCallable() override { m_callable.drop(); }

 private:
  Kept<F> m_callable;
};

/// One whose callable wants to know when it is to stop.
template <class T, class F> class StopCallBlock final : public ValueBlock<T> {
 public:
  template <class G> explicit StopCallBlock(G&& callable) : m_callable(std::in_place, std::forward<G>(callable)) {}

  void invoke() override {
    runInto(*this, [&]() -> decltype(auto) { return (*m_callable)(m_stop.get_token()); });
    m_callable.drop();
  }
  void dropCallable() override { m_callable.drop(); }
  bool takesStop() const override { return true; }
  void stop() override { m_stop.request_stop(); }

 private:
  Kept<F> m_callable;
  std::stop_source m_stop;
};

/// f(args…) as a block, and its future.
template <class F, class... A> auto makeCall(TaskBlock*& made, F&& f, A&&... args) {
  if constexpr (takesStopToken<F, A...>()) {
    using T = std::remove_cvref_t<std::invoke_result_t<std::decay_t<F>, std::stop_token, std::decay_t<A>...>>;
    auto call = [call = std::tuple<std::decay_t<F>, std::decay_t<A>...>(std::forward<F>(f), std::forward<A>(args)...)](
                    std::stop_token stop) mutable -> decltype(auto) {
      return std::apply(
          [&](auto& function, auto&... part) -> decltype(auto) {
            return std::invoke(std::move(function), std::move(stop), std::move(part)...);
          },
          call);
    };
    auto* block = new StopCallBlock<T, decltype(call)>(std::move(call));
    made = block;
    return Future<T>(BlockPtr<ValueBlock<T>>::adopt(block));
  } else {
    using Result = std::invoke_result_t<std::decay_t<F>, std::decay_t<A>...>;
    using T = std::remove_cvref_t<Result>;
    auto adopt = [&](auto* block) {
      made = block;
      return Future<T>(BlockPtr<ValueBlock<T>>::adopt(block));
    };
    if constexpr (sizeof...(A) == 0 && !std::is_member_pointer_v<std::decay_t<F>>) {
      return adopt(new CallBlock<T, std::decay_t<F>>(std::forward<F>(f)));
    } else {
      auto call = [call = std::tuple<std::decay_t<F>, std::decay_t<A>...>(
                       std::forward<F>(f), std::forward<A>(args)...)]() mutable -> Result {
        return std::apply([](auto&... part) -> Result { return std::invoke(std::move(part)...); }, call);
      };
      return adopt(new CallBlock<T, decltype(call)>(std::move(call)));
    }
  }
}

} // namespace detail

/// A pool of threads with the semantics of Python's ThreadPoolExecutor, a live size and a record of every decision.
///
/// Made and owned by its user; workers start with the tasks that need them. The destructor is shutdown({.wait = true}):
/// tasks that wait for what it keeps from coming get WouldDeadlock. In one of its own workers (a task calls
/// std::exit(), or has the last reference) it cancels what is queued, waits for the other workers, and leaves this one
/// to itself.
/// After fork() the child has a copy without threads: its destructor and its commands return at once, submit throws
/// BrokenThreadPool; pools that the child makes work.
/// Signals: a worker's thread blocks those that the thread that made the pool blocked then.
/// Order: submitted tasks start in order of (priority, submission). shutdown() closes the entrance at once; what is
/// queued still runs unless cancelFutures; the pool is closed when its last worker has ended.
/// Differs from Python: cancel() leaves the queue and tells every waiter at once; resize(); a callback's exception
/// never hurts the worker; shutdown(wait) or result() that could never return throw WouldDeadlock. Threads: any thread.
class ThreadPoolExecutor {
 public:
  using Options = ThreadPoolOptions;
  /// 0 or more than 4096 workers: std::invalid_argument.
  explicit ThreadPoolExecutor(std::size_t maxWorkers);
  explicit ThreadPoolExecutor(ThreadPoolOptions options = {});
  ~ThreadPoolExecutor();
  ThreadPoolExecutor(const ThreadPoolExecutor&) = delete;
  ThreadPoolExecutor& operator=(const ThreadPoolExecutor&) = delete;

  /// Calls f(args…) in a worker; callable and arguments are copied or moved in. One that takes a std::stop_token first
  /// is called as f(token, args…) and ends early when it likes after Future::requestStop(). Throws ExecutorShutdown
  /// after shutdown(), BrokenThreadPool after an initializer failed or when no thread could be made, and what the
  /// queue's bound says.
  template <class F, class... A>
  requires(!std::same_as<std::remove_cvref_t<F>, TaskOptions> && detail::Task<F, A...>) auto submit(F&& f,
                                                                                                    A&&... args) {
    return enqueue(nullptr, std::forward<F>(f), std::forward<A>(args)...);
  }
  template <class F, class... A>
  requires detail::Task<F, A...>
  auto submit(const TaskOptions& options, F&& f, A&&... args) {
    return enqueue(&options, std::forward<F>(f), std::forward<A>(args)...);
  }

  /// As submit(), without a future: nobody learns of the outcome but the statistics and the record, where an exception
  /// counts as failed.
  template <class F, class... A>
  requires(!std::same_as<std::remove_cvref_t<F>, TaskOptions> && detail::Task<F, A...>) void post(F&& f, A&&... args) {
    enqueue(nullptr, std::forward<F>(f), std::forward<A>(args)...);
  }
  template <class F, class... A>
  requires detail::Task<F, A...>
  void post(const TaskOptions& options, F&& f, A&&... args) {
    enqueue(&options, std::forward<F>(f), std::forward<A>(args)...);
  }

  /// f(i) for each index of [begin, end), or f(first, last) for each block where f takes two; in blocks of `block`
  /// indices (0: eight blocks a worker), by as many workers as the pool has now, one f at a time in each. Returns when
  /// all is done. Called in a worker of this pool it takes blocks too, so a full pool or one that shuts down does not
  /// stop it. After an exception no further block begins, and the first one is thrown when the others have ended.
  template <std::integral I, class F>
  requires detail::LoopBody<std::remove_reference_t<F>, I>
  void parallelFor(I begin, std::type_identity_t<I> end, F&& f, std::type_identity_t<I> block = 0) {
    detail::parallelFor(*this, inOwnWorker(), begin, static_cast<I>(end), std::forward<F>(f), block);
  }

  /// f(element) for each element of a range, results in order (map.h). A tuple element is applied as several arguments
  /// when f does not take the tuple itself.
  template <class F, std::ranges::input_range R> auto map(F f, R&& range, MapOptions options = {}) {
    return detail::makeMap<MapResults>(door(), std::move(f), std::forward<R>(range), options);
  }

  /// As map(), but the results come in the order in which they are ready.
  template <class F, std::ranges::input_range R> auto mapUnordered(F f, R&& range, MapOptions options = {}) {
    return detail::makeMap<UnorderedResults>(door(), std::move(f), std::forward<R>(range), options);
  }

  /// The new size, at once. More: workers start as queued tasks need them. Fewer: idle workers leave now, the others
  /// after their task. 0 or more than 4096: std::invalid_argument. Allowed anywhere, also while a shutdown drains.
  void resize(std::size_t maxWorkers);
  std::size_t maxWorkers() const;
  PoolStats stats() const;

  /// May be repeated; a later call may cancel what an earlier one left queued, or set a deadline. With wait, from a
  /// worker of this pool or of one that this pool's tasks wait for: WouldDeadlock (the entrance is closed all the
  /// same).
  void shutdown(ShutdownOptions options = {});
  /// The same; requesting `giveUpWaiting` ends the waiting, never the drain.
  void shutdown(ShutdownOptions options, std::stop_token giveUpWaiting);

  /// Only says, as an event, that the pool is being shut down: for an owner that still submits what it needs to end and
  /// then calls shutdown(). Nothing when that was called.
  void tellShutdown(ShutdownOptions options);

  /// Blocks until no task is queued or running, the done-callbacks of those that were included. New ones may come any
  /// time. From a worker of this pool: WouldDeadlock.
  void waitIdle();
  /// After a shutdown: blocks until the pool is closed, without being shown as a caller. WouldDeadlock as in
  /// shutdown().
  void waitClosed();

  PoolId id() const;                                ///< none without a log
  const std::string& name() const;                  ///< the prefix of its workers' names: "ThreadPoolExecutor-0"
  bool closed() const;                              ///< shut down, and every worker has ended
  bool cancelTask(TaskId task, By by = By::Person); ///< O(queue); false when it is not queued here
  bool moveToFront(TaskId task);                    ///< O(queue); false when it is not queued here
  /// As Future::requestStop(), by id. O(queue); false also when no such task is queued or runs here.
  bool stopTask(TaskId task, By by = By::Person);

 private:
  struct Impl;
  template <class F, class... A> auto enqueue(const TaskOptions* options, F&& f, A&&... args) {
    detail::TaskBlock* block;
    auto future = detail::makeCall(block, std::forward<F>(f), std::forward<A>(args)...);
    submitBlock(*m_impl, block, options);
    return future;
  }
  static void submitBlock(Impl& impl, detail::TaskBlock* block, const TaskOptions* options);
  static void submitBlock(const std::weak_ptr<Impl>& impl, detail::TaskBlock* block, const TaskOptions* options);

  /// A way in that may outlive the pool: submit() then throws ExecutorShutdown.
  class Door {
   public:
    explicit Door(std::weak_ptr<Impl> impl) : m_impl(std::move(impl)) {}
    template <class F> auto submit(const TaskOptions& options, F&& f) const {
      detail::TaskBlock* block;
      auto future = detail::makeCall(block, std::forward<F>(f));
      submitBlock(m_impl, block, &options);
      return future;
    }

   private:
    std::weak_ptr<Impl> m_impl;
  };
  Door door() const { return Door(m_impl); }
  bool inOwnWorker() const;

  std::shared_ptr<Impl> m_impl; // its workers keep it too
};

} // namespace poolscope
