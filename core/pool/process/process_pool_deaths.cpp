// The end of a worker process, and what comes after it.
//
// The pidfd tells a death. First everything that the worker said is read: from its socket to the end, then from its
// ledger what it wrote and never sent. So what had ended has ended. Then, of what it had: the task that ran fails; what
// it had not begun goes back to the head of the queue, once. Both are told and published before the slot is free.
//
// Then the slot: vacant when nobody is missed, waiting for its restart, or failed after too many deaths.

#include "core/base/clock.h"
#include "core/event/utf8.h"
#include "core/pool/process/process_pool.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace poolscope::detail {

namespace {

using Phase = WorkerProcess::Phase;
using Doom = WorkerProcess::Doom;
using Received = WorkerProcess::Received;

std::string signalName(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

/// "was ended by SIGKILL", "exited with code 3".
std::string describeEnd(const ProcessEnd& end) {
  if (end.signal) return "was ended by " + signalName(*end.signal);
  if (end.exitCode) return "exited with code " + std::to_string(*end.exitCode);
  return "ended";
}

/// Whether the kernel may have killed a worker because memory ran out: by then it had half of what it might have.
bool ranOutOfMemory(const ProcessEnd& end, Doom doom, std::size_t peakAtSpawn, std::size_t limit) {
  static const std::size_t machine =
      static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return end.signal == SIGKILL && doom == Doom::None && end.peakBytes > peakAtSpawn &&
         end.peakBytes > (limit != 0 ? limit : machine) / 2;
}

} // namespace

std::exception_ptr ProcessPool::deathError(WorkerProcess& worker, const Death& death, const char* stage) const {
  const WorkerProcess::Io& w = io(worker);
  const ProcessEnd& end = death.end;
  std::string text = "the worker process " + worker.name + " (pid " + std::to_string(w.pid) + ") ";
  if (!w.protocolError.empty())
    text += "broke the protocol: " + w.protocolError;
  else
    text += describeEnd(end);
  text += stage;
  if (ranOutOfMemory(end, death.doom, w.peakAtSpawn, options.memoryLimit))
    text += ", possibly out of memory: it had used " + std::to_string(end.peakBytes >> 20) + " MiB";
  if (const std::string words = w.lastWords(); !words.empty()) text += "; its last words: " + words;
  return std::make_exception_ptr(WorkerDied(repairUtf8(text), w.pid, end.exitCode, end.signal));
}

void ProcessPool::bury(const WorkerPtr& worker) {
  WorkerProcess::Io& w = io(*worker);
  // What it said, to the last byte. A worker that broke the protocol is not listened to any more.
  while (!w.deaf && w.socketOpen && w.receive() == Received::Something)
    take(worker);
  if (!w.deaf) {
    w.recoverUnsent();
    take(worker);
  }
  const std::optional<ProcessEnd> end = reapPidfd(w.pidfd.get());
  if (!end) return; // it lives after all: the pidfd will tell again
  if (w.errors) w.readStderr();
  Death death{*end, Doom::None, 0, false};
  {
    MutexLock lock(anchor->mutex);
    WorkerProcess::Held& h = held(*worker);
    death.doom = h.doom, death.doomTicket = h.doomTicket, death.leaving = h.phase == Phase::Leaving;
    h.phase = Phase::Gone; // from here on nobody dooms it
  }
  failItsTasks(*worker, death);

  const bool accident = (death.doom == Doom::None || death.doom == Doom::Protocol) && !death.leaving;
  if (accident && options.onWorkerDeath) {
    try {
      std::rethrow_exception(deathError(*worker, death, ""));
    } catch (const WorkerDied& died) {
      options.onWorkerDeath(died.what());
    }
  }
  std::int64_t restartAt = 0;
  const Scheduler::SlotPhase then = afterDeath(*worker, death, restartAt);
  std::string reason;
  if (then == Scheduler::SlotPhase::Failed)
    reason = "its worker processes ended " + std::to_string(options.mostRestarts + 1) + " times within " +
             std::to_string(options.restartPeriod.count() / 1000) + " s; the last one " + describeEnd(*end);
  if (const std::string words = w.lastWords(); !reason.empty() && !words.empty())
    reason += ", its last words: " + repairUtf8(words);
  const TextId reasonText = log && !reason.empty() ? log->intern(reason) : TextId{};
  Event exited;
  exited.flag = end->signal ? 1 : 0;
  exited.a = static_cast<std::uint32_t>(end->signal ? *end->signal : end->exitCode.value_or(0));
  bool hopeless = false;
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    m_bySlot[worker->slot].reset();
    follow(scheduler.exited(worker->slot, exited, then, reasonText, batch), {}, batch, todo);
    // Also when the last to leave was one that retired, beside slots that had failed before.
    hopeless = scheduler.hopeless() && !scheduler.closed() && !scheduler.broken();
  });
  m_workers.erase(worker->number);
  if (then == Scheduler::SlotPhase::Waiting)
    at(restartAt, {.what = Timer::What::Restart, .due = 0, .slot = worker->slot});
  if (!reason.empty()) m_failedWhy = reason;
  if (hopeless) breakPool("no worker process stays alive: " + m_failedWhy);
  if (accident && options.breakOnWorkerDeath)
    breakAll("a worker process " + describeEnd(*end) + ": the pool is broken, as it was asked to be then");
}

