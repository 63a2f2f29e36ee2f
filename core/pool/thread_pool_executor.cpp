#include "core/pool/thread_pool_executor.h"

#include "core/base/clock.h"
#include "core/pool/pool_core.h"
#include "core/pool/worker_name.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <list>
#include <pthread.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace poolscope {

namespace {

std::atomic<unsigned> g_unnamedPools{0}; // counts pools without a prefix, as Python's class-wide counter

std::size_t checkedSize(std::size_t maxWorkers) {
  if (maxWorkers == 0 || maxWorkers > kMostWorkers)
    throw std::invalid_argument("a pool has 1 to 4096 workers, not " + std::to_string(maxWorkers));
  return maxWorkers;
}

// 100 ms: a thread that could not be made now may be possible soon; trying at every submit would cost more than it
// gives.
constexpr std::int64_t kSpawnRetryNs = 100'000'000;

} // namespace

std::size_t defaultThreadCount() {
  return std::min<std::size_t>(32, usableCpus() + 4);
}
std::size_t defaultProcessCount() {
  return usableCpus();
}

/// One worker's thread. Kept until it has been joined.
struct WorkerThread {
  std::thread thread;
  Parker parker;
  SlotIndex slot = kNoSlot;
  std::atomic<bool> ended{false}; // the thread's last act
};

struct ThreadPoolExecutor::Impl final : detail::PoolCore {
  Impl(ThreadPoolOptions&& given, EventLog* eventLog)
      : PoolCore(eventLog, checkedSize(given.maxWorkers)), options(std::move(given)),
        named(!options.threadNamePrefix.empty()) {
    prefix = named ? options.threadNamePrefix : "ThreadPoolExecutor-" + std::to_string(number = g_unnamedPools++);
    if (!log) return;
    Event event;
    event.kind = EventKind::PoolOpened, event.pool = id, event.flag = static_cast<std::uint8_t>(WorkerKind::Thread);
    event.a = log->intern(prefix).value(), event.b = static_cast<std::uint32_t>(options.maxWorkers);
    event.c = log->intern(options.label).value();
    defaultName = log->intern("task");
    MutexLock lock(anchor->mutex);
    lastStamp = log->append(event);
  }

  /// Runs `change` under the lock with a batch that is not earlier than `notBefore`.
  template <class F> auto locked(std::int64_t notBefore, F&& change) {
    if (log) log->reserve(8);
    MutexLock lock(anchor->mutex);
    EventBatch batch(log, std::max(lastStamp, notBefore));
    struct Keep {
      Impl& core;
      EventBatch& batch;
      ~Keep() { core.lastStamp = batch.stamp(); }
    } keep{*this, batch};
    return change(batch);
  }

  void startWorker(SlotIndex slot);
  void wake(SlotIndex slot);
  void carryOut(const Scheduler::Wish& wish);
  void carryOut(Scheduler::Wishes&& wishes, std::exception_ptr error = {});
  void retryIfDue();
  void runWorker(WorkerThread& self);
  bool initialize(const std::string& workerName);
  Scheduler::Next runTask(detail::WorkerContext& context, detail::TaskBlock& task);
  void breakPool(const std::string& why);
  void joinEnded(bool all);
  void noticeClosed();

  ThreadPoolOptions options;
  bool named;
  unsigned number = 0;
  std::string prefix;
  TextId defaultName;
  std::string brokenWhy;             // under the lock; empty while the pool works
  std::vector<WorkerThread*> bySlot; // under the lock; borrowed from `threads`
  std::list<WorkerThread> threads;   // under the lock; joined by joinEnded()
  std::atomic<std::int64_t> retryAt{
      0}; // monotonic ns of the next try to make a thread, 0 = none due; written by who failed
};

// --- Workers

void ThreadPoolExecutor::Impl::startWorker(SlotIndex slot) {
  joinEnded(false);
  WorkerThread* worker;
  {
    MutexLock lock(anchor->mutex);
    worker = &threads.emplace_back();
    worker->slot = slot;
    if (bySlot.size() <= slot) bySlot.resize(slot + 1u);
    bySlot[slot] = worker;
  }
  int error = 0;
  try {
    auto body = [this, worker] { runWorker(*worker); };
    std::thread thread = options.threadFactory ? options.threadFactory(body) : std::thread(body);
    MutexLock lock(anchor->mutex);
    worker->thread = std::move(thread);
    return;
  } catch (const std::system_error& e) {
    error = e.code().value() ? e.code().value() : EAGAIN;
  } catch (const std::bad_alloc&) {
    error = ENOMEM;
  }
  retryAt = monotonicNow() + kSpawnRetryNs;
  const bool noneLeft = locked(0, [&](EventBatch& batch) {
    threads.remove_if([&](const WorkerThread& thread) { return &thread == worker; });
    bySlot[slot] = nullptr;
    return scheduler.spawnFailed(slot, error, retryAt, batch);
  });
  noticeClosed();
  if (noneLeft) breakPool("no worker could be started: " + std::error_code(error, std::system_category()).message());
}

