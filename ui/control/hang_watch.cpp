#include "ui/control/hang_watch.h"

#include "core/base/clock.h"

#include <QLoggingCategory>

namespace poolscope::ui {

namespace {
Q_LOGGING_CATEGORY(guiLog, "poolscope.gui")
constexpr std::chrono::milliseconds kBeat{250};
} // namespace

HangWatch::HangWatch(QObject* parent) : QObject(parent), m_lastBeat(monotonicNow()) {
  m_beat.setInterval(kBeat);
  connect(&m_beat, &QTimer::timeout, this, [this] { m_lastBeat = monotonicNow(); });
  m_beat.start();
  m_thread = std::thread([this] { watch(); });
}

HangWatch::~HangWatch() {
  {
    MutexLock lock(m_mutex);
    m_ending = true;
  }
  m_changed.notifyAll();
  m_thread.join();
}

void HangWatch::watch() {
  std::int64_t hangingSince = 0; // the beat after which none came; 0 while all is well
  MutexLock lock(m_mutex);
  while (!m_ending) {
    m_changed.wait(lock, std::chrono::steady_clock::now() + kBeat);
    const std::int64_t beat = m_lastBeat, now = monotonicNow();
    const auto msSince = [&](std::int64_t then, std::int64_t end) { return (end - then) / 1'000'000; };
    if (hangingSince && beat != hangingSince) {
      qCWarning(guiLog, "the window was blocked for %lld ms", static_cast<long long>(msSince(hangingSince, beat)));
      hangingSince = 0;
    } else if (!hangingSince && msSince(beat, now) > kGap.count()) {
      qCWarning(guiLog, "the window has not answered for %lld ms", static_cast<long long>(msSince(beat, now)));
      hangingSince = beat;
    }
  }
}

} // namespace poolscope::ui
