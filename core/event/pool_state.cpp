#include "core/event/pool_state.h"

#include <algorithm>

namespace poolscope {

namespace {

/// Pools lie in order of opening and their ids usually count from 1: then this is one look.
template <class Pools, class Places>
auto findPool(Pools& pools, const Places& places, PoolId id) -> decltype(&pools[0]) {
  const std::size_t guess = std::size_t{id.value()} - 1; // 0 names nothing and finds nothing
  if (guess < pools.size() && pools[guess].id == id) return &pools[guess];
  const auto it = places.find(id);
  return it == places.end() ? nullptr : &pools[it->second];
}

/// The part of [begin, end) that lies before t.
std::int64_t spanUntil(std::int64_t begin, std::int64_t end, std::int64_t t) {
  if (begin == kNever || begin >= t) return 0;
  return std::max<std::int64_t>(std::min(end, t) - begin, 0);
}

} // namespace

// --- TaskRow

TaskPhase TaskRow::phaseAt(std::int64_t t) const {
  if (finished <= t && finished != kNever) {
    switch (outcome) {
    case Outcome::Ok:
      return TaskPhase::Done;
    case Outcome::Cancelled:
      return TaskPhase::Cancelled;
    case Outcome::Unknown:
      return TaskPhase::Unknown;
    default:
      return TaskPhase::Failed;
    }
  }
  if (t == kNever) --t; // "at the end": what never happened has not happened then either
  if (started <= t) return blockedSpanAt(t) != nullptr ? TaskPhase::Blocked : TaskPhase::Running;
  if (dispatched <= t || (firstDispatched <= t && requeued > t)) return TaskPhase::Dispatched;
  return submitted <= t ? TaskPhase::Queued : TaskPhase::Unborn;
}

std::int64_t TaskRow::waitedAt(std::int64_t t) const {
  const std::int64_t taken = dispatched != kNever ? dispatched : started != kNever ? started - startLag : finished;
  if (firstDispatched == kNever) return spanUntil(submitted, taken, t);
  return spanUntil(submitted, firstDispatched, t) + spanUntil(requeued, taken, t);
}

std::int64_t TaskRow::ranAt(std::int64_t t) const {
  if (started == kNever) return 0;
  return spanUntil(started - startLag, finished == kNever ? kNever : finished - finishLag, t);
}

std::int64_t TaskRow::blockedAt(std::int64_t t) const {
  std::int64_t sum = 0;
  for (const BlockedSpan& span : blocked) {
    if (span.begin - span.beginLag >= t) break;
    sum += spanUntil(span.begin - span.beginLag, span.end == kNever ? kNever : span.end - span.endLag, t);
  }
  return sum;
}

const BlockedSpan* TaskRow::blockedSpanAt(std::int64_t t) const {
  const auto after = std::upper_bound(blocked.begin(), blocked.end(), t,
                                      [](std::int64_t at, const BlockedSpan& span) { return at < span.begin; });
  if (after == blocked.begin()) return nullptr;
  const BlockedSpan& span = *(after - 1);
  return span.end > t ? &span : nullptr;
}

// --- TaskHistory

std::optional<std::uint64_t> TaskHistory::indexOf(TaskId id) const {
  if (!id) return {};
  const std::uint64_t guess = id.value() - 1;
  if (guess < m_tasks.size() && m_tasks[guess].id == id) return guess;
  const auto it = m_index.find(id);
  return it == m_index.end() ? std::nullopt : std::optional(it->second);
}

const TaskRow* TaskHistory::find(TaskId id) const {
  const auto index = indexOf(id);
  return index ? &m_tasks[*index] : nullptr;
}

const TaskHistory::PoolHistory* TaskHistory::poolHistory(PoolId id) const {
  return findPool(m_pools, m_poolPlaces, id);
}

const std::vector<std::uint64_t>& TaskHistory::tasksOf(PoolId pool) const {
  static const std::vector<std::uint64_t> none;
  const PoolHistory* history = poolHistory(pool);
  return history != nullptr ? history->tasks : none;
}

const std::vector<std::uint64_t>& TaskHistory::tasksOf(ClientId client) const {
  static const std::vector<std::uint64_t> none;
  const auto it = m_clientTasks.find(client);
  return it == m_clientTasks.end() ? none : it->second;
}

const TaskRow* TaskHistory::lastTaskOf(ClientId client, std::int64_t t) const {
  const auto& tasks = tasksOf(client);
  const auto after = std::ranges::upper_bound(tasks, t, {}, [&](std::uint64_t row) { return m_tasks[row].submitted; });
  return after == tasks.begin() ? nullptr : &m_tasks[*(after - 1)];
}

const std::vector<WorkerSpan>& TaskHistory::workersOf(PoolId pool) const {
  static const std::vector<WorkerSpan> none;
  const PoolHistory* history = poolHistory(pool);
  return history != nullptr ? history->workers : none;
}

namespace {
const StepLine kNoSteps;
}

const StepLine& TaskHistory::poolSize(PoolId pool) const {
  const PoolHistory* history = poolHistory(pool);
  return history != nullptr ? history->size : kNoSteps;
}

const StepLine& TaskHistory::queueDepth(PoolId pool) const {
  const PoolHistory* history = poolHistory(pool);
  return history != nullptr ? history->depth : kNoSteps;
}

const StepLine& TaskHistory::busy(PoolId pool) const {
  const PoolHistory* history = poolHistory(pool);
  return history != nullptr ? history->busy : kNoSteps;
}

const ClientRow* TaskHistory::findClient(ClientId id) const {
  const auto it = m_clientIndex.find(id);
  return it == m_clientIndex.end() ? nullptr : &m_clients[it->second];
}

// --- PoolState

const PoolLive* PoolState::pool(PoolId id) const {
  return findPool(pools, poolPlaces, id);
}

const WorkerState* PoolState::worker(PoolId id, SlotIndex slot) const {
  const PoolLive* found = pool(id);
  if (found == nullptr) return nullptr;
  const auto& slots = found->slots;
  if (slot < slots.size() && slots[slot].slot == slot) return &slots[slot];
  const auto it = std::lower_bound(slots.begin(), slots.end(), slot,
                                   [](const WorkerState& worker, SlotIndex at) { return worker.slot < at; });
  return it != slots.end() && it->slot == slot ? &*it : nullptr;
}

const CallerLive* PoolState::caller(CallerId id) const {
  const auto it = callerPlaces.find(id);
  return it == callerPlaces.end() ? nullptr : &callers[it->second];
}

const ServerLive* PoolState::server(PoolId id) const {
  const auto it = serverPlaces.find(id);
  return it == serverPlaces.end() ? nullptr : &servers[it->second];
}

std::vector<TaskId> PoolState::queuedTasks(PoolId id, const TaskHistory& history, std::size_t most) const {
  std::vector<TaskId> queued;
  const PoolLive* live = pool(id);
  if (live == nullptr) return queued;
  const auto& places = history.tasksOf(id);
  const std::uint64_t end = std::min<std::uint64_t>(live->queueEnd, places.size());
  std::uint64_t place = live->queueHead;
  const auto inLine = [&]() -> const TaskRow* {
    for (; place < end; ++place)
      if (const TaskRow& row = history.tasks()[places[place]]; row.leftLine >= seq) return &row;
    return nullptr;
  };
  auto exception = live->exceptions.begin();
  const TaskRow* next = inLine();
  while (queued.size() < most && (next != nullptr || exception != live->exceptions.end())) {
    const bool fromLine = exception == live->exceptions.end() ||
                          (next != nullptr && PoolLive::QueueKey{0, next->queueKey} <= exception->first);
    if (!fromLine) {
      queued.push_back((exception++)->second);
      continue;
    }
    queued.push_back(next->id);
    ++place;
    next = inLine();
  }
  return queued;
}

std::vector<TaskId> PoolState::lastQueuedTasks(PoolId id, const TaskHistory& history, std::size_t most) const {
  std::vector<TaskId> queued;
  const PoolLive* live = pool(id);
  if (live == nullptr) return queued;
  const auto& places = history.tasksOf(id);
  std::uint64_t place = std::min<std::uint64_t>(live->queueEnd, places.size());
  auto exception = live->exceptions.rbegin();
  while (queued.size() < most) {
    const TaskRow* last = nullptr;
    for (; place > live->queueHead && last == nullptr; --place)
      if (const TaskRow& row = history.tasks()[places[place - 1]]; row.leftLine >= seq) last = &row;
    const bool fromException = exception != live->exceptions.rend() &&
                               (last == nullptr || exception->first > PoolLive::QueueKey{0, last->queueKey});
    if (!fromException && last == nullptr) break;
    queued.push_back(fromException ? exception->second : last->id);
    if (fromException) ++exception;
    if (fromException && last != nullptr) ++place; // not taken yet
  }
  return queued;
}

PoolCounters PoolState::totals() const {
  PoolCounters sum;
  for (const PoolLive& live : pools) {
    const PoolCounters& c = live.counters;
    sum.submitted += c.submitted, sum.queued += c.queued, sum.dispatched += c.dispatched, sum.running += c.running;
    sum.blocked += c.blocked, sum.done += c.done, sum.failed += c.failed, sum.cancelled += c.cancelled;
  }
  return sum;
}

} // namespace poolscope
