#pragma once

#include "ui/views/first_launch.h"
#include "ui/views/look_clock.h"
#include "ui/views/queue_strip.h"

#include <QWidget>

namespace poolscope::ui {

class Session;
class TimelineView;
class WorkersZone;
class ZoneHead;

/// What the zones can command; an empty one is not offered.
struct ZoneCommands {
  FirstLaunch::Actions first;
  QueueStrip::TaskCommand cancelTask, moveToFront;
};

/// The column between the controls and the tabs: workers, queue, timeline. The workers' zone is as high as its boxes
/// need, but the timeline always keeps its least height; what does not fit scrolls inside the workers' zone.
///
/// Made by the window; borrows the session, which outlives it.
/// Threads: GUI thread.
class Zones : public QWidget {
  Q_OBJECT
 public:
  Zones(Session* session, ZoneCommands commands, QWidget* parent = nullptr);
  TimelineView* timeline() const { return m_timeline; }
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  void place();
  void placeOnce();
  QString timelineSummary() const;

  LookClock m_clock;
  Session* m_session;
  ZoneHead *m_workersHead, *m_queueHead, *m_timelineHead;
  WorkersZone* m_workers;
  QueueStrip* m_queue;
  TimelineView* m_timeline;
  FirstLaunch* m_first;
  bool m_placing = false, m_placeAgain = false; // the workers' height may change with the width that place() gives
  int m_line = 0;                               // y of the hairline above the timeline
};

} // namespace poolscope::ui
