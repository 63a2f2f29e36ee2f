#include "ui/shell/status_line.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"

#include <QLabel>
#include <QStatusBar>

namespace poolscope::ui {

StatusLine::StatusLine(Session& session, QStatusBar* bar) : QObject(bar), m_session(session), m_counters(new QLabel) {
  m_counters->setAccessibleName(QStringLiteral("Status counters"));
  m_counters->setTextFormat(Qt::PlainText);
  m_counters->setContentsMargins(10, 0, 0, 0); // in line with the rows above
  bar->addWidget(m_counters, 1);
  bar->setSizeGripEnabled(false);
  connect(&m_session, &Session::changed, this, &StatusLine::update);
}

void StatusLine::update() {
  const PoolCounters c = m_session.state().totals();
  std::uint64_t workers = 0, occupied = 0;
  for (const PoolLive& pool : m_session.state().pools)
    for (const WorkerState& slot : pool.slots) {
      workers += slot.phase != WorkerPhase::Vacant;
      occupied += slot.phase == WorkerPhase::Running || slot.phase == WorkerPhase::Blocked;
    }
  const std::uint64_t computing = c.running >= c.blocked ? c.running - c.blocked : 0;
  setLabelText(m_counters, tr("running %1 · blocked %2 · queued %3 · done %4 · failed %5 · cancelled %6 · occupied %7 "
                              "(computing %8) · dropped %9")
                               .arg(formatCount(computing), formatCount(c.blocked), formatCount(c.queued),
                                    formatCount(c.done), formatCount(c.failed), formatCount(c.cancelled),
                                    formatPercent(workers ? double(occupied) / double(workers) : 0),
                                    formatPercent(workers ? double(computing) / double(workers) : 0),
                                    formatCount(m_session.recording().dropped())));
}

} // namespace poolscope::ui
