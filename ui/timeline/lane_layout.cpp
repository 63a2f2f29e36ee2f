#include "ui/timeline/lane_layout.h"

#include "ui/models/processor_words.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/timeline/timeline_text.h"

#include <algorithm>
#include <ranges>

namespace poolscope::ui {

namespace {

QString joined(const QStringList& parts) {
  return parts.join(QStringLiteral(" · "));
}

/// The worker that lived last in the slot before the picture's end.
const WorkerSpan* lastWorker(const Session& session, PoolId pool, SlotIndex slot) {
  const WorkerLane* lane = session.lanes().worker(pool, slot);
  if (!lane) return nullptr;
  const auto& workers = session.history().workersOf(pool);
  for (auto place = lane->workers.rbegin(); place != lane->workers.rend(); ++place)
    if (workers[*place].starting <= session.end() || workers[*place].starting == kNever) return &workers[*place];
  return nullptr;
}

ClientStatus statusOf(const Session& session, const ClientRow& client) {
  constexpr std::size_t kNear = 64; // a queued client further back is just in the queue
  QueuePositions positions(session.state(), session.history(), kNear);
  return ClientStatus::of(client, session.state(), session.history(), session.now(), positions);
}

QString poolHeading(const Session& session, PoolId id) {
  const PoolLive* now = session.state().pool(id);
  const PoolLive* pool = now ? now : session.liveState().pool(id); // the cursor stands before it was opened
  if (!pool) return {};
  const QString prefix = plainLine(session.text(pool->prefix)), label = knownName(session.text(pool->label));
  QStringList parts;
  if (!prefix.isEmpty()) parts << prefix;
  if (!label.isEmpty()) parts << label;
  if (!now) return joined(parts << TimelineText::tr("not open yet"));
  parts << (pool->open ? Words::sizeOf(*pool) : TimelineText::tr("closed"));
  if (pool->open && pool->shuttingDown) parts << TimelineText::tr("shutting down");
  return joined(parts);
}

QString clientsHeading(const Session& session) {
  int connected = 0, left = 0;
  for (const ClientRow& client : session.history().clients()) {
    if (client.connected > session.now()) continue;
    ++(client.disconnected <= session.now() ? left : connected);
  }
  QStringList parts{TimelineText::tr("Clients"), TimelineText::tr("%1 connected").arg(connected)};
  if (left > 0) parts.back() += QStringLiteral(", ") + TimelineText::tr("%1 left").arg(left);
  return joined(parts);
}

} // namespace

std::vector<Lane> layoutLanes(const Session& session, const std::set<LaneGroup>& folded) {
  std::vector<Lane> lanes;
  const std::int64_t end = session.end();
  bool open = true;
  const auto head = [&](LaneGroup group) {
    lanes.push_back({.kind = Lane::Kind::Heading, .group = group});
    open = !folded.contains(group);
  };
  bool first = true;
  std::uint32_t place = 0;
  for (const CallerLane& caller : session.lanes().callers()) {
    // One that only submits and has no name is a thread nobody asked about, as a server's that accepts.
    const CallerLive* live = session.liveState().caller(caller.id);
    const bool named = live && live->name;
    const bool began = (!caller.bursts.empty() && caller.bursts.front().begin <= end) || !caller.spans.empty();
    if (began && (named || !caller.spans.empty())) {
      if (std::exchange(first, false)) head({LaneGroup::Kind::Callers, {}});
      if (open) lanes.push_back({.kind = Lane::Kind::Caller, .group = {LaneGroup::Kind::Callers, {}}, .place = place});
    }
    ++place;
  }
  for (const PoolLive& pool : session.liveState().pools) {
    const std::size_t slots = session.lanes().slotCount(pool.id);
    if (slots == 0 || pool.openedAt > end) continue;
    const LaneGroup group{.kind = LaneGroup::Kind::Pool, .pool = pool.id};
    const std::size_t before = lanes.size();
    head(group);
    bool any = false;
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (!lastWorker(session, pool.id, static_cast<SlotIndex>(slot))) continue;
      any = true;
      if (!open) break;
      lanes.push_back({.kind = Lane::Kind::Worker, .group = group, .slot = static_cast<SlotIndex>(slot)});
    }
    if (!any) lanes.resize(before); // no worker yet: the Workers zone shows its vacant slots
  }
  const auto& clients = session.history().clients();
  if (!clients.empty() && clients.front().connected <= end) {
    const LaneGroup group{LaneGroup::Kind::Clients, {}};
    head(group);
    for (std::uint32_t i = 0; open && i < clients.size() && clients[i].connected <= end; ++i)
      lanes.push_back({.kind = Lane::Kind::Client, .group = group, .place = i});
  }
  return lanes;
}

