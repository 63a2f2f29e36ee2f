#include "ui/session/session.h"

#include "core/base/clock.h"

#include <algorithm>
#include <utility>

namespace poolscope::ui {

namespace {
// A quarter of a frame: the rest is for painting.
constexpr std::chrono::milliseconds kFoldBudget{4};
constexpr int kFrame = 16; // ms at 60 Hz

/// Events that a person would not step to: they tell of no decision.
bool isSmall(EventKind kind) {
  return kind == EventKind::WorkerSampled || kind == EventKind::ClockSync || kind == EventKind::TaskLog;
}
} // namespace

Session::Session(const Recording& recording, QObject* parent, Source source)
    : QObject(parent), m_source(source), m_history(recording), m_origin(isRecorded() ? 0 : monotonicNow()),
      m_now(m_origin) {
  if (recording.size() > 0) m_origin = recording.firstTime();
  m_seekFrame.setSingleShot(true);
  m_seekFrame.setInterval(kFrame);
  m_seekFrame.setTimerType(Qt::PreciseTimer);
  connect(&m_seekFrame, &QTimer::timeout, this, [this] {
    if (m_wanted) showMoment();
  });
}

Session::~Session() = default;

const PoolState& Session::state() const {
  return m_past ? *m_past : m_history.live();
}
const PoolState& Session::liveState() const {
  return m_history.live();
}
const TaskHistory& Session::history() const {
  return m_history.tasks();
}
const Lanes& Session::lanes() const {
  return m_history.lanes();
}
const Recording& Session::recording() const {
  return m_history.recording();
}
std::int64_t Session::now() const {
  return m_now;
}
std::int64_t Session::origin() const {
  return m_origin;
}
std::int64_t Session::end() const {
  return m_past ? m_pastEnd : liveEdge();
}
bool Session::isLive() const {
  return !m_past;
}
bool Session::isCatchingUp() const {
  return isLive() && !m_caughtUp;
}

std::int64_t Session::liveEdge() const {
  return isBusy() ? std::max(m_now, liveState().time) : std::max(liveState().time, m_origin);
}

bool Session::isBusy() const {
  if (isRecorded()) return false;
  for (const PoolLive& pool : liveState().pools)
    if (pool.open && (pool.counters.running > 0 || pool.counters.queued > 0 || pool.shuttingDown)) return true;
  return false;
}

void Session::setFrozen(bool frozen) {
  if (frozen != isLive()) return;
  m_wanted.reset();
  if (frozen) { // at the moment that was shown: while nothing ran that is later than the last event
    m_pastEnd = m_now = std::max(m_now, liveEdge());
    m_past = m_history.live();
  } else {
    m_past.reset();
  }
  Q_EMIT frozenChanged(frozen);
  fold();
}

void Session::seek(std::int64_t time) {
  m_wanted = std::clamp(time, m_origin, std::max(end(), m_origin));
  if (!m_seekFrame.isActive()) showMoment();
}

void Session::showMoment() {
  const bool wasLive = isLive();
  if (wasLive) m_pastEnd = liveEdge();
  m_now = *m_wanted;
  m_wanted.reset();
  m_past = m_history.stateAt(m_now);
  m_seekFrame.start();
  if (wasLive) Q_EMIT frozenChanged(true);
  findCurrentPool();
}

void Session::seekEvent(int steps) {
  const Recording& events = recording();
  const std::int64_t from = m_wanted ? *m_wanted : isLive() ? liveEdge() : m_now;
  if (steps > 0) {
    std::uint64_t q = std::min(events.countUntil(from), liveState().seq);
    while (q < liveState().seq && isSmall(events[q].kind))
      ++q;
    if (q < liveState().seq && events[q].t <= end()) seek(events[q].t);
    return;
  }
  std::uint64_t q = std::min(events.countUntil(from - 1), liveState().seq);
  while (q > 0 && isSmall(events[q - 1].kind))
    --q;
  if (q > 0) seek(events[q - 1].t);
}

void Session::setTimeRange(std::optional<TimeRange> range) {
  if (range && range->begin >= range->end) range.reset();
  if (range == m_timeRange) return;
  m_timeRange = range;
  Q_EMIT timeRangeChanged();
}

void Session::select(const Selection& selection) {
  selectAll(selection.kind == Selection::Kind::None ? std::vector<Selection>{} : std::vector{selection});
}

void Session::selectAll(std::vector<Selection> all) {
  if (all == m_selected) return;
  m_selected = std::move(all);
  m_marked = {m_selected.begin(), m_selected.end()};
  const Selection before = std::exchange(m_selection, m_selected.empty() ? Selection::none() : m_selected.back());
  if (m_selection.pool && m_selection != before) selectPool(m_selection.pool);
  Q_EMIT selectionChanged();
}

void Session::toggleSelected(const Selection& selection) {
  std::vector<Selection> all = m_selected;
  if (m_selection.kind != selection.kind) all.clear();
  if (std::erase(all, selection) == 0) all.push_back(selection);
  selectAll(std::move(all));
}

PoolId Session::currentPool() const {
  return m_currentPool;
}

void Session::selectPool(PoolId pool) {
  fulfil(wishForPool(), pool);
}

std::uint64_t Session::wishForPool() {
  return ++m_wishes;
}

void Session::fulfil(std::uint64_t wish, PoolId pool) {
  if (wish != m_wishes) return;
  m_chosenPool = pool;
  fold();
}

QString Session::text(TextId id) const {
  const std::string_view text = recording().texts().text(id);
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

void Session::fold() {
  m_caughtUp = m_history.advance(kFoldBudget);
  if (isRecorded()) m_origin = recording().firstTime();
  if (isLive()) m_now = isRecorded() ? liveState().time : std::max(monotonicNow(), liveState().time);
  findCurrentPool();
}

/// The first with a task, else the first with a client, else the first, of the whole recording.
PoolId Session::firstUsedPool() const {
  const std::vector<PoolLive>& pools = liveState().pools;
  for (const PoolLive& pool : pools)
    if (pool.counters.submitted > 0) return pool.id;
  if (!history().clients().empty()) return history().clients().front().pool;
  return pools.empty() ? PoolId{} : pools.front().id;
}

/// An open one before a closed one.
PoolId Session::newestPool() const {
  PoolId newest;
  for (const PoolLive& pool : state().pools)
    if (pool.open || !newest || !state().pool(newest)->open) newest = pool.id;
  return newest;
}

/// The last step of every change: the views are told.
void Session::findCurrentPool() {
  PoolId current = m_chosenPool;
  if (state().pool(current) == nullptr && isRecorded()) current = firstUsedPool();
  if (state().pool(current) == nullptr) current = newestPool(); // at the cursor that one was not there yet
  const bool moved = current != m_currentPool;
  m_currentPool = current;
  Q_EMIT changed();
  if (moved) Q_EMIT currentPoolChanged();
}

} // namespace poolscope::ui
