// The I/O thread of a process pool.
//
// One thread waits (epoll) for all workers of its pool: for what they say on their sockets, for the end of their
// processes (pidfd), for what they write to stderr, for orders of other threads (an eventfd), and for the next time
// that is due. It reads each socket as far as it comes, checks every message, and tells the scheduler what was said,
// many messages under one lock; then it publishes the outcomes and sends what the scheduler handed out.
//
// Others send too: submit() hands a task to an idle worker and writes it to the socket itself, so that a round trip
// costs one thread switch less (WorkerProcess says how two senders stay apart). Only this thread reads, buries and
// starts.
//
// What becomes of a worker's tasks and of its slot when it dies: process_pool_deaths.cpp.
//
// A worker is a stranger: whatever it says that no worker says ends it, and its task with it. Nothing that it does or
// leaves undone can block this thread: sockets and pipes are never waited for, every wait for a worker has its time.
//
// Deliberately not done: no second reader for more cores. A message costs about a microsecond here, less than its task
// costs a worker.

#include "core/base/clock.h"
#include "core/base/syscall.h"
#include "core/event/utf8.h"
#include "core/pool/process/process_pool.h"
#include "core/pool/process/remote_error.h"
#include "core/pool/worker_name.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace poolscope::detail {

namespace {

using Phase = WorkerProcess::Phase;
using Doom = WorkerProcess::Doom;
using Received = WorkerProcess::Received;

enum : std::uint64_t { kSocket, kProcess, kErrors }; // the low bits of what epoll gives back; the rest is the worker

constexpr std::int64_t kHelloNs = 30'000'000'000; // a process that says nothing for so long is none of ours
constexpr std::int64_t kShortTaskNs = 1'000'000;  // as in worker_main.cpp, with room for a slow machine
constexpr std::int64_t kUnstartedNs = 3'000'000;  // a worker with short tasks speaks every millisecond
constexpr std::size_t kMostSaid = 16;             // messages told under one lock: their events fit a ring's reserve

} // namespace

bool ProcessPool::onIoThread() const {
  return t_ioOf == this;
}

void ProcessPool::run() {
  pthread_setname_np(pthread_self(), ("PPE-" + std::to_string(m_number % 1'000'000) + " i/o").c_str());
  t_ioOf = this;
  onIo();
  for (;;) {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(m_epoll.get(), events.data(), static_cast<int>(events.size()), untilNextTimer());
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == 0) continue; // an order: below
      const auto found = m_workers.find(event.data.u64 >> 2);
      if (found == m_workers.end()) continue; // buried by an event before this one
      const WorkerPtr worker = found->second;
      switch (event.data.u64 & 3) {
      case kSocket:
        if (event.events & EPOLLOUT) worker->roomAgain(m_epoll.get());
        if (event.events & ~EPOLLOUT) read(worker);
        break;
      case kProcess:
        bury(worker);
        break;
      default:
        io(*worker).readStderr();
        break;
      }
    }
    if (!home.isHere()) ::_exit(0); // a callback forked: this thread is the parent's, and so is all that it reads
    takeOrders();
    runTimers();
    MutexLock lock(anchor->mutex);
    if (!scheduler.closed()) continue;
    m_workers.clear(), m_bySlot.clear();
    m_ioEnded = true;
    closedChanged.notifyAll();
    return;
  }
}

void ProcessPool::takeOrders() {
  std::vector<SlotIndex> toStart;
  std::vector<Answer> answers;
  bool endSoon = false;
  std::int64_t stageAt = 0;
  {
    MutexLock lock(anchor->mutex);
    if (!m_poked) return;
    m_poked = false;
    std::uint64_t count;
    [[maybe_unused]] const auto cleared = ::read(m_wake.get(), &count, sizeof count);
    toStart.swap(m_toStart), answers.swap(m_answers);
    endSoon = m_endSignal == SIGTERM && !std::exchange(m_endTimed, true);
    stageAt = m_stageAt;
  }
  if (stageAt != 0 && std::exchange(m_stageTimed, stageAt) != stageAt)
    at(stageAt, {.what = Timer::What::Stage, .due = 0});
  for (Answer& answer : answers)
    spawned(answer.worker, std::move(answer.spawned));
  for (const SlotIndex slot : toStart)
    start(slot);
  if (endSoon)
    for (const auto& [number, worker] : m_workers)
      at(clock.now() + ns(options.grace), {.what = Timer::What::Kill, .due = 0, .worker = number});
}

