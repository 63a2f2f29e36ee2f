#pragma once

#include "core/pool/executor.h"
#include "core/pool/future.h"
#include "core/pool/map.h"
#include "core/pool/process/process_map.h"
#include "core/pool/process/process_task.h"
#include "core/pool/process/worker_main.h"

#include <chrono>
#include <cstddef>
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
}

/// A pool of worker processes with the semantics of Python's ProcessPoolExecutor, a live size and a record of every
/// decision. A task is a plain function, a template argument: submit<&area>(3, 4); arguments and result travel by value
/// as msgpack. An argument that cannot travel, or a function that the worker program does not know, fails its future
/// with SerializationError.
///
/// Made and owned by its user; workers start with the tasks that need them. The destructor is shutdown({.wait = true}),
/// so it must not run in one of its own callbacks.
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

  /// Fn(element) for each element of a range, results in order (map.h); a tuple element is applied as several
  /// arguments. A worker takes `chunkSize` elements at once.
  template <auto Fn, std::ranges::input_range R> auto map(R&& range, MapOptions options = {}) {
    return detail::makeProcessMap<Fn, MapResults>(*this, std::forward<R>(range), options);
  }

  /// As map(), but the results come in the order in which they are ready; those of a chunk together.
  template <auto Fn, std::ranges::input_range R> auto mapUnordered(R&& range, MapOptions options = {}) {
    return detail::makeProcessMap<Fn, UnorderedResults>(*this, std::forward<R>(range), options);
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
  /// Blocks until the pool is closed, without shutting it down. WouldDeadlock as in shutdown().
  void drain();

  std::vector<pid_t> workerPids() const; ///< of those that run now, by slot
  /// Ends every worker at once, by SIGTERM (SIGKILL after the grace) or SIGKILL: running and queued futures get
  /// BrokenProcessPool, submit throws ExecutorShutdown from now on. Returns before the processes have ended.
  void terminateWorkers();
  void killWorkers();
  /// Kills one worker: its task fails with WorkerDied, another worker takes its place. False when there is none. With a
  /// pid only that one: not the worker that has taken its slot meanwhile.
  bool killWorker(SlotIndex slot, pid_t pid = 0);
  bool killWorkerWithPid(pid_t pid);
  /// Ends a running task by ending its worker, which is replaced: its future gets CancelledError. No other task is hurt:
  /// false when it does not run, or has ended and its worker has begun the next. One that ends in this very moment keeps
  /// its outcome.
  bool stopTask(TaskId task);

  PoolId id() const;                                ///< none without a log
  const std::string& name() const;                  ///< the prefix of its workers' names: "ProcessPoolExecutor-0"
  bool closed() const;                              ///< shut down, and every worker has ended
  bool cancelTask(TaskId task, By by = By::Person); ///< O(queue); false when it is not queued here
  bool moveToFront(TaskId task);                    ///< O(queue); false when it is not queued here

  // For map(): a chunk's task, with what packs the arguments. What it throws is the outcome of the elements, too.
  template <auto Fn, class Pack>
  Future<void> submitChunk(std::vector<detail::BlockPtr<detail::ChunkElement<detail::ResultOf<Fn>>>> elements,
                           Pack&& pack) {
    auto* block = new detail::ProcessChunk<Fn>(std::move(elements));
    Future<void> future(detail::BlockPtr<detail::ValueBlock<void>>::adopt(block));
    const TaskOptions options{.name = {}, .kind = TaskKind::MapElement, .priority = 0, .client = {}};
    try {
      send(*block, options, detail::functionName<Fn>(), detail::placeOfInvoker<&detail::invokeChunk<Fn>>(), pack);
    } catch (...) {
      block->refuse(std::current_exception());
      throw;
    }
    return future;
  }

 private:
  template <auto Fn, class... A> Future<detail::ResultOf<Fn>> enqueue(const TaskOptions& options, A&&... args) {
    auto* block = new detail::ProcessCall<Fn>;
    Future<detail::ResultOf<Fn>> future(detail::BlockPtr<detail::ValueBlock<detail::ResultOf<Fn>>>::adopt(block));
    send(*block, options, detail::functionName<Fn>(), detail::placeOfInvoker<&detail::invokeTask<Fn>>(),
         [&](std::string& body) {
           detail::packArguments(body, std::type_identity<detail::ArgumentsOf<Fn>>{}, std::forward<A>(args)...);
         });
    return future;
  }
  template <class Pack>
  void send(detail::ProcessTask& task, const TaskOptions& options, const std::string& name,
            const detail::FunctionPlace& function, Pack&& pack) {
    try {
      std::string body = beginBody(function, name);
      pack(body);
      task.body = std::make_shared<const std::string>(std::move(body));
    } catch (...) { // this task's own failure; the pool is as good as before
      task.block.setError(std::current_exception());
    }
    submitTask(task, options, name);
  }
  std::string beginBody(const detail::FunctionPlace& function, const std::string& name) const;
  void submitTask(detail::ProcessTask& task, const TaskOptions& options, const std::string& name);

  std::unique_ptr<detail::ProcessPool> m_pool;
};

} // namespace poolscope
