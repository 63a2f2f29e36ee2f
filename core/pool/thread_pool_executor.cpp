#include "core/pool/thread_pool_executor.h"

#include "core/base/clock.h"
#include "core/base/system_calls.h"
#include "core/base/thread.h"
#include "core/pool/pool_core.h"
#include "core/pool/wait_graph.h"
#include "core/pool/worker_name.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <list>
#include <optional>
#include <pthread.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace poolscope {

namespace {

std::atomic<unsigned> g_unnamedPools{0};           // counts pools without a prefix, as Python's class-wide counter
std::atomic<unsigned> g_threads{0};                // counts threads with one task, as Python's threading does
constexpr std::size_t kMostThreads = kNoSlot - 1u; // of a pool without a size

// A thread that could not be made now may be possible soon; trying at every submit would cost more than it gives. The
// pause doubles with each failure in a row; not so far where somebody waits for a first worker.
constexpr std::int64_t kFirstSpawnPauseNs = 100'000'000, kLongestSpawnPauseNs = 5'000'000'000,
                       kLongestKeptPauseNs = 500'000'000;
// What runs when a shutdown's deadline has passed is asked to stop; 2 s is long for who listens.
constexpr std::int64_t kStopGraceNs = 2'000'000'000;
constexpr std::size_t kLeastStack = 64 * 1024;

} // namespace

std::size_t defaultThreadCount() {
  return std::min<std::size_t>(32, usableCpus() + 4);
}
std::size_t defaultProcessCount() {
  return usableCpus();
}

/// One worker's thread, or the keeper's. Kept until it has been joined.
struct WorkerThread {
  Thread thread;
  Parker parker;
  SlotIndex slot = kNoSlot;
  std::atomic<bool> ended{false}; // the thread's last act
  bool leftAlone = false;         // under the lock: detached
};

struct ThreadPoolExecutor::Impl final : detail::PoolCore, std::enable_shared_from_this<Impl> {
  Impl(ThreadPoolOptions&& given, EventLog* eventLog)
      : PoolCore(eventLog, given.threadPerTask.empty() ? checkedSize(given.maxWorkers) : kMostThreads, given.clock),
        options(std::move(given)), named(!options.threadNamePrefix.empty()), sized(options.threadPerTask.empty()) {
    pthread_sigmask(SIG_SETMASK, nullptr, &signalMask);
    if (!sized)
      prefix = "Thread";
    else
      prefix = named ? options.threadNamePrefix : "ThreadPoolExecutor-" + std::to_string(number = g_unnamedPools++);
    bound = options.queueBound;
    if (log) defaultName = log->intern("task");
  }
  /// Once, when it is owned. Throws std::system_error where the keeper's thread is needed and cannot be made.
  void begin() {
    if (options.keepsTrying) {
      keeping = true;
      makeThread(kNoSlot, [this](WorkerThread&) { keep(); });
    }
    open(WorkerKind::Thread, prefix, options.label, sized);
  }

  /// Runs `change` under the lock with a batch that is not earlier than `notBefore`.
  template <class F> auto locked(std::int64_t notBefore, F&& change) {
    if (log) log->reserve(8);
    MutexLock lock(anchor->mutex);
    EventBatch batch(log, std::max(lastStamp, notBefore));
    struct Keep {
      Impl& core;
      EventBatch& batch;
      ~Keep() {
        core.lastStamp = batch.stamp();
        core.tellWaitersLocked();
      }
    } keep{*this, batch};
    return change(batch);
  }

