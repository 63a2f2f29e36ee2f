#pragma once

#include "core/base/ids.h"
#include "core/event/pool_state.h"
#include "core/event/session_profile.h"
#include "core/event/worker_lane.h"

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace poolscope {

/// Tasks to which the same happened in quick succession: submits of one caller with nothing else of that caller between
/// them; cancellations of one pool.
struct TaskBurst {
  std::int64_t begin = 0, end = 0;
  TaskId first, last;
  std::uint64_t count = 0;
  PoolId pool;
};

/// What one caller did with its executors.
struct CallerLane {
  struct Shutdown {
    std::int64_t t;
    PoolId pool;
    bool waits, cancels;
  };
  CallerId id;
  ChunkedVector<TaskBurst, 4> bursts; ///< submits
  std::vector<std::uint32_t> spans;   ///< places in TaskHistory::callerSpans()
  std::vector<Shutdown> shutdowns;
  std::size_t spansAtBurst = 0; ///< spans there were at the last burst: a later one ends it
};

/// What everybody did, drawn from the events as they come: a lane a worker slot, a lane a caller, and the session's
/// profile. Append-only; read at any cursor, because everything in it carries its time.
///
/// Owned and fed by StateHistory, event by event, after the TaskHistory knows the event.
/// Threads: owner.
class Lanes {
 public:
  void append(const Event& event, const TaskHistory& history);

  const WorkerLane* worker(PoolId pool, SlotIndex slot) const;
  /// Number of slots of the pool that have or had a lane: 1 + the highest.
  std::size_t slotCount(PoolId pool) const;
  /// Tasks of the pool that ended without ever running, cancelled or lost with their worker: they have no lane.
  const ChunkedVector<TaskBurst, 4>& unstarted(PoolId pool) const;
  const std::deque<CallerLane>& callers() const { return m_callers; } ///< in order of their first act
  const SessionProfile& profile() const { return m_profile; }
  /// Grows when a lane, a worker or a caller appears: then the rows of a picture must be laid out anew.
  std::uint64_t shape() const { return m_shape; }

 private:
  struct PoolLanes {
    PoolId id;
    std::vector<std::unique_ptr<WorkerLane>> slots;
    std::size_t workers = 0; // of TaskHistory::workersOf(), that are known here
    std::uint32_t target = 0, alive = 0;
    std::uint32_t busy = 0; // workers that have a task
    WorkerKind kind = WorkerKind::Thread;
    bool open = true, inSnapshot = false;
    ChunkedVector<TaskBurst, 4> unstarted;
    std::vector<SlotIndex> untold; // while a snapshot is read: busy slots that it has not told of
    /// Of a pool in which nobody has a task, nothing: its slots are in no share of what others do.
    std::uint32_t capacity() const { return busy == 0 ? 0 : open ? std::max(target, alive) : alive; }
  };
  PoolLanes& pool(PoolId id);
  const PoolLanes* find(PoolId id) const;
  WorkerLane& lane(PoolLanes& pool, SlotIndex slot);
  CallerLane& caller(CallerId id);
  void task(PoolLanes& pool, const Event& event, const TaskHistory& history);
  void setState(PoolLanes& pool, WorkerLane& lane, std::int64_t t, LaneState state);
  void submitted(const Event& event);
  void callerBlocked(const Event& event, const TaskHistory& history);
  void poolEvent(PoolLanes& pool, const Event& event);
  void workerEvent(PoolLanes& pool, const Event& event, const TaskHistory& history);
  void sampled(const Event& event);

  std::deque<PoolLanes> m_pools;
  std::unordered_map<PoolId, std::uint32_t> m_poolPlaces; // of those that do not lie at place id − 1
  std::deque<CallerLane> m_callers;
  std::unordered_map<CallerId, std::uint32_t> m_callerPlaces;
  SessionProfile m_profile;
  std::uint32_t m_computing = 0, m_blocked = 0;
  std::uint32_t m_capacity = 0; // of the pools in which somebody is busy, now
  std::uint32_t m_capacityShown = 0;
  std::uint64_t m_shape = 0;
};

} // namespace poolscope
