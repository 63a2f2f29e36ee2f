#include "core/event/lanes.h"

#include <algorithm>

namespace poolscope {

namespace {
// What is further apart than this is told of one by one.
constexpr std::int64_t kBurstGap = 20'000'000;

void addTo(ChunkedVector<TaskBurst, 4>& bursts, const Event& event, bool mayJoin) {
  if (mayJoin && !bursts.empty()) {
    TaskBurst& last = bursts.back();
    if (last.pool == event.pool && event.t - last.end <= kBurstGap) {
      last.end = event.t, last.last = event.taskId(), ++last.count;
      return;
    }
  }
  bursts.push_back({event.t, event.t, event.taskId(), event.taskId(), 1, event.pool});
}
} // namespace

const Lanes::PoolLanes* Lanes::find(PoolId id) const {
  const std::size_t guess = std::size_t{id.value()} - 1;
  if (guess < m_pools.size() && m_pools[guess].id == id) return &m_pools[guess];
  const auto it = m_poolPlaces.find(id);
  return it == m_poolPlaces.end() ? nullptr : &m_pools[it->second];
}

Lanes::PoolLanes& Lanes::pool(PoolId id) {
  if (const PoolLanes* known = find(id)) return const_cast<PoolLanes&>(*known);
  if (id.value() != m_pools.size() + 1) m_poolPlaces.emplace(id, static_cast<std::uint32_t>(m_pools.size()));
  m_pools.emplace_back().id = id;
  ++m_shape;
  return m_pools.back();
}

WorkerLane& Lanes::lane(PoolLanes& pool, SlotIndex slot) {
  if (slot >= pool.slots.size()) pool.slots.resize(slot + 1u);
  auto& lane = pool.slots[slot];
  if (!lane) lane = std::make_unique<WorkerLane>(), ++m_shape;
  return *lane;
}

const WorkerLane* Lanes::worker(PoolId id, SlotIndex slot) const {
  const PoolLanes* pool = find(id);
  return pool != nullptr && slot < pool->slots.size() ? pool->slots[slot].get() : nullptr;
}

std::size_t Lanes::slotCount(PoolId id) const {
  const PoolLanes* pool = find(id);
  return pool != nullptr ? pool->slots.size() : 0;
}

const ChunkedVector<TaskBurst, 4>& Lanes::unstarted(PoolId id) const {
  static const ChunkedVector<TaskBurst, 4> none;
  const PoolLanes* pool = find(id);
  return pool != nullptr ? pool->unstarted : none;
}

CallerLane& Lanes::caller(CallerId id) {
  const auto [it, fresh] = m_callerPlaces.try_emplace(id, static_cast<std::uint32_t>(m_callers.size()));
  if (fresh) m_callers.emplace_back().id = id, ++m_shape;
  return m_callers[it->second];
}

// --- Events

void Lanes::append(const Event& event, const TaskHistory& history) {
  if (event.kind == EventKind::TaskSubmitted) return submitted(event);
  if (event.kind == EventKind::CallerBlocked) return callerBlocked(event, history);
  if (!event.pool) return;
  if (event.kind == EventKind::WorkerSampled) return sampled(event);
  const bool ofTask = event.kind >= EventKind::TaskStarted && event.kind <= EventKind::TaskCancelled;
  const bool ofPool = event.kind <= EventKind::PoolReleased || event.kind >= EventKind::SnapshotBegin;
  const bool ofWorker = event.kind >= EventKind::WorkerStarting && event.kind < EventKind::WorkerSampled;
  if (!ofTask && !ofPool && !ofWorker) return;
  PoolLanes& pool = this->pool(event.pool);
  m_capacity -= pool.capacity();
  if (ofTask)
    task(pool, event, history);
  else
    ofPool ? poolEvent(pool, event) : workerEvent(pool, event, history);
  m_capacity += pool.capacity();
  if (m_capacity > 0) m_capacityShown = m_capacity; // while nobody does anything, of those that did last
  m_profile.set(event.t, m_computing, m_blocked, m_capacityShown);
}

void Lanes::poolEvent(PoolLanes& pool, const Event& event) {
  switch (event.kind) {
  case EventKind::PoolOpened:
    pool.kind = static_cast<WorkerKind>(event.flag);
    [[fallthrough]];
  case EventKind::PoolResized:
    pool.target = event.b;
    break;
  case EventKind::PoolClosed:
    pool.open = false;
    break;
  case EventKind::PoolShutdownBegun:
    if (event.caller())
      caller(event.caller()).shutdowns.push_back({event.t, event.pool, (event.flag & 1) != 0, (event.flag & 2) != 0});
    break;
  case EventKind::SnapshotBegin: // it tells anew which workers there are, and which of them are busy
    pool.alive = 0;
    pool.inSnapshot = true;
    pool.untold.clear();
    for (std::size_t slot = 0; slot < pool.slots.size(); ++slot)
      if (pool.slots[slot] && pool.slots[slot]->isBusy()) pool.untold.push_back(static_cast<SlotIndex>(slot));
    break;
  case EventKind::SnapshotEnd: // what it did not tell of ended, nobody knows how
    for (const SlotIndex slot : pool.untold)
      setState(pool, lane(pool, slot), event.t, LaneState::Idle), lane(pool, slot).endTask(event.t, Outcome::Unknown);
    pool.untold.clear();
    pool.inSnapshot = false;
    break;
  default:
    break;
  }
}

void Lanes::setState(PoolLanes& pool, WorkerLane& lane, std::int64_t t, LaneState state) {
  const auto count = [this](LaneState of) -> std::uint32_t& {
    return of == LaneState::Computing ? m_computing : m_blocked;
  };
  const LaneState old = lane.changeCount() == 0 ? LaneState::Idle : lane.change(lane.changeCount() - 1).state;
  if (old == state) return;
  if (old != LaneState::Idle) --count(old), --pool.busy;
  if (state != LaneState::Idle) ++count(state), ++pool.busy;
  lane.set(t, state);
}

void Lanes::task(PoolLanes& pool, const Event& event, const TaskHistory& history) {
  const auto row = history.indexOf(event.taskId());
  if (!row) return;
  const bool ends = event.kind == EventKind::TaskFinished || event.kind == EventKind::TaskCancelled;
  if (ends && history.tasks()[*row].started == kNever) return addTo(pool.unstarted, event, true);
  const SlotIndex slot = event.slot != kNoSlot ? event.slot : history.tasks()[*row].slot;
  if (slot == kNoSlot) return;
  WorkerLane& lane = this->lane(pool, slot);
  if (event.kind == EventKind::TaskStarted) {
    std::erase(pool.untold, slot);
    lane.beginTask(event.t, *row);
    setState(pool, lane, event.t, LaneState::Computing);
    return;
  }
  if (!lane.runs(*row)) return; // it never started
  if (event.kind == EventKind::TaskBlocked) return setState(pool, lane, event.t, LaneState::Blocked);
  if (event.kind == EventKind::TaskUnblocked) return setState(pool, lane, event.t, LaneState::Computing);
  lane.endTask(event.t, history.tasks()[*row].outcome);
  setState(pool, lane, event.t, LaneState::Idle);
}

void Lanes::workerEvent(PoolLanes& pool, const Event& event, const TaskHistory& history) {
  const auto& workers = history.workersOf(event.pool);
  for (; pool.workers < workers.size(); ++pool.workers, ++m_shape) {
    WorkerLane& lane = this->lane(pool, workers[pool.workers].slot);
    lane.workers.push_back(static_cast<std::uint32_t>(pool.workers));
    const bool begins = event.kind == EventKind::WorkerStarting && !pool.inSnapshot; // else it was there before
    lane.cpu.begin(event.t, begins), lane.runDelay.begin(event.t, begins);
  }
  if (event.kind == EventKind::WorkerReady) ++pool.alive;
  if (event.kind != EventKind::WorkerExited) return;
  if (pool.alive > 0) --pool.alive;
  if (event.slot < pool.slots.size() && pool.slots[event.slot])
    pool.slots[event.slot]->cpu.end(), pool.slots[event.slot]->runDelay.end();
}

void Lanes::sampled(const Event& event) {
  const PoolLanes* pool = find(event.pool);
  if (pool == nullptr || event.slot >= pool->slots.size() || !pool->slots[event.slot]) return; // no such worker
  WorkerLane& lane = *pool->slots[event.slot];
  const std::int64_t t = event.t - event.d;
  const bool outside = (event.flag & kSampledOutside) != 0;
  // A thread computes no longer than time passes; what says so was read of the one before, and came late.
  constexpr std::int64_t kSlack = 10'000'000;
  const bool bounded = pool->kind == WorkerKind::Thread && lane.cpu.lastTime() != INT64_MIN;
  const std::int64_t most = bounded ? std::max<std::int64_t>(t - lane.cpu.lastTime(), 0) + kSlack : INT64_MAX;
  lane.cpu.add(t, event.ab(), outside, most);
  if (event.flag & kSampledDelay) lane.runDelay.add(t, static_cast<std::int64_t>(event.task & INT64_MAX), outside);
}

// --- Callers

void Lanes::submitted(const Event& event) {
  if (!event.caller() || event.task == 0) return;
  CallerLane& caller = this->caller(event.caller());
  addTo(caller.bursts, event, caller.spansAtBurst == caller.spans.size());
  caller.spansAtBurst = caller.spans.size();
}

void Lanes::callerBlocked(const Event& event, const TaskHistory& history) {
  if (history.callerSpans().empty()) return;
  caller(event.caller()).spans.push_back(static_cast<std::uint32_t>(history.callerSpans().size() - 1));
}

} // namespace poolscope