  void startWorker(SlotIndex slot);
  void nameWorker(detail::WorkerContext& context, Event& ready);
  void wake(SlotIndex slot);
  void carryOut(Scheduler::Wish&& wish);
  static Scheduler::Wishes settled(Scheduler::Wishes&& wishes, const std::string& broken = {});
  void carryOut(Scheduler::Wishes&& wishes);
  void retryIfDue();
  void runWorker(WorkerThread& self);
  bool initialize(const std::string& workerName);
  Scheduler::Next runTask(detail::WorkerContext& context, detail::TaskBlock& task);
  void breakPool(const std::string& why);
  WorkerThread& makeThread(SlotIndex slot, std::function<void(WorkerThread&)> body);
  void joinEnded(bool all);
  void leaveToWorkers();
  Scheduler::Next ask(SlotIndex slot);
  void leave(SlotIndex slot);
  std::vector<detail::BlockPtr<detail::TaskBlock>> runningTasks();
  void requestStops();
  std::int64_t nextDue();
  void doWhatIsDue();
  bool waitUntil(detail::WorkerWait::Until what, std::int64_t untilNs, const std::stop_token& giveUp,
                 detail::WorkerWait& waiting);
  bool reachedLocked(detail::WorkerWait::Until what) const;
  void keepTimes();
  void keep();
  void runHere(detail::TaskBlock& task);

  ThreadPoolOptions options;
  bool named;
  bool sized;          // else each task has a worker of its own
  sigset_t signalMask; // of the thread that made the pool
  unsigned number = 0;
  std::string prefix;
  TextId defaultName;
  std::string brokenWhy;                // under the lock; empty while the pool works
  std::vector<WorkerThread*> bySlot;    // under the lock; borrowed from `threads`
  std::list<WorkerThread> threads;      // under the lock; joined by joinEnded()
  bool leftToWorkers = false;           // under the lock: no executor is left, threads are detached
  std::atomic<std::int64_t> retryAt{0}; // monotonic ns of the next try to make a thread, 0 none; written by who failed
  std::int64_t spawnPauseNs = 0;        // under the lock: before the next try, 0 after a success
  std::int64_t nextStageAt = 0;         // under the lock: monotonic ns of a shutdown's next stage, 0 none
  bool keeping = false;                 // under the lock: a thread does what is due where nobody comes by
};

// --- Workers

/// A thread in the list, which keeps this object. Throws what says that it cannot be made; then it is not in the list.
WorkerThread& ThreadPoolExecutor::Impl::makeThread(SlotIndex slot, std::function<void(WorkerThread&)> body) {
  WorkerThread* made;
  {
    MutexLock lock(anchor->mutex);
    made = &threads.emplace_back();
    made->slot = slot;
    if (slot != kNoSlot) {
      if (bySlot.size() <= slot) bySlot.resize(slot + 1u);
      bySlot[slot] = made;
    }
  }
  try {
    std::function<void()> whole = [self = shared_from_this(), made, body = std::move(body)]() mutable {
      body(*made);
      made->ended = true; // the last that it does with its place in the list
    };
    Thread thread = slot == kNoSlot           ? Thread(makeServiceThread("pool keeper", std::move(whole)))
                    : options.threadFactory   ? Thread(options.threadFactory(std::move(whole)))
                    : options.stackBytes != 0 ? Thread(std::move(whole), options.stackBytes)
                                              : Thread(g_systemCalls.makeThread(std::move(whole)));
    MutexLock lock(anchor->mutex);
    if (leftToWorkers)
      thread.detach();
    else
      made->thread = std::move(thread);
    return *made;
  } catch (...) {
    MutexLock lock(anchor->mutex);
    threads.remove_if([&](const WorkerThread& thread) { return &thread == made; });
    if (slot != kNoSlot) bySlot[slot] = nullptr;
    throw;
  }
}

void ThreadPoolExecutor::Impl::startWorker(SlotIndex slot) {
  joinEnded(false);
  int error = EAGAIN;
  try {
    makeThread(slot, [this](WorkerThread& self) { runWorker(self); });
    return;
  } catch (const std::system_error& e) {
    if (e.code().value() != 0) error = e.code().value();
  } catch (const std::bad_alloc&) {
    error = ENOMEM;
  } catch (...) { // a factory of the user's own
  }
  bool deserted = false;
  Scheduler::Wishes wishes = locked(0, [&](EventBatch& batch) {
    spawnPauseNs = std::clamp(2 * spawnPauseNs, kFirstSpawnPauseNs,
                              options.keepsTrying ? kLongestKeptPauseNs : kLongestSpawnPauseNs);
    retryAt = clock.now() + spawnPauseNs;
    Scheduler::Wishes left = settled(scheduler.spawnFailed(slot, error, retryAt, batch));
    deserted = scheduler.deserted();
    return left;
  });
  carryOut(std::move(wishes));
  if (options.onSpawnFailure) detail::quietly([&] { options.onSpawnFailure(error); });
  if (deserted && !options.keepsTrying)
    breakPool("no worker could be started: " + std::error_code(error, std::system_category()).message());
  else
    keepTimes();
}

