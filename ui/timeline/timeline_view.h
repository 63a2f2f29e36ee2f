#pragma once

#include "ui/session/session.h"
#include "ui/timeline/lane_layout.h"
#include "ui/timeline/lane_painter.h"
#include "ui/timeline/minimap.h"
#include "ui/timeline/step_rows.h"
#include "ui/timeline/time_navigator.h"

#include <QAbstractScrollArea>
#include <QElapsedTimer>
#include <QTimer>

#include <optional>
#include <set>
#include <vector>

class QPushButton;
class QWidget;

namespace poolscope::ui {

/// Who did what when: the ruler, pool size and queue depth as step lines, then callers, pools and clients as groups of
/// lanes, and below them the whole session. Fill = what was happening; end cap = how it ended; a running span grows
/// with an open right edge, and nothing is recoloured afterwards.
///
/// It shows everything up to the session's end(); the cursor is the live edge there, or a line in the past, behind
/// which a veil lies. It paints at most once a frame, and not at all while nothing changed or nobody sees it.
/// Threads: GUI thread.
class TimelineView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit TimelineView(Session* session, QWidget* parent = nullptr);
  ~TimelineView() override;
  bool followsLive() const { return m_time.follows() && m_session->isLive(); }
  /// "following live · 44–78 s of 76.6 s", "at 52.3 s · 44–78 s of 76.6 s", "the whole recording · 12.1 s": for the
  /// line above the timeline.
  QString rangeText() const { return m_rangeText; }

  const std::vector<Lane>& lanes() const { return m_lanes; }
  QRect laneRect(std::size_t lane) const; ///< in viewport coordinates, labels included; outside when scrolled away
  QString laneDescription(std::size_t lane) const;
  QRect stepRow(StepRows::Row row) const; ///< where its line is painted, in viewport coordinates
  QString description() const;            ///< for a screen reader: rangeText(), and what the step lines say now
  bool isFolded(const LaneGroup& group) const { return m_folded.contains(group); }
  void setFolded(const LaneGroup& group, bool folded);
  void activateLane(std::size_t lane); ///< as a click on its label: selects, or folds a heading
  TimeNavigator& time() { return m_time; }
  const Minimap& minimap() const { return m_minimap; }
  QWidget* liveButton() const; ///< shown while the view is not at the live edge
  QRect tracks() const;        ///< where lanes are painted, without labels, ruler, rows and minimap
  QSize sizeHint() const override { return {800, 340}; }
  QSize minimumSizeHint() const override { return {320, 160}; }

 public Q_SLOTS:
  void goLive();
  void showSelection(); ///< centres it; when it is centred already, fits it
  void showRange();
  void showSpan(const TaskRow& task); ///< fits one task's run
  void selectNeighbour(int steps);    ///< the next or the last task of the selected one's lane

 Q_SIGNALS:
  void rangeChanged(); ///< rangeText() did

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  bool viewportEvent(QEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void refresh();
  void layout();
  void schedule();
  void updateRangeText();
  void placeLiveButton();
  int trackLeft() const;
  int laneX(std::int64_t t) const; ///< viewport x
  std::int64_t timeAt(int x) const;
  std::optional<std::size_t> laneAt(const QPoint& point) const;
  const TaskRow* taskAt(const QPoint& point) const;

  void paintRuler(QPainter& painter);
  void paintGrid(QPainter& painter);
  void paintLabel(QPainter& painter, std::size_t lane, const QRect& rect);
  void paintCursor(QPainter& painter);
  void paintRange(QPainter& painter);
  void paintArrow(QPainter& painter);
  void paintCancelled(QPainter& painter);

  void select(const QPoint& point, Qt::KeyboardModifiers modifiers);
  void dragMinimap(int x);
  void hover(const QPoint& point, const QPoint& global);
  void moveLane(int steps);
  void scrollToLane(std::size_t lane);
  void updatePointer(const QPoint& point);

  Session* m_session; // outlives the view
  TimeNavigator m_time;
  std::vector<Lane> m_lanes;
  std::set<LaneGroup> m_folded{{LaneGroup::Kind::Clients, {}}};
  int m_laneHeight;
  LanePainter m_lanePainter;
  StepRows m_stepRows;
  Minimap m_minimap;
  QPushButton* m_live;
  QString m_rangeText;
  std::optional<Lane> m_focusLane; ///< where the keys ↑ and ↓ stand
  Selection m_centred;             ///< what showSelection() centred last

  enum class Drag : std::uint8_t { None, Press, Range, Pan, Ruler, MapLeft, MapRight, MapWindow, MapSeek };
  Drag m_drag = Drag::None;
  QPoint m_pressed, m_lastPoint;
  std::int64_t m_pressedTime = 0;
  TimeAxis m_pressedAxis;

  struct Shown { // what the last painting showed: when it is the same, nothing is painted
    std::int64_t now = -1, end = -1;
    std::uint64_t seq = 0;
    std::size_t lanes = 0;
    friend bool operator==(const Shown&, const Shown&) = default;
  };
  Shown m_shown;
  struct Shape { // what the rows depend on
    std::uint64_t lanes = 0;
    std::size_t callers = 0, waiters = 0, clients = 0, pools = 0;
    bool live = true;
    friend bool operator==(const Shape&, const Shape&) = default;
  };
  Shape m_shape{.lanes = UINT64_MAX};
  QTimer m_frame;
  QElapsedTimer m_sincePaint;
};

/// Makes screen readers find the timeline's lanes as its children. Call once, after QApplication.
void installTimelineAccessibility();

} // namespace poolscope::ui