// --- Starting

void ProcessPool::start(SlotIndex slot) {
  std::uint32_t generation;
  {
    MutexLock lock(anchor->mutex);
    generation = scheduler.slots()[slot].generation;
  }
  auto worker = std::make_shared<WorkerProcess>(anchor->mutex, ++m_lastNumber, slot, generation,
                                                prefix + "_" + std::to_string(slot),
                                                shortWorkerName("PPE-" + std::to_string(m_number), slot));
  if (const int error = io(*worker).open()) return spawnFailed(slot, error);
  {
    std::string hello;
    wire::append(hello, wire::Hello{wire::kVersion, static_cast<std::uint32_t>(::getpid()), programImage(),
                                    options.initializer ? std::optional(m_initializer) : std::nullopt});
    MutexLock lock(anchor->mutex);
    held(*worker).post(std::move(hello));
    if (m_bySlot.size() <= slot) m_bySlot.resize(slot + 1u);
    m_bySlot[slot] = worker;
  }
  worker->send(m_epoll.get()); // it waits in the socket
  m_workers.emplace(worker->number, worker);
  Spawner& spawner = options.spawner ? *options.spawner : Spawner::system();
  const auto answer = [this, worker](Spawned result) {
    MutexLock lock(anchor->mutex); // kept until the I/O thread is told: this pool cannot end before
    m_answers.push_back({worker, std::move(result)});
    pokeLocked();
  };
  try {
    spawner.spawn(io(*worker).request(m_program, m_parent.get()), answer);
  } catch (const std::system_error& e) { // a spawner of the user's own
    answer(Spawned{e.code().value() ? e.code().value() : EAGAIN, 0, {}});
  } catch (...) {
    answer(Spawned{EAGAIN, 0, {}});
  }
}

void ProcessPool::spawnFailed(SlotIndex slot, int error) {
  const std::int64_t first = ns(options.firstPause), longest = ns(options.longestPause);
  m_spawnPauseNs = std::clamp(2 * m_spawnPauseNs, first, longest);
  const std::int64_t retryAt = clock.now() + m_spawnPauseNs;
  bool deserted = false;
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    if (slot < m_bySlot.size()) m_bySlot[slot].reset();
    follow(scheduler.spawnFailed(slot, error, retryAt, batch), {}, batch, todo);
    deserted = scheduler.deserted();
  });
  if (deserted) return breakPool("no worker process could be started: " + m_program + ": " + errorText(error));
  at(retryAt, {.what = Timer::What::RetrySpawn, .due = 0});
}

void ProcessPool::spawned(const WorkerPtr& worker, Spawned result) {
  const int error = result.error;
  WorkerProcess::Io& w = io(*worker);
  w.spawned(std::move(result));
  bool doomed = false;
  {
    MutexLock lock(anchor->mutex);
    WorkerProcess::Held& h = held(*worker);
    h.pid = w.pid, h.pidfd = w.pidfd.get();
    if (error == 0) h.phase = Phase::Greeting;
    doomed = h.doom != Doom::None || !m_ended.empty();
    if (doomed && h.doom == Doom::None) h.doom = Doom::Pool;
  }
  if (error != 0) {
    m_workers.erase(worker->number);
    return spawnFailed(worker->slot, error);
  }
  m_spawnPauseNs = 0;
  w.peakAtSpawn = peakOfThisProcess();
  const rlimit noCore{0, 0}, memory{options.memoryLimit, options.memoryLimit};
  ::prlimit(w.pid, RLIMIT_CORE, &noCore, nullptr); // a crash in a task is shown, not kept
  if (options.memoryLimit != 0) ::prlimit(w.pid, RLIMIT_AS, &memory, nullptr);
  const std::pair<int, std::uint64_t> watched[] = {
      {w.socket(), kSocket}, {w.pidfd.get(), kProcess}, {w.errors.get(), kErrors}};
  for (const auto& [fd, kind] : watched) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = worker->number << 2 | kind}};
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, fd, &event);
  }
  if (doomed) signalPidfd(w.pidfd.get(), SIGKILL);
  at(clock.now() + kHelloNs, {.what = Timer::What::HelloDue, .due = 0, .worker = worker->number});
}

bool ProcessPool::greeted(const WorkerPtr& worker, const wire::Hello& hello) {
  if (io(*worker).greeted || hello.version != wire::kVersion) return false;
  if (m_sameProgram && hello.image != programImage()) return false;
  io(*worker).greeted = true;
  if (!options.initializer) ready(worker);
  return true;
}