void ThreadPoolExecutor::Impl::wake(SlotIndex slot) {
  WorkerThread* worker;
  {
    MutexLock lock(anchor->mutex);
    worker = bySlot[slot];
  }
  worker->parker.unpark(); // it sleeps until then, so it is alive
}

void ThreadPoolExecutor::Impl::carryOut(Scheduler::Wish&& wish) {
  if (wish.wake) wake(wish.wake.take());
  if (wish.start) startWorker(wish.start.take());
}

/// Under the lock.
Scheduler::Wishes ThreadPoolExecutor::Impl::settled(Scheduler::Wishes&& wishes, const std::string& broken) {
  settleDropped<BrokenThreadPool>(wishes.dropped, broken);
  return std::move(wishes);
}

void ThreadPoolExecutor::Impl::carryOut(Scheduler::Wishes&& wishes) {
  for (Scheduler::Errand& slot : wishes.wake)
    wake(slot.take());
  for (Scheduler::Errand& slot : wishes.start)
    startWorker(slot.take());
  publishDropped(wishes.dropped);
}

void ThreadPoolExecutor::Impl::retryIfDue() {
  const std::int64_t due = retryAt.load(std::memory_order_relaxed);
  if (due == 0 || clock.now() < due) return;
  retryAt = 0;
  Scheduler::Errand slot = locked(0, [&](EventBatch& batch) { return scheduler.retrySpawn(batch); });
  if (slot) startWorker(slot.take());
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
  // As in the thread that made the pool, whoever made this one: a crash handler runs here, too, and what a task starts
  // can be ended.
  pthread_sigmask(SIG_SETMASK, &signalMask, nullptr);
  detail::WorkerContext context;
  context.core = this, context.slot = self.slot;
  Event ready;
  nameWorker(context, ready);
  detail::t_worker = &context;
  context.pace.begin();
  locked(0, [&](EventBatch& batch) {
    spawnPauseNs = 0;
    scheduler.ready(self.slot, ready, batch);
    // The task for which it was made may have been cancelled before it came.
    if (!sized && scheduler.queue().empty()) scheduler.retire(self.slot, RetireReason::MaxTasks, batch);
  });
  const bool initialized = initialize(context.name);
  context.tellCpuTime(TickClock::now()); // so that an initializer's time is not the first task's
  Scheduler::Next next = ask(self.slot);
  while (!next.exit) {
    carryOut(std::move(next.wish));
    if (!next.task) {
      self.parker.spin(options.awake);
      self.parker.park();
      next = ask(self.slot);
      continue;
    }
    next = runTask(context, static_cast<detail::TaskBlock&>(*next.task));
    retryIfDue();
  }
  carryOut(std::move(next.wish));
  if (options.finalizer) {
    if (initialized) detail::quietly(options.finalizer);
    leave(self.slot);
  }
  detail::t_worker = nullptr;
}

void ThreadPoolExecutor::Impl::nameWorker(detail::WorkerContext& context, Event& ready) {
  std::string comm;
  if (!sized) {
    comm = "Thread-" + std::to_string(++g_threads);
    context.name = comm + " (" + options.threadPerTask + ")";
  } else {
    comm = shortWorkerName(named ? prefix : "TPE-" + std::to_string(number), context.slot);
    context.name = prefix + "_" + std::to_string(context.slot);
  }
  pthread_setname_np(pthread_self(), comm.c_str());
  ready.a = static_cast<std::uint32_t>(getpid()), ready.b = static_cast<std::uint32_t>(gettid());
  if (log) ready.c = log->intern(context.name).value(), ready.d = log->intern(comm).value();
}

