#include "ui/session/session.h"

#include "core/base/clock.h"

#include <algorithm>

namespace poolscope::ui {

namespace {
// A quarter of a frame: the rest is for painting.
constexpr std::chrono::milliseconds kFoldBudget{4};
} // namespace

Session::Session(const Recording& recording, QObject* parent, Source source)
    : QObject(parent), m_source(source), m_history(recording), m_origin(isRecorded() ? 0 : monotonicNow()),
      m_now(m_origin) {
  if (recording.size() > 0) m_origin = recording.firstTime();
}

Session::~Session() = default;

const PoolState& Session::state() const {
  return m_frozen ? *m_frozen : m_history.live();
}
const PoolState& Session::liveState() const {
  return m_history.live();
}
const TaskHistory& Session::history() const {
  return m_history.tasks();
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
bool Session::isLive() const {
  return !m_frozen;
}
bool Session::isCatchingUp() const {
  return isLive() && !m_caughtUp;
}

bool Session::isBusy() const {
  if (isRecorded()) return false;
  for (const PoolLive& pool : liveState().pools)
    if (pool.open && (pool.counters.running > 0 || pool.counters.queued > 0 || pool.shuttingDown)) return true;
  return false;
}

void Session::setFrozen(bool frozen) {
  if (frozen != isLive()) return;
  if (frozen)
    m_frozen = m_history.live();
  else
    m_frozen.reset();
  Q_EMIT frozenChanged(frozen);
  fold();
}

void Session::select(const Selection& selection) {
  if (selection == m_selection) return;
  m_selection = selection;
  if (selection.pool) selectPool(selection.pool);
  Q_EMIT selectionChanged();
}

PoolId Session::currentPool() const {
  return m_currentPool;
}

void Session::selectPool(PoolId pool) {
  m_chosenPool = pool;
  fold();
}

QString Session::text(TextId id) const {
  const std::string_view text = recording().texts().text(id);
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

void Session::fold() {
  m_caughtUp = m_history.advance(kFoldBudget);
  if (isRecorded())
    m_origin = recording().firstTime(), m_now = state().time;
  else if (isLive())
    m_now = std::max(monotonicNow(), m_history.live().time);
  const std::vector<PoolLive>& pools = state().pools;
  PoolId current;
  for (const PoolLive& pool : pools) // the newest, an open one before a closed one
    if (pool.open || !current || !state().pool(current)->open) current = pool.id;
  const PoolLive* chosen = state().pool(m_chosenPool);
  if (chosen && (chosen->open || !state().pool(current)->open)) current = chosen->id;
  const bool moved = current != m_currentPool;
  m_currentPool = current;
  Q_EMIT changed();
  if (moved) Q_EMIT currentPoolChanged();
}

} // namespace poolscope::ui
