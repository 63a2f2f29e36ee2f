#pragma once

#include "core/pool/executor.h"
#include "core/pool/future.h"
#include "core/pool/map.h"
#include "core/pool/parallel_for.h"
#include "core/pool/process/process_map.h"
#include "core/pool/process/process_task.h"
#include "core/pool/process/worker_main.h"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <ranges>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <type_traits>
#include <utility>
#include <vector>

namespace poolscope {

class EventLog;
class Spawner;

struct ProcessPoolOptions {
  std::size_t maxWorkers = defaultProcessCount();
  std::size_t maxTasksPerChild = 0; ///< a worker ends after so many tasks and is replaced; 0: never
  void (*initializer)() = nullptr;  ///< once in each worker before its first task; throwing breaks the pool
  bool breakOnWorkerDeath = false;  ///< true: Python's behaviour, one worker's death breaks the whole pool
  std::string workerProgram;        ///< empty: this program if it called runWorkerIfRequested(), else
                                    ///< `poolscope-worker` beside it
  std::string label;                ///< what the pool is for, as the window shows it
  EventLog* log = nullptr;          ///< null: EventLog::current(); null there too: nothing is recorded
  /// None unless told. What a worker was handed ahead has left the queue. CallerRuns is refused with
  /// std::invalid_argument: a task of a worker process may end its process, and must not end this one.
  QueueBound queueBound{};
  std::size_t memoryLimit = 0; ///< bytes of address space of a worker (RLIMIT_AS); 0: none
  /// Told of each worker that ended though nobody had asked it to, in a sentence. On the pool's I/O thread: return soon.
  std::function<void(std::string_view)> onWorkerDeath{};
  /// What a task says through logFromTask(). On the pool's I/O thread, before the task's future is done: return soon.
  std::function<void(TaskId, std::string_view)> onLog;

  // Restarts. A worker that dies unasked is replaced after a pause that doubles from the first to the longest; more
  // than `mostRestarts` within `restartPeriod` fail its slot; when all slots have failed, the pool is broken.
  std::size_t mostRestarts = 5;
  std::chrono::milliseconds restartPeriod{10'000}, firstPause{100}, longestPause{5'000};
  std::chrono::milliseconds grace{2'000}; ///< between SIGTERM and SIGKILL
  Spawner* spawner = nullptr;             ///< null: Spawner::system(). For tests of failure; outlives the pool
  std::function<std::int64_t()> clock;    ///< as ThreadPoolOptions::clock; also of a task's timeout
};

namespace detail {
class ProcessPool;

/// A way into a pool that may outlive it: then it throws ExecutorShutdown. Threads: any.
class ProcessDoor {
 public:
  explicit ProcessDoor(std::weak_ptr<ProcessPool> pool) : m_pool(std::move(pool)) {}

  template <auto Fn, class... A> Future<ResultOf<Fn>> submit(const TaskOptions& options, A&&... args) const {
    auto* block = new ProcessCall<Fn>;
    Future<ResultOf<Fn>> future(BlockPtr<ValueBlock<ResultOf<Fn>>>::adopt(block));
    send(*block, options, functionName<Fn>(), placeOfInvoker<&invokeTask<Fn>>(), [&](std::string& body) {
      packArguments(body, std::type_identity<ArgumentsOf<Fn>>{}, std::forward<A>(args)...);
    });
    return future;
  }
  /// For map(): a chunk's task, with what packs the arguments. What it throws is the outcome of the elements, too.
  template <auto Fn, class Pack>
  Future<void> submitChunk(std::vector<BlockPtr<ChunkElement<ResultOf<Fn>>>> elements, Pack&& pack) const {
    auto* block = new ProcessChunk<Fn>(std::move(elements));
    Future<void> future(BlockPtr<ValueBlock<void>>::adopt(block));
    const TaskOptions options{.name = {}, .kind = TaskKind::MapElement, .priority = 0, .client = {}};
    try {
      send(*block, options, functionName<Fn>(), placeOfInvoker<&invokeChunk<Fn>>(), pack);
    } catch (...) {
      block->refuse(std::current_exception());
      throw;
    }
    return future;
  }