Scheduler::Next ThreadPoolExecutor::Impl::ask(SlotIndex slot) {
  return locked(0, [&](EventBatch& batch) {
    Scheduler::Next next = scheduler.next(slot, batch, static_cast<bool>(options.finalizer));
    if (next.task) static_cast<detail::TaskBlock*>(next.task)->markUnderLock(FutureState::Running);
    return next;
  });
}

/// The worker that next() told to exit has done its last thing.
void ThreadPoolExecutor::Impl::leave(SlotIndex slot) {
  carryOut(locked(0, [&](EventBatch& batch) {
    return settled(scheduler.exited(slot, Event{}, Scheduler::SlotPhase::Vacant, {}, batch));
  }));
}

Scheduler::Next ThreadPoolExecutor::Impl::runTask(detail::WorkerContext& context, detail::TaskBlock& task) {
  context.task = &task;
  task.invoke();
  if (!home.isHere()) ::_exit(0); // the task forked: with it ends the only thread of the child
  context.blockedDepth = 0;
  const Outcome outcome = task.error() ? Outcome::Error : Outcome::Ok;
  const TextId text = task.error() && log ? log->intern(detail::describe(task.error())) : TextId{};
  Scheduler::Next next;
  std::int64_t endedAt = 0; // ticks
  // The usual case: finish, and take the next, with one lock and one stamp. Not when somebody's callback comes first,
  // or when this worker would end: the outcome must be visible before the pool can be closed.
  // Where it may be the last one, the outcome is visible before the pool can be seen idle.
  std::optional<std::uint32_t> settled;
  const bool together = locked(task.stamp, [&](EventBatch& batch) {
    scheduler.finish(context.slot, outcome, text, batch);
    endedAt = batch.stamp();
    if (scheduler.queue().empty()) settled = task.settle(FutureState::Finished);
    if (!sized) scheduler.retire(context.slot, RetireReason::MaxTasks, batch);
    const bool observed = settled ? detail::TaskBlock::wereObservers(*settled) : task.hasObservers();
    if (observed || !scheduler.staysAfterTask(context.slot)) return false;
    next = scheduler.next(context.slot, batch);
    if (next.task) static_cast<detail::TaskBlock*>(next.task)->markUnderLock(FutureState::Running);
    return true;
  });
  context.tellCpuTime(endedAt);
  context.task = nullptr;
  if (!settled) settled = task.settle(FutureState::Finished);
  const std::uint32_t errors = task.announce(*settled);
  if (detail::TaskBlock::wereObservers(*settled) && log) {
    Event event;
    event.kind = EventKind::TaskCallbacksEnded, event.pool = id, event.task = task.id.value();
    event.slot = context.slot, event.a = errors;
    context.tellCpuTime(log->append(event, task.stamp)); // the callbacks' time is not the next task's
  }
  task.letGo();
  if (!together) next = ask(context.slot);
  return next;
}

/// The queue is full, and this task is run by the thread that submitted it. It may destroy the executor.
void ThreadPoolExecutor::Impl::runHere(detail::TaskBlock& task) {
  const std::shared_ptr<Impl> self = shared_from_this();
  {
    const detail::SubmittersTask running(*this, task);
    task.invoke();
    task.publish(FutureState::Finished); // before the pool can be seen closed
  }
  const Outcome outcome = task.error() ? Outcome::Error : Outcome::Ok;
  const TextId text = task.error() && log ? log->intern(detail::describe(task.error())) : TextId{};
  locked(task.stamp, [&](EventBatch& batch) { scheduler.finishByCaller(task, outcome, text, batch); });
  task.letGo();
}

// --- End

void ThreadPoolExecutor::Impl::breakPool(const std::string& why) {
  const TextId text = log ? log->intern(why) : TextId{};
  Scheduler::Wishes wishes = locked(0, [&](EventBatch& batch) {
    if (brokenWhy.empty()) brokenWhy = why;
    return settled(scheduler.breakPool(text, batch), why);
  });
  carryOut(std::move(wishes));
  detail::WorkerWait::lookAtWaitsOn(*this);
}