LaneText laneText(const Session& session, const Lane& lane, bool folded) {
  const PoolState& state = session.state();
  switch (lane.kind) {
  case Lane::Kind::Heading: {
    QString label;
    if (lane.group.kind == LaneGroup::Kind::Callers) label = TimelineText::tr("Callers");
    if (lane.group.kind == LaneGroup::Kind::Pool) label = poolHeading(session, lane.group.pool);
    if (lane.group.kind == LaneGroup::Kind::Clients) label = clientsHeading(session);
    const PoolLive* pool = state.pool(lane.group.pool);
    return {.label = folded ? TimelineText::tr("%1 (folded)").arg(label) : label, .muted = pool && !pool->open};
  }
  case Lane::Kind::Caller: {
    const CallerId id = session.lanes().callers()[lane.place].id;
    const CallerLive* caller = state.caller(id);
    return {.label = callerName(session, id),
            .state = caller && caller->blocked ? StateRole::Blocked : StateRole::Idle,
            .muted = !caller};
  }
  case Lane::Kind::Worker: {
    const WorkerSpan* span = lastWorker(session, lane.group.pool, lane.slot);
    const WorkerState* worker = state.worker(lane.group.pool, lane.slot);
    const bool alive = worker && worker->phase != WorkerPhase::Vacant;
    QString name = span ? plainLine(session.text(span->name)) : QString();
    if (alive && worker->name) name = plainLine(session.text(worker->name));
    if (name.isEmpty()) name = TimelineText::tr("slot %1").arg(lane.slot);
    return {.label = name, .state = alive ? stateRoleOf(worker->phase) : StateRole::Idle, .muted = !alive};
  }
  case Lane::Kind::Client: {
    const ClientRow& client = session.history().clients()[lane.place];
    const bool gone = client.disconnected <= session.now();
    return {.label = clientName(session, client),
            .state = gone ? StateRole::Idle : statusOf(session, client).role,
            .muted = gone};
  }
  }
  return {};
}

QString laneDescription(const Session& session, const Lane& lane, bool folded) {
  const LaneText text = laneText(session, lane, folded);
  const std::int64_t now = session.now();
  QStringList parts;
  switch (lane.kind) {
  case Lane::Kind::Heading:
    return text.label;
  case Lane::Kind::Caller: {
    parts << text.label;
    const CallerLive* caller = session.state().caller(session.lanes().callers()[lane.place].id);
    if (caller && caller->blocked)
      parts << callText(caller->call) << formatElapsed(now - caller->since);
    else
      parts << TimelineText::tr("goes on");
    break;
  }
  case Lane::Kind::Worker: {
    const WorkerState* worker = session.state().worker(lane.group.pool, lane.slot);
    parts << TimelineText::tr("Worker %1").arg(lane.slot) << text.label;
    if (!worker || worker->phase == WorkerPhase::Vacant) {
      parts << TimelineText::tr("ended");
      break;
    }
    const TaskRow* task = worker->task ? session.history().find(worker->task) : nullptr;
    const BlockedSpan* blocked = task ? task->blockedSpanAt(now) : nullptr;
    WorkerState plain = *worker; // that it retires is said apart
    plain.retiring = false;
    QString what = Words::of(plain);
    if (blocked) what += QStringLiteral(": ") + Words::of(blocked->reason);
    parts << what << ProcessorWords::of(session, lane.group.pool, *worker);
    if (worker->retiring) parts << Words::of(*worker);
    if (task) parts << TimelineText::tr("task #%1").arg(task->id.value());
    parts << formatElapsed(now - (task ? task->started : worker->since));
    break;
  }
  case Lane::Kind::Client: {
    const ClientRow& client = session.history().clients()[lane.place];
    parts << TimelineText::tr("Client %1").arg(text.label);
    parts << (client.disconnected <= now ? TimelineText::tr("gone") : Words::of(statusOf(session, client), now));
    break;
  }
  }
  return parts.join(QStringLiteral(", "));
}

