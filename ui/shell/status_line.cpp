#include "ui/shell/status_line.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/accessible/names.h"
#include "ui/models/processor_words.h"
#include "ui/session/session.h"
#include "ui/shell/cut_label.h"
#include "ui/theme/format.h"
#include "ui/theme/theme.h"

#include <QLabel>
#include <QStatusBar>

#include <cmath>

namespace poolscope::ui {

namespace {
constexpr int kPauseMs = 100, kAgainMs = 300;
constexpr std::int64_t kActivityStep = 250'000'000; // ns
} // namespace

StatusLine::StatusLine(Session& session, QStatusBar* bar)
    : QObject(bar), m_session(session), m_counters(new CutLabel), m_frame(new QLabel) {
  nameWidget(bar, "Status bar");
  nameWidget(m_counters, "Status counters");
  nameWidget(m_frame, "Dropped and frame");
  for (QLabel* label : {m_counters, m_frame}) {
    label->setTextFormat(Qt::PlainText);
    label->setFont(Theme::instance().font(FontRole::Label));
  }
  m_counters->setContentsMargins(10, 0, 0, 0);
  m_frame->setContentsMargins(0, 0, 10, 0);
  bar->addWidget(m_counters, 1);
  bar->addPermanentWidget(m_frame);
  bar->setSizeGripEnabled(false);
  for (QTimer* timer : {&m_pause, &m_again})
    timer->setSingleShot(true);
  m_pause.setInterval(kPauseMs);
  m_again.setInterval(kAgainMs);
  connect(&m_pause, &QTimer::timeout, this, [this] {
    if (m_stale) update();
  });
  connect(&m_again, &QTimer::timeout, &m_session, &Session::fold);
  connect(&m_session, &Session::changed, this, &StatusLine::later);
  connect(&Theme::instance(), &Theme::changed, this, [this] {
    for (QLabel* label : {m_counters, m_frame})
      label->setFont(Theme::instance().font(FontRole::Label));
  });
}

void StatusLine::later() {
  m_stale = true;
  if (!m_pause.isActive()) update();
}

QString StatusLine::rate(double perSecond) {
  if (perSecond < 9.95 && std::abs(perSecond - std::round(perSecond)) > 0.05)
    return QStringLiteral("%1/s").arg(perSecond, 0, 'f', 1);
  return formatCount(static_cast<std::uint64_t>(std::llround(perSecond))) + QStringLiteral("/s");
}

QString StatusLine::counters(const Session& session, const Activity& activity) {
  const PoolCounters c = session.state().totals();
  return tr("running %1 · blocked %2 · queued %3 · done %4 · failed %5 · cancelled %6 · %7 · occupied %8 "
            "(computing %9)")
      .arg(formatCount(c.running - std::min(c.blocked, c.running)), formatCount(c.blocked),
           formatCount(c.queued + c.dispatched), formatCount(c.done), formatCount(c.failed), formatCount(c.cancelled),
           rate(activity.endedPerSecond), formatPercent(activity.occupied), ProcessorWords::share(activity.computing));
}

void StatusLine::update() {
  m_stale = false;
  m_pause.start();
  const std::int64_t now = m_session.now();
  if (now < m_activityAt || now - m_activityAt >= kActivityStep) {
    m_activity = activityAt(m_session.state(), m_session.lanes(), m_session.recording(), m_session.currentPool(), now);
    m_activityAt = now;
  }
  setLabelText(m_counters, counters(m_session, m_activity));
  m_counters->setToolTip(tr("occupied: slots that have a task\ncomputing: processor time of the same slots in the last "
                            "second, as a share of that second"));
  const QString dropped = tr("dropped %1").arg(formatCount(m_session.recording().dropped()));
  const std::int64_t frame = m_foldNs + m_paintNs;
  setLabelText(m_frame, frame == 0
                            ? dropped
                            : dropped + QStringLiteral(" · ") + tr("frame %1 ms").arg(double(frame) / 1e6, 0, 'f', 1));
  // Fixed names find both as one line, as they were before they were two.
  m_counters->setAccessibleDescription(m_counters->text() + QStringLiteral(" · ") + dropped);
  if (m_session.isLive() && (m_activity.endedPerSecond > 0 || m_activity.computing.value_or(0) > 0)) m_again.start();
}

} // namespace poolscope::ui