 private:
  template <class Pack>
  void send(ProcessTask& task, const TaskOptions& options, const std::string& name, const FunctionPlace& function,
            Pack&& pack) const {
    const std::shared_ptr<ProcessPool> pool = open();
    try {
      std::string body = beginBody(*pool, function, name);
      pack(body);
      task.body = std::make_shared<const std::string>(std::move(body));
    } catch (...) { // this task's own failure; the pool is as good as before
      task.block.setError(std::current_exception());
    }
    submitTask(*pool, task, options, name);
  }
  std::shared_ptr<ProcessPool> open() const;
  static std::string beginBody(ProcessPool& pool, const FunctionPlace& function, const std::string& name);
  static void submitTask(ProcessPool& pool, ProcessTask& task, const TaskOptions& options, const std::string& name);

  std::weak_ptr<ProcessPool> m_pool;
};
} // namespace detail

/// A pool of worker processes with the semantics of Python's ProcessPoolExecutor, a live size and a record of every
/// decision. A task is a plain function or a lambda without captures, a template argument: submit<&area>(3, 4),
/// submit<[](int x) { return x * x; }>(7); arguments and result travel by value
/// as msgpack. An argument that cannot travel, or a function that the worker program does not know, fails its future
/// with SerializationError.
///
/// Made and owned by its user; workers start with the tasks that need them. The destructor is shutdown({.wait = true});
/// in one of its own callbacks it ends the workers instead, for it could not wait.
/// Order: submitted tasks start in order of (priority, submission). RUNNING means that the worker has said so. A
/// worker's death fails the task that it ran, with WorkerDied, and no other; what it had been handed and not started
/// goes back to the head of the queue, once.
/// After fork() the child has a copy that has none of its workers: its destructor and its commands return at once, submit throws
/// BrokenProcessPool; pools that the child makes work.
/// Done-callbacks run on the pool's I/O thread: a slow one holds up the others, and one that would wait for ever for
/// what only that thread can bring gets WouldDeadlock. Threads: any thread.
class ProcessPoolExecutor {
 public:
  using Options = ProcessPoolOptions;
  /// 0 or more than 4096 workers: std::invalid_argument.
  explicit ProcessPoolExecutor(std::size_t maxWorkers);
  explicit ProcessPoolExecutor(ProcessPoolOptions options = {});
  ~ProcessPoolExecutor();
  ProcessPoolExecutor(const ProcessPoolExecutor&) = delete;
  ProcessPoolExecutor& operator=(const ProcessPoolExecutor&) = delete;

  /// Calls Fn(args…) in a worker. Throws ExecutorShutdown after shutdown(), BrokenProcessPool when the pool is broken,
  /// and what the queue's bound says.
  template <auto Fn, class... A>
  requires std::is_invocable_v<decltype(Fn), A...> Future<detail::ResultOf<Fn>> submit(A&&... args) {
    return enqueue<Fn>(TaskOptions{}, std::forward<A>(args)...);
  }
  template <auto Fn, class... A>
  requires std::is_invocable_v<decltype(Fn), A...> Future<detail::ResultOf<Fn>> submit(const TaskOptions& options,
                                                                                       A&&... args) {
    return enqueue<Fn>(options, std::forward<A>(args)...);
  }

  /// As submit(), without a future: an exception counts as failed.
  template <auto Fn, class... A>
  requires std::is_invocable_v<decltype(Fn), A...>
  void post(A&&... args) { enqueue<Fn>(TaskOptions{}, std::forward<A>(args)...); }
  template <auto Fn, class... A>
  requires std::is_invocable_v<decltype(Fn), A...>
  void post(const TaskOptions& options, A&&... args) { enqueue<Fn>(options, std::forward<A>(args)...); }

  /// Fn(i) for each index of [begin, end), `block` indices a task (0: eight tasks a worker). Returns when all is done;
  /// then it throws the first exception, by index.
  template <auto Fn, std::integral I>
  requires std::is_invocable_v<decltype(Fn), I>
  void parallelFor(I begin, std::type_identity_t<I> end, std::type_identity_t<I> block = 0) {
    const std::size_t workers = maxWorkers();
    const std::size_t chunk = detail::loopBlock<I>(begin, end, block, workers);
    if (chunk == 0) return;
    std::exception_ptr first;
    auto results = map<Fn>(std::views::iota(begin, static_cast<I>(end)),
                           {.timeout = {}, .chunkSize = chunk, .bufferSize = 16 * workers * chunk});
    for (auto it = results.begin(); it != results.end(); ++it) {
      try {
        static_cast<void>(*it);
      } catch (...) {
        if (!first) first = std::current_exception();
      }
    }
    if (first) std::rethrow_exception(first);
  }

