#pragma once

#include "core/pool/executor.h"
#include "core/pool/future.h"
#include "core/pool/map.h"

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
  std::string label{};                 ///< what the pool is for, as the window shows it
  EventLog* log = nullptr;             ///< null: EventLog::current(); null there too: nothing is recorded
  /// How a worker's thread is made; throws std::system_error when it cannot be. Empty: std::thread. For tests of
  /// failure.
  std::function<std::thread(std::function<void()>)> threadFactory{};
};

namespace detail {

/// A task's block with its callable in place.
template <class T, class F> class CallBlock final : public ValueBlock<T> {
 public:
  template <class G> explicit CallBlock(G&& callable) : m_callable(std::in_place, std::forward<G>(callable)) {}

  void invoke() override {
    try {
      if constexpr (std::is_void_v<T>) {
        (*m_callable)();
        this->value.emplace();
      } else {
        this->value.emplace((*m_callable)());
      }
    } catch (...) {
      this->setError(std::current_exception());
    }
    m_callable.reset();
  }
  void dropCallable() override { m_callable.reset(); }

 private:
  std::optional<F> m_callable;
};

} // namespace detail

/// A pool of threads with the semantics of Python's ThreadPoolExecutor, a live size and a record of every decision.
///
/// Made and owned by its user; workers start with the tasks that need them. The destructor is shutdown({.wait = true}),
/// so it must not run in one of its own workers.
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

  /// Calls f(args…) in a worker; callable and arguments are copied or moved in. Throws ExecutorShutdown after
  /// shutdown(), BrokenThreadPool after an initializer failed.
  template <class F, class... A>
  requires(!std::same_as<std::remove_cvref_t<F>, TaskOptions> &&
           std::invocable<std::decay_t<F>, std::decay_t<A>...>) auto submit(F&& f, A&&... args) {
    return enqueue(nullptr, std::forward<F>(f), std::forward<A>(args)...);
  }
  template <class F, class... A>
  requires std::invocable<std::decay_t<F>, std::decay_t<A>...>
  auto submit(const TaskOptions& options, F&& f, A&&... args) {
    return enqueue(&options, std::forward<F>(f), std::forward<A>(args)...);
  }

  /// f(element) for each element of a range, results in order (map.h). A tuple element is applied as several arguments
  /// when f does not take the tuple itself.
  template <class F, std::ranges::input_range R> auto map(F f, R&& range, MapOptions options = {}) {
    return detail::makeMap(*this, std::move(f), std::forward<R>(range), options);
  }

  /// The new size, at once. More: workers start as queued tasks need them. Fewer: idle workers leave now, the others
  /// after their task. 0 or more than 4096: std::invalid_argument. Allowed anywhere, also while a shutdown drains.
  void resize(std::size_t maxWorkers);
  std::size_t maxWorkers() const;
  PoolStats stats() const;

  /// May be repeated; a later call may cancel what an earlier one left queued. With wait, from a worker of this pool:
  /// WouldDeadlock (the entrance is closed all the same).
  void shutdown(ShutdownOptions options = {});
  /// The same; requesting `giveUpWaiting` ends the waiting, never the drain.
  void shutdown(ShutdownOptions options, std::stop_token giveUpWaiting);

  /// Blocks until the pool is closed, without shutting it down and without being shown as a caller.
  void drain();

  PoolId id() const;                                ///< none without a log
  const std::string& name() const;                  ///< the prefix of its workers' names: "ThreadPoolExecutor-0"
  bool closed() const;                              ///< shut down, and every worker has ended
  bool cancelTask(TaskId task, By by = By::Person); ///< O(queue); false when it is not queued here
  bool moveToFront(TaskId task);                    ///< O(queue); false when it is not queued here

 private:
  template <class F, class... A> auto enqueue(const TaskOptions* options, F&& f, A&&... args) {
    using Result = std::invoke_result_t<std::decay_t<F>, std::decay_t<A>...>;
    using T = std::remove_cv_t<std::remove_reference_t<Result>>;
    auto make = [](auto&& callable) -> detail::ValueBlock<T>* {
      using Callable = std::decay_t<decltype(callable)>;
      return new detail::CallBlock<T, Callable>(std::forward<decltype(callable)>(callable));
    };
    detail::ValueBlock<T>* block;
    if constexpr (sizeof...(A) == 0 && !std::is_member_pointer_v<std::decay_t<F>>)
      block = make(std::forward<F>(f));
    else
      block = make([call = std::tuple<std::decay_t<F>, std::decay_t<A>...>(
                        std::forward<F>(f), std::forward<A>(args)...)]() mutable -> Result {
        return std::apply([](auto&... part) -> Result { return std::invoke(std::move(part)...); }, call);
      });
    Future<T> future(detail::BlockPtr<detail::ValueBlock<T>>::adopt(block));
    submitBlock(block, options);
    return future;
  }
  void submitBlock(detail::TaskBlock* block, const TaskOptions* options);

  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace poolscope
