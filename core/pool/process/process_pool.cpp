#include "core/pool/process/process_pool.h"

#include "core/base/syscall.h"
#include "core/base/system_calls.h"
#include "core/pool/wait_graph.h"
#include "core/pool/worker_name.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace poolscope::detail {

namespace {

std::atomic<unsigned> g_pools{0}; // counts process pools, as Python's class-wide counter

// False while the program's own static objects are made, which come before this library's. A pool among them cannot
// know whether main() will call runWorkerIfRequested(): it chooses its worker program with its first task.
bool g_mainIsNear = false;
const struct MainIsNear {
  MainIsNear() { g_mainIsNear = true; }
} g_marksThat;

// Handing ahead spares a round trip a task, and what was handed over cannot be cancelled: so only to a worker whose
// tasks are short, and only while the queue holds some for everybody.
constexpr std::uint32_t kMostAhead = 128, kRefillBelow = 64;

std::string programBesideThis() {
  char path[4096];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  const std::string self(path, size > 0 ? static_cast<std::size_t>(size) : 0);
  return self.substr(0, self.rfind('/') + 1) + "poolscope-worker";
}

} // namespace

ProcessPool::ProcessPool(ProcessPoolOptions given, EventLog* eventLog)
    : PoolCore(eventLog, given.maxWorkers, given.clock), options(std::move(given)), m_number(g_pools++) {
  prefix = "ProcessPoolExecutor-" + std::to_string(m_number);
  bound = options.queueBound;
  if (g_mainIsNear || programIsWorker()) std::call_once(m_programChosen, [this] { chooseProgram(); });
  open(WorkerKind::Process, prefix, options.label);
}

ProcessPool::~ProcessPool() = default;

void ProcessPool::chooseProgram() {
  m_sameProgram = options.workerProgram.empty() && programIsWorker();
  m_program = m_sameProgram                   ? "/proc/self/exe"
              : options.workerProgram.empty() ? programBesideThis()
                                              : options.workerProgram;
  if (!options.initializer) return;
  const FunctionPlace place = placeOf(reinterpret_cast<AnyFunction>(options.initializer));
  if (!reference(place, m_sameProgram, m_initializer))
    throw std::invalid_argument("the worker program does not know the initializer: register it in both programs");
}

// --- Under the lock

void ProcessPool::pokeLocked() {
  if (m_poked || !m_wake) return;
  m_poked = true;
  // Under the lock, so that the I/O thread, which takes it first, cannot end this pool before the write is done. An
  // eventfd's write never blocks at a count of one.
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto told = ::write(m_wake.get(), &one, sizeof one);
}

void ProcessPool::wakeIoLocked(const std::vector<SlotIndex>& start) {
  m_toStart.insert(m_toStart.end(), start.begin(), start.end());
  pokeLocked();
}

void ProcessPool::follow(Scheduler::Wish&& wish, EventBatch& batch, Todo& todo) {
  if (wish.start) todo.start.push_back(wish.start.take());
  if (wish.wake) ask(wish.wake.take(), batch, todo);
}

void ProcessPool::askAll(std::vector<Scheduler::Errand>& slots, EventBatch& batch, Todo& todo) {
  for (Scheduler::Errand& slot : slots)
    ask(slot.take(), batch, todo);
}

void ProcessPool::follow(Scheduler::Wishes&& wishes, const std::string& broken, EventBatch& batch, Todo& todo) {
  settleDropped<BrokenProcessPool>(wishes.dropped, broken);
  todo.dropped.insert(todo.dropped.end(), wishes.dropped.begin(), wishes.dropped.end());
  askAll(wishes.wake, batch, todo);
  for (Scheduler::Errand& start : wishes.start)
    todo.start.push_back(start.take());
}

/// What the worker of a slot, which has nothing, does next; then the one that this wakes, and so on.
void ProcessPool::ask(SlotIndex slot, EventBatch& batch, Todo& todo) {
  while (slot != kNoSlot) {
    const WorkerPtr& worker = m_bySlot[slot];
    WorkerProcess::Held& h = held(*worker);
    if (options.maxTasksPerChild != 0 && h.given >= options.maxTasksPerChild && !scheduler.slots()[slot].retiring)
      scheduler.retire(slot, RetireReason::MaxTasks, batch);
    Scheduler::Next next = scheduler.dispatch(slot, batch);
    if (next.task) give(worker, *next.task, todo);
    if (next.exit) {
      h.phase = WorkerProcess::Phase::Leaving;
      std::string bye;
      wire::append(bye, wire::Bye{});
      h.post(std::move(bye));
      todo.send.push_back(worker);
    }
    if (next.wish.start) todo.start.push_back(next.wish.start.take());
    slot = next.wish.wake.take();
  }
}