/// All: also waits for those that are ending, with what they do at their end. Else it waits for nobody.
void ThreadPoolExecutor::Impl::joinEnded(bool all) {
  for (;;) {
    std::list<WorkerThread> ended;
    bool left = false; // a thread whose maker has not yet stored its handle
    {
      MutexLock lock(anchor->mutex);
      for (auto it = threads.begin(); it != threads.end();) {
        auto here = it++;
        if (here->leftAlone || (!all && !here->ended)) continue;
        if (!here->thread.joinable()) {
          left = true;
        } else if (here->thread.isCaller()) { // a callback on the keeper's thread destroys the pool
          here->thread.detach();
          here->leftAlone = true;
        } else if (all || here->thread.tryJoin()) {
          ended.splice(ended.end(), threads, here);
        }
      }
    }
    for (WorkerThread& worker : ended)
      if (worker.thread.joinable()) worker.thread.join();
    if (!all || !left) return;
    std::this_thread::yield();
  }
}

/// The executor goes, and this stays with the threads that are left: the last of them destroys it.
void ThreadPoolExecutor::Impl::leaveToWorkers() {
  MutexLock lock(anchor->mutex);
  leftToWorkers = true;
  for (WorkerThread& worker : threads)
    if (worker.thread.joinable()) worker.thread.detach();
}

std::vector<detail::BlockPtr<detail::TaskBlock>> ThreadPoolExecutor::Impl::runningTasks() {
  std::vector<detail::BlockPtr<detail::TaskBlock>> running;
  MutexLock lock(anchor->mutex);
  for (const Scheduler::Slot& slot : scheduler.slots())
    if (slot.task)
      running.push_back(detail::BlockPtr<detail::TaskBlock>::share(static_cast<detail::TaskBlock*>(slot.task)));
  return running;
}

void ThreadPoolExecutor::Impl::requestStops() {
  for (const auto& task : runningTasks())
    task->requestStop(By::Timeout);
}

/// When somebody who waits for the pool has to do something for it: monotonic ns, 0 never. With the lock held.
std::int64_t ThreadPoolExecutor::Impl::nextDue() {
  const std::int64_t retry = retryAt.load(std::memory_order_relaxed);
  if (retry == 0 || nextStageAt == 0) return std::max(retry, nextStageAt);
  return std::min(retry, nextStageAt);
}

/// The next stage of a shutdown whose deadline has passed, and a worker that could not be made before.
void ThreadPoolExecutor::Impl::doWhatIsDue() {
  retryIfDue();
  ShutdownStage entered = ShutdownStage::Draining;
  Scheduler::Wishes wishes;
  locked(0, [&](EventBatch& batch) {
    if (nextStageAt == 0 || clock.now() < nextStageAt) return;
    nextStageAt = 0;
    if (!scheduler.stage() || scheduler.closed()) return;
    wishes = settled(scheduler.enterStage(ShutdownStage::CancelQueued, batch));
    if (!scheduler.closed()) scheduler.enterStage(entered = ShutdownStage::Terminate, batch);
  });
  carryOut(std::move(wishes));
  if (entered == ShutdownStage::Terminate) requestStops();
}

bool ThreadPoolExecutor::Impl::reachedLocked(detail::WorkerWait::Until what) const {
  if (scheduler.closed()) return true;
  if (what == detail::WorkerWait::Until::PoolIdle) return idleLocked();
  return what == detail::WorkerWait::Until::OthersEnded && scheduler.onlyOneLeft();
}

