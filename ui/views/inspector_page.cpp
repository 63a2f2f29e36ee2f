#include "ui/views/inspector_page.h"

#include "ui/models/processor_words.h"
#include "ui/models/why_waits.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/views/zone_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace poolscope::ui {

namespace {

const QString kDot = QStringLiteral(" · ");

QString joined(const QStringList& parts) {
  QStringList given;
  for (const QString& part : parts)
    if (!part.isEmpty()) given << part;
  return given.join(kDot);
}

QString idText(WorkerKind kind, std::uint32_t pid, std::uint32_t tid) {
  if (pid == 0) return {};
  return kind == WorkerKind::Process ? QStringLiteral("pid %1").arg(pid) : QStringLiteral("tid %1").arg(tid);
}

/// Fills a page; every function is one kind of selection.
class PageMaker {
  Q_DECLARE_TR_FUNCTIONS(PageMaker)
 public:
  explicit PageMaker(const Session& session) : m_session(session), m_now(session.now()) {}

  InspectorPage make() {
    const Selection& selection = m_session.selection();
    const TaskRow* task = m_session.history().find(selection.task);
    const PoolLive* pool = m_session.state().pool(selection.pool);
    const WorkerState* worker = m_session.state().worker(selection.pool, selection.slot);
    const ClientRow* client = m_session.history().findClient(selection.client);
    const CallerLive* caller = m_session.state().caller(selection.caller);
    if (selection.kind == Selection::Kind::Task && task != nullptr)
      ofTask(*task);
    else if (selection.kind == Selection::Kind::Worker && pool != nullptr)
      ofWorker(*pool, selection, worker);
    else if (selection.kind == Selection::Kind::Client && client != nullptr)
      ofClient(*client);
    else if (selection.kind == Selection::Kind::Caller && caller != nullptr)
      ofCaller(*caller);
    else if (selection.kind == Selection::Kind::Pool && pool != nullptr)
      ofPool(*pool, ZoneText::poolName(m_session, *pool));
    else
      ofNothing();
    return std::move(m_page);
  }

 private:
  void add(const QString& label, const QString& value, const QString& exact = {}) {
    if (!value.isEmpty()) m_page.facts.push_back({label, value, exact.isEmpty() ? value : exact});
  }
  void addSpan(const QString& label, std::int64_t ns, const QString& more = {}) {
    add(label, formatDuration(ns) + more, formatExact(ns) + more);
  }
  /// A moment, counted from where the time axis begins.
  void addMoment(const QString& label, std::int64_t t, const QString& more = {}) {
    if (t == kNever || t > m_now) return;
    const QString exact = formatExact(t - m_session.origin());
    add(label, exact.chopped(6) + QStringLiteral(" s") + more, exact + more); // to the microsecond
  }
  void setState(StateRole role, const QString& words) { m_page.badge = role, m_page.state = words; }
  QString callerName(CallerId id) const {
    const CallerLive* caller = m_session.state().caller(id);
    return caller != nullptr ? knownName(m_session.text(caller->name)) : QString();
  }
  QString poolOf(PoolId id) const {
    const PoolLive* pool = m_session.state().pool(id);
    return pool != nullptr ? ZoneText::poolName(m_session, *pool) : QString();
  }

  void addBar(const TaskRow& task);
  void addProcessor(const TaskRow& task);
  void ofTask(const TaskRow& task);
  void addBlockedTimes(const TaskRow& task);
  void ofWorker(const PoolLive& pool, const Selection& meant, const WorkerState* worker);
  void ofClient(const ClientRow& client);
  void ofCaller(const CallerLive& caller);
  void ofPool(const PoolLive& pool, const QString& title);
  void ofNothing();

