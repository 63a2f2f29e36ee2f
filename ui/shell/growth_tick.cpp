#include "ui/shell/growth_tick.h"

#include "ui/session/session.h"

#include <QEvent>
#include <QWidget>
#include <QWindow>

#include <algorithm>

namespace poolscope::ui {

namespace {

constexpr std::chrono::milliseconds kFine{200}, kCoarse{500};
constexpr std::int64_t kMinute = 60'000'000'000; // from here on elapsed times are shown in whole seconds

/// When the youngest of all that grows began; kNever: nothing grows.
std::int64_t growsSince(const PoolState& state) {
  std::int64_t youngest = kNever;
  const auto add = [&](std::int64_t since) {
    if (since != kNever && (youngest == kNever || since > youngest)) youngest = since;
  };
  for (const PoolLive& pool : state.pools)
    for (const WorkerState& worker : pool.slots)
      if (pool.open && worker.phase != WorkerPhase::Vacant && worker.phase != WorkerPhase::Failed) add(worker.since);
  for (const CallerLive& caller : state.callers)
    if (caller.blocked) add(caller.since);
  for (const auto& [id, client] : state.clients)
    for (const std::int64_t t : {client.connected, client.queued, client.served})
      add(t);
  return youngest;
}

} // namespace

GrowthTick::GrowthTick(Session& session, QWidget* window) : QObject(window), m_session(session), m_window(window) {
  m_tick.setSingleShot(true);
  connect(&m_tick, &QTimer::timeout, &m_session, &Session::fold);
  connect(&m_session, &Session::changed, this, &GrowthTick::tickIfNeeded);
  m_window->installEventFilter(this);
}

bool GrowthTick::eventFilter(QObject*, QEvent* event) {
  switch (event->type()) {
  case QEvent::Show:
    if (QWindow* handle = m_window->windowHandle()) handle->installEventFilter(this); // once: Qt keeps it so
    break;
  case QEvent::Hide:
  case QEvent::WindowStateChange:
  case QEvent::Expose: // after it has been handled, isExposed() says what it told
    break;
  default:
    return false;
  }
  QMetaObject::invokeMethod(this, &GrowthTick::look, Qt::QueuedConnection);
  return false;
}

void GrowthTick::look() {
  const QWindow* handle = m_window->windowHandle();
  const bool seen = m_window->isVisible() && !m_window->isMinimized() && handle && handle->isExposed();
  if (seen == m_seen) return;
  m_seen = seen;
  if (!seen) m_tick.stop();
  Q_EMIT seenChanged(seen);
  if (seen) m_session.fold();
}

void GrowthTick::tickIfNeeded() {
  if (!m_seen || m_tick.isActive() || !m_session.isLive() || m_session.isRecorded() || m_session.isBusy()) return;
  const std::int64_t since = growsSince(m_session.liveState());
  if (since != kNever) m_tick.start(m_session.now() - since < kMinute ? kFine : kCoarse);
}

} // namespace poolscope::ui
