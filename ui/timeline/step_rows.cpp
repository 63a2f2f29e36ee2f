#include "ui/timeline/step_rows.h"

#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_text.h"

#include <QPainter>

#include <algorithm>

namespace poolscope::ui {

namespace {

constexpr std::size_t kMostPools = 6; // lines in one row: more could not be told apart
constexpr int kTextRoom = 14;         // px above a line for its value

/// "pool 1": its number in the order of opening, as its threads' names count.
QString poolName(const Session& session, PoolId id) {
  const auto& pools = session.liveState().pools;
  const auto it = std::ranges::find(pools, id, &PoolLive::id);
  return TimelineText::tr("pool %1").arg(it - pools.begin());
}

using Column = StepPeaks::Column;

/// Horizontal pieces of one value, and the upright ones between them.
void paintLine(QPainter& painter, const std::vector<Column>& columns, const QRect& area, auto yOf, const QColor& color,
               int thickness, bool dashed) {
  int from = 0;
  for (int x = 1; x <= static_cast<int>(columns.size()); ++x) {
    const bool ends = x == static_cast<int>(columns.size());
    const Column& before = columns[static_cast<std::size_t>(x - 1)];
    if (!ends && columns[static_cast<std::size_t>(x)].last == before.last) continue;
    if (before.last >= 0) {
      const int y = yOf(before.last);
      for (int at = from; at < x; at += dashed ? 7 : x - from)
        painter.fillRect(area.left() + at, y, std::min(dashed ? 4 : x - from, x - at), thickness, color);
    }
    if (!ends && columns[static_cast<std::size_t>(x)].last >= 0) {
      const int y0 = yOf(std::max(before.last, 0)), y1 = yOf(columns[static_cast<std::size_t>(x)].last);
      if (before.last >= 0 && !dashed)
        painter.fillRect(area.left() + x, std::min(y0, y1), thickness, std::abs(y1 - y0) + thickness, color);
      else if (before.last >= 0)
        painter.fillRect(area.left() + x, std::min(y0, y1), 1, std::abs(y1 - y0), color);
    }
    from = x;
  }
}

} // namespace

// --- StepPeaks

void StepPeaks::follow(const StepLine& line) {
  // The last point may still change, so a block counts when a point lies behind it.
  while ((m_peaks.size() + 1) * kBlock < line.size()) {
    std::uint32_t most = 0;
    for (std::size_t i = m_peaks.size() * kBlock; i < (m_peaks.size() + 1) * kBlock; ++i)
      most = std::max(most, line[i].value);
    m_peaks.push_back(most);
  }
}

std::vector<StepPeaks::Column> StepPeaks::columns(const StepLine& line, const TimeAxis& axis,
                                                  std::int64_t until) const {
  std::vector<Column> columns(static_cast<std::size_t>(std::max(axis.width, 0)));
  std::size_t next = static_cast<std::size_t>(
      std::partition_point(line.begin(), line.end(), [&](const StepPoint& p) { return p.t <= axis.begin; }) -
      line.begin());
  int value = next > 0 ? static_cast<int>(line[next - 1].value) : -1;
  for (std::size_t x = 0; x < columns.size(); ++x) {
    if (axis.time(static_cast<double>(x)) > until) break;
    const std::int64_t end = std::min(axis.time(static_cast<double>(x + 1)), until + 1);
    int most = value;
    while (next < line.size() && line[next].t < end) {
      if (next % kBlock == 0 && next / kBlock < m_peaks.size() && line[next + kBlock].t < end) {
        most = std::max(most, static_cast<int>(m_peaks[next / kBlock]));
        next += kBlock;
        value = static_cast<int>(line[next - 1].value);
        continue;
      }
      value = static_cast<int>(line[next++].value);
      most = std::max(most, value);
    }
    columns[x] = {value, most};
  }
  return columns;
}

// --- StepRows

void StepRows::paint(QPainter& painter, const Session& session, const TimeAxis& axis, const QRect& area, Row row) {
  struct Line {
    PoolId pool;
    std::vector<Column> columns;
    bool current;
  };
  const bool depth = row == Row::Depth;
  const TaskHistory& history = session.history();
  const PoolId current = session.currentPool();
  std::vector<Line> lines;
  const auto add = [&](const PoolLive& pool) {
    Peaks& peaks = m_peaks[pool.id];
    const StepLine& line = depth ? history.queueDepth(pool.id) : history.poolSize(pool.id);
    StepPeaks& followed = depth ? peaks.depth : peaks.size;
    followed.follow(line);
    const PoolLive* live = session.liveState().pool(pool.id);
    const std::int64_t closed = live && !live->open ? live->closedAt : kNever;
    lines.push_back({pool.id, followed.columns(line, axis, std::min(session.end(), closed)), pool.id == current});
  };
  // A thread a connection: there is no size.
  const auto isUnbounded = [&](const PoolLive& pool) { return !depth && pool.target == 0; };
  const auto& pools = session.liveState().pools;
  for (auto pool = pools.rbegin(); pool != pools.rend() && lines.size() < kMostPools; ++pool) {
    const bool visible =
        pool->openedAt < std::min(axis.end(), session.end()) && (pool->open || pool->closedAt > axis.begin);
    if (pool->id != current && visible && !isUnbounded(*pool) && !history.poolSize(pool->id).empty()) add(*pool);
  }
  const PoolLive* shown = session.liveState().pool(current);
  const bool unbounded = shown && isUnbounded(*shown);
  if (shown && !unbounded) add(*shown); // last: on top

  int most = depth ? 1 : 2;
  for (const Line& line : lines)
    for (const Column& column : line.columns)
      most = std::max(most, column.most);
  const int bottom = area.bottom() - 3, height = area.height() - kTextRoom - 4;
  const auto yOf = [&](int value) { return bottom - static_cast<int>(std::int64_t{height} * value / most); };
  painter.fillRect(area.left(), area.bottom(), area.width(), 1, themeColor(ColorRole::Grid));

  for (const Line& line : lines) {
    if (depth && line.current) { // the area under the greatest depth of each pixel
      for (int x = 0; x < static_cast<int>(line.columns.size()); ++x) {
        const int value = line.columns[static_cast<std::size_t>(x)].most;
        if (value > 0)
          painter.fillRect(area.left() + x, yOf(value), 1, bottom - yOf(value) + 2, themeColor(ColorRole::Depth));
      }
    }
    const QColor color = !line.current ? themeColor(ColorRole::Muted)
                         : depth       ? themeState(StateRole::Queued).edge
                                       : themeColor(ColorRole::Text);
    paintLine(painter, line.columns, area, yOf, color, line.current ? 2 : 1, !line.current);
  }

  // Texts: the current pool's at its steps, another's once, before its line begins or above it.
  std::vector<QRect> taken;
  const auto write = [&](int x, int y, const QString& text, bool before, const QColor& color) {
    painter.setFont(Theme::instance().font(FontRole::Label, text));
    const int width = painter.fontMetrics().horizontalAdvance(text);
    QRect rect(before ? x - width - 5 : x + 3, std::max(y, area.top()), width, kTextRoom - 1);
    if (rect.left() < area.left() || rect.right() > area.right()) return false;
    for (const QRect& other : taken)
      if (other.adjusted(-6, 0, 6, 0).intersects(rect)) return false;
    taken.push_back(rect);
    painter.fillRect(rect.adjusted(-1, 1, 1, -1), themeColor(ColorRole::Window)); // lines do not run through it
    painter.setPen(color);
    painter.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, text);
    return true;
  };
  if (unbounded) {
    const QString text = TimelineText::tr("no bound: a thread for each connection");
    const int x = area.left() + std::max(0, axis.pixel(shown->openedAt)), y = area.center().y() - kTextRoom / 2;
    const QColor color = themeColor(ColorRole::Muted);
    if (!write(x, y, text, false, color)) write(x, y, text, true, color);
  }
  std::ranges::reverse(lines); // the current one first: it has the better claim
  for (const Line& line : lines) {
    const auto& columns = line.columns;
    int first = -1, peak = 0, before = -1;
    QStringList values;
    for (int x = 0; x < static_cast<int>(columns.size()); ++x) {
      const Column& column = columns[static_cast<std::size_t>(x)];
      if (column.last < 0) continue;
      if (first < 0) first = x;
      peak = std::max(peak, column.most);
      if (column.last == before) continue;
      values << QString::number(column.last);
      if (line.current && (column.last > 0 || !depth)) {
        // A peak within the pixel is the value to tell; else what holds from here on.
        const int shown = column.most > std::max(before, column.last) ? column.most : column.last;
        const QString value = QString::number(shown);
        const bool named = lines.size() > 1 && before < 0 && !depth;
        const QString text = named ? poolName(session, line.pool) + QStringLiteral(": ") + value : value;
        write(area.left() + x, yOf(shown) - kTextRoom + 1, text, false, themeColor(ColorRole::Text));
      }
      before = column.last;
    }
    if (line.current || first < 0 || (depth && peak == 0)) continue;
    const QString told = depth                ? formatCount(static_cast<std::uint64_t>(peak))
                         : values.size() <= 5 ? values.join(QStringLiteral(" → "))
                                              : values.front() + QStringLiteral(" … ") + values.back();
    const QString text = poolName(session, line.pool) + QStringLiteral(": ") + told;
    const int y = yOf(depth ? peak : columns[static_cast<std::size_t>(first)].last);
    if (!write(area.left() + first, y - 6, text, true, themeColor(ColorRole::Muted)))
      write(area.left() + first, y - kTextRoom + 1, text, false, themeColor(ColorRole::Muted));
  }
}

} // namespace poolscope::ui