/// What it had when it died: the task that ran fails, what it had not begun goes back once.
void ProcessPool::failItsTasks(WorkerProcess& worker, const Death& death) {
  const std::exception_ptr unstarted = deathError(worker, death, " before it started the task");
  const TextId unstartedText = log ? log->intern(describe(unstarted)) : TextId{};
  Outcome outcome = Outcome::WorkerDied;
  TextId runningText{};
  ProcessTask* const running = std::exchange(io(worker).running, nullptr);
  std::string ended;
  {
    MutexLock lock(anchor->mutex);
    ended = m_ended;
  }
  if (running) {
    std::exception_ptr error = deathError(worker, death, " while it ran the task");
    const bool meant = running->ticket == death.doomTicket;
    if (death.doom == Doom::Pool) {
      error = std::make_exception_ptr(BrokenProcessPool(ended));
    } else if (death.doom == Doom::Timeout && meant) {
      outcome = Outcome::Timeout;
      const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(*running->timeout).count();
      error = std::make_exception_ptr(
          TaskTimeout("the task ran longer than its " + std::to_string(limit) + " ms: its worker was ended"));
    } else if (death.doom == Doom::Stop && meant) {
      outcome = Outcome::Error;
      error = std::make_exception_ptr(CancelledError("the task was stopped while it ran, and its worker with it"));
    }
    if (log) runningText = log->intern(describe(error));
    running->block.setError(std::move(error));
  }
  std::vector<ProcessTask*> ran, lost;
  locked([&](EventBatch& batch, Todo&) {
    underLock();
    WorkerProcess::Held& h = held(worker);
    if (running) {
      scheduler.finish(worker.slot, outcome, runningText, batch);
      ++publishing;
      h.forget(*running);
      ran.push_back(running);
    }
    h.forEachTask([&](ProcessTask& task) {
      const bool begun = !h.recall(task); // and it had no time to say so: at most once is our promise
      h.forget(task);
      if (!begun && !std::exchange(task.givenBack, true) && !scheduler.broken()) {
        scheduler.requeue(task.block, batch);
      } else {
        scheduler.failDispatched(task.block, Outcome::WorkerDied, unstartedText, batch);
        ++publishing;
        lost.push_back(&task);
      }
    });
  });
  for (ProcessTask* task : ran)
    publish(task->block, FutureState::Finished);
  for (ProcessTask* task : lost) {
    task->block.dropCallable();
    task->block.setError(ended.empty() ? deathError(worker, death, " before it started the task")
                                       : std::make_exception_ptr(BrokenProcessPool(ended)));
    publish(task->block, FutureState::Finished);
  }
}

/// What becomes of its slot.
Scheduler::SlotPhase ProcessPool::afterDeath(WorkerProcess& worker, const Death& death, std::int64_t& restartAt) {
  using SlotPhase = Scheduler::SlotPhase;
  bool leaves = death.leaving || death.doom == Doom::Pool;
  {
    MutexLock lock(anchor->mutex);
    leaves = leaves || scheduler.broken() || !m_ended.empty() || scheduler.slots()[worker.slot].retiring;
  }
  if (leaves) return SlotPhase::Vacant;
  const std::int64_t now = clock.now();
  restartAt = now;
  if (death.doom != Doom::None && death.doom != Doom::Protocol)
    return SlotPhase::Waiting; // somebody's wish, no accident
  if (m_restarts.size() <= worker.slot) m_restarts.resize(worker.slot + 1u);
  std::deque<std::int64_t>& deaths = m_restarts[worker.slot];
  while (!deaths.empty() && deaths.front() < now - ns(options.restartPeriod))
    deaths.pop_front();
  if (deaths.size() >= options.mostRestarts) return SlotPhase::Failed;
  std::int64_t pause = ns(options.firstPause);
  for (std::size_t i = 0; i < deaths.size() && pause < ns(options.longestPause); ++i)
    pause *= 2;
  deaths.push_back(now);
  restartAt = now + std::min(pause, ns(options.longestPause));
  return SlotPhase::Waiting;
}

/// A shutdown's deadline has passed: what has not begun is cancelled, what runs is ended, by SIGTERM first; after the
/// grace whoever is left by SIGKILL.
void ProcessPool::nextStage() {
  locked([&](EventBatch& batch, Todo& todo) {
    underLock(), onIo();
    if (m_stageAt == 0 || clock.now() < m_stageAt || scheduler.closed()) return;
    m_stageAt = 0;
    if (scheduler.stage() == ShutdownStage::Terminate) {
      scheduler.enterStage(ShutdownStage::Kill, batch);
      return doomAll(SIGKILL);
    }
    for (const WorkerPtr& worker : m_bySlot)
      if (worker) takeBackUnstarted(*worker, batch);
    follow(scheduler.enterStage(ShutdownStage::CancelQueued, batch), {}, batch, todo);
    for (const WorkerPtr& worker : m_bySlot)
      if (worker) feed(worker, batch, todo); // who has nothing any more leaves
    if (scheduler.closed()) return;
    scheduler.enterStage(ShutdownStage::Terminate, batch);
    if (m_ended.empty()) m_ended = "the deadline of the shutdown has passed, and the worker was ended";
    for (const WorkerPtr& worker : m_bySlot)
      if (worker && held(*worker).phase != Phase::Leaving) doom(*worker, Doom::Pool, SIGTERM);
    m_stageAt = m_stageTimed = clock.now() + ns(options.grace);
    at(m_stageAt, {.what = Timer::What::Stage, .due = 0});
  });
}

} // namespace poolscope::detail
