#include "core/event/reading_track.h"

#include "core/event/worker_lane.h"

#include <algorithm>

namespace poolscope {

void ReadingTrack::begin(std::int64_t t, bool fromZero) {
  m_alive = true, m_counterKnown = fromZero, m_outside = false;
  m_counter = 0;
  if (fromZero && lastTime() < t) m_readings.push_back({t, m_readings.empty() ? 0 : m_readings.back().sum});
}

void ReadingTrack::add(std::int64_t t, std::int64_t counter, bool outside, std::int64_t most) {
  if (!m_alive) return;
  t = std::max(t, lastTime());
  constexpr std::int64_t kFarthest = std::int64_t{1} << 62; // only a damaged file goes beyond
  if (counter < 0 || counter > kFarthest) return;
  const std::int64_t growth = m_counterKnown ? counter - m_counter : 0;
  if (growth < 0 || growth > most) return; // two read it at once, and told it in the other order; or another's
  if (!m_readings.empty() && growth > kFarthest - m_readings.back().sum) return;
  m_counter = counter, m_counterKnown = true, m_outside = outside, m_empty = false;
  if (lastTime() == t)
    m_readings.back().sum += growth;
  else
    m_readings.push_back({t, (m_readings.empty() ? 0 : m_readings.back().sum) + growth});
}

double ReadingTrack::sumAt(const WorkerLane& lane, std::int64_t t) const {
  const auto after = std::partition_point(m_readings.begin(), m_readings.end(),
                                          [t](const Reading& reading) { return reading.t <= t; });
  if (after == m_readings.begin()) return static_cast<double>(after->sum);
  const Reading& before = *(after - 1);
  if (after == m_readings.end() || after->sum == before.sum) return static_cast<double>(before.sum);
  const auto growth = static_cast<double>(after->sum - before.sum);
  const double computing = lane.busy(before.t, after->t).computing;
  if (growth <= computing)
    return static_cast<double>(before.sum) + growth * lane.busy(before.t, t).computing / computing;
  const double length = std::min(growth, static_cast<double>(after->t - before.t));
  const double left = std::min(static_cast<double>(after->t - t), length);
  return static_cast<double>(after->sum) - growth * left / length;
}

TimeUse ReadingTrack::within(const WorkerLane& lane, std::int64_t begin, std::int64_t end) const {
  TimeUse use;
  if (begin >= end) return use;
  use.known = use.length = static_cast<double>(end - begin);
  if (m_readings.empty()) {
    use.known -= lane.busy(begin, end).computing;
    return use;
  }
  use.known -= lane.busy(begin, std::min(end, m_readings.front().t)).computing;
  const std::int64_t silent = std::max(begin, lastTime());
  use.known -= lane.busy(m_outside ? std::max(silent, end - kFreshNs) : silent, end).computing;
  use.used = sumAt(lane, end) - sumAt(lane, begin);
  return use;
}

} // namespace poolscope