void ProcessPool::give(const WorkerPtr& worker, TaskNode& task, Todo& todo) {
  held(*worker).give(taskOf(task));
  if (todo.send.empty() || todo.send.back() != worker) todo.send.push_back(worker);
}

/// A worker that serves gets what it should have now: a task when it has none, more while its tasks are short.
void ProcessPool::feed(WorkerPtr worker, EventBatch& batch, Todo& todo) {
  WorkerProcess::Held& h = held(*worker);
  if (h.phase != WorkerProcess::Phase::Serving || h.doom != WorkerProcess::Doom::None) return;
  const auto slot = [&]() -> const Scheduler::Slot& { return scheduler.slots()[worker->slot]; };
  if (!slot().task && slot().dispatched == 0) ask(worker->slot, batch, todo);
  if (!h.shortTasks || slot().dispatched >= kRefillBelow) return;
  const std::size_t live = std::max<std::size_t>(scheduler.stats().liveWorkers, 1);
  if (slot().phase != Scheduler::SlotPhase::Running || scheduler.queue().size() < 2 * live) return;
  // No more than its share: the last tasks of a queue are spread over all workers.
  std::size_t ahead = std::min<std::size_t>(kMostAhead - slot().dispatched, scheduler.queue().size() / live);
  if (options.maxTasksPerChild != 0)
    ahead = std::min(ahead, options.maxTasksPerChild - std::min(options.maxTasksPerChild, h.given));
  for (; ahead > 0 && h.hasPlace(); --ahead) {
    // What lost a worker already goes alone: should it be the cause, it takes no other with it.
    // A client's connection may last for ever: behind it, no other client would get a free worker.
    const TaskNode* head = scheduler.queue().head();
    if (!head || head->kind == TaskKind::Connection || taskOf(const_cast<TaskNode&>(*head)).givenBack) return;
    TaskNode* task = scheduler.dispatchAhead(worker->slot, batch);
    if (!task) return;
    give(worker, *task, todo);
  }
}

/// What it was handed and has not begun goes back to the head of the queue. Not in a broken pool, where nobody would
/// take it from there.
void ProcessPool::takeBackUnstarted(WorkerProcess& worker, EventBatch& batch) {
  if (scheduler.broken()) return;
  WorkerProcess::Held& h = held(worker);
  h.forEachTask([&](ProcessTask& task) {
    if (!h.recall(task)) return;
    h.forget(task);
    --h.given;
    scheduler.requeue(task.block, batch);
  });
}

/// We end it; its death will be no accident.
bool ProcessPool::doom(WorkerProcess& worker, WorkerProcess::Doom why, int signal) {
  WorkerProcess::Held& h = held(worker);
  if (h.phase == WorkerProcess::Phase::Gone) return false;
  if (h.doom == WorkerProcess::Doom::None || why == WorkerProcess::Doom::Pool) h.doom = why;
  return h.pidfd < 0 || signalPidfd(h.pidfd, signal); // none yet: as soon as it is there
}

void ProcessPool::doomAll(int signal) {
  for (const WorkerPtr& worker : m_bySlot)
    if (worker) doom(*worker, WorkerProcess::Doom::Pool, signal);
}

/// Ends the worker for the sake of a task that it runs. False when it does not run it any more: it has begun another,
/// which must not be ended in its place. What it has not begun it never will: it is taken back first.
bool ProcessPool::doomFor(ProcessTask& task, WorkerProcess& worker, WorkerProcess::Doom why, By by, EventBatch& batch,
                          Todo& todo) {
  WorkerProcess::Held& h = held(worker);
  if (h.phase == WorkerProcess::Phase::Gone) return false;
  takeBackUnstarted(worker, batch);
  const bool runs = !h.hasBegunAnother(task);
  if (runs) {
    Event event;
    event.kind = EventKind::TaskStopRequested, event.task = task.block.id.value();
    event.flag = static_cast<std::uint8_t>(by);
    scheduler.note(event, batch);
    h.doomTicket = task.ticket;
    doom(worker, why, why == WorkerProcess::Doom::Timeout ? SIGTERM : SIGKILL);
  }
  follow(scheduler.answerQueue(batch), batch, todo);
  return runs;
}

// --- Commands

