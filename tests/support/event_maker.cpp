#include "tests/support/event_maker.h"

#include <algorithm>
#include <sstream>

namespace poolscope::test {

namespace {

Event make(EventKind kind, std::uint32_t pool, std::uint64_t task, SlotIndex slot, std::uint8_t flag) {
  Event event;
  event.kind = kind;
  event.pool = PoolId{pool};
  event.task = task;
  event.slot = slot;
  event.flag = flag;
  return event;
}

const char* phaseName(const WorkerState& worker) {
  switch (worker.phase) {
  case WorkerPhase::Vacant:
    return "vacant";
  case WorkerPhase::Starting:
    return "starting";
  case WorkerPhase::Idle:
    return "idle";
  case WorkerPhase::Running:
    return "running";
  case WorkerPhase::Blocked:
    return "blocked";
  case WorkerPhase::Failed:
    return "failed";
  }
  return "?";
}

} // namespace

EventMaker& EventMaker::at(std::int64_t t) {
  m_next = t;
  return *this;
}

EventMaker& EventMaker::add(Event event) {
  event.t = m_next;
  m_next += 10;
  if (event.order == 0) event.order = ++m_order;
  m_recording.append(event);
  m_recording.publish();
  return *this;
}

EventMaker& EventMaker::opened(std::uint32_t pool, std::uint32_t target, WorkerKind kind) {
  Event event = make(EventKind::PoolOpened, pool, 0, kNoSlot, static_cast<std::uint8_t>(kind));
  event.b = target;
  return add(event);
}

EventMaker& EventMaker::resized(std::uint32_t pool, std::uint32_t from, std::uint32_t to) {
  Event event = make(EventKind::PoolResized, pool, 0, kNoSlot, 0);
  event.a = from, event.b = to;
  return add(event);
}

EventMaker& EventMaker::shutdownBegun(std::uint32_t pool, bool wait, bool cancel, std::uint32_t caller) {
  Event event = make(EventKind::PoolShutdownBegun, pool, 0, kNoSlot,
                     static_cast<std::uint8_t>((wait ? 1 : 0) | (cancel ? 2 : 0)));
  event.b = caller;
  return add(event);
}

EventMaker& EventMaker::submitted(std::uint32_t pool, std::uint64_t task, std::int16_t priority) {
  return add(make(EventKind::TaskSubmitted, pool, task, static_cast<SlotIndex>(priority), 0));
}

EventMaker& EventMaker::moved(std::uint32_t pool, std::uint64_t task, std::int64_t key) {
  Event event = make(EventKind::TaskMoved, pool, task, kNoSlot, 0);
  event.setAb(key);
  return add(event);
}

EventMaker& EventMaker::started(std::uint32_t pool, std::uint64_t task, SlotIndex slot) {
  return this->task(EventKind::TaskStarted, pool, task, slot);
}

EventMaker& EventMaker::blocked(std::uint32_t pool, std::uint64_t task, SlotIndex slot, BlockReason reason) {
  return this->task(EventKind::TaskBlocked, pool, task, slot, static_cast<std::uint8_t>(reason));
}

EventMaker& EventMaker::finished(std::uint32_t pool, std::uint64_t task, SlotIndex slot, Outcome outcome) {
  return this->task(EventKind::TaskFinished, pool, task, slot, static_cast<std::uint8_t>(outcome));
}

EventMaker& EventMaker::ready(std::uint32_t pool, SlotIndex slot, std::uint32_t generation) {
  worker(EventKind::WorkerStarting, pool, slot, 0, generation);
  Event event = make(EventKind::WorkerReady, pool, 0, slot, 0);
  event.a = 1000, event.b = 1001u + slot;
  return add(event);
}

EventMaker& EventMaker::task(EventKind kind, std::uint32_t pool, std::uint64_t task, SlotIndex slot,
                             std::uint8_t flag) {
  return add(make(kind, pool, task, slot, flag));
}

EventMaker& EventMaker::worker(EventKind kind, std::uint32_t pool, SlotIndex slot, std::uint8_t flag, std::uint32_t a) {
  Event event = make(kind, pool, 0, slot, flag);
  event.a = a;
  return add(event);
}

EventMaker& EventMaker::sampled(std::uint32_t pool, SlotIndex slot, std::int64_t cpuNs, std::int64_t delayNs,
                                std::uint8_t flag) {
  Event event;
  event.kind = EventKind::WorkerSampled, event.pool = PoolId{pool}, event.slot = slot, event.flag = flag;
  event.setAb(cpuNs);
  if (delayNs >= 0) event.flag |= kSampledDelay, event.task = static_cast<std::uint64_t>(delayNs);
  return add(event);
}

EventMaker& EventMaker::pool(EventKind kind, std::uint32_t pool) {
  return add(make(kind, pool, 0, kNoSlot, 0));
}

std::string describe(const PoolState& state, const TaskHistory& history, PoolId id) {
  const PoolLive* pool = state.pool(id);
  if (pool == nullptr) return "no pool";
  std::ostringstream text;
  text << "target " << pool->target << (pool->open ? "" : " closed") << (pool->shuttingDown ? " shutting down" : "")
       << (pool->gap ? " gap" : "") << ": ";
  for (const WorkerState& worker : pool->slots) {
    text << worker.slot << ' ' << phaseName(worker);
    if (worker.task) text << " #" << worker.task.value();
    if (worker.retiring) text << " retiring";
    text << ", ";
  }
  text << "queue";
  for (const TaskId task : state.queuedTasks(id, history, SIZE_MAX))
    text << ' ' << task.value();
  const PoolCounters& c = pool->counters;
  text << "; submitted " << c.submitted << " queued " << c.queued << " dispatched " << c.dispatched << " running "
       << c.running << " blocked " << c.blocked << " done " << c.done << " failed " << c.failed << " cancelled "
       << c.cancelled;
  return text.str();
}

std::string describe(const PoolState& state, const TaskHistory& history) {
  std::ostringstream text;
  text << "time " << state.time << " seq " << state.seq << " dropped " << state.dropped << '\n';
  for (const PoolLive& pool : state.pools) {
    text << "pool " << pool.id.value() << ": " << describe(state, history, pool.id) << "; opened " << pool.openedAt
         << " shutdown " << pool.shutdownAt << " closed " << pool.closedAt << " errno " << pool.spawnErrno << '\n';
    for (const WorkerState& worker : pool.slots)
      text << "  slot " << worker.slot << " generation " << worker.generation << " pid " << worker.pid << " tid "
           << worker.tid << " name " << worker.name.value() << " since " << worker.since << " finished "
           << worker.finishedTasks << " cpu " << worker.cpuNs << '\n';
  }
  for (const CallerLive& caller : state.callers)
    text << "caller " << caller.id.value() << (caller.blocked ? " blocked" : "") << " since " << caller.since << '\n';
  for (const ServerLive& server : state.servers)
    text << "server " << server.pool.value() << " port " << server.port << (server.listening ? " listening" : "")
         << '\n';
  std::vector<std::string> clients;
  for (const auto& [id, client] : state.clients) {
    std::ostringstream line;
    line << "client " << id.value() << " task " << client.task.value() << " in " << client.received << " out "
         << client.sent << '\n';
    clients.push_back(line.str());
  }
  std::sort(clients.begin(), clients.end());
  for (const std::string& line : clients)
    text << line;
  return text.str();
}

} // namespace poolscope::test
