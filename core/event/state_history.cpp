#include "core/event/state_history.h"

#include "core/base/clock.h"

#include <algorithm>

namespace poolscope {

namespace {

/// What copying the state costs, in events folded: a checkpoint is made only when as many events have come, so that
/// all copies together cost no more than the fold, also with thousands of pools.
std::uint64_t weightOf(const PoolState& state) {
  std::uint64_t weight = 4 * state.pools.size() + state.callers.size() + state.clients.size() + state.servers.size();
  for (const PoolLive& pool : state.pools)
    weight += pool.slots.size() + 2 * pool.exceptions.size();
  return weight;
}

} // namespace

StateHistory::StateHistory(const Recording& recording, std::uint64_t checkpointEvery)
    : m_recording(recording), m_checkpointEvery(std::max<std::uint64_t>(checkpointEvery, 1)) {}

bool StateHistory::advance(std::chrono::nanoseconds budget) {
  constexpr std::uint64_t kLookAtClockEvery = 256; // some 10 µs of folding
  const bool bounded = budget != std::chrono::nanoseconds::max();
  const std::int64_t deadline = bounded ? monotonicNow() + budget.count() : kNever;
  for (;;) {
    std::span<const Event> events = m_recording.from(m_live.seq);
    if (events.empty()) return true;
    if (bounded) events = events.first(std::min<std::size_t>(events.size(), kLookAtClockEvery));
    for (const Event& event : events) {
      StateFold::extend(m_live, m_tasks, event);
      m_lanes.append(event, m_tasks);
      if (m_live.seq - m_lastCheckpoint >= m_checkpointEvery) checkpoint();
    }
    if (bounded && monotonicNow() >= deadline) return m_live.seq == m_recording.size();
  }
}

void StateHistory::checkpoint() {
  const std::uint64_t weight = weightOf(m_live);
  if (m_live.seq - m_lastCheckpoint < weight) return;
  m_checkpoints.emplace(m_live.seq, m_live);
  m_lastCheckpoint = m_live.seq;
}

PoolState StateHistory::stateAfter(std::uint64_t count) const {
  count = std::min(count, m_live.seq);
  if (count == m_live.seq) return m_live;
  const auto next = m_checkpoints.upper_bound(count);
  PoolState state = next == m_checkpoints.begin() ? PoolState{} : std::prev(next)->second;
  while (state.seq < count) {
    const std::span<const Event> events = m_recording.from(state.seq);
    for (const Event& event : events.first(std::min<std::uint64_t>(events.size(), count - state.seq)))
      StateFold::apply(state, m_tasks, event);
  }
  return state;
}

PoolState StateHistory::stateAt(std::int64_t time) const {
  return stateAfter(m_recording.countUntil(time));
}

} // namespace poolscope
