#include "ui/timeline/lane_painter.h"

#include "ui/theme/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_text.h"

#include <QPainter>

#include <algorithm>
#include <cmath>
#include <ranges>

namespace poolscope::ui {

namespace {

constexpr int kLabelLeast = 34;  // px: narrower spans carry no text
constexpr int kCap = 4;          // px of an end that went well
constexpr int kFailedCap = 6;    // px of one that did not
constexpr int kCapLeastSpan = 8; // px: in a narrower span the cap of a good end would hide what happened
constexpr int kMark = 11;        // px of the sign above a lane
constexpr int kMarkDistance = 6; // px between two signs: closer ones are one
constexpr int kTextsKept = 4096;
constexpr std::int64_t kThenWaits = 50'000'000; // ns: a wait that begins so soon after a submit belongs to it

StateRole roleOf(LaneState state) {
  return state == LaneState::Computing ? StateRole::Running : StateRole::Blocked;
}

StateRole roleOf(Outcome outcome) {
  if (outcome == Outcome::Ok) return StateRole::Done;
  if (outcome == Outcome::Cancelled) return StateRole::Cancelled;
  return outcome == Outcome::Unknown || outcome == Outcome::None ? StateRole::Idle : StateRole::Failed;
}

} // namespace

void LanePainter::begin(QPainter& painter, const Session& session, const TimeAxis& axis, const QRect& area) {
  m_painter = &painter;
  m_session = &session;
  m_axis = m_deviceAxis = axis;
  m_area = area;
  m_ratio = painter.device()->devicePixelRatioF();
  m_deviceAxis.width = std::max(1, device(area.width()));
  m_until = session.end();
  if (m_texts.size() > kTextsKept) forget();
  for (auto& rects : m_fills)
    rects.clear();
  for (auto& rects : m_caps)
    rects.clear();
  m_starting.clear(), m_labels.clear(), m_marks.clear(), m_notes.clear(), m_selected.clear();
}

void LanePainter::forget() {
  qDeleteAll(m_texts);
  m_texts.clear();
  m_strips = {};
}

void LanePainter::add(const Lane& lane, const QRect& rect) {
  m_rect = rect;
  m_top = device(rect.top()) + device(1);
  m_bottom = device(rect.top() + rect.height()) - device(1);
  switch (lane.kind) {
  case Lane::Kind::Worker:
    return worker(lane);
  case Lane::Kind::Caller:
    return caller(m_session->lanes().callers()[lane.place]);
  case Lane::Kind::Client:
    return client(m_session->history().clients()[lane.place]);
  case Lane::Kind::Heading:
    return;
  }
}

/// Device pixels, at least one wide, clipped to the area.
QRect LanePainter::span(std::int64_t begin, std::int64_t end) const {
  const int left = std::clamp(m_deviceAxis.pixel(begin), -1, m_deviceAxis.width);
  const int right = std::clamp(std::max(m_deviceAxis.pixel(std::min(end, m_until)), left + 1), 0, m_deviceAxis.width);
  return QRect(device(m_area.left()) + std::max(left, 0), m_top, right - std::max(left, 0), m_bottom - m_top);
}

void LanePainter::fill(StateRole role, const QRect& device) {
  if (device.width() > 0) m_fills[static_cast<std::size_t>(role)].push_back(device);
}

/// The end of a span that ended so; `right` counts from the area, in device pixels.
void LanePainter::cap(StateRole role, int right) {
  const int width = device(role == StateRole::Done ? kCap : kFailedCap);
  const int x = device(m_area.left());
  const int from = std::max(x, x + right - width), to = std::min(x + right, x + m_deviceAxis.width);
  if (to <= from) return;
  m_caps[static_cast<std::size_t>(role)].push_back({from, m_top, to - from, m_bottom - m_top});
  if (role != StateRole::Done && role != StateRole::Idle)
    m_marks.push_back({{static_cast<int>((x + right - width / 2) / m_ratio), m_rect.top() + 3}, role});
}

// --- Workers

void LanePainter::worker(const Lane& lane) {
  const WorkerLane* track = m_session->lanes().worker(lane.group.pool, lane.slot);
  if (!track) return;
  lives(*track, m_session->history().workersOf(lane.group.pool));
  folded(*track, INT64_MIN, m_until);
  tasks(*track);
  const WorkerState* worker = m_session->state().worker(lane.group.pool, lane.slot);
  if (!worker || !worker->retiring || !worker->task) return;
  // Where the lane is empty at the left there is room to say what will become of the worker.
  const std::size_t first = track->firstTaskEndingAfter(m_axis.begin);
  if (first >= track->tasks().size()) return;
  const int right = m_axis.pixel(track->tasks()[first].begin);
  const QString text = TimelineText::tr("retires after #%1").arg(worker->task.value());
  if (right > 40)
    m_notes.push_back({m_area.left() + std::min(right, m_area.width()) - 6, m_rect.top(), Qt::AlignRight, text});
}

/// From a worker's start to its end a hairline: it is there, and has no task where nothing lies above it.
void LanePainter::lives(const WorkerLane& lane, const std::vector<WorkerSpan>& workers) {
  int reached = -1;
  const auto first = std::partition_point(lane.workers.begin(), lane.workers.end(),
                                          [&](std::uint32_t place) { return workers[place].exited < m_axis.begin; });
  for (auto it = first; it != lane.workers.end(); ++it) {
    const WorkerSpan& worker = workers[*it];
    if (worker.starting > std::min(m_axis.end(), m_until)) break;
    QRect rect = span(worker.starting, worker.exited);
    if (rect.right() <= reached) continue;
    reached = rect.right();
    rect.setTop(m_bottom - std::max(1, device(1)));
    m_fills[static_cast<std::size_t>(StateRole::Idle)].push_back(rect);
    if (worker.ready > m_until || worker.ready == kNever || rect.width() >= device(3)) {
      const QRect starting = span(worker.starting, worker.ready);
      if (starting.width() >= device(3)) m_starting.push_back(starting);
    }
  }
}

void LanePainter::folded(const WorkerLane& lane, std::int64_t from, std::int64_t until) {
  m_fold.fold(lane, m_deviceAxis, from, until);
  const int x = device(m_area.left());
  for (const LaneFold::Wide& wide : m_fold.wide())
    fill(roleOf(wide.state), {x + wide.left, m_top, wide.right - wide.left, m_bottom - m_top});
  for (const LaneFold::Run& run : m_fold.runs())
    paintRun(run);
}

/// Columns that several share. One alone among wide ones is a tick in full height; more are bars as high as the share
/// of time, computing below. What is there at all is at least one pixel high.
void LanePainter::paintRun(const LaneFold::Run& run) {
  const int height = m_bottom - m_top, width = run.right - run.left, x = device(m_area.left()) + run.left;
  if (height <= 0) return;
  if (width <= std::max(1, device(1)) + 1) {
    float computing = 0;
    for (int column = run.left; column < run.right; ++column)
      computing += m_fold.computing(column);
    return fill(computing > 0 ? StateRole::Running : StateRole::Blocked, {x, m_top, width, height});
  }
  static thread_local std::vector<std::uint8_t> low, high; // kept from run to run; the height is below 256
  low.resize(static_cast<std::size_t>(width));
  high.resize(static_cast<std::size_t>(width));
  for (int i = 0; i < width; ++i) {
    const float computing = m_fold.computing(run.left + i), blocked = m_fold.blocked(run.left + i);
    const int c = computing > 0 ? std::clamp(static_cast<int>(std::lround(computing * float(height))), 1, height) : 0;
    const int all = std::clamp(static_cast<int>(std::lround((computing + blocked) * float(height))),
                               c + (blocked > 0 && c < height ? 1 : 0), height);
    low[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(c);
    high[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(all);
  }
  QImage image(width, height, QImage::Format_ARGB32_Premultiplied);
  const QRgb computing = themeState(StateRole::Running).fill.rgb(), blocked = themeState(StateRole::Blocked).fill.rgb();
  for (int row = 0; row < height; ++row) {
    auto* line = reinterpret_cast<QRgb*>(image.scanLine(row));
    const int level = height - row; // a column as high as this reaches the row
    for (int i = 0; i < width; ++i)
      line[i] = low[static_cast<std::size_t>(i)] >= level    ? computing
                : high[static_cast<std::size_t>(i)] >= level ? blocked
                                                             : 0u;
  }
  m_painter->save();
  m_painter->scale(1 / m_ratio, 1 / m_ratio);
  m_painter->drawImage(x, m_top, image);
  m_painter->restore();
}

void LanePainter::tasks(const WorkerLane& lane) {
  const std::int64_t begin = m_axis.begin, end = std::min(m_axis.end(), m_until);
  lane.visitTasks(begin, end, m_axis.perPixel() * kCapLeastSpan, [&](const LaneTask& task) {
    if (task.begin > m_until) return;
    const bool ended = task.end <= m_until;
    const int right = m_deviceAxis.pixel(task.end);
    if (ended && static_cast<Outcome>(task.outcome) == Outcome::Ok && right <= m_deviceAxis.width &&
        right - m_deviceAxis.pixel(task.begin) >= device(kCapLeastSpan))
      cap(StateRole::Done, right);
    label(lane, task);
  });
  // Bad ends are shown at any width; those that would lie on each other are one.
  const auto& failures = lane.failures();
  for (std::size_t i = lane.firstFailureAt(begin); i < failures.size();) {
    const LaneTask& task = lane.tasks()[failures[i]];
    if (task.end > end) break;
    cap(roleOf(static_cast<Outcome>(task.outcome)),
        std::max(m_deviceAxis.pixel(task.end), std::min(device(kFailedCap), m_deviceAxis.width)));
    i = std::max(i + 1, lane.firstFailureAt(task.end + m_axis.perPixel() * kMarkDistance));
  }
  constexpr int kMostMarked = 64; // of very many that are selected, the last ones
  for (const Selection& each : m_session->selected() | std::views::reverse | std::views::take(kMostMarked))
    if (const TaskRow* task = each.kind == Selection::Kind::Task ? m_session->history().find(each.task) : nullptr)
      markSelected(lane, *task);
}

void LanePainter::markSelected(const WorkerLane& lane, const TaskRow& task) {
  const LaneTask* there = task.started == kNever ? nullptr : lane.taskAt(task.started);
  if (!there || m_session->history().tasks()[there->row].id != task.id) return;
  const QRect rect = span(there->begin, there->end);
  if (rect.width() > 0)
    m_selected.push_back(QRect(QPoint(static_cast<int>(rect.left() / m_ratio), m_rect.top()),
                               QSize(std::max(3, static_cast<int>(rect.width() / m_ratio)), m_rect.height())));
}

/// Its text on the first stretch that is wide enough for it: there the ground has one colour.
void LanePainter::label(const WorkerLane& lane, const LaneTask& task) {
  const std::int64_t begin = std::max(task.begin, m_axis.begin), end = std::min({task.end, m_axis.end(), m_until});
  if (double(end - begin) * m_axis.width < double(m_axis.span) * kLabelLeast) return;
  int left = 0, right = 0;
  LaneState state = LaneState::Idle;
  bool placed = false;
  const auto capped = [&](std::int64_t t) { return t == task.end ? kCap : 0; };
  lane.visit(
      begin, end, m_axis.perPixel() * kLabelLeast,
      [&](std::size_t, std::int64_t t, std::int64_t next, LaneState s) {
        if (placed || s == LaneState::Idle) return;
        const int x0 = m_axis.pixel(std::max(t, begin)), x1 = m_axis.pixel(std::min(next, end)) - capped(next);
        if (x1 - x0 < kLabelLeast || x1 - x0 <= right - left) return;
        left = x0, right = x1, state = s;
        placed = x1 - x0 >= 120; // wide enough for most: look no further
      },
      [](std::int64_t, std::int64_t, double, double) {});
  if (state == LaneState::Idle) return;
  const TaskRow& row = m_session->history().tasks()[task.row];
  // The reason comes with the first wait, so that a label made before is not the one to keep.
  const quint64 key = task.row << 2 | quint64{row.blocked.empty() ? 1u : 0u};
  labelAt(left, right, roleOf(state), taskLabel(*m_session, row), key);
}

/// `left` and `right` count from the area, logical. Too long a text becomes its first word, or is left out.
void LanePainter::labelAt(int left, int right, StateRole role, const QString& text, quint64 key) {
  const int room = right - left - 8;
  for (const bool shortened : {false, true}) {
    QStaticText*& known = m_texts[key << 1 | quint64{shortened}];
    if (!known) {
      const QString shown = shortened ? text.section(QLatin1Char(' '), 0, 0) : text;
      known = new QStaticText(shown);
      known->setTextFormat(Qt::PlainText);
      known->setPerformanceHint(QStaticText::AggressiveCaching);
      known->prepare({}, Theme::instance().font(FontRole::Label, shown));
    }
    if (known->size().width() > room) continue;
    m_labels.push_back({QRect(m_area.left() + left + 5, m_rect.top(), room, m_rect.height()), known, role});
    return;
  }
}

// --- Callers

void LanePainter::caller(const CallerLane& caller) {
  const auto& spans = m_session->history().callerSpans();
  const std::int64_t begin = m_axis.begin, end = std::min(m_axis.end(), m_until), pixel = m_axis.perPixel();
  const auto firstSpan = [&](std::int64_t t) {
    return std::partition_point(caller.spans.begin(), caller.spans.end(),
                                [&](std::uint32_t place) { return spans[place].end <= t; });
  };
  for (auto it = firstSpan(begin); it != caller.spans.end() && spans[*it].begin <= end;) {
    const CallerSpan& blocked = spans[*it];
    const QRect rect = span(blocked.begin, blocked.end);
    fill(StateRole::Blocked, rect);
    const int left = m_axis.pixel(std::max(blocked.begin, begin)), right = m_axis.pixel(std::min(blocked.end, end));
    if (right - left >= kLabelLeast)
      labelAt(left, right, StateRole::Blocked, callText(blocked.call),
              quint64{1} << 62 | static_cast<quint64>(blocked.call));
    const std::int64_t reached = std::min(blocked.end, m_until);
    it = std::max(it + 1, firstSpan(rect.width() <= 1 ? reached + pixel : reached));
  }
  auto burst = std::partition_point(caller.bursts.begin(), caller.bursts.end(),
                                    [&](const TaskBurst& b) { return b.end < begin; });
  int reached = 0; // logical: where text may begin
  for (; burst != caller.bursts.end() && burst->begin <= end; ++burst) {
    QRect rect = span(burst->begin, burst->end);
    rect.setWidth(std::max(rect.width(), device(2)));
    fill(StateRole::Running, rect);
    const int left = m_axis.pixel(burst->begin), right = m_axis.pixel(burst->end);
    const auto next = firstSpan(burst->end);
    const bool waits = next != caller.spans.end() && spans[*next].begin - burst->end < kThenWaits;
    QString text = burst->count == 1
                       ? TimelineText::tr("submits #%1").arg(burst->first.value())
                       : TimelineText::tr("submits #%1–#%2").arg(burst->first.value()).arg(burst->last.value());
    if (waits) text = TimelineText::tr("%1, then waits").arg(text);
    for (const CallerLane::Shutdown& shutdown : caller.shutdowns)
      if (!shutdown.waits && shutdown.t >= burst->end && shutdown.t - burst->end < kThenWaits)
        text = TimelineText::tr("%1, then goes on at once").arg(text);
    // A submit marks a moment only, so its words stand before it.
    const int needed = m_painter->fontMetrics().horizontalAdvance(text) + 10;
    const std::int64_t free = std::min(next != caller.spans.end() ? spans[*next].begin : kNever,
                                       burst + 1 != caller.bursts.end() ? (burst + 1)->begin : kNever);
    const bool before = left - reached >= needed;
    const bool behind = !before && right >= 0 && m_axis.pixel(free) - right > needed;
    if (before)
      m_notes.push_back({m_area.left() + left - 6, m_rect.top(), Qt::AlignRight, text});
    else if (behind)
      m_notes.push_back({m_area.left() + right + 8, m_rect.top(), Qt::AlignLeft, text});
    reached = std::max({reached, right + (behind ? needed : 0), left + 2});
  }
  for (const CallerLane::Shutdown& shutdown : caller.shutdowns) {
    if (shutdown.waits || shutdown.t < begin || shutdown.t > end) continue;
    QRect rect = span(shutdown.t, shutdown.t + 1);
    rect.setWidth(device(2));
    m_caps[static_cast<std::size_t>(shutdown.cancels ? StateRole::Cancelled : StateRole::Done)].push_back(rect);
  }
}

// --- Clients

void LanePainter::client(const ClientRow& client) {
  const std::int64_t until = std::min(client.disconnected, m_until), end = std::min(m_axis.end(), until);
  if (client.connected > end || until < m_axis.begin) return;
  QRect connected = span(client.connected, until);
  connected.setTop(m_bottom - std::max(1, device(1)));
  fill(StateRole::Idle, connected);
  const auto& rows = m_session->history().tasks();
  const auto& turns = m_session->history().tasksOf(client.id);
  const auto firstAfter = [&](auto from, std::int64_t t) {
    return std::partition_point(from, turns.end(), [&](std::uint64_t row) { return rows[row].finished <= t; });
  };
  for (auto it = firstAfter(turns.begin(), m_axis.begin); it != turns.end() && rows[*it].submitted <= end;) {
    const TaskRow& task = rows[*it++];
    turn(task, until);
    if (task.finished > end) break;
    // Those that would lie in the last one's pixel are one with it.
    it = firstAfter(it, m_deviceAxis.time(m_deviceAxis.pixel(task.finished) + 1));
  }
  if (client.disconnected <= m_until && client.disconnected >= m_axis.begin && client.disconnected <= m_axis.end()) {
    const StateRole role = client.cause == DisconnectCause::EndOfStream  ? StateRole::Done
                           : client.cause == DisconnectCause::ServerStop ? StateRole::Cancelled
                                                                         : StateRole::Failed;
    cap(role, std::max(m_deviceAxis.pixel(client.disconnected), device(kFailedCap)));
  }
}

/// What one task did for its client: it waited in the queue, then a worker served it.
void LanePainter::turn(const TaskRow& task, std::int64_t until) {
  const std::int64_t finished = std::min(task.finished, until), started = std::min(task.started, finished);
  const auto words = [&](std::int64_t from, std::int64_t to, StateRole role, const char* text, quint64 key) {
    const int left = std::max(m_axis.pixel(from), 0), right = std::min(m_axis.pixel(to), m_axis.width);
    if (right - left >= kLabelLeast) labelAt(left, right, role, TimelineText::tr(text), quint64{1} << 61 | key);
  };
  const bool served = task.started <= until;
  if (!served || m_deviceAxis.pixel(started) > m_deviceAxis.pixel(task.submitted)) {
    fill(StateRole::Queued, span(task.submitted, started));
    words(task.submitted, started, StateRole::Queued, QT_TRANSLATE_NOOP("TimelineText", "waits"), 1);
  }
  if (!served) return;
  const QRect rect = span(started, finished);
  const WorkerLane* lane = m_session->lanes().worker(task.pool, task.slot);
  if (lane && rect.width() > 1)
    folded(*lane, started, finished);
  else
    fill(2 * task.blockedAt(until) > task.ranAt(until) ? StateRole::Blocked : StateRole::Running, rect);
  words(started, finished, StateRole::Blocked, QT_TRANSLATE_NOOP("TimelineText", "served"), 2);
}

// --- The frame's end

const QImage& LanePainter::strip(StateRole role) {
  Strip& strip = m_strips[static_cast<std::size_t>(role)];
  const QRgb fill = themeState(role).fill.rgb();
  if (strip.image.width() >= m_deviceAxis.width + 64 && strip.fill == fill && strip.ratio == m_ratio)
    return strip.image;
  strip.fill = fill, strip.ratio = m_ratio;
  strip.image = QImage(m_deviceAxis.width + 256, device(48), QImage::Format_RGB32);
  strip.image.setDevicePixelRatio(m_ratio);
  strip.image.fill(fill);
  QPainter painter(&strip.image);
  paintStateHatch(painter, QRect(0, 0, static_cast<int>(strip.image.width() / m_ratio) + 1, 48), role);
  painter.end();
  strip.image.setDevicePixelRatio(1);
  return strip.image;
}

void LanePainter::finish() {
  QPainter& painter = *m_painter;
  painter.save();
  painter.scale(1 / m_ratio, 1 / m_ratio);
  painter.setPen(Qt::NoPen);
  const auto draw = [&](const std::vector<QRect>& rects, const QColor& color) {
    if (rects.empty()) return;
    painter.setBrush(color);
    painter.drawRects(rects.data(), static_cast<int>(rects.size()));
  };
  draw(m_fills[static_cast<std::size_t>(StateRole::Idle)], themeColor(ColorRole::Dash));
  draw(m_fills[static_cast<std::size_t>(StateRole::Queued)], themeState(StateRole::Queued).fill);
  auto& blocked = m_fills[static_cast<std::size_t>(StateRole::Blocked)];
  const QImage& hatch = strip(StateRole::Blocked);
  // The hatch goes with the time, so that it does not swim under a moving axis.
  const int period = std::max(1, device(20));
  const int phase = static_cast<int>(((m_deviceAxis.begin / m_deviceAxis.perPixel()) % period + period) % period);
  const auto plain = std::partition(blocked.begin(), blocked.end(),
                                    [&](const QRect& r) { return r.width() >= device(kHatchLeastWidth); });
  for (auto it = blocked.begin(); it != plain; ++it) {
    const int from = (it->left() - device(m_area.left()) + phase) % period;
    painter.drawImage(it->topLeft(), hatch, QRect(from, 0, it->width(), it->height()));
  }
  blocked.erase(blocked.begin(), plain);
  draw(blocked, themeState(StateRole::Blocked).fill);
  draw(m_fills[static_cast<std::size_t>(StateRole::Running)], themeState(StateRole::Running).fill);
  for (const StateRole role : {StateRole::Idle, StateRole::Done, StateRole::Cancelled, StateRole::Failed})
    draw(m_caps[static_cast<std::size_t>(role)],
         role == StateRole::Idle ? themeColor(ColorRole::Dash) : themeState(role).fill);
  painter.setBrush(Qt::NoBrush);
  for (const QRect& rect : m_starting) { // dashed: it is not there yet
    painter.setPen(QPen(themeColor(ColorRole::Dash), device(1), Qt::DashLine));
    painter.drawRect(rect.adjusted(0, 0, -1, -1));
  }
  painter.restore();

  for (const StateRole role : {StateRole::Queued, StateRole::Running, StateRole::Blocked}) {
    painter.setPen(themeState(role).text);
    for (const Label& label : m_labels)
      if (label.role == role) {
        painter.setFont(Theme::instance().font(FontRole::Label, label.text->text()));
        const double height = label.text->size().height();
        painter.drawStaticText(QPointF(label.rect.left(), label.rect.top() + (label.rect.height() - height) / 2),
                               *label.text);
      }
  }
  painter.setPen(themeColor(ColorRole::Muted));
  for (const Note& note : m_notes) {
    painter.setFont(Theme::instance().font(FontRole::Label, note.text));
    const QRect rect = note.side == Qt::AlignRight
                           ? QRect(m_area.left(), note.y, note.x - m_area.left(), m_rect.height())
                           : QRect(note.x, note.y, m_area.right() - note.x, m_rect.height());
    painter.drawText(rect, note.side | Qt::AlignVCenter, note.text);
  }
  for (const QRect& rect : m_selected) { // a frame of the text's colour, with air inside so that it stands on any fill
    painter.setPen(QPen(themeColor(ColorRole::Window), 1));
    painter.drawRect(rect.adjusted(1, 1, -2, -2));
    painter.setPen(QPen(themeColor(ColorRole::Text), 2));
    painter.drawRect(rect.adjusted(0, 0, -1, -1));
  }
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  for (const Mark& mark : m_marks) {
    const StateColors& colors = themeState(mark.role);
    const QRectF circle(mark.at.x() - kMark / 2.0, mark.at.y() - kMark + 1, kMark, kMark);
    painter.setPen(QPen(colors.edge, 1));
    painter.setBrush(colors.fill);
    painter.drawEllipse(circle);
    paintGlyph(painter, glyphOf(mark.role), circle.adjusted(2.5, 2.5, -2.5, -2.5), colors.text);
  }
  painter.restore();
}

} // namespace poolscope::ui
