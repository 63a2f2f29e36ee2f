#include "ui/timeline/lane_fold.h"

#include <algorithm>
#include <cmath>

namespace poolscope::ui {

/// Adds to each column that [left, right) meets its part of `amount`, which is in pixels.
void LaneFold::add(std::vector<float>& share, double left, double right, double amount) {
  const int last = static_cast<int>(share.size()) - 1;
  const int first = std::clamp(static_cast<int>(left), 0, last);
  const int end = std::clamp(static_cast<int>(right), 0, last);
  if (first == end || right <= left) {
    share[static_cast<std::size_t>(first)] += static_cast<float>(amount);
    return;
  }
  const double density = amount / (right - left);
  for (int column = first; column <= end; ++column)
    share[static_cast<std::size_t>(column)] +=
        static_cast<float>(density * (std::min<double>(column + 1, right) - std::max<double>(column, left)));
}

/// Something narrow lies in the column.
void LaneFold::touch(int column) {
  if (!m_runs.empty() && m_runs.back().right >= column) {
    m_runs.back().right = std::max(m_runs.back().right, column + 1);
  } else {
    m_runs.push_back({column, column + 1});
  }
  m_reached = std::max(m_reached, column + 1);
}

void LaneFold::fold(const WorkerLane& lane, const TimeAxis& axis, std::int64_t from, std::int64_t until) {
  const auto width = static_cast<std::size_t>(axis.width);
  m_wide.clear();
  m_runs.clear();
  m_computing.assign(width, 0);
  m_blocked.assign(width, 0);
  m_reached = 0;
  const std::int64_t begin = std::max(axis.begin, from), end = std::min(axis.end(), until);
  if (begin >= end) return;
  const double scale = double(axis.width) / double(axis.span);
  const auto pixel = [&](std::int64_t t) { return double(t - axis.begin) * scale; };
  const auto narrow = [&](double left, double right, double computing, double blocked) {
    if (computing <= 0 && blocked <= 0) return;
    if (computing > 0) add(m_computing, left, right, computing * scale);
    if (blocked > 0) add(m_blocked, left, right, blocked * scale);
    const int last = static_cast<int>(std::min<double>(right, axis.width - 1));
    for (int column = static_cast<int>(left); column <= last; ++column)
      if (column < right || column == static_cast<int>(left)) touch(column);
  };
  const auto one = [&](std::size_t, std::int64_t t, std::int64_t next, LaneState state) {
    t = std::max(t, begin);
    const bool open = next > end;
    next = std::min(next, end);
    if (state == LaneState::Idle || next <= t) return;
    const double left = pixel(t), right = pixel(next);
    const bool computes = state == LaneState::Computing;
    if (right - left < 2) {
      const auto length = static_cast<double>(next - t);
      return narrow(left, right, computes ? length : 0, computes ? 0 : length);
    }
    // Its ends lie inside columns that others may share: there it counts with its part.
    const int first = std::max(static_cast<int>(left), m_reached);
    const int last = std::min(static_cast<int>(right), axis.width);
    std::vector<float>& share = computes ? m_computing : m_blocked;
    if (first > static_cast<int>(left)) add(share, left, first, first - left);
    if (last < axis.width) add(share, last, right, right - last);
    if (last > first) m_wide.push_back({first, last, state, open});
  };
  lane.visit(begin, end, axis.perPixel(), one,
             [&](std::int64_t t, std::int64_t next, double computing, double blocked) {
               narrow(pixel(std::max(t, begin)), pixel(std::min(next, end)), computing, blocked);
             });
}

} // namespace poolscope::ui