  /// Fn(element) for each element of a range, results in order (map.h); a tuple element is applied as several
  /// arguments. A worker takes `chunkSize` elements at once.
  template <auto Fn, std::ranges::input_range R> auto map(R&& range, MapOptions options = {}) {
    return detail::makeProcessMap<Fn, MapResults>(door(), std::forward<R>(range), options);
  }

  /// As map(), but the results come in the order in which they are ready; those of a chunk together.
  template <auto Fn, std::ranges::input_range R> auto mapUnordered(R&& range, MapOptions options = {}) {
    return detail::makeProcessMap<Fn, UnorderedResults>(door(), std::forward<R>(range), options);
  }

  /// The new size, at once. More: workers start as queued tasks need them. Fewer: idle workers leave now, the others
  /// after their task. 0 or more than 4096: std::invalid_argument. Allowed anywhere, also while a shutdown drains.
  void resize(std::size_t maxWorkers);
  std::size_t maxWorkers() const;
  PoolStats stats() const;

  /// May be repeated; a later call may cancel what an earlier one left queued, or set a deadline. Past it, what has not
  /// begun is cancelled and the workers that still run something are ended, by SIGTERM and after the grace by SIGKILL:
  /// their futures get BrokenProcessPool. With wait, where it could never return (from a done-callback of this pool):
  /// WouldDeadlock; the entrance is closed all the same.
  void shutdown(ShutdownOptions options = {});
  /// The same; requesting `giveUpWaiting` ends the waiting, never the drain.
  void shutdown(ShutdownOptions options, std::stop_token giveUpWaiting);
  /// Blocks until no task is queued, with a worker or running, and the done-callbacks of those that were have run. New
  /// ones may come any time. From a done-callback of this pool: WouldDeadlock.
  void waitIdle();
  /// After a shutdown: blocks until the pool is closed, without being shown as a caller. WouldDeadlock as in
  /// shutdown().
  void waitClosed();

  std::vector<pid_t> workerPids() const; ///< of those that run now, by slot
  const std::string& workerProgram() const; ///< the path that its workers are started from
  /// Ends every worker at once, by SIGTERM (SIGKILL after the grace) or SIGKILL: running and queued futures get
  /// BrokenProcessPool, submit throws ExecutorShutdown from now on. Returns before the processes have ended.
  void terminateWorkers();
  void killWorkers();
  /// Kills one worker: its task fails with WorkerDied, another worker takes its place. False when there is none. With a
  /// pid only that one: not the worker that has taken its slot meanwhile.
  bool killWorker(SlotIndex slot, pid_t pid = 0);
  bool killWorkerWithPid(pid_t pid);
  /// Ends a running task by ending its worker, which is replaced: its future gets CancelledError. No other task is
  /// hurt: false when it does not run, or has ended and its worker has begun the next. One that ends in this very
  /// moment keeps its outcome.
  bool stopTask(TaskId task);

  PoolId id() const;                                ///< none without a log
  const std::string& name() const;                  ///< the prefix of its workers' names: "ProcessPoolExecutor-0"
  bool closed() const;                              ///< shut down, and every worker has ended
  bool cancelTask(TaskId task, By by = By::Person); ///< O(queue); false when it is not queued here
  bool moveToFront(TaskId task);                    ///< O(queue); false when it is not queued here

 private:
  template <auto Fn, class... A> Future<detail::ResultOf<Fn>> enqueue(const TaskOptions& options, A&&... args) {
    return door().template submit<Fn>(options, std::forward<A>(args)...);
  }
  detail::ProcessDoor door() const { return detail::ProcessDoor(m_pool); }

  std::shared_ptr<detail::ProcessPool> m_pool; // its I/O thread keeps it too
};

} // namespace poolscope
