#pragma once

#include "core/event/pool_state.h"
#include "ui/theme/state_role.h"

#include <map>
#include <unordered_map>

namespace poolscope::ui {

/// Places in the queues of one moment, read once a pool however many ask. Threads: GUI thread.
class QueuePositions {
 public:
  QueuePositions(const PoolState& state, const TaskHistory& history) : m_state(state), m_history(history) {}
  std::size_t of(PoolId pool, TaskId task); ///< 1 = the head; 0 when it is not queued, or further back than is read
  /// How many clients hold a worker of the pool, where they hold all of them; else 0.
  std::size_t holders(PoolId pool);

 private:
  const PoolState& m_state;
  const TaskHistory& m_history;
  std::map<PoolId, std::unordered_map<TaskId, std::size_t>> m_places;
  std::map<PoolId, std::size_t> m_holders;
};

/// What a connected client is doing and why, computed from events: what every view says of it.
struct ClientStatus {
  enum class Stage : std::uint8_t {
    Connected, ///< accepted, and nothing further is known yet
    Queued,    ///< its task waits for a worker
    Receiving, ///< its worker is blocked in recv: it waits for the client
    Sending,   ///< its worker is blocked in send: the client does not read
    Computing, ///< its worker computes
    Idle,      ///< holds no worker and needs none now: served before, or a reactor's client that has said nothing
  };
  Stage stage = Stage::Connected;
  StateRole role = StateRole::Idle;
  std::size_t position = 0; ///< in the queue, 1 = the head
  std::size_t holders = 0;  ///< while it is queued: clients that hold every worker of its pool; 0: not all are held
  std::int64_t since = 0;   ///< when this stage began
  TextId worker;            ///< who serves it; none where nobody does
  SlotIndex slot = kNoSlot;

  /// Without `positions` a queued client's place and who holds the workers are left out.
  static ClientStatus of(const ClientRow& client, const PoolState& state, const TaskHistory& history, std::int64_t now,
                         QueuePositions* positions = nullptr);
};

} // namespace poolscope::ui