/// False when it gave up: asked to, or at `untilNs` (0: never).
bool ThreadPoolExecutor::Impl::waitUntil(detail::WorkerWait::Until what, std::int64_t untilNs,
                                         const std::stop_token& giveUp, detail::WorkerWait& waiting) {
  const std::stop_callback wakeUp(giveUp, [&] {
    MutexLock lock(anchor->mutex);
    closedChanged.notifyAll();
  });
  MutexLock lock(anchor->mutex);
  struct Counted { // destroyed before the lock
    std::size_t* count;
    ~Counted() {
      if (count) --*count;
    }
  } counted{what == detail::WorkerWait::Until::PoolIdle      ? &waitingForIdle
            : what == detail::WorkerWait::Until::OthersEnded ? &waitingForOthers
                                                             : nullptr};
  if (counted.count) ++*counted.count;
  while (!reachedLocked(what)) {
    const std::int64_t now = clock.now(), due = nextDue();
    if (giveUp.stop_requested() || (untilNs != 0 && now >= untilNs) || waiting.refused()) return false;
    if (due != 0 && now >= due) {
      lock.unlock();
      doWhatIsDue();
      lock.lock();
      continue;
    }
    Deadline until;
    for (const std::int64_t ns : {due, untilNs})
      if (ns != 0) until = std::min(until.value_or(clock.sleepUntil(ns)), clock.sleepUntil(ns));
    closedChanged.wait(lock, until);
  }
  return true;
}

/// Something will be due, and perhaps nobody comes by then. The keeper's thread is there only while something is.
void ThreadPoolExecutor::Impl::keepTimes() {
  joinEnded(false);
  {
    MutexLock lock(anchor->mutex);
    if (keeping) return closedChanged.notifyAll(); // it looks again
    keeping = true;
  }
  try {
    makeThread(kNoSlot, [this](WorkerThread&) { keep(); });
  } catch (const std::exception&) { // then whoever submits, ends a task or waits for the end does it, later
    MutexLock lock(anchor->mutex);
    keeping = false;
  }
}

void ThreadPoolExecutor::Impl::keep() {
  MutexLock lock(anchor->mutex);
  while (!scheduler.closed()) {
    const std::int64_t due = nextDue();
    if (due == 0 && !options.keepsTrying) break;
    if (due == 0 || clock.now() < due) {
      closedChanged.wait(lock, due == 0 ? Deadline{} : clock.sleepUntil(due));
      continue;
    }
    lock.unlock();
    doWhatIsDue();
    lock.lock();
  }
  keeping = false;
}

// --- The public face

namespace {
ThreadPoolOptions sized(std::size_t maxWorkers) {
  ThreadPoolOptions options;
  options.maxWorkers = maxWorkers;
  return options;
}
} // namespace

ThreadPoolExecutor::ThreadPoolExecutor(std::size_t maxWorkers) : ThreadPoolExecutor(sized(maxWorkers)) {}

ThreadPoolExecutor::ThreadPoolExecutor(ThreadPoolOptions options) {
  detail::PoolCore::checkedSize(options.maxWorkers);
  if (options.stackBytes != 0 && options.stackBytes < kLeastStack)
    throw std::invalid_argument("stackBytes: a worker's stack has at least 64 KiB");
  if (options.stackBytes != 0 && options.threadFactory)
    throw std::invalid_argument("stackBytes: a threadFactory makes the threads, and their stacks");
  EventLog* log = detail::PoolCore::chosenLog(options.log);
  m_impl = std::make_shared<Impl>(std::move(options), log);
  m_impl->begin();
}

ThreadPoolExecutor::~ThreadPoolExecutor() {
  using detail::WorkerWait;
  if (!m_impl->home.isHere()) { // none of its threads is here to be waited for
    new std::shared_ptr<Impl>(std::move(m_impl));
    return;
  }
  Impl& impl = *m_impl;
  const bool own = inOwnWorker(); // it cannot wait for itself
  const ShutdownOptions how{.wait = !own, .cancelFutures = own};
  const CallerId caller = detail::currentCaller(impl.life); // it may be named first, which the pool's lock forbids
  Scheduler::Wishes wishes = impl.locked(0, [&](EventBatch& batch) {
    if (impl.scheduler.shuttingDown() && !own) return Scheduler::Wishes{};
    return Impl::settled(impl.scheduler.shutdown(how, caller, batch));
  });
  impl.carryOut(std::move(wishes));
  {
    const auto what = own ? WorkerWait::Until::OthersEnded : WorkerWait::Until::PoolClosed;
    WorkerWait waiting(impl, "the pool's end", what, impl.closedBell(), WorkerWait::IfVain::RefuseOthers);
    // Hopeless: a task that its submitter runs destroys the pool.
    if (!waiting.hopeless()) impl.waitUntil(what, 0, {}, waiting);
  }
  own || !impl.closed() ? impl.leaveToWorkers() : impl.joinEnded(true);
}

