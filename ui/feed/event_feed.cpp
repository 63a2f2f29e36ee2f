#include "ui/feed/event_feed.h"

#include "core/event/event_log.h"
#include "ui/session/session.h"

#include <QElapsedTimer>

#include <unistd.h>

namespace poolscope::ui {

EventFeed::EventFeed(EventLog& log, Session& session, QObject* parent)
    : QObject(parent), m_log(log), m_session(session), m_notifier(log.notifyFd(), QSocketNotifier::Read) {
  m_frame.setSingleShot(true);
  m_frame.setInterval(16);
  m_frame.setTimerType(Qt::PreciseTimer);
  connect(&m_notifier, &QSocketNotifier::activated, this, &EventFeed::wake);
  connect(&m_frame, &QTimer::timeout, this, &EventFeed::frame);
  m_frame.start();
}

void EventFeed::wake() {
  std::uint64_t count;
  [[maybe_unused]] const ssize_t n = ::read(m_log.notifyFd(), &count, sizeof count); // resets it
  if (!m_frame.isActive()) m_frame.start();
}

void EventFeed::setSeen(bool seen) {
  m_seen = seen;
  if (seen && !m_frame.isActive()) m_frame.start();
}

void EventFeed::frame() {
  QElapsedTimer clock;
  clock.start();
  m_session.fold();
  Q_EMIT folded(clock.nsecsElapsed());
  if ((m_seen && m_session.isBusy()) || m_session.isCatchingUp()) m_frame.start();
}

} // namespace poolscope::ui
