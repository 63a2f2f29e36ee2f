#include "core/analysis/pool_latency.h"

#include <algorithm>

namespace poolscope {

void PoolLatency::add(const TaskRow& task) {
  const std::int64_t wait = task.waitedAt(task.finished), run = task.ranAt(task.finished);
  const std::int64_t still = task.blockedAt(task.finished);
  waited.record(wait);
  running.record(run - still);
  blocked.record(still);
  total.record(wait + run);
}

bool PoolLatency::advance(const Recording& recording, const TaskHistory& history, PoolId pool, std::uint64_t seq,
                          std::uint64_t most) {
  if (pool != m_pool || seq < m_seq) {
    *this = PoolLatency();
    m_pool = pool;
  }
  seq = std::min(seq, recording.size());
  const std::uint64_t end = most < seq - m_seq ? m_seq + most : seq;
  while (m_seq < end) {
    for (const Event& event : recording.from(m_seq).first(
             std::min<std::size_t>(recording.from(m_seq).size(), static_cast<std::size_t>(end - m_seq)))) {
      ++m_seq;
      if (event.kind != EventKind::TaskFinished || event.pool != pool) continue;
      const TaskRow* task = history.find(event.taskId());
      if (task != nullptr && task->finished == event.t) add(*task);
    }
  }
  return m_seq == seq;
}

} // namespace poolscope