void ProcessPool::ready(const WorkerPtr& worker) {
  Event event;
  event.a = event.b = static_cast<std::uint32_t>(io(*worker).pid); // its main thread runs the tasks
  if (log) event.c = log->intern(worker->name).value(), event.d = log->intern(worker->comm).value();
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    scheduler.ready(worker->slot, event, batch);
    held(*worker).phase = Phase::Serving;
    feed(worker, batch, todo);
  });
}

// --- Listening

void ProcessPool::read(const WorkerPtr& worker) {
  WorkerProcess::Io& w = io(*worker);
  const Received got = w.receive();
  if (got == Received::Something) take(worker);
  if (got != Received::End) return;
  // It has closed its socket: usually its process is ending and the pidfd tells next. If not, it is of no use any more.
  ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, w.socket(), nullptr);
  w.socketOpen = false;
  signalPidfd(w.pidfd.get(), SIGKILL); // changes nothing about a process that is ending
}

/// Everything that has arrived whole. False after a protocol error.
bool ProcessPool::take(const WorkerPtr& worker) {
  std::vector<Said> said;
  said.reserve(kMostSaid);
  WorkerProcess::Io& w = io(*worker);
  w.lastHeard = clock.now();
  bool sound = true;
  while (sound && !w.deaf) {
    const std::optional<wire::Frame> frame = w.reader.next();
    if (!frame) break;
    sound = takeFrame(worker, *frame, said);
    if (said.size() == kMostSaid) tell(worker, said);
  }
  if (!said.empty()) tell(worker, said);
  if (!sound) protocolError(*worker, "it sent a message that does not fit");
  if (!w.reader.error().empty()) protocolError(*worker, "it sent " + w.reader.error());
  return !w.deaf;
}

void ProcessPool::protocolError(WorkerProcess& worker, const std::string& what) {
  WorkerProcess::Io& w = io(worker);
  if (w.deaf) return;
  w.deaf = true;
  w.protocolError = what;
  MutexLock lock(anchor->mutex);
  doom(worker, Doom::Protocol, SIGKILL);
}

bool ProcessPool::takeFrame(const WorkerPtr& worker, const wire::Frame& frame, std::vector<Said>& said) {
  WorkerProcess::Io& w = io(*worker);
  ProcessTask* const running = w.running;
  const auto isRunning = [&](wire::Ticket ticket) { return running && running->ticket == ticket; };
  const auto note = [&](EventKind kind, std::int64_t stamp) -> Event& {
    Event event;
    event.kind = kind, event.task = running->block.id.value(), event.slot = worker->slot;
    return said.emplace_back(Said{Said::What::Note, running, event, stamp}).event;
  };
  switch (frame.tag) {
  case wire::Tag::Hello:
    if (const auto hello = wire::decodeHello(frame.body)) return greeted(worker, *hello);
    return false;
  case wire::Tag::Started:
    if (const auto m = wire::decodeStarted(frame.body)) {
      if (running) return false;
      {
        MutexLock lock(anchor->mutex);
        w.running = held(*worker).begin(m->ticket);
      }
      ProcessTask* task = w.running;
      if (!task) return false;
      said.push_back({Said::What::Started, task, {}, m->stamp});
      if (task->timeout)
        at(clock.now() + ns(*task->timeout),
           {.what = Timer::What::TaskDue, .due = 0, .worker = worker->number, .ticket = m->ticket});
      return true;
    }
    return false;
  case wire::Tag::Blocked:
    if (const auto m = wire::decodeBlocked(frame.body);
        m && isRunning(m->ticket) && m->reason <= static_cast<std::uint8_t>(BlockReason::Lock)) {
      note(EventKind::TaskBlocked, m->stamp).flag = m->reason;
      return true;
    }
    return false;
  case wire::Tag::Unblocked:
    if (const auto m = wire::decodeUnblocked(frame.body); m && isRunning(m->ticket)) {
      note(EventKind::TaskUnblocked, m->stamp);
      return true;
    }
    return false;
  case wire::Tag::Log:
    if (const auto m = wire::decodeLog(frame.body); m && isRunning(m->ticket)) {
      Event& event = note(EventKind::TaskLog, m->stamp);
      if (log) event.a = log->intern(repairUtf8(m->text)).value();
      if (options.onLog) quietly([&] { options.onLog(running->block.id, m->text); });
      return true;
    }
    return false;
  case wire::Tag::Client:
    if (const auto m = wire::decodeClient(frame.body); m && isRunning(m->ticket)) {
      for (const auto& [kind, bytes] :
           {std::pair{EventKind::ClientReceived, m->received}, {EventKind::ClientSent, m->sent}})
        if (bytes > 0) {
          Event& event = note(kind, m->stamp);
          event.d = m->client;
          event.setAb(static_cast<std::int64_t>(bytes));
          event.task = kind == EventKind::ClientReceived ? m->messages : 0;
        }
      return true;
    }
    return false;
  case wire::Tag::Sampled:
    if (const auto m = wire::decodeSampled(frame.body); m && isRunning(m->ticket) && m->cpu >= 0) {
      Event& event = note(EventKind::WorkerSampled, m->stamp);
      event.task = 0;
      event.setAb(m->cpu);
      return true;
    }
    return false;
  case wire::Tag::Result:
    if (const auto m = wire::decodeResult(frame.body)) return finished(worker, m->ticket, m->stamp, m->value, {}, said);
    return false;
  case wire::Tag::Error:
    if (const auto m = wire::decodeError(frame.body)) return finished(worker, m->ticket, m->stamp, {}, *m, said);
    return false;
  case wire::Tag::Bye:
    if (wire::decodeBye(frame.body)) {
      MutexLock lock(anchor->mutex);
      return held(*worker).phase == Phase::Leaving;
    }
    return false;
  default: // what only the pool says
    return false;
  }
}

