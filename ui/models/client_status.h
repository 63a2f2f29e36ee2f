#pragma once

#include "core/analysis/waiting.h"
#include "core/event/pool_state.h"
#include "ui/theme/state_role.h"

#include <map>
#include <unordered_map>

namespace poolscope::ui {

/// Places in the queues of one moment, read once a pool however many ask. Threads: GUI thread.
class QueuePositions {
 public:
  /// `most`: how far back in a queue it looks.
  QueuePositions(const PoolState& state, const TaskHistory& history, std::size_t most = 10'000)
      : m_state(state), m_history(history), m_most(most) {}
  std::size_t of(PoolId pool, TaskId task); ///< 1 = the head; 0 when it is not queued, or further back than is read
  const Waiting& waiting(PoolId pool);      ///< what its queue waits for

 private:
  const PoolState& m_state;
  const TaskHistory& m_history;
  std::map<PoolId, std::unordered_map<TaskId, std::size_t>> m_places;
  const std::size_t m_most;
  std::map<PoolId, Waiting> m_waiting;
};

/// What a connected client is doing and why, computed from events: what every view says of it.
struct ClientStatus {
  enum class Stage : std::uint8_t {
    Connected, ///< accepted, and nothing further is known yet
    Queued,    ///< its task waits for a worker, or for the one that it was handed to
    Receiving, ///< its worker is blocked in recv: it waits for the client
    Sending,   ///< its worker is blocked in send: the client does not read
    Running,   ///< its worker has its task and is not blocked
    Idle,      ///< holds no worker and needs none now: served before, or a reactor's client that has said nothing
  };
  Stage stage = Stage::Connected;
  StateRole role = StateRole::Idle;
  std::size_t position = 0; ///< in the queue, 1 = the head; 0 where that is too far back to look, or it is handed
  bool handed = false;      ///< while it is queued: to a worker process that has not started it
  Waiting waiting;          ///< while it is queued: what its pool's queue waits for
  std::int64_t since = 0;   ///< when this stage began
  TextId worker;            ///< who serves it; none where nobody does
  SlotIndex slot = kNoSlot;

  static ClientStatus of(const ClientRow& client, const PoolState& state, const TaskHistory& history, std::int64_t now,
                         QueuePositions& positions);
};

} // namespace poolscope::ui
