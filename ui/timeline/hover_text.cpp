#include "ui/timeline/hover_text.h"

#include "ui/models/processor_words.h"
#include "ui/models/why_waits.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/timeline/range_figures.h"
#include "ui/timeline/timeline_text.h"

#include <algorithm>

namespace poolscope::ui {

const TaskRow* taskNear(const Session& session, const Lane& lane, std::int64_t t, std::int64_t reach) {
  if (lane.kind != Lane::Kind::Worker) return nullptr;
  const WorkerLane* track = session.lanes().worker(lane.group.pool, lane.slot);
  if (!track) return nullptr;
  const auto& rows = session.history().tasks();
  if (const LaneTask* task = track->taskAt(t)) return t <= session.end() ? &rows[task->row] : nullptr;
  const LaneTask* best = nullptr; // between two: the nearer one
  std::int64_t distance = reach;
  const std::size_t after = track->firstTaskEndingAfter(t);
  for (const std::size_t i : {after - 1, after}) {
    if (i >= track->tasks().size()) continue;
    const LaneTask& task = track->tasks()[i];
    const std::int64_t off = i == after ? task.begin - t : t - task.end;
    if (off <= distance && task.begin <= session.end()) best = &task, distance = off;
  }
  return best ? &rows[best->row] : nullptr;
}

QString taskHover(const Session& session, const TaskRow& task) {
  // As the tables say it at the cursor; of what was not yet there, how it ended.
  const std::int64_t at = task.submitted <= session.now() ? session.now() : session.end();
  QStringList lines;
  lines << QStringLiteral("#%1 %2 · %3")
               .arg(task.id.value())
               .arg(plainLine(session.text(task.name)), Words::of(task.phaseAt(at)));
  lines << TimelineText::tr("waited %1").arg(formatDuration(task.waitedAt(at)));
  const PoolLive* pool = session.state().pool(task.pool);
  const TaskPhase phase = task.phaseAt(session.now());
  if (pool && (phase == TaskPhase::Queued || phase == TaskPhase::Dispatched))
    lines << WhyWaits::sentences(session, *pool, task, WhyWaits::position(session, task));
  if (task.started <= at) {
    const TaskTimes times = taskTimes(session.lanes(), task, at);
    const auto time = [](std::optional<std::int64_t> ns) {
      return ns ? formatDuration(*ns) : ProcessorWords::unknown();
    };
    lines << TimelineText::tr("ran %1: computing %2, blocked %3")
                 .arg(formatDuration(task.ranAt(at)), time(times.computing), formatDuration(task.blockedAt(at)));
    if (times.waiting.value_or(0) > 0) lines << ProcessorWords::waits() + u' ' + time(times.waiting);
  }
  if (const BlockedSpan* blocked = task.blockedSpanAt(at)) lines << Words::of(blocked->reason);
  if (task.error && task.finished <= at) lines << plainLine(session.text(task.error));
  return lines.join(QLatin1Char('\n'));
}

QString laneHover(const Session& session, const Lane& lane, std::int64_t t) {
  switch (lane.kind) {
  case Lane::Kind::Caller: {
    const CallerLane& caller = session.lanes().callers()[lane.place];
    for (const std::uint32_t place : caller.spans) {
      const CallerSpan& span = session.history().callerSpans()[place];
      if (span.begin > t || span.end <= t || t > session.end()) continue;
      return callerName(session, caller.id) + QLatin1Char('\n') + callText(span.call) + QLatin1Char(' ') +
             formatDuration(std::min(span.end, session.end()) - span.begin);
    }
    return {};
  }
  case Lane::Kind::Client: {
    const ClientRow& client = session.history().clients()[lane.place];
    if (t < client.connected || t > std::min(client.disconnected, session.end())) return {};
    const std::int64_t end = std::min(client.disconnected, session.end());
    QStringList lines{clientName(session, client) + QStringLiteral(" · ") + plainLine(session.text(client.peer))};
    const TaskRow* task = session.history().lastTaskOf(client.id, t);
    if (!task || task->finished < t) {
      lines << TimelineText::tr("holds no worker");
    } else {
      lines << TimelineText::tr("waited %1").arg(formatDuration(task->waitedAt(end)));
      const PoolLive* pool = session.state().pool(task->pool);
      if (pool && task->phaseAt(session.now()) == TaskPhase::Queued)
        lines << WhyWaits::sentences(session, *pool, *task, WhyWaits::position(session, *task));
      if (task->started <= end) lines << TimelineText::tr("served %1").arg(formatDuration(task->ranAt(end)));
    }
    return lines.join(QLatin1Char('\n'));
  }
  case Lane::Kind::Worker:
  case Lane::Kind::Heading:
    return {};
  }
  return {};
}

QString rangeHover(const Session& session, const TimeRange& range) {
  const RangeFigures figures = figuresOf(session, range);
  return TimelineText::tr("%1: %2 submitted, %3 started, %4 done, %5 failed")
             .arg(formatDuration(figures.length), formatCount(figures.submitted), formatCount(figures.started),
                  formatCount(figures.done), formatCount(figures.failed)) +
         QLatin1Char('\n') +
         TimelineText::tr("occupied %1, computing %2, at most %3 queued")
             .arg(formatPercent(figures.occupiedShare()), ProcessorWords::share(figures.computingShare()),
                  formatCount(figures.mostQueued));
}

} // namespace poolscope::ui
