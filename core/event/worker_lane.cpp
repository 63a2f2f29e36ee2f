#include "core/event/worker_lane.h"

#include <algorithm>

namespace poolscope {

std::int64_t WorkerLane::endOf(std::size_t level, std::size_t group) const {
  const auto& sums = m_sums[level - 1];
  if (group + 1 < sums.size()) return sums[group + 1].begin;
  return m_changes[(group + 1) << (kFanShift * level)] >> 2; // it is there: it completed the group
}

void WorkerLane::set(std::int64_t t, LaneState state) {
  const std::int64_t packed = t << 2 | static_cast<std::int64_t>(state);
  if (m_changes.empty()) {
    if (state != LaneState::Idle) m_changes.push_back(packed);
    return;
  }
  const std::int64_t last = m_changes.back();
  if ((last & 3) == static_cast<std::int64_t>(state)) return;
  if (last >> 2 == t) { // several at one time: the last holds
    const std::size_t n = m_changes.size();
    const bool opensGroup = (n - 1) % (std::size_t{1} << kFanShift) == 0; // its time ends the group before
    if (!opensGroup && n > 1 && (m_changes[n - 2] & 3) == static_cast<std::int64_t>(state))
      m_changes.pop_back();
    else
      m_changes.back() = packed;
    return;
  }
  m_changes.push_back(packed);
  if ((m_changes.size() - 1) % (std::size_t{1} << kFanShift) == 0) closeGroups();
}

/// The newest change begins a new group, so the one before it is complete; perhaps its parents are too.
void WorkerLane::closeGroups() {
  const std::size_t n = m_changes.size() - 1;
  for (std::size_t level = 1; level <= kLevels && n % (std::size_t{1} << (kFanShift * level)) == 0; ++level) {
    const std::size_t group = (n >> (kFanShift * level)) - 1;
    const std::size_t first = group << kFanShift;
    Sum sum{m_changes[group << (kFanShift * level)] >> 2, 0, 0};
    for (std::size_t i = first; i < first + (std::size_t{1} << kFanShift); ++i) {
      if (level > 1) {
        sum.computing += m_sums[level - 2][i].computing, sum.blocked += m_sums[level - 2][i].blocked;
        continue;
      }
      const auto length = static_cast<float>((m_changes[i + 1] >> 2) - (m_changes[i] >> 2));
      const auto state = static_cast<LaneState>(m_changes[i] & 3);
      if (state == LaneState::Computing) sum.computing += length;
      if (state == LaneState::Blocked) sum.blocked += length;
    }
    m_sums[level - 1].push_back(sum);
  }
}

std::size_t WorkerLane::changesUntil(std::int64_t t) const {
  const auto after = std::upper_bound(m_changes.begin(), m_changes.end(), t,
                                      [](std::int64_t at, std::int64_t change) { return at < change >> 2; });
  return static_cast<std::size_t>(after - m_changes.begin());
}

LaneState WorkerLane::stateAt(std::int64_t t) const {
  const std::size_t until = changesUntil(t);
  return until == 0 ? LaneState::Idle : change(until - 1).state;
}

WorkerLane::Busy WorkerLane::busy(std::int64_t begin, std::int64_t end) const {
  Busy sum;
  if (begin >= end) return sum;
  // Groups are taken whole, so the two ends are walked change by change: a group may reach over them.
  const std::size_t last = changesUntil(end - 1);
  const std::int64_t tail = last == 0 ? begin : std::max(begin, change(last - 1).t);
  const auto add = [&](std::int64_t t, std::int64_t next, LaneState state) {
    const auto length = static_cast<double>(std::min(next, end) - std::max(t, begin));
    if (state == LaneState::Computing) sum.computing += length;
    if (state == LaneState::Blocked) sum.blocked += length;
  };
  std::size_t i = changesUntil(begin);
  if (i > 0) --i;
  while (i < last) {
    std::size_t level = 0;
    while (level < kLevels) {
      const std::size_t group = i >> (kFanShift * (level + 1));
      if (group << (kFanShift * (level + 1)) != i || group >= m_sums[level].size() || (m_changes[i] >> 2) < begin ||
          endOf(level + 1, group) > tail)
        break;
      ++level;
    }
    if (level == 0) {
      add(m_changes[i] >> 2, i + 1 < m_changes.size() ? m_changes[i + 1] >> 2 : INT64_MAX,
          static_cast<LaneState>(m_changes[i] & 3));
      ++i;
      continue;
    }
    const Sum& group = m_sums[level - 1][i >> (kFanShift * level)];
    sum.computing += static_cast<double>(group.computing), sum.blocked += static_cast<double>(group.blocked);
    i += std::size_t{1} << (kFanShift * level);
  }
  return sum;
}

// --- Tasks

void WorkerLane::beginTask(std::int64_t t, std::uint64_t row) {
  if (runs(row)) return; // told again by a snapshot
  if (isBusy()) endTask(t, Outcome::Unknown);
  m_tasks.push_back({.begin = t, .end = INT64_MAX, .row = row, .outcome = 0});
  if ((m_tasks.size() - 1) % (std::size_t{1} << kTaskFanShift) == 0 && m_tasks.size() > 1) closeTaskGroups();
}

void WorkerLane::closeTaskGroups() {
  const std::size_t n = m_tasks.size() - 1;
  for (std::size_t level = 1; level <= kTaskLevels && n % (std::size_t{1} << (kTaskFanShift * level)) == 0; ++level) {
    const std::size_t first = ((n >> (kTaskFanShift * level)) - 1) << kTaskFanShift;
    std::int64_t longest = 0;
    for (std::size_t i = first; i < first + (std::size_t{1} << kTaskFanShift); ++i)
      longest = std::max(longest, level > 1 ? m_longest[level - 2][i] : m_tasks[i].end - m_tasks[i].begin);
    m_longest[level - 1].push_back(longest);
  }
}

void WorkerLane::endTask(std::int64_t t, Outcome outcome) {
  if (!isBusy()) return;
  LaneTask& task = m_tasks.back();
  task.end = t;
  task.outcome = static_cast<std::uint64_t>(outcome);
  if (outcome != Outcome::Ok) m_failures.push_back(static_cast<std::uint32_t>(m_tasks.size() - 1));
}

std::size_t WorkerLane::firstTaskEndingAfter(std::int64_t t) const {
  const auto it =
      std::partition_point(m_tasks.begin(), m_tasks.end(), [t](const LaneTask& task) { return task.end <= t; });
  return static_cast<std::size_t>(it - m_tasks.begin());
}

const LaneTask* WorkerLane::taskAt(std::int64_t t) const {
  const std::size_t i = firstTaskEndingAfter(t);
  return i < m_tasks.size() && m_tasks[i].begin <= t ? &m_tasks[i] : nullptr;
}

std::size_t WorkerLane::firstFailureAt(std::int64_t t) const {
  const auto it = std::partition_point(m_failures.begin(), m_failures.end(),
                                       [&](std::uint32_t place) { return m_tasks[place].end < t; });
  return static_cast<std::size_t>(it - m_failures.begin());
}

} // namespace poolscope