void ThreadPoolExecutor::Impl::wake(SlotIndex slot) {
  WorkerThread* worker;
  {
    MutexLock lock(anchor->mutex);
    worker = bySlot[slot];
  }
  worker->parker.unpark(); // it sleeps until then, so it is alive
}

void ThreadPoolExecutor::Impl::carryOut(const Scheduler::Wish& wish) {
  if (wish.wake != kNoSlot) wake(wish.wake);
  if (wish.start != kNoSlot) startWorker(wish.start);
}

void ThreadPoolExecutor::Impl::carryOut(Scheduler::Wishes&& wishes, std::exception_ptr error) {
  for (SlotIndex slot : wishes.wake)
    wake(slot);
  for (SlotIndex slot : wishes.start)
    startWorker(slot);
  for (TaskNode* node : wishes.dropped) {
    auto* task = static_cast<detail::TaskBlock*>(node);
    task->dropCallable();
    if (error) task->setError(error);
    task->publish(error ? FutureState::Finished : FutureState::Cancelled);
    task->release();
  }
  noticeClosed();
}

void ThreadPoolExecutor::Impl::retryIfDue() {
  const std::int64_t due = retryAt.load(std::memory_order_relaxed);
  if (due == 0 || monotonicNow() < due) return;
  retryAt = 0;
  const SlotIndex slot = locked(0, [&](EventBatch& batch) { return scheduler.retrySpawn(batch); });
  if (slot != kNoSlot) startWorker(slot);
}

bool ThreadPoolExecutor::Impl::initialize(const std::string& workerName) {
  if (!options.initializer) return true;
  try {
    options.initializer();
    return true;
  } catch (...) {
    breakPool("the initializer of " + workerName + " failed: " + detail::describe(std::current_exception()));
    return false;
  }
}

void ThreadPoolExecutor::Impl::runWorker(WorkerThread& self) {
  // Signals are the program's business, never a worker's.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  detail::WorkerContext context;
  context.core = this, context.slot = self.slot;
  context.name = prefix + "_" + std::to_string(self.slot);
  const std::string comm =
      named ? shortWorkerName(prefix, self.slot) : shortWorkerName("TPE-" + std::to_string(number), self.slot);
  pthread_setname_np(pthread_self(), comm.c_str());
  detail::t_worker = &context;

  Event ready;
  ready.a = static_cast<std::uint32_t>(getpid()), ready.b = static_cast<std::uint32_t>(gettid());
  if (log) ready.c = log->intern(context.name).value(), ready.d = log->intern(comm).value();
  locked(0, [&](EventBatch& batch) { scheduler.ready(self.slot, ready, batch); });
  initialize(context.name);
  auto ask = [&] {
    return locked(0, [&](EventBatch& batch) {
      const Scheduler::Next next = scheduler.next(self.slot, batch);
      if (next.task) static_cast<detail::TaskBlock*>(next.task)->markUnderLock(FutureState::Running);
      return next;
    });
  };
  Scheduler::Next next = ask();
  while (!next.exit) {
    carryOut(next.wish);
    if (!next.task) {
      self.parker.park();
      next = ask();
      continue;
    }
    next = runTask(context, static_cast<detail::TaskBlock&>(*next.task));
    retryIfDue();
  }
  carryOut(next.wish);
  noticeClosed();
  detail::t_worker = nullptr;
  self.ended = true;
}