void ThreadPoolExecutor::waitIdle() {
  using detail::WorkerWait;
  if (!m_impl->home.isHere()) return;
  if (inOwnWorker()) throw WouldDeadlock("waitIdle() from a worker can never return: it would wait for itself");
  {
    MutexLock lock(m_impl->anchor->mutex);
    if (m_impl->reachedLocked(WorkerWait::Until::PoolIdle)) return;
  }
  WorkerWait waiting(*m_impl, "waitIdle()", WorkerWait::Until::PoolIdle, m_impl->closedBell());
  const detail::CallerWait shown(m_impl->log, m_impl->id, CallKind::Wait);
  if (!m_impl->waitUntil(WorkerWait::Until::PoolIdle, 0, {}, waiting)) waiting.check();
}

void ThreadPoolExecutor::waitClosed() {
  using detail::WorkerWait;
  if (!m_impl->home.isHere()) return;
  if (inOwnWorker()) throw WouldDeadlock("waitClosed() from a worker can never return: it would wait for itself");
  WorkerWait waiting(*m_impl, "waitClosed()", WorkerWait::Until::PoolClosed, m_impl->closedBell());
  if (!m_impl->waitUntil(WorkerWait::Until::PoolClosed, 0, {}, waiting)) waiting.check();
  m_impl->joinEnded(true);
}

bool ThreadPoolExecutor::inOwnWorker() const {
  return detail::t_worker && detail::t_worker->core == m_impl.get();
}

void ThreadPoolExecutor::submitBlock(const std::weak_ptr<Impl>& door, detail::TaskBlock* block,
                                     const TaskOptions* options) {
  if (const std::shared_ptr<Impl> impl = door.lock()) return submitBlock(*impl, block, options);
  throw ExecutorShutdown("cannot schedule new futures: the executor is gone");
}

void ThreadPoolExecutor::submitBlock(Impl& impl, detail::TaskBlock* block, const TaskOptions* options) {
  if (options && options->timeout)
    throw std::invalid_argument("a thread's task cannot be ended: a timeout is for tasks of worker processes");
  if (options && options->descriptor)
    throw std::invalid_argument("a thread's task has the program's descriptors: one goes to worker processes only");
  impl.checkHome<BrokenThreadPool>();
  impl.retryIfDue();
  CallerId caller;
  TaskId parent;
  ClientId client;
  if (impl.log) {
    block->log = impl.life, block->pool = impl.id, block->id = impl.log->newTask();
    block->name = options && !options->name.empty() ? impl.log->intern(options->name) : impl.defaultName;
    caller = detail::currentCaller(impl.log);
    if (detail::t_worker && detail::t_worker->task) parent = detail::t_worker->task->id;
    impl.log->reserve(8);
  }
  if (options) block->priority = options->priority, block->kind = options->kind, client = options->client;
  block->anchor = impl.anchor;
  block->hold(); // the queue's, until the task has ended
  Scheduler::Wish wish;
  bool queued = true;
  try {
    MutexLock lock(impl.anchor->mutex);
    if (impl.bound.limit != 0) queued = impl.waitForRoom(lock);
    if (!impl.brokenWhy.empty()) throw BrokenThreadPool(impl.brokenWhy);
    if (impl.scheduler.shuttingDown()) throw ExecutorShutdown("cannot schedule new futures after shutdown");
    if (!impl.log) block->id = TaskId{++impl.unlogged};
    EventBatch batch(impl.log, impl.lastStamp);
    if (queued) {
      wish = impl.scheduler.submit(*block, caller, parent, client, batch);
    } else {
      impl.scheduler.startByCaller(*block, caller, parent, client, batch);
      block->markUnderLock(FutureState::Running);
    }
    block->stamp = impl.lastStamp = batch.stamp();
  } catch (...) {
    block->anchor = nullptr; // it never was the pool's
    block->log = nullptr;
    block->dropCallable();
    block->letGo();
    throw;
  }
  queued ? impl.carryOut(std::move(wish)) : impl.runHere(*block);
}

