#include "ui/timeline/lane_layout.h"

#include "ui/models/words.h"
#include "ui/theme/format.h"

#include <QCoreApplication>

#include <map>

namespace poolscope::ui {

namespace {

QString tr(const char* text, int n = -1) {
  return QCoreApplication::translate("Timeline", text, nullptr, n);
}

/// core names the thread that plays a program's main thread in English; the window says it in its own language.
QString callerName(const Session& session, const CallerLive& caller) {
  const QString name = session.text(caller.name);
  return name == QLatin1String("main thread") ? tr("main thread") : plainLine(name);
}

} // namespace

std::vector<Lane> layoutLanes(const Session& session) {
  std::vector<Lane> lanes;
  int y = 0;
  auto add = [&](Lane lane) {
    lane.y = y;
    y += Lane::kHeight;
    lanes.push_back(std::move(lane));
  };
  bool first = true;
  for (const CallerLive& caller : session.state().callers) {
    bool waited = false; // a caller that never waited has nothing to show
    for (const CallerSpan& span : session.history().callerSpans())
      waited = waited || span.caller == caller.id;
    if (!waited) continue;
    if (first) add({.kind = Lane::Kind::Heading, .label = tr("Callers"), .state = {}});
    first = false;
    add({.kind = Lane::Kind::Caller,
         .caller = caller.id,
         .label = callerName(session, caller),
         .state = caller.blocked ? Words::of(TaskPhase::Blocked) : Words::of(TaskPhase::Running)});
  }
  for (const PoolLive& pool : session.state().pools) {
    std::map<SlotIndex, TextId> names;
    for (const WorkerSpan& span : session.history().workersOf(pool.id))
      if (span.starting <= session.now()) names[span.slot] = span.name;
    if (names.empty()) continue;
    const QString label = plainLine(session.text(pool.label));
    add({.kind = Lane::Kind::Heading,
         .pool = pool.id,
         .label = session.text(pool.prefix) + (label.isEmpty() ? QString() : QStringLiteral(" · ") + label) +
                  QStringLiteral(" · ") +
                  (pool.open ? tr("%n worker(s)", static_cast<int>(pool.target)) : tr("closed")),
         .state = {}});
    for (const auto& [slot, name] : names) {
      const WorkerState* worker = session.state().worker(pool.id, slot);
      add({.kind = Lane::Kind::Worker,
           .pool = pool.id,
           .slot = slot,
           .label = plainLine(session.text(name)),
           .state = worker ? Words::of(*worker) : tr("ended")});
    }
  }
  return lanes;
}

} // namespace poolscope::ui