Scheduler::Next ThreadPoolExecutor::Impl::runTask(detail::WorkerContext& context, detail::TaskBlock& task) {
  context.task = &task;
  task.invoke();
  context.blockedDepth = 0;
  const Outcome outcome = task.error() ? Outcome::Error : Outcome::Ok;
  const TextId text = task.error() && log ? log->intern(detail::describe(task.error())) : TextId{};
  Scheduler::Next next;
  // The usual case: finish, and take the next, with one lock and one stamp. Not when somebody's callback comes first,
  // or when this worker would end: the outcome must be visible before the pool can be closed.
  const bool together = locked(task.stamp, [&](EventBatch& batch) {
    scheduler.finish(context.slot, outcome, text, batch);
    if (task.hasObservers() || !scheduler.staysAfterTask(context.slot)) return false;
    next = scheduler.next(context.slot, batch);
    if (next.task) static_cast<detail::TaskBlock*>(next.task)->markUnderLock(FutureState::Running);
    return true;
  });
  context.task = nullptr;
  const bool observed = !together && task.hasObservers();
  const std::uint32_t errors = task.publish(FutureState::Finished);
  if (observed && log) {
    Event event;
    event.kind = EventKind::TaskCallbacksEnded, event.pool = id, event.task = task.id.value();
    event.slot = context.slot, event.a = errors;
    log->append(event, task.stamp);
  }
  task.release();
  if (together) return next;
  return locked(0, [&](EventBatch& batch) {
    next = scheduler.next(context.slot, batch);
    if (next.task) static_cast<detail::TaskBlock*>(next.task)->markUnderLock(FutureState::Running);
    return next;
  });
}

// --- End

void ThreadPoolExecutor::Impl::breakPool(const std::string& why) {
  const TextId text = log ? log->intern(why) : TextId{};
  Scheduler::Wishes wishes = locked(0, [&](EventBatch& batch) {
    if (brokenWhy.empty()) brokenWhy = why;
    return scheduler.breakPool(text, batch);
  });
  carryOut(std::move(wishes), std::make_exception_ptr(BrokenThreadPool(why)));
}

void ThreadPoolExecutor::Impl::noticeClosed() {
  MutexLock lock(anchor->mutex);
  if (scheduler.closed()) closedChanged.notifyAll();
}

void ThreadPoolExecutor::Impl::joinEnded(bool all) {
  for (;;) {
    std::list<WorkerThread> ended;
    bool left = false; // a thread whose maker has not yet stored its handle
    {
      MutexLock lock(anchor->mutex);
      for (auto it = threads.begin(); it != threads.end();) {
        auto here = it++;
        if (!all && !here->ended) continue;
        if (here->thread.joinable())
          ended.splice(ended.end(), threads, here);
        else
          left = true;
      }
    }
    for (WorkerThread& worker : ended)
      worker.thread.join();
    if (!all || !left) return;
    std::this_thread::yield();
  }
}

// --- The public face

namespace {
EventLog* chosenLog(EventLog* given) {
  return given ? given : EventLog::current();
}
ThreadPoolOptions sized(std::size_t maxWorkers) {
  ThreadPoolOptions options;
  options.maxWorkers = maxWorkers;
  return options;
}
} // namespace

ThreadPoolExecutor::ThreadPoolExecutor(std::size_t maxWorkers) : ThreadPoolExecutor(sized(maxWorkers)) {}

ThreadPoolExecutor::ThreadPoolExecutor(ThreadPoolOptions options) {
  checkedSize(options.maxWorkers);
  EventLog* log = chosenLog(options.log);
  m_impl = std::make_unique<Impl>(std::move(options), log);
}

ThreadPoolExecutor::~ThreadPoolExecutor() {
  assert(!(detail::t_worker && detail::t_worker->core == m_impl.get()) && "a pool is not destroyed by its own worker");
  Impl& impl = *m_impl;
  Scheduler::Wishes wishes = impl.locked(0, [&](EventBatch& batch) {
    if (impl.scheduler.shuttingDown()) return Scheduler::Wishes{};
    return impl.scheduler.shutdown({}, detail::currentCaller(nullptr), batch);
  });
  impl.carryOut(std::move(wishes));
  drain();
}

void ThreadPoolExecutor::drain() {
  {
    MutexLock lock(m_impl->anchor->mutex);
    while (!m_impl->scheduler.closed())
      m_impl->closedChanged.wait(lock);
  }
  m_impl->joinEnded(true);
}