void ThreadPoolExecutor::resize(std::size_t maxWorkers) {
  if (!m_impl->sized || !m_impl->home.isHere()) return;
  detail::PoolCore::checkedSize(maxWorkers);
  const By by = detail::t_worker ? By::Caller : By::Person;
  bool shrinks = false;
  m_impl->carryOut(m_impl->locked(0, [&](EventBatch& batch) {
    shrinks = maxWorkers < m_impl->scheduler.target();
    return Impl::settled(m_impl->scheduler.resize(maxWorkers, by, batch));
  }));
  if (shrinks) detail::WorkerWait::lookAtWaitsOn(*m_impl);
}

std::size_t ThreadPoolExecutor::maxWorkers() const {
  return m_impl->sized ? m_impl->maxWorkers() : 0;
}

PoolStats ThreadPoolExecutor::stats() const {
  PoolStats stats = m_impl->stats();
  if (!m_impl->sized) stats.maxWorkers = 0;
  return stats;
}

void ThreadPoolExecutor::shutdown(ShutdownOptions options) {
  shutdown(options, {});
}

void ThreadPoolExecutor::shutdown(ShutdownOptions options, std::stop_token giveUpWaiting) {
  Impl& impl = *m_impl;
  if (!impl.home.isHere()) return;
  const CallerId caller = detail::currentCaller(impl.log);
  const bool ownWorker = detail::t_worker && detail::t_worker->core == &impl;
  const std::int64_t deadline = impl.deadlineOf(options);
  impl.carryOut(impl.locked(0, [&](EventBatch& batch) {
    if (deadline != 0 && (impl.nextStageAt == 0 || deadline < impl.nextStageAt)) impl.nextStageAt = deadline;
    return Impl::settled(impl.scheduler.shutdown(options, caller, batch, deadline));
  }));
  if (deadline != 0 && (!options.wait || ownWorker || giveUpWaiting.stop_possible())) impl.keepTimes();
  if (!options.wait) return;
  if (ownWorker) throw WouldDeadlock("shutdown(wait) from a worker can never return: it would wait for itself");
  if (!closed()) {
    using Until = detail::WorkerWait::Until;
    detail::WorkerWait waiting(impl, "shutdown(wait)", Until::PoolClosed, impl.closedBell());
    const detail::CallerWait shown(impl.log, impl.id, CallKind::Shutdown);
    if (!impl.waitUntil(Until::PoolClosed, deadline == 0 ? 0 : deadline + kStopGraceNs, giveUpWaiting, waiting))
      return waiting.check();
  }
  impl.joinEnded(true);
}

void ThreadPoolExecutor::tellShutdown(ShutdownOptions options) {
  if (!m_impl->home.isHere()) return;
  m_impl->locked(0, [&, caller = detail::currentCaller(m_impl->log)](EventBatch& batch) {
    m_impl->scheduler.tellShutdown(options, caller, batch);
  });
}

PoolId ThreadPoolExecutor::id() const {
  return m_impl->id;
}
const std::string& ThreadPoolExecutor::name() const {
  return m_impl->prefix;
}

bool ThreadPoolExecutor::closed() const {
  return m_impl->closed();
}

bool ThreadPoolExecutor::cancelTask(TaskId task, By by) {
  return m_impl->cancelTask(task, by);
}

bool ThreadPoolExecutor::moveToFront(TaskId task) {
  return m_impl->moveToFront(task);
}

bool ThreadPoolExecutor::stopTask(TaskId id, By by) {
  if (!m_impl->home.isHere()) return false;
  detail::BlockPtr<detail::TaskBlock> found;
  for (auto& task : m_impl->runningTasks())
    if (task->id == id) found = std::move(task);
  if (!found) {
    MutexLock lock(m_impl->anchor->mutex);
    found = detail::BlockPtr<detail::TaskBlock>::share(m_impl->findQueuedLocked(id));
  }
  return found && found->requestStop(by);
}

} // namespace poolscope
