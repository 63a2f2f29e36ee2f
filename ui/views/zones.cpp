#include "ui/views/zones.h"

#include "ui/accessible/names.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/workers_zone.h"
#include "ui/views/zone_head.h"
#include "ui/views/zone_metrics.h"
#include "ui/views/zone_text.h"

#include <QEvent>
#include <QPainter>

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr int kTop = 4, kGap = 6;
constexpr int kTimelineLeast = 164;  // its ruler, both step lines, two lanes and the session's row
constexpr int kTimelineBarest = 126; // without the session's row, which it gives up first
constexpr int kWorkersLeast = 96;    // a head and a line of cards
constexpr int kTimelineWants = 230;  // the same with six lanes: rather than less, workers are drawn small
constexpr int kTimelineAxis = 112;   // what the first launch leaves uncovered: ruler and step lines
} // namespace

Zones::Zones(Session* session, ZoneCommands commands, QWidget* parent)
    : QWidget(parent), m_session(session), m_workersHead(new ZoneHead("Workers head", this)),
      m_queueHead(new ZoneHead("Queue head", this)), m_timelineHead(new TimelineHead(this)),
      m_workers(new WorkersZone(session, this)), m_queue(new QueueStrip(session, this)),
      m_timeline(new TimelineView(session, this)), m_first(new FirstLaunch(session, std::move(commands.first), this)) {
  nameWidget(this, "Zones");
  m_queue->setCommands(std::move(commands.cancelTask), std::move(commands.moveToFront));
  setTabOrder(m_workers, m_queue);
  setTabOrder(m_queue, m_timeline);
  connect(m_workers, &WorkersZone::contentHeightChanged, this, &Zones::place);
  connect(session, &Session::changed, this, [this] {
    if (m_clock.isDue(*m_session)) refresh();
  });
  connect(m_timeline, &TimelineView::rangeChanged, this,
          [this] { m_timelineHead->setTexts(tr("TIMELINE"), timelineSummary()); });
  connect(&Theme::instance(), &Theme::changed, this, [this] { // texts may have another size
    updateGeometry();
    place();
  });
  refresh();
}

QSize Zones::minimumSizeHint() const {
  return {320, kTop + 3 * zoneHeadHeight() + px(kWorkersLeast) + m_queue->sizeHint().height() + 2 * kGap +
                   px(kTimelineBarest)};
}

void Zones::refresh() {
  const PoolLive* pool = m_session->state().pool(m_session->currentPool());
  m_workersHead->setTexts(tr("WORKERS"), ZoneText::workersSummary(*m_session, pool));
  m_queueHead->setTexts(tr("QUEUE"), ZoneText::queueSummary(*m_session, pool));
  m_timelineHead->setTexts(tr("TIMELINE"), timelineSummary());
  m_first->setVisible(m_first->isWanted());
}

QString Zones::timelineSummary() const {
  if (m_first->isWanted()) return m_session->isRecorded() ? tr("no task and no client so far") : tr("no events yet");
  return m_timeline->rangeText();
}

void Zones::place() {
  m_placeAgain = true;
  if (m_placing) return;
  m_placing = true;
  for (int i = 0; i < 3 && m_placeAgain;
       ++i) // a scroll bar may come with one height and go with the other: no endless dance
    m_placeAgain = false, placeOnce();
  m_placing = false;
}

void Zones::placeOnce() {
  const int wide = width();
  const int queue = m_queue->sizeHint().height();
  const int fixed = kTop + 3 * zoneHeadHeight() + queue + 2 * kGap;
  m_workers->setDense(height() - fixed - m_workers->usualHeight() < px(kTimelineWants));
  const int most = std::max(px(kWorkersLeast), height() - fixed - px(kTimelineLeast));
  const int workers = std::clamp(m_workers->contentHeight(), 0, most);
  int y = kTop;
  const auto stack = [&](QWidget* widget, int high) {
    widget->setGeometry(0, y, wide, high);
    y += high;
  };
  stack(m_workersHead, zoneHeadHeight());
  stack(m_workers, workers);
  stack(m_queueHead, zoneHeadHeight());
  stack(m_queue, queue);
  y += kGap;
  m_line = y++;
  stack(m_timelineHead, zoneHeadHeight());
  stack(m_timeline, std::max(0, height() - y));
  m_first->setGeometry(m_timeline->geometry().adjusted(0, std::min(px(kTimelineAxis), m_timeline->height() / 3), 0, 0));
  update();
}

void Zones::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), themeColor(ColorRole::Window));
  painter.fillRect(0, m_line, width(), 1, themeColor(ColorRole::Grid));
}

void Zones::resizeEvent(QResizeEvent*) {
  place();
}

void Zones::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) refresh();
}

} // namespace poolscope::ui