QString callerName(const Session& session, CallerId id) {
  const CallerLive* caller = session.liveState().caller(id);
  const QString name = caller ? session.text(caller->name) : QString();
  if (name.isEmpty()) return TimelineText::tr("thread %1").arg(id.value());
  return knownName(name);
}

QString clientName(const Session& session, const ClientRow& client) {
  const QString name = plainLine(session.text(client.name));
  return name.isEmpty() ? plainLine(session.text(client.peer)) : name;
}

QString taskLabel(const Session& session, const TaskRow& task) {
  QString text = QStringLiteral("#%1").arg(task.id.value());
  if (const ClientRow* client = task.client ? session.history().findClient(task.client) : nullptr)
    return text + QStringLiteral(" recv ← ") + clientName(session, *client);
  if (!task.blocked.empty() && task.blocked.front().begin <= session.end()) {
    static const char* const reasons[] = {
        QT_TRANSLATE_NOOP("TimelineText", "blocked"), QT_TRANSLATE_NOOP("TimelineText", "recv"),
        QT_TRANSLATE_NOOP("TimelineText", "send"),    QT_TRANSLATE_NOOP("TimelineText", "sleep"),
        QT_TRANSLATE_NOOP("TimelineText", "result"),  QT_TRANSLATE_NOOP("TimelineText", "lock")};
    const auto reason = static_cast<std::size_t>(task.blocked.front().reason);
    if (reason < std::size(reasons)) return text + QLatin1Char(' ') + TimelineText::tr(reasons[reason]);
  }
  const QString name = plainLine(session.text(task.name), 40);
  return name.isEmpty() ? text : text + QLatin1Char(' ') + name;
}

QString callText(CallKind call) {
  static const char* const calls[] = {
      QT_TRANSLATE_NOOP("TimelineText", "blocked in submit"), QT_TRANSLATE_NOOP("TimelineText", "blocked in result"),
      QT_TRANSLATE_NOOP("TimelineText", "blocked in wait"), QT_TRANSLATE_NOOP("TimelineText", "blocked in map"),
      QT_TRANSLATE_NOOP("TimelineText", "blocked in shutdown(wait)")};
  const auto i = static_cast<std::size_t>(call);
  return i < std::size(calls) ? TimelineText::tr(calls[i]) : QString();
}

Selection laneSelection(const Session& session, const Lane& lane) {
  switch (lane.kind) {
  case Lane::Kind::Worker: {
    if (const WorkerState* worker = session.state().worker(lane.group.pool, lane.slot))
      return Selection::ofWorker(lane.group.pool, *worker);
    const WorkerSpan* last = lastWorker(session, lane.group.pool, lane.slot);
    return Selection::ofWorker(lane.group.pool, lane.slot, last ? last->generation : 1);
  }
  case Lane::Kind::Caller:
    return Selection::ofCaller(session.lanes().callers()[lane.place].id);
  case Lane::Kind::Client: {
    const ClientRow& client = session.history().clients()[lane.place];
    return Selection::ofClient(client.pool, client.id);
  }
  case Lane::Kind::Heading:
    break;
  }
  return {};
}

bool isLaneSelected(const Session& session, const Lane& lane) {
  constexpr int kMostMarked = 64; // for each lane and painting
  return std::ranges::any_of(session.selected() | std::views::reverse | std::views::take(kMostMarked),
                             [&](const Selection& each) { return laneShows(session, lane, each); });
}

bool laneShows(const Session& session, const Lane& lane, const Selection& selection) {
  switch (selection.kind) {
  case Selection::Kind::Worker:
    return lane.kind == Lane::Kind::Worker && lane.group.pool == selection.pool && lane.slot == selection.slot;
  case Selection::Kind::Task: {
    const TaskRow* task = session.history().find(selection.task);
    return task && lane.kind == Lane::Kind::Worker && lane.group.pool == task->pool && lane.slot == task->slot;
  }
  case Selection::Kind::Client:
    return lane.kind == Lane::Kind::Client && session.history().clients()[lane.place].id == selection.client;
  case Selection::Kind::Caller:
    return lane.kind == Lane::Kind::Caller && session.lanes().callers()[lane.place].id == selection.caller;
  case Selection::Kind::Pool:
    return lane.kind == Lane::Kind::Heading && lane.group == LaneGroup{LaneGroup::Kind::Pool, selection.pool};
  case Selection::Kind::None:
    return false;
  }
  return false;
}

} // namespace poolscope::ui
