#include "ui/timeline/step_rows.h"

#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_text.h"

#include <QPainter>

#include <algorithm>
#include <optional>

namespace poolscope::ui {

namespace {

constexpr std::size_t kMostPools = 6; // lines in one row: more could not be told apart
constexpr int kGap = 3;               // px between a step and its value
constexpr int kNarrowest = kGap + 5;  // px: no figure is narrower
constexpr int kPeakMark = 5;          // px of the sign at a peak
constexpr int kPeakDistance = 60;     // px between two that are told

/// "pool 1": its number in the order of opening, as its threads' names count.
QString poolName(const Session& session, PoolId id) {
  const auto& pools = session.liveState().pools;
  const auto it = std::ranges::find(pools, id, &PoolLive::id);
  return TimelineText::tr("pool %1").arg(it - pools.begin());
}

using Column = StepPeaks::Column;

/// A peak within the column that neither neighbour shows. Of the first column it is not known what came before.
bool isPeak(const StepRows::Columns& columns, int x) {
  const Column& here = columns[static_cast<std::size_t>(x)];
  return x > 0 && here.most > std::max(here.last, columns[static_cast<std::size_t>(x - 1)].last);
}

bool keepsOff(const QRect& rect, const std::vector<QRect>& taken) {
  return std::ranges::none_of(taken, [&](const QRect& other) { return other.adjusted(-6, 0, 6, 0).intersects(rect); });
}

void paintText(QPainter& painter, const QRect& rect, const QString& text, const QColor& color) {
  painter.setFont(Theme::instance().font(FontRole::Label, text));
  painter.fillRect(rect.adjusted(-1, 1, 1, -1), themeColor(ColorRole::Window)); // lines do not run through it
  painter.setPen(color);
  painter.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, text);
}

/// A sign that stands on the peak's height, in its column.
void paintPeakMark(QPainter& painter, int x, int y) {
  for (int row = 0; row < kPeakMark; ++row)
    painter.fillRect(x - row / 2, y - kPeakMark + row, 1 + row / 2 * 2, 1, themeColor(ColorRole::Muted));
}

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

/// A thread a connection: there is no size.
bool isUnbounded(const PoolLive& pool, StepRows::Row row) {
  return row == StepRows::Row::Size && pool.target == 0;
}

/// What is said of a pool that is not the current one, once, where its line begins: the sizes it had, or how deep its
/// queue ever was.
std::optional<StepLabel> otherPool(const StepRows::Columns& columns, StepRows::Row row) {
  StepLabel label{.column = -1, .rect = {}, .text = {}};
  int peak = 0, before = -1;
  QStringList values;
  for (int x = 0; x < static_cast<int>(columns.size()); ++x) {
    const Column& column = columns[static_cast<std::size_t>(x)];
    if (column.last < 0) continue;
    if (label.column < 0) label.column = x, label.value = column.last;
    peak = std::max(peak, column.most);
    if (column.last != before) values << QString::number(column.last);
    before = column.last;
  }
  const bool depth = row == StepRows::Row::Depth;
  if (label.column < 0 || (depth && peak == 0)) return {};
  if (depth) label.value = peak;
  label.text = depth                ? TimelineText::tr("at most %1").arg(formatCount(static_cast<std::uint64_t>(peak)))
               : values.size() <= 5 ? values.join(QStringLiteral(" → "))
                                    : values.front() + QStringLiteral(" … ") + values.back();
  return label;
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

StepRows::Columns StepRows::columnsOf(const Session& session, PoolId pool, const TimeAxis& axis, Row row) {
  Peaks& peaks = m_peaks[pool];
  const bool depth = row == Row::Depth;
  const StepLine& line = depth ? session.history().queueDepth(pool) : session.history().poolSize(pool);
  StepPeaks& followed = depth ? peaks.depth : peaks.size;
  followed.follow(line);
  const PoolLive* live = session.liveState().pool(pool);
  const std::int64_t closed = live && !live->open ? live->closedAt : kNever;
  return followed.columns(line, axis, std::min(session.end(), closed));
}

/// Those that are drawn, the current pool's last: it is on top.
std::vector<StepRows::Line> StepRows::lines(const Session& session, const TimeAxis& axis, Row row) {
  const PoolId current = session.currentPool();
  std::vector<Line> lines;
  const auto& pools = session.liveState().pools;
  for (auto pool = pools.rbegin(); pool != pools.rend() && lines.size() < kMostPools; ++pool) {
    const bool visible =
        pool->openedAt < std::min(axis.end(), session.end()) && (pool->open || pool->closedAt > axis.begin);
    if (pool->id != current && visible && !isUnbounded(*pool, row) && !session.history().poolSize(pool->id).empty())
      lines.push_back({.pool = pool->id, .columns = columnsOf(session, pool->id, axis, row)});
  }
  const PoolLive* shown = session.liveState().pool(current);
  if (shown && !isUnbounded(*shown, row))
    lines.push_back({.pool = current, .columns = columnsOf(session, current, axis, row), .current = true});
  return lines;
}

std::vector<StepLabel> StepRows::labels(const Columns& columns, const StepScale& scale, Row row, const QString& name,
                                        const TextWidth& widthOf, std::vector<QRect>& taken) {
  std::vector<StepLabel> labels;
  const int count = static_cast<int>(columns.size());
  const auto at = [&](int x) -> const Column& { return columns[static_cast<std::size_t>(x)]; };
  QString before = name.isEmpty() ? QString() : name + QStringLiteral(": ");
  const auto place = [&](StepLabel label, int x) {
    label.rect = scale.textAt(scale.area.left() + x, label.value, widthOf(label.text));
    if (label.rect.left() < scale.area.left() || label.rect.right() > scale.area.right()) return false;
    if (!keepsOff(label.rect, taken)) return false;
    taken.push_back(label.rect);
    labels.push_back(std::move(label));
    return true;
  };
  bool told = false;
  // The plain part of a level: from `x` to where it changes, or something higher came and went.
  for (int x = 0, end; x < count; x = end) {
    end = x + 1;
    const int value = at(x).last;
    while (end < count && at(end).last == value && !isPeak(columns, end))
      ++end;
    if (value < 0 || (value == 0 && row == Row::Depth)) continue;
    // Nothing is drawn behind the line's end: the text may go on there.
    const bool open = end == count || at(end).last < 0;
    const int room = open ? count - x : end - x;
    told = told && x > 0 && at(x - 1).last == value; // the same level, before a peak
    if (told || room < kNarrowest) continue;
    const QString figure = QString::number(value);
    for (const QString& text : {before + figure, figure}) {
      if (kGap + widthOf(text) > room || !place({.value = value, .column = x, .rect = {}, .text = text}, x + kGap))
        continue;
      if (text.size() > figure.size()) before.clear();
      told = true;
      break;
    }
  }
  // The highest peaks first: each is told with its sign, and where they crowd the lower ones are left out.
  std::vector<int> peaks;
  for (int x = 1; x < count; ++x)
    if (isPeak(columns, x)) peaks.push_back(x);
  std::ranges::stable_sort(peaks, std::greater(), [&](int x) { return at(x).most; });
  std::vector<int> shown;
  for (const int x : peaks) {
    if (std::ranges::any_of(shown, [x](int other) { return std::abs(other - x) < kPeakDistance; })) continue;
    const StepLabel label{.kind = StepLabel::Kind::Peak,
                          .value = at(x).most,
                          .column = x,
                          .rect = {},
                          .text = TimelineText::tr("peak %1").arg(at(x).most)};
    if (place(label, x + kPeakMark) || place(label, x - kPeakMark - widthOf(label.text))) shown.push_back(x);
  }
  return labels;
}

void StepRows::paint(QPainter& painter, const Session& session, const TimeAxis& axis, const QRect& area, Row row) {
  const bool depth = row == Row::Depth;
  std::vector<Line> lines = this->lines(session, axis, row);
  StepScale scale{.area = area, .most = depth ? 1 : 2};
  for (const Line& line : lines)
    for (const Column& column : line.columns)
      scale.most = std::max(scale.most, column.most);
  const auto yOf = [&](int value) { return scale.y(value); };
  const int bottom = scale.y(0);
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

  std::vector<QRect> taken;
  const TextWidth widthOf = [&](const QString& text) {
    return QFontMetrics(Theme::instance().font(FontRole::Label, text)).horizontalAdvance(text);
  };
  const auto write = [&](QRect rect, const QString& text) {
    if (rect.left() < area.left() || rect.right() > area.right() || !keepsOff(rect, taken)) return false;
    taken.push_back(rect);
    paintText(painter, rect, text, themeColor(ColorRole::Muted));
    return true;
  };
  const PoolLive* shown = session.liveState().pool(session.currentPool());
  if (shown && isUnbounded(*shown, row)) {
    const QString text = TimelineText::tr("no bound: a thread for each connection");
    const int x = area.left() + std::max(0, axis.pixel(shown->openedAt)), width = widthOf(text);
    const QRect rect(x + kGap, area.center().y() - px(StepScale::kTextRoom) / 2, width, px(StepScale::kTextRoom) - 1);
    if (!write(rect, text)) write(rect.translated(-width - 2 * kGap - 2, 0), text);
  }
  // The current one first: it has the better claim.
  if (!lines.empty() && lines.back().current) {
    const Line& line = lines.back();
    const QString name = lines.size() > 1 && !depth ? poolName(session, line.pool) : QString();
    for (const StepLabel& label : labels(line.columns, scale, row, name, widthOf, taken)) {
      const bool peak = label.kind == StepLabel::Kind::Peak;
      if (peak) paintPeakMark(painter, area.left() + label.column, scale.y(label.value));
      paintText(painter, label.rect, label.text, themeColor(peak ? ColorRole::Muted : ColorRole::Text));
    }
    lines.pop_back();
  }
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    if (const auto told = otherPool(line->columns, row)) {
      const QString text = poolName(session, line->pool) + QStringLiteral(": ") + told->text;
      const int x = area.left() + told->column, width = widthOf(text);
      const QRect above = scale.textAt(x + kGap, told->value, width);
      const QRect beside(x - width - 5, std::max(scale.y(told->value) - 6, area.top()), width, above.height());
      if (!write(beside, text)) write(above, text);
    }
}

QString StepRows::hover(const Session& session, const TimeAxis& axis, int x, Row row) {
  const PoolLive* pool = session.liveState().pool(session.currentPool());
  if (!pool || x < 0 || x >= axis.width) return {};
  if (isUnbounded(*pool, row)) return TimelineText::tr("no bound: a thread for each connection");
  const Columns columns = columnsOf(session, pool->id, axis, row);
  const Column& here = columns[static_cast<std::size_t>(x)];
  if (here.last < 0) return {};
  const QString level =
      (row == Row::Depth ? TimelineText::tr("queue depth %1") : TimelineText::tr("pool size %1")).arg(here.last);
  if (!isPeak(columns, x)) return level;
  return level + QLatin1Char('\n') +
         TimelineText::tr("peak %1, for less than %2").arg(here.most).arg(formatDuration(axis.perPixel()));
}

QString StepRows::description(const Session& session) {
  const PoolLive* pool = session.state().pool(session.currentPool());
  if (!pool || !pool->open) return {}; // its lines have ended
  const QString depth = TimelineText::tr("queue depth %1").arg(pool->counters.queued);
  if (isUnbounded(*pool, Row::Size)) return depth;
  return TimelineText::tr("pool size %1").arg(pool->target) + QStringLiteral(", ") + depth;
}

} // namespace poolscope::ui
