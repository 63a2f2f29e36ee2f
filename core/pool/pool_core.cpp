#include "core/pool/pool_core.h"

#include "core/base/clock.h"
#include "core/base/cpu_time.h"
#include "core/pool/future.h"
#include "core/pool/process/worker_main.h"
#include "core/pool/wait_graph.h"

#include <algorithm>
#include <pthread.h>
#include <stdexcept>
#include <unistd.h>

namespace poolscope {

namespace {

struct CallerIdentity {
  CallerId id{static_cast<std::uint32_t>(gettid())};
  std::string name;
  LogLife* namedIn = nullptr; // the log that knows the name already
};
CallerIdentity& self() {
  thread_local CallerIdentity identity;
  return identity;
}

} // namespace

void setCallerName(std::string name) {
  self().name = std::move(name);
  self().namedIn = nullptr;
}

namespace detail {

thread_local WorkerContext* t_worker = nullptr;
/// A child is no worker of its parent's pool: it must not speak in its name.
[[maybe_unused]] const bool g_noWorkerInForks = (onForkInChild([] { t_worker = nullptr, t_ioOf = nullptr; }), true);
thread_local PoolCore* t_ioOf = nullptr;

CallerId currentCaller(LogLife* log) {
  CallerIdentity& identity = self();
  if (log && identity.namedIn != log && !t_worker) {
    if (identity.name.empty()) {
      char comm[16] = "";
      pthread_getname_np(pthread_self(), comm, sizeof comm);
      identity.name = gettid() == getpid() ? "main thread" : comm;
    }
    Event event;
    event.kind = EventKind::CallerNamed, event.b = identity.id.value();
    log->withLog([&](EventLog& living) {
      event.a = living.intern(identity.name).value();
      living.append(event);
    });
    identity.namedIn = log;
  }
  return identity.id;
}

void WorkerContext::appendCpuTime(std::int64_t stamp) const {
  Event event;
  event.kind = EventKind::WorkerSampled, event.pool = core->id, event.slot = slot;
  event.setAb(ownThreadCpuTime());
  core->log->append(event, stamp);
}

void PoolCore::open(WorkerKind kind, std::string_view prefix, std::string_view label, bool sized) {
  if (!log) return;
  Event event;
  event.kind = EventKind::PoolOpened, event.pool = id, event.flag = static_cast<std::uint8_t>(kind);
  event.a = log->intern(prefix).value(), event.c = log->intern(label).value();
  log->reserve(1);
  MutexLock lock(anchor->mutex);
  event.b = sized ? static_cast<std::uint32_t>(scheduler.target()) : 0;
  opened = event;
  EventBatch batch(log, lastStamp);
  batch.add(event);
  lastStamp = batch.stamp();
}

void PoolCore::tellAnew() {
  log->reserve(64);
  MutexLock lock(anchor->mutex);
  if (!opened.pool) return;
  EventBatch batch(log, lastStamp);
  scheduler.tellAnew(opened, batch);
  lastStamp = batch.stamp();
}

std::int64_t PoolCore::deadlineOf(const ShutdownOptions& how) const {
  if (!how.deadline) return 0;
  return clock.after(*how.deadline);
}

EventLog* PoolCore::chosenLog(EventLog* given) {
  EventLog* log = given ? given : EventLog::current();
  return log && log->isHere() ? log : nullptr;
}

std::size_t PoolCore::checkedSize(std::size_t maxWorkers) {
  if (maxWorkers == 0 || maxWorkers > kMostWorkers)
    throw std::invalid_argument("a pool has 1 to 4096 workers, not " + std::to_string(maxWorkers));
  return maxWorkers;
}

std::size_t PoolCore::maxWorkers() const {
  if (!home.isHere()) return 0;
  MutexLock lock(anchor->mutex);
  return scheduler.target();
}

PoolStats PoolCore::stats() const {
  if (!home.isHere()) return {};
  MutexLock lock(anchor->mutex);
  return scheduler.stats();
}

bool PoolCore::closed() const {
  if (!home.isHere()) return true;
  MutexLock lock(anchor->mutex);
  return scheduler.closed();
}

TaskBlock* PoolCore::findQueuedLocked(TaskId task) const {
  TaskBlock* found = nullptr;
  scheduler.queue().forEach([&](TaskNode& node) {
    if (node.id == task) found = static_cast<TaskBlock*>(&node);
  });
  return found;
}

bool PoolCore::cancelTask(TaskId task, By by) {
  if (!home.isHere()) return false;
  BlockPtr<TaskBlock> block;
  {
    MutexLock lock(anchor->mutex);
    block = BlockPtr<TaskBlock>::share(findQueuedLocked(task));
  }
  return block && block->cancel(by);
}

bool PoolCore::moveToFront(TaskId task) {
  if (!home.isHere()) return false;
  if (log) log->reserve(8);
  MutexLock lock(anchor->mutex);
  TaskBlock* block = findQueuedLocked(task);
  if (!block) return false;
  EventBatch batch(log, lastStamp);
  scheduler.moveToFront(*block, batch);
  lastStamp = batch.stamp();
  return true;
}

void PoolCore::publishDropped(const std::vector<TaskNode*>& dropped) {
  for (TaskNode* node : dropped) {
    auto* task = static_cast<TaskBlock*>(node);
    task->dropCallable();
    task->publish(task->state());
    task->letGo();
  }
}

bool PoolCore::waitForRoom(MutexLock& lock) {
  const auto full = [&] { return scheduler.full(bound.limit) && !scheduler.shuttingDown() && !scheduler.broken(); };
  if (!full()) return true;
  if (bound.whenFull == WhenFull::CallerRuns) return false;
  const std::string sentence = "the queue is full: " + std::to_string(bound.limit) + " tasks wait";
  if (bound.whenFull == WhenFull::Reject) throw QueueFull(sentence);
  if ((t_worker && t_worker->core == this) || t_ioOf == this)
    throw WouldDeadlock(sentence + ", and who makes room must not wait for it");
  const std::int64_t deadline = bound.patience ? clock.after(*bound.patience) : 0;
  const auto patient = [&] { return deadline == 0 || clock.now() < deadline; };
  while (full() && patient()) {
    lock.unlock();
    {
      std::optional<WorkerWait> waiting; // a worker of another pool refuses to wait in vain
      if (deadline == 0) waiting.emplace(*this, "submit()", WorkerWait::Until::Room, roomBell());
      const CallerWait shown(log, id, CallKind::Submit);
      lock.lock();
      ++waitingForRoom;
      while (full() && patient() && !(waiting && waiting->refused()))
        roomChanged.wait(lock, waiting ? Deadline{} : clock.sleepUntil(deadline));
      --waitingForRoom;
      const bool refused = full() && waiting;
      lock.unlock(); // the graph of waits has its own lock, which comes before this one
      if (refused) waiting->check();
    }
    lock.lock();
  }
  if (full()) throw QueueFull(sentence);
  return true;
}

WorkerWait::Bell PoolCore::roomBell() {
  return {[](void* who) {
            auto* core = static_cast<PoolCore*>(who);
            MutexLock lock(core->anchor->mutex);
            core->roomChanged.notifyAll();
          },
          this};
}

WorkerWait::Bell PoolCore::closedBell() {
  return {[](void* who) {
            auto* core = static_cast<PoolCore*>(who);
            MutexLock lock(core->anchor->mutex);
            core->closedChanged.notifyAll();
          },
          this};
}

CallerWait::CallerWait(LogLife* log, PoolId pool, CallKind call, TaskId task) : m_log(log), m_pool(pool), m_call(call) {
  if (t_worker && t_worker->task) {
    m_blocking.emplace(call == CallKind::Shutdown ? BlockReason::Other : BlockReason::Result);
    return;
  }
  if (!m_log) return;
  m_caller = currentCaller(m_log);
  Event event;
  event.kind = EventKind::CallerBlocked, event.pool = m_pool, event.b = m_caller.value();
  event.flag = static_cast<std::uint8_t>(m_call), event.task = task.value();
  m_log->append(event);
}

CallerWait::~CallerWait() {
  if (!m_log || m_blocking) return;
  Event event;
  event.kind = EventKind::CallerResumed, event.pool = m_pool, event.b = m_caller.value();
  event.flag = static_cast<std::uint8_t>(m_call);
  m_log->append(event);
}

} // namespace detail

std::string currentWorkerName() {
  return detail::t_worker ? detail::t_worker->name : std::string();
}

namespace {

/// One event about the task that the calling worker thread runs.
void appendOfTask(detail::WorkerContext& worker, Event event) {
  if (!worker.core->log) return;
  event.pool = worker.core->id, event.task = worker.task->id.value(), event.slot = worker.slot;
  worker.task->stamp = worker.core->log->append(event, worker.task->stamp);
}

bool inTask(const detail::WorkerContext* worker) {
  return worker && (worker->task || worker->remote);
}

} // namespace

Blocking::Blocking(BlockReason reason, TextId detailText) {
  detail::WorkerContext* worker = detail::t_worker;
  if (!inTask(worker) || worker->blockedDepth++ > 0) return;
  if (worker->remote) {
    worker->remote->blocked(reason);
    return;
  }
  Event event;
  event.kind = EventKind::TaskBlocked, event.flag = static_cast<std::uint8_t>(reason), event.a = detailText.value();
  worker->task->blocked.store(static_cast<std::uint8_t>(1 + event.flag), std::memory_order_relaxed);
  appendOfTask(*worker, event);
  worker->tellCpuTime(worker->task->stamp);
}

Blocking::~Blocking() {
  detail::WorkerContext* worker = detail::t_worker;
  if (!inTask(worker) || --worker->blockedDepth > 0) return;
  if (worker->remote) {
    worker->remote->unblocked();
    return;
  }
  Event event;
  event.kind = EventKind::TaskUnblocked;
  worker->task->blocked.store(0, std::memory_order_relaxed);
  appendOfTask(*worker, event);
  worker->tellCpuTime(worker->task->stamp);
}

void logFromTask(std::string_view text) {
  detail::WorkerContext* worker = detail::t_worker;
  if (!inTask(worker)) return;
  if (worker->remote) return worker->remote->log(text);
  if (!worker->core->log) return;
  Event event;
  event.kind = EventKind::TaskLog, event.a = worker->core->log->intern(text).value();
  appendOfTask(*worker, event);
}

} // namespace poolscope