std::string ProcessPool::beginBody(const FunctionPlace& function, const std::string& name) {
  std::call_once(m_programChosen, [this] { chooseProgram(); });
  wire::FunctionRef known;
  if (!reference(function, m_sameProgram, known))
    throw SerializationError("the worker program does not know the function " + name +
                             ": register it with registerTask() in both programs");
  std::string body;
  body.reserve(64);
  wire::appendFunction(body, known);
  return body;
}

void ProcessPool::submit(ProcessTask& task, const TaskOptions& given, const std::string& name) {
  TaskBlock& block = task.block;
  CallerId caller;
  TaskId parent;
  TextId error;
  if (log) {
    block.log = life, block.pool = id, block.id = log->newTask();
    block.name = log->intern(given.name.empty() ? name : given.name);
    caller = currentCaller(log);
    if (t_worker && t_worker->task) parent = t_worker->task->id;
    if (block.error()) error = log->intern(describe(block.error()));
  }
  block.priority = given.priority, block.kind = given.kind, task.timeout = given.timeout;
  task.descriptor = given.descriptor, task.client = given.client, task.onStarted = given.onStarted;
  block.anchor = anchor;
  block.hold();                                // the queue's, until the task has ended
  const bool unfit = block.error() != nullptr; // it needs no room
  const auto enter = [&](MutexLock& lock) {
    underLock();
    if (bound.limit != 0 && !unfit) waitForRoom(lock);
    if (!m_brokenWhy.empty()) throw BrokenProcessPool(m_brokenWhy);
    if (scheduler.shuttingDown() || scheduler.broken())
      throw ExecutorShutdown("cannot schedule new futures after shutdown");
    if (const int ioError = unfit ? 0 : startIoLocked(); ioError != 0)
      throw std::system_error(ioError, std::system_category(), "the process pool cannot start its thread");
  };
  try {
    locked(enter, [&](EventBatch& batch, Todo& todo) {
      underLock();
      if (!log) block.id = TaskId{++unlogged};
      if (unfit) {
        scheduler.submitFailed(block, caller, parent, given.client, error, batch);
        block.settleUnderLock(FutureState::Finished);
      } else {
        follow(scheduler.submit(block, caller, parent, given.client, batch), batch, todo);
      }
      block.stamp = batch.stamp();
    });
  } catch (...) {
    block.anchor = nullptr, block.log = nullptr; // it never was the pool's
    block.letGo();
    throw;
  }
  if (!unfit) return;
  block.publish(FutureState::Finished);
  block.letGo();
}

/// With the first task. Under the lock, once: whoever comes second must find it whole.
int ProcessPool::startIoLocked() {
  if (m_ioStarted) return 0;
  m_parent = openPidfd(::getpid());
  if (!m_parent) return errno;
  m_epoll.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!m_epoll) return errno;
  m_wake.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!m_wake) return errno;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};
  if (::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, m_wake.get(), &event) != 0) return errno;
  try {
    m_io = makeServiceThread("pool i/o", [self = shared_from_this()] { self->run(); });
  } catch (const std::system_error& e) {
    return e.code().value();
  }
  m_ioStarted = true;
  return 0;
}

void ProcessPool::resize(std::size_t maxWorkers) {
  const By by = t_worker || onIoThread() ? By::Caller : By::Person;
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    follow(scheduler.resize(maxWorkers, by, batch), {}, batch, todo);
    // Who leaves after its task leaves the rest to the others; who has begun none leaves at once, for it has nothing to
    // say any more that would remind us of it.
    for (const WorkerPtr& worker : m_bySlot) {
      if (!worker || !scheduler.slots()[worker->slot].retiring) continue;
      takeBackUnstarted(*worker, batch);
      feed(worker, batch, todo);
    }
    follow(scheduler.answerQueue(batch), batch, todo);
  });
}

void ProcessPool::shutdown(ShutdownOptions how) {
  const CallerId caller = currentCaller(log);
  const std::int64_t deadline = deadlineOf(how);
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    const bool draining = scheduler.stage().value_or(ShutdownStage::Draining) == ShutdownStage::Draining;
    if (deadline != 0 && draining && (m_stageAt == 0 || deadline < m_stageAt)) m_stageAt = deadline;
    follow(scheduler.shutdown(how, caller, batch, deadline), {}, batch, todo);
    todo.poke = true;
  });
}

