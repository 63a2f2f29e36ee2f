#pragma once

#include "core/event/pool_state.h"

namespace poolscope {

/// The half of the fold that writes the append-only history. StateFold::extend() calls it around the step of the live
/// state: before() while the state does not know the event yet, after() when it does.
/// Threads: owner.
class HistoryFold {
 public:
  HistoryFold(TaskHistory& history, const PoolState& state) : m_history(history), m_state(state) {}
  void before(const Event& event);
  void after(const Event& event);

 private:
  using PoolHistory = TaskHistory::PoolHistory;
  PoolHistory& poolHistory(PoolId id);
  TaskRow& row(const Event& event);
  WorkerSpan& worker(PoolHistory& pool, SlotIndex slot, bool fresh);
  void submitted(const Event& event);
  void started(TaskRow& row, const Event& event);
  void finished(TaskRow& row, const Event& event);
  void taskEvent(const Event& event);
  void workerEvent(const Event& event);
  void callerEvent(const Event& event);
  void clientEvent(const Event& event);
  void endSnapshot(const Event& event);
  std::uint32_t queuePosition(const Event& event) const;
  void leaveLine(TaskRow& row) const;
  void mustBe(bool condition, const Event& event, const char* sentence);

  TaskHistory& m_history;
  const PoolState& m_state;
};

/// What a client's event changes in its row, in the history and in the live state alike.
void applyToClient(ClientRow& row, const Event& event);

} // namespace poolscope