bool ProcessPool::finished(const WorkerPtr& worker, wire::Ticket ticket, std::int64_t stamp, std::string_view value,
                           const std::optional<wire::Error>& error, std::vector<Said>& said) {
  WorkerProcess::Io& w = io(*worker);
  if (ticket == 0) { // the initializer
    if (!options.initializer || !w.greeted || std::exchange(w.initialized, true)) return false;
    if (!error) {
      ready(worker);
      return true;
    }
    {
      MutexLock lock(anchor->mutex);
      doom(*worker, Doom::Pool, SIGKILL);
    }
    breakPool("the initializer of " + worker->name + " failed: " + repairUtf8(error->what));
    return true;
  }
  ProcessTask* const task = w.running;
  if (!task || task->ticket != ticket) return false;
  TaskBlock& block = task->block;
  if (error) {
    block.setError(rebuildException(error->type, error->what, error->trace));
  } else {
    try {
      task->accept(value);
    } catch (const SerializationError&) {
      block.setError(std::current_exception());
    } catch (const std::exception& e) {
      block.setError(
          std::make_exception_ptr(SerializationError("the result cannot be decoded: " + std::string(textOf(e)))));
    } catch (...) {
      block.setError(std::make_exception_ptr(SerializationError("the result cannot be decoded")));
    }
  }
  w.running = nullptr;
  const TextId text = block.error() && log ? log->intern(repairUtf8(describe(block.error()))) : TextId{};
  said.push_back({Said::What::Finished, task, {}, stamp, text});
  return true;
}

/// Tells the scheduler what a worker said, gives it what comes next, and publishes what has ended.
void ProcessPool::tell(const WorkerPtr& worker, std::vector<Said>& said) {
  const std::int64_t now = monotonicNow(); // as the workers' stamps
  bool aheadOf = false;
  WorkerProcess::Io& w = io(*worker);
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    WorkerProcess::Held& h = held(*worker);
    for (Said& one : said) {
      TaskBlock& block = one.task->block;
      const std::int64_t lag = std::max<std::int64_t>(now - one.stamp, 0);
      switch (one.what) {
      case Said::What::Started:
        scheduler.started(block, lag, batch);
        w.startedAt = one.stamp;
        if (one.task->client) {
          Event served;
          served.kind = EventKind::ClientServed, served.task = block.id.value(), served.slot = worker->slot;
          served.d = one.task->client.value();
          scheduler.note(served, batch);
        }
        block.markUnderLock(FutureState::Running);
        break;
      case Said::What::Note:
        if (one.event.kind == EventKind::ClientReceived || one.event.kind == EventKind::ClientSent)
          one.event.c = static_cast<std::uint32_t>(std::min<std::int64_t>(lag, UINT32_MAX)); // d is the client
        else if (one.event.kind == EventKind::WorkerSampled)
          one.event.d = static_cast<std::uint32_t>(std::min<std::int64_t>(lag, UINT32_MAX));
        else
          one.event.setCd(lag);
        scheduler.note(one.event, batch);
        break;
      case Said::What::Finished:
        scheduler.finish(worker->slot, block.error() ? Outcome::Error : Outcome::Ok, one.text, batch, lag);
        ++publishing;
        h.forget(*one.task);
        h.shortTasks = one.stamp - w.startedAt < kShortTaskNs;
        break;
      }
      block.stamp = batch.stamp();
    }
    feed(worker, batch, todo);
    aheadOf = h.phase == Phase::Serving && scheduler.slots()[worker->slot].dispatched > 1;
  });
  for (const Said& one : said) {
    if (one.what == Said::What::Started) {
      one.task->body.reset(), one.task->descriptor.reset();
      if (const auto onStarted = std::exchange(one.task->onStarted, nullptr)) onStarted();
    }
    if (one.what == Said::What::Finished) publish(one.task->block, FutureState::Finished);
  }
  said.clear();
  if (aheadOf && !std::exchange(w.watchesUnstarted, true))
    at(now + kUnstartedNs, {.what = Timer::What::Unstarted, .due = 0, .worker = worker->number});
}