void ThreadPoolExecutor::submitBlock(detail::TaskBlock* block, const TaskOptions* options) {
  Impl& impl = *m_impl;
  impl.retryIfDue();
  CallerId caller;
  TaskId parent;
  ClientId client;
  if (impl.log) {
    block->log = impl.log, block->pool = impl.id, block->id = impl.log->newTask();
    block->name = options && !options->name.empty() ? impl.log->intern(options->name) : impl.defaultName;
    caller = detail::currentCaller(impl.log);
    if (detail::t_worker && detail::t_worker->task) parent = detail::t_worker->task->id;
    impl.log->reserve(8);
  }
  if (options) block->priority = options->priority, block->kind = options->kind, client = options->client;
  block->anchor = impl.anchor;
  block->retain(); // the queue's reference, kept until the task has ended
  Scheduler::Wish wish;
  std::string broken;
  bool refused = false;
  {
    MutexLock lock(impl.anchor->mutex);
    if (impl.scheduler.shuttingDown() || impl.scheduler.broken()) {
      refused = true;
      broken = impl.brokenWhy;
    } else {
      EventBatch batch(impl.log, impl.lastStamp);
      wish = impl.scheduler.submit(*block, caller, parent, client, batch);
      block->stamp = impl.lastStamp = batch.stamp();
    }
  }
  if (refused) {
    block->anchor = nullptr; // it never was the pool's
    block->dropCallable();
    block->release();
    if (!broken.empty()) throw BrokenThreadPool(broken);
    throw ExecutorShutdown("cannot schedule new futures after shutdown");
  }
  impl.carryOut(wish);
}

void ThreadPoolExecutor::resize(std::size_t maxWorkers) {
  checkedSize(maxWorkers);
  const By by = detail::t_worker ? By::Caller : By::Person;
  m_impl->carryOut(
      m_impl->locked(0, [&](EventBatch& batch) { return m_impl->scheduler.resize(maxWorkers, by, batch); }));
}

std::size_t ThreadPoolExecutor::maxWorkers() const {
  MutexLock lock(m_impl->anchor->mutex);
  return m_impl->scheduler.target();
}

PoolStats ThreadPoolExecutor::stats() const {
  MutexLock lock(m_impl->anchor->mutex);
  return m_impl->scheduler.stats();
}

void ThreadPoolExecutor::shutdown(ShutdownOptions options) {
  shutdown(options, {});
}

void ThreadPoolExecutor::shutdown(ShutdownOptions options, std::stop_token giveUpWaiting) {
  Impl& impl = *m_impl;
  const CallerId caller = detail::currentCaller(impl.log);
  const bool ownWorker = detail::t_worker && detail::t_worker->core == &impl;
  impl.carryOut(impl.locked(0, [&](EventBatch& batch) { return impl.scheduler.shutdown(options, caller, batch); }));
  if (!options.wait) return;
  if (ownWorker) throw WouldDeadlock("shutdown(wait) from a worker can never return: it would wait for itself");
  {
    const std::stop_callback wakeUp(giveUpWaiting, [&] {
      MutexLock lock(impl.anchor->mutex);
      impl.closedChanged.notifyAll();
    });
    std::optional<detail::CallerWait> shown; // only around a real wait
    MutexLock lock(impl.anchor->mutex);
    while (!impl.scheduler.closed() && !giveUpWaiting.stop_requested()) {
      if (!shown) {
        lock.unlock();
        shown.emplace(impl.log, impl.id, CallKind::Shutdown);
        lock.lock();
        continue;
      }
      impl.closedChanged.wait(lock);
    }
    if (!impl.scheduler.closed()) return;
  }
  impl.joinEnded(true);
}

PoolId ThreadPoolExecutor::id() const {
  return m_impl->id;
}
const std::string& ThreadPoolExecutor::name() const {
  return m_impl->prefix;
}

bool ThreadPoolExecutor::closed() const {
  MutexLock lock(m_impl->anchor->mutex);
  return m_impl->scheduler.closed();
}

namespace {
/// A counted pointer to the queued task of that id; null when it is not in the queue.
detail::BlockPtr<detail::TaskBlock> findQueued(const Scheduler& scheduler, TaskId id) {
  detail::TaskBlock* found = nullptr;
  scheduler.queue().forEach([&](TaskNode& node) {
    if (node.id == id) found = static_cast<detail::TaskBlock*>(&node);
  });
  return detail::BlockPtr<detail::TaskBlock>::share(found);
}
} // namespace

bool ThreadPoolExecutor::cancelTask(TaskId task, By by) {
  detail::BlockPtr<detail::TaskBlock> block;
  {
    MutexLock lock(m_impl->anchor->mutex);
    block = findQueued(m_impl->scheduler, task);
  }
  return block && block->cancel(by);
}

bool ThreadPoolExecutor::moveToFront(TaskId task) {
  return m_impl->locked(0, [&](EventBatch& batch) {
    const detail::BlockPtr<detail::TaskBlock> block = findQueued(m_impl->scheduler, task);
    return block && m_impl->scheduler.moveToFront(*block, batch);
  });
}

} // namespace poolscope