bool ProcessPool::waitFor(WorkerWait::Until until, std::stop_token giveUp, const CallKind* shown, const char* call,
                          WorkerWait::IfVain ifVain) {
  const bool toIdle = until == WorkerWait::Until::PoolIdle;
  WorkerWait waiting(*this, call, until, closedBell(), ifVain);
  std::thread ended;
  {
    const std::stop_callback wakeUp(giveUp, [this] {
      MutexLock lock(anchor->mutex);
      closedChanged.notifyAll();
    });
    std::optional<CallerWait> wait; // only around a real wait
    MutexLock lock(anchor->mutex);
    const auto reached = [&] { return scheduler.closed() || (toIdle && idleLocked()); };
    while (!reached() || (!toIdle && m_ioStarted && !m_ioEnded)) {
      if (giveUp.stop_requested()) return false;
      if (scheduler.closed()) pokeLocked(); // it may have been closed by a cancel, which tells the I/O thread nothing
      if (shown && !wait && !reached()) {
        lock.unlock();
        wait.emplace(life, id, *shown);
        lock.lock();
        continue;
      }
      if (waiting.refused() && !reached()) {
        lock.unlock();
        waiting.check();
        lock.lock();
      }
      waitingForIdle += toIdle;
      closedChanged.wait(lock);
      waitingForIdle -= toIdle;
    }
    if (toIdle) return true;
    ended = std::move(m_io);
  }
  if (ended.joinable()) ended.join();
  return true;
}

/// The executor goes in one of the I/O thread's own callbacks: that thread is left to itself, and with it the pool.
void ProcessPool::leaveToIoThread() {
  MutexLock lock(anchor->mutex);
  if (m_io.joinable()) m_io.detach();
}

/// Ends every worker; what they have and what is queued fails with BrokenProcessPool. With SIGTERM the I/O thread
/// sends SIGKILL after the grace.
void ProcessPool::endAll(int signal, const std::string& why) {
  const TextId text = log ? log->intern(why) : TextId{};
  const CallerId caller = currentCaller(log);
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    follow(scheduler.breakPool(text, batch), why, batch, todo);
    if (m_ended.empty()) m_ended = why;
    m_endSignal = signal;
    doomAll(signal);
    follow(scheduler.shutdown({.wait = false, .cancelFutures = false}, caller, batch), {}, batch, todo);
    todo.poke = true;
  });
}

/// The same for a pool that breaks: submit() says why.
void ProcessPool::breakAll(const std::string& why) {
  breakPool(why);
  locked([&](EventBatch&, Todo& todo) {
    underLock();
    if (m_ended.empty()) m_ended = why;
    m_endSignal = SIGTERM;
    doomAll(SIGTERM);
    todo.poke = true;
  });
}

bool ProcessPool::killWorker(SlotIndex slot, pid_t pid) {
  bool killed = false;
  locked([&](EventBatch&, Todo&) {
    underLock();
    for (const WorkerPtr& worker : m_bySlot)
      if (const pid_t its = worker ? held(*worker).pid : 0;
          its > 0 && (slot == kNoSlot || worker->slot == slot) && (pid == 0 || its == pid))
        killed = doom(*worker, WorkerProcess::Doom::Person, SIGKILL);
  });
  return killed;
}

bool ProcessPool::stopTask(TaskId task) {
  bool stopped = false;
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    for (std::size_t i = 0; i < m_bySlot.size() && !stopped; ++i) {
      const WorkerPtr worker = m_bySlot[i];
      TaskNode* node = worker ? scheduler.slots()[worker->slot].task : nullptr;
      if (node && node->id == task)
        stopped = doomFor(taskOf(*node), *worker, WorkerProcess::Doom::Stop, By::Caller, batch, todo);
    }
  });
  return stopped;
}

std::vector<pid_t> ProcessPool::workerPids() const {
  std::vector<pid_t> pids;
  MutexLock lock(anchor->mutex);
  for (const WorkerPtr& worker : m_bySlot)
    if (const pid_t pid = worker ? held(*worker).pid : 0; pid > 0) pids.push_back(pid);
  return pids;
}

// --- Outcomes

void ProcessPool::publish(TaskBlock& task, FutureState state) {
  const bool observed = task.hasObservers() && task.kind != TaskKind::MapElement;
  const std::uint32_t errors = task.publish(state);
  if (observed && log) {
    Event event;
    event.kind = EventKind::TaskCallbacksEnded, event.pool = id, event.task = task.id.value();
    event.slot = task.slot, event.a = errors;
    log->append(event, task.stamp);
  }
  task.letGo();
  MutexLock lock(anchor->mutex);
  --publishing;
  tellWaitersLocked();
}

void ProcessPool::breakPool(const std::string& why) {
  const TextId text = log ? log->intern(why) : TextId{};
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    if (m_brokenWhy.empty()) m_brokenWhy = why;
    follow(scheduler.breakPool(text, batch), why, batch, todo);
  });
}

} // namespace poolscope::detail
