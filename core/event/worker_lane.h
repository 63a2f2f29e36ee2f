#pragma once

#include "core/base/chunked_vector.h"
#include "core/event/event.h"
#include "core/event/reading_track.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace poolscope {

/// What a worker slot was doing. Idle also where no worker was.
enum class LaneState : std::uint8_t { Idle, Computing, Blocked };

/// One task as its worker's lane holds it. `row` is its place in the TaskHistory.
struct LaneTask {
  std::int64_t begin;
  std::int64_t end = INT64_MAX; ///< INT64_MAX while it runs
  std::uint64_t row : 56;
  std::uint64_t outcome : 8; ///< an Outcome; None while it runs
};

/// What one worker slot did over time, in a form that is drawn at any zoom for the same price: the changes of state
/// (8 bytes each), over them a pyramid of the time computed and blocked in every 4, 16, 64 … changes, and beside them
/// the slot's tasks with a pyramid of their longest. Append-only: what was drawn once is never different later.
///
/// The pyramid stands over changes and not over stretches of time, so that its size follows the events alone: an idle
/// week costs nothing, a burst of microseconds stays exact.
/// Threads: owner.
class WorkerLane {
 public:
  struct Change {
    std::int64_t t;
    LaneState state;
  };

  /// From t on the slot is in `state`. t never falls; several at one time: the last holds.
  void set(std::int64_t t, LaneState state);
  void beginTask(std::int64_t t, std::uint64_t row);
  void endTask(std::int64_t t, Outcome outcome);
  bool runs(std::uint64_t row) const {
    return !m_tasks.empty() && m_tasks.back().end == INT64_MAX && m_tasks.back().row == row;
  }
  bool isBusy() const { return !m_tasks.empty() && m_tasks.back().end == INT64_MAX; }

  std::size_t changeCount() const { return m_changes.size(); }
  Change change(std::size_t i) const { return {m_changes[i] >> 2, static_cast<LaneState>(m_changes[i] & 3)}; }
  std::size_t changesUntil(std::int64_t t) const; ///< number of changes at or before t
  LaneState stateAt(std::int64_t t) const;
  /// Time computed and blocked in [begin, end), in ns.
  struct Busy {
    double computing = 0, blocked = 0;
  };
  Busy busy(std::int64_t begin, std::int64_t end) const;

  /// Tells in order of time what the slot did in [begin, end): `one(i, t, next, state)` for a change by itself, and
  /// `many(t, next, computing, blocked)` for several that together take no more than `finest` ns. Neither is clipped.
  template <class One, class Many>
  void visit(std::int64_t begin, std::int64_t end, std::int64_t finest, One&& one, Many&& many) const;

  const ChunkedVector<LaneTask, 6>& tasks() const { return m_tasks; }
  std::size_t firstTaskEndingAfter(std::int64_t t) const;
  const LaneTask* taskAt(std::int64_t t) const; ///< the task that runs at t, else null
  /// Tasks that overlap [begin, end) and take at least `least` ns (running ones always), in order.
  template <class F> void visitTasks(std::int64_t begin, std::int64_t end, std::int64_t least, F&& f) const;
  /// Places of the tasks that ended otherwise than well, in order: these are never folded away.
  const std::vector<std::uint32_t>& failures() const { return m_failures; }
  std::size_t firstFailureAt(std::int64_t t) const; ///< the first that ended at t or later, as a place in failures()

  /// Places in TaskHistory::workersOf() of the workers that lived in this slot, in order.
  std::vector<std::uint32_t> workers;
  ReadingTrack cpu;      ///< processor time of those workers
  ReadingTrack runDelay; ///< their time ready without a processor

 private:
  static constexpr std::size_t kFanShift = 2, kLevels = 14; // 4^14 changes are beyond any recording
  static constexpr std::size_t kTaskFanShift = 3, kTaskLevels = 9;
  /// What one group of 4^level changes did. It ends where the next group begins.
  struct Sum {
    std::int64_t begin;
    float computing, blocked;
  };
  std::int64_t endOf(std::size_t level, std::size_t group) const; // of a group that is complete
  void closeGroups();
  void closeTaskGroups();

  ChunkedVector<std::int64_t, 6> m_changes; // t << 2 | state
  std::array<ChunkedVector<Sum, 6>, kLevels> m_sums;
  ChunkedVector<LaneTask, 6> m_tasks;
  std::array<ChunkedVector<std::int64_t, 6>, kTaskLevels> m_longest;
  std::vector<std::uint32_t> m_failures;
};

template <class One, class Many>
void WorkerLane::visit(std::int64_t begin, std::int64_t end, std::int64_t finest, One&& one, Many&& many) const {
  const std::size_t n = m_changes.size();
  std::size_t i = changesUntil(begin);
  if (i > 0) --i;
  std::size_t level = 0; // the groups that were last small enough: neighbours are alike
  while (i < n) {
    const std::int64_t t = m_changes[i] >> 2;
    if (t >= end) return;
    while (level > 0) {
      const std::size_t group = i >> (kFanShift * level);
      if (group << (kFanShift * level) == i && group < m_sums[level - 1].size() && endOf(level, group) - t <= finest)
        break;
      --level;
    }
    while (level < kLevels) {
      const std::size_t group = i >> (kFanShift * (level + 1));
      if (group << (kFanShift * (level + 1)) != i || group >= m_sums[level].size() ||
          endOf(level + 1, group) - t > finest)
        break;
      ++level;
    }
    if (level == 0) {
      one(i, t, i + 1 < n ? m_changes[i + 1] >> 2 : INT64_MAX, static_cast<LaneState>(m_changes[i] & 3));
      ++i;
    } else {
      const std::size_t group = i >> (kFanShift * level);
      const Sum& sum = m_sums[level - 1][group];
      many(t, endOf(level, group), sum.computing, sum.blocked);
      i = (group + 1) << (kFanShift * level);
    }
  }
}

template <class F> void WorkerLane::visitTasks(std::int64_t begin, std::int64_t end, std::int64_t least, F&& f) const {
  const std::size_t n = m_tasks.size();
  std::size_t i = firstTaskEndingAfter(begin);
  while (i < n) {
    std::size_t level = 0;
    while (level < kTaskLevels) { // the largest group from here on that holds nothing long
      const std::size_t group = i >> (kTaskFanShift * (level + 1));
      if (group << (kTaskFanShift * (level + 1)) != i || group >= m_longest[level].size() ||
          m_longest[level][group] >= least)
        break;
      ++level;
    }
    if (level > 0) {
      i += std::size_t{1} << (kTaskFanShift * level);
      continue;
    }
    const LaneTask& task = m_tasks[i];
    if (task.begin >= end) return;
    if (task.end == INT64_MAX || task.end - task.begin >= least) f(task);
    ++i;
  }
}

} // namespace poolscope