// --- Times

void ProcessPool::at(std::int64_t due, Timer timer) {
  timer.due = due;
  m_timers.push(timer);
}

int ProcessPool::untilNextTimer() const {
  if (m_timers.empty()) return -1;
  const std::int64_t left = m_timers.top().due - clock.now();
  if (left <= 0) return 0;
  return clock.isGiven() ? 1 : static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, 60'000)); // ms
}

void ProcessPool::runTimers() {
  while (!m_timers.empty() && m_timers.top().due <= clock.now()) {
    const Timer timer = m_timers.top();
    m_timers.pop();
    runTimer(timer);
  }
}

void ProcessPool::runTimer(const Timer& timer) {
  if (timer.what == Timer::What::Restart) {
    Scheduler::Errand slot;
    locked([&](EventBatch& batch, Todo&) { slot = scheduler.restart(timer.slot, batch); });
    if (slot) start(slot.take());
    return;
  }
  if (timer.what == Timer::What::RetrySpawn) {
    locked([&](EventBatch& batch, Todo& todo) {
      underLock();
      while (Scheduler::Errand slot = scheduler.retrySpawn(batch))
        todo.start.push_back(slot.take());
    });
    return;
  }
  if (timer.what == Timer::What::Stage) return nextStage();
  const auto found = m_workers.find(timer.worker);
  if (found == m_workers.end()) return;
  const WorkerPtr worker = found->second;
  switch (timer.what) {
  case Timer::What::HelloDue:
    if (!io(*worker).greeted) protocolError(*worker, "it did not say hello");
    break;
  case Timer::What::Kill:
    signalPidfd(io(*worker).pidfd.get(), SIGKILL);
    break;
  case Timer::What::TaskDue:
    taskDue(*worker, timer.ticket);
    break;
  case Timer::What::Unstarted:
    lookAfterUnstarted(worker);
    break;
  default:
    break;
  }
}

void ProcessPool::taskDue(WorkerProcess& worker, wire::Ticket ticket) {
  ProcessTask* const running = io(worker).running;
  if (!running || running->ticket != ticket) return; // it has ended
  bool doomed = false;
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    doomed = doomFor(*running, worker, Doom::Timeout, By::Timeout, batch, todo);
  });
  if (doomed) at(clock.now() + ns(options.grace), {.what = Timer::What::Kill, .due = 0, .worker = worker.number});
}

/// A worker was handed tasks ahead because its tasks were short. When one turns out long, the others go elsewhere.
void ProcessPool::lookAfterUnstarted(const WorkerPtr& worker) {
  const std::int64_t now = clock.now();
  bool left = false;
  WorkerProcess::Io& w = io(*worker);
  locked([&](EventBatch& batch, Todo& todo) {
    underLock();
    if (now - w.lastHeard >= kUnstartedNs && w.running) {
      held(*worker).shortTasks = false;
      takeBackUnstarted(*worker, batch);
      follow(scheduler.answerQueue(batch), batch, todo);
    }
    left = scheduler.slots()[worker->slot].dispatched > 0 && held(*worker).phase != Phase::Gone;
  });
  if (left)
    at(now + kUnstartedNs, {.what = Timer::What::Unstarted, .due = 0, .worker = worker->number});
  else
    w.watchesUnstarted = false;
}

} // namespace poolscope::detail