  const Session& m_session;
  const std::int64_t m_now;
  InspectorPage m_page;
};

/// Where the task's time went so far. What it was on a worker, not blocked, and yet had no processor is a part of its
/// own; where nobody knows how much that was, it is all one: running.
void PageMaker::addBar(const TaskRow& task) {
  const std::int64_t waited = task.waitedAt(m_now), blocked = task.blockedAt(m_now);
  const std::int64_t running = std::max<std::int64_t>(task.ranAt(m_now) - blocked, 0);
  m_page.bar = {{StateRole::Queued, waited, tr("waited %1").arg(formatDuration(waited))}};
  if (task.started > m_now) {
    m_page.barText = tr("waited %1, not started").arg(formatDuration(waited));
    return;
  }
  const double all = double(std::max<std::int64_t>(1, waited + running + blocked));
  QStringList words{tr("waited %1").arg(formatPercent(double(waited) / all))};
  const auto part = [&](StateRole role, std::int64_t ns, const QString& word) {
    m_page.bar.push_back({role, ns, word.arg(formatDuration(ns))});
    words << word.arg(formatPercent(double(ns) / all));
  };
  if (const auto computing = taskTimes(m_session.lanes(), task, m_now).computing) {
    const std::int64_t had = std::min(*computing, running);
    part(StateRole::Running, had, tr("computing %1"));
    if (double(running - had) >= 0.005 * all) part(StateRole::Idle, running - had, tr("without a processor %1"));
  } else {
    part(StateRole::Running, running, tr("running %1"));
  }
  part(StateRole::Blocked, blocked, tr("blocked %1"));
  m_page.barText = words.join(kDot);
}

/// "2.00 s in sleep", a line for each reason.
void PageMaker::addBlockedTimes(const TaskRow& task) {
  std::array<std::int64_t, 6> sums{};
  for (const BlockedSpan& span : task.blocked)
    if (span.begin < m_now) sums[static_cast<std::size_t>(span.reason)] += std::min(span.end, m_now) - span.begin;
  for (std::size_t reason = 0; reason < sums.size(); ++reason)
    if (sums[reason] > 0)
      addSpan(tr("Blocked"), sums[reason],
              reason == 0 ? QString() : u' ' + tr("in %1").arg(ZoneText::callOf(static_cast<BlockReason>(reason))));
}

/// What it ran, and what of that it had a processor, or waited for one.
void PageMaker::addProcessor(const TaskRow& task) {
  const std::int64_t ran = task.ranAt(m_now);
  const TaskTimes times = taskTimes(m_session.lanes(), task, m_now);
  addSpan(tr("Ran"), ran);
  const auto addPart = [&](const QString& label, std::optional<std::int64_t> ns) {
    if (ns)
      addSpan(label, *ns, kDot + formatPercent(double(*ns) / double(std::max<std::int64_t>(ran, 1))));
    else
      add(label, ProcessorWords::unknown());
  };
  addPart(tr("Computing"), times.computing);
  if (times.waiting) addPart(tr("Waits for a processor"), times.waiting);
}

void PageMaker::ofTask(const TaskRow& task) {
  const TaskPhase phase = task.phaseAt(m_now);
  m_page.title = tr("Task #%1").arg(task.id.value());
  m_page.subtitle = joined({plainLine(m_session.text(task.name)), poolOf(task.pool)});
  setState(stateRoleOf(phase), Words::of(phase));
  const bool started = task.started <= m_now, ended = task.finished <= m_now;
  addBar(task);
  if (ended) m_page.end = stateRoleOf(phase);
  const QString caller = callerName(task.caller);
  addMoment(tr("Submitted"), task.submitted, caller.isEmpty() ? QString() : u' ' + tr("by %1").arg(caller));
  addMoment(tr("Dispatched"), task.dispatched);
  addMoment(tr("Requeued"), task.requeued);
  addMoment(tr("Started"), task.started);
  addMoment(phase == TaskPhase::Cancelled ? tr("Cancelled") : tr("Finished"), task.finished);
  if (task.resultRead <= m_now)
    addMoment(tr("Result read"), task.resultRead);
  else if (ended && phase != TaskPhase::Cancelled && task.kind == TaskKind::Call)
    add(tr("Result read"), tr("never, nobody called result()"));
  addSpan(tr("Waited"), task.waitedAt(m_now));
  if (started) addProcessor(task);
  addBlockedTimes(task);
  for (const WorkerSpan& span : m_session.history().workersOf(task.pool))
    if (started && span.slot == task.slot && span.generation == task.generation) {
      const PoolLive* pool = m_session.state().pool(task.pool);
      const QString id = pool != nullptr ? idText(pool->kind, span.pid, span.tid) : QString();
      add(tr("Worker"), plainLine(m_session.text(span.name)) + (id.isEmpty() ? QString() : QStringLiteral(", ") + id));
    }
  if (const PoolLive* pool = m_session.state().pool(task.pool);
      pool != nullptr && (phase == TaskPhase::Queued || phase == TaskPhase::Dispatched))
    add(tr("Why it waits"), WhyWaits::sentences(m_session, *pool, task, WhyWaits::position(m_session, task)));
  add(tr("Client"), ZoneText::clientOf(m_session, task));
  if (task.queuePositionAtSubmit > 0)
    add(tr("Queue position"), tr("%1 when submitted").arg(formatCount(task.queuePositionAtSubmit)));
  if (task.priority != 0) add(tr("Priority"), QString::number(task.priority));
  if (task.parent) add(tr("Submitted in"), tr("task #%1").arg(task.parent.value()));
  if (ended) m_page.note = plainLine(m_session.text(task.error), 2000);
}

/// `worker`: who is in the slot now, perhaps another one than is meant.
void PageMaker::ofWorker(const PoolLive& pool, const Selection& meant, const WorkerState* worker) {
  const SlotIndex slot = meant.slot;
  if (worker == nullptr || Selection::ofWorker(pool.id, *worker) != meant) {
    m_page.title = tr("Slot %1").arg(slot);
    m_page.subtitle = ZoneText::poolName(m_session, pool);
    m_page.note = worker == nullptr ? tr("This slot is gone: the pool has become smaller, or has ended.")
                                    : tr("This worker is gone; another one has its slot, or will have it.");
    for (const WorkerSpan& life : m_session.history().workersOf(pool.id)) {
      if (life.slot != slot || life.generation != meant.generation) continue;
      if (life.name) m_page.title = plainLine(m_session.text(life.name));
      if (life.pid != 0) add(QStringLiteral("PID"), QString::number(life.pid));
      if (life.tid != 0) add(QStringLiteral("TID"), QString::number(life.tid));
      addMoment(tr("Started"), life.starting);
      addMoment(tr("Ready"), life.ready);
      addMoment(tr("Ended"), life.exited);
    }
    return;
  }
  m_page.title = ZoneText::workerName(m_session, *worker);
  m_page.subtitle = joined({tr("Slot %1").arg(slot), ZoneText::poolName(m_session, pool)});
  setState(stateRoleOf(worker->phase), Words::of(*worker));
  if (worker->phase == WorkerPhase::Vacant) {
    m_page.note = Waiting::of(pool, m_session.history()).room > 0
                      ? tr("Nobody is here yet: a worker starts with the next task that finds no idle one.")
                      : tr("Nobody is here: workers in other slots fill the pool's size.");
    return;
  }
  const TaskRow* task = worker->task ? m_session.history().find(worker->task) : nullptr;
  if (task != nullptr) add(tr("Task"), ZoneText::task(m_session, *task));
  addSpan(tr("In this state"), m_now - worker->since);
  if (task != nullptr) addSpan(tr("In this task"), task->ranAt(m_now));
  add(tr("Client"), task != nullptr ? ZoneText::clientOf(m_session, *task) : QString());
  add(tr("Tasks done"), formatCount(worker->finishedTasks));
  const WorkerShares shares = workerShares(m_session.history(), m_session.lanes(), pool.id, *worker, m_now);
  if (task != nullptr) add(tr("Computing"), tr("%1 of the last second").arg(ProcessorWords::share(shares.computing)));
  if (worker->cpuNs > 0) addSpan(tr("Processor time"), worker->cpuNs);
  if (worker->runDelayNs >= 0)
    addSpan(tr("Waits for a processor"), worker->runDelayNs,
            task == nullptr ? QString()
                            : kDot + tr("%1 of the last second").arg(ProcessorWords::share(shares.waiting)));
  if (worker->rssKiB > 0) add(tr("Memory"), tr("%1 KiB resident").arg(formatCount(worker->rssKiB)));
  if (worker->pid != 0) add(QStringLiteral("PID"), QString::number(worker->pid));
  if (worker->tid != 0) add(QStringLiteral("TID"), QString::number(worker->tid));
  add(tr("Kernel's name"), plainLine(m_session.text(worker->comm)));
  add(tr("Generation"), QString::number(worker->generation));
  const auto& lives = m_session.history().workersOf(pool.id);
  const auto life = std::find_if(lives.rbegin(), lives.rend(), [&](const WorkerSpan& span) {
    return span.slot == slot && span.generation == worker->generation;
  });
  if (life != lives.rend()) {
    addMoment(tr("Started"), life->starting);
    addMoment(tr("Ready"), life->ready);
    if (worker->retiring) addMoment(tr("Retiring since"), life->retiring);
  }
  m_page.note = plainLine(m_session.text(worker->failure), 2000);
}

void PageMaker::ofClient(const ClientRow& history) {
  const auto live = m_session.state().clients.find(history.id);
  const ClientRow& client = live != m_session.state().clients.end() ? live->second : history;
  m_page.title = ZoneText::client(m_session, client);
  m_page.subtitle = joined({tr("Client"), poolOf(client.pool)});
  const TaskRow* task = m_session.history().lastTaskOf(client.id, m_now);
  const bool gone = client.disconnected <= m_now;
  if (gone)
    setState(StateRole::Idle, tr("disconnected"));
  else if (task == nullptr || task->finished <= m_now)
    setState(StateRole::Idle, tr("connected"));
  else
    setState(stateRoleOf(task->phaseAt(m_now)), Words::of(task->phaseAt(m_now)));
  if (task != nullptr) addBar(*task);
  if (!gone) {
    QueuePositions positions(m_session.state(), m_session.history());
    const ClientStatus status = ClientStatus::of(client, m_session.state(), m_session.history(), m_now, positions);
    add(tr("State"), Words::of(status, m_now));
  }
  add(tr("Peer"), plainLine(m_session.text(client.peer)));
  if (task != nullptr && task->finished > m_now) add(tr("Worker"), ZoneText::workerOf(m_session, *task));
  if (task != nullptr) add(tr("Task"), QStringLiteral("#%1").arg(task->id.value()));
  add(tr("Received"), tr("%1 bytes").arg(formatCount(client.received)));
  add(tr("Sent"), tr("%1 bytes").arg(formatCount(client.sent)));
  add(tr("Messages"), formatCount(client.messages));
  addMoment(tr("Connected"), client.connected);
  if (task != nullptr) addMoment(tr("Served"), task->started);
  addMoment(tr("Disconnected"), client.disconnected);
  if (gone) add(tr("Why it left"), Words::of(client.cause));
}

void PageMaker::ofCaller(const CallerLive& caller) {
  static const char* const calls[] = {QT_TR_NOOP("in submit"), QT_TR_NOOP("in result"), QT_TR_NOOP("in wait"),
                                      QT_TR_NOOP("in map"), QT_TR_NOOP("in shutdown(wait)")};
  m_page.title = callerName(caller.id);
  if (m_page.title.isEmpty()) m_page.title = tr("Thread %1").arg(caller.id.value());
  m_page.subtitle = tr("Calls the executors");
  const std::size_t call = std::min<std::size_t>(static_cast<std::size_t>(caller.call), std::size(calls) - 1);
  setState(caller.blocked ? StateRole::Blocked : StateRole::Running,
           caller.blocked ? tr("blocked %1").arg(tr(calls[call])) : tr("going on"));
  if (caller.blocked) {
    addSpan(tr("For"), m_now - caller.since);
    add(tr("Pool"), poolOf(caller.pool));
    if (caller.task) add(tr("Waits for"), tr("task #%1").arg(caller.task.value()));
  }
  add(QStringLiteral("TID"), QString::number(caller.id.value()));
  std::int64_t blocked = 0;
  std::uint64_t waits = 0;
  for (const CallerSpan& span : m_session.history().callerSpans()) {
    if (span.caller != caller.id || span.begin > m_now) continue;
    blocked += std::min(span.end, m_now) - span.begin;
    ++waits;
  }
  add(tr("Waited so far"), ZoneText::counted(waits, tr("once"), tr("%1 times")));
  addSpan(tr("Blocked in all"), blocked);
}

void PageMaker::ofPool(const PoolLive& pool, const QString& title) {
  m_page.title = title;
  const PoolCounters& c = pool.counters;
  add(tr("Pool"), ZoneText::poolName(m_session, pool));
  add(tr("Size"), Words::sizeOf(pool));
  add(tr("Worker kind"), pool.kind == WorkerKind::Process ? tr("processes") : tr("threads"));
  const PoolLoad load = poolLoad(pool, m_session.history(), m_session.lanes(), m_now);
  add(tr("Occupied"), formatPercent(load.occupiedShare()));
  add(tr("Computing"), ProcessorWords::share(load.computingShare()));
  if (load.waiting > 0)
    add(tr("Waits for a processor"), ZoneText::counted(load.waiting, tr("1 worker"), tr("%1 workers")));
  if (c.submitted == 0)
    add(tr("Tasks"), tr("none yet"));
  else
    add(tr("Tasks"), ZoneText::outcomes(c));
  if (c.queued > 0) add(tr("Queued"), formatCount(c.queued));
  add(tr("State"), pool.open ? ZoneText::closing(m_session, pool) : ZoneText::closed(pool));
  addMoment(tr("Opened"), pool.openedAt);
  addMoment(tr("Shut down"), pool.shutdownAt,
            callerName(pool.shutdownCaller).isEmpty() ? QString()
                                                      : u' ' + tr("by %1").arg(callerName(pool.shutdownCaller)));
  addMoment(tr("Closed"), pool.closedAt);
}

void PageMaker::ofNothing() {
  const PoolLive* pool = m_session.state().pool(m_session.currentPool());
  if (pool != nullptr) ofPool(*pool, tr("Nothing selected"));
  m_page.title = tr("Nothing selected");
  m_page.subtitle = tr("Click a worker, a task or a client to see its times.");
}

} // namespace

InspectorPage InspectorPage::of(const Session& session) {
  return PageMaker(session).make();
}

} // namespace poolscope::ui
