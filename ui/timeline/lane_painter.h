#pragma once

#include "ui/theme/state_role.h"
#include "ui/timeline/lane_fold.h"
#include "ui/timeline/lane_layout.h"
#include "ui/timeline/time_axis.h"

#include <QHash>
#include <QImage>
#include <QRect>
#include <QStaticText>

#include <array>
#include <vector>

class QPainter;

namespace poolscope::ui {

/// Paints lanes on a CPU raster: fills are gathered by colour and drawn in one call each, crowded columns are written
/// into scanlines, the hatch is copied from a strip made once. No pen, no path, no allocation a span.
///
/// Owned by the view, because its strips and texts are worth keeping. A frame is begin(), add() for each visible lane,
/// finish(). Geometry is in device pixels until the texts.
/// Threads: GUI thread.
class LanePainter {
 public:
  /// The axis lies over the area's width.
  void begin(QPainter& painter, const Session& session, const TimeAxis& axis, const QRect& area);
  void add(const Lane& lane, const QRect& rect);
  void finish();
  void forget(); ///< theme, language or names changed

 private:
  struct Label {
    QRect rect; ///< logical; the text stands at its left
    const QStaticText* text;
    StateRole role;
  };
  struct Mark {
    QPoint at; ///< logical, the middle of its lower edge
    StateRole role;
  };
  struct Note {
    int x, y;               ///< logical
    Qt::AlignmentFlag side; ///< AlignRight: the text ends at x
    QString text;
  };
  QRect span(std::int64_t begin, std::int64_t end) const;
  void fill(StateRole role, const QRect& device);
  void cap(StateRole role, int right);
  void worker(const Lane& lane);
  void folded(const WorkerLane& lane, std::int64_t from, std::int64_t until);
  void lives(const WorkerLane& lane, const std::vector<WorkerSpan>& workers);
  void tasks(const WorkerLane& lane);
  void markSelected(const WorkerLane& lane, const TaskRow& task);
  void label(const WorkerLane& lane, const LaneTask& task);
  void labelAt(int left, int right, StateRole role, const QString& text, quint64 key);
  void caller(const CallerLane& caller);
  void client(const ClientRow& client);
  void turn(const TaskRow& task, std::int64_t until);
  void paintRun(const LaneFold::Run& run);
  const QImage& strip(StateRole role);
  int device(int logical) const { return static_cast<int>(logical * m_ratio); }

  QPainter* m_painter = nullptr;
  const Session* m_session = nullptr;
  TimeAxis m_axis;       // logical
  TimeAxis m_deviceAxis; // the same over device pixels
  QRect m_area;
  QRect m_rect;                // of the lane being added, logical
  int m_top = 0, m_bottom = 0; // of its spans, device pixels
  double m_ratio = 1;
  std::int64_t m_until = 0;
  LaneFold m_fold;
  std::array<std::vector<QRect>, kStateRoleCount> m_fills; // by role; Idle: lives
  std::array<std::vector<QRect>, kStateRoleCount> m_caps;
  std::vector<QRect> m_starting;
  std::vector<Label> m_labels;
  std::vector<Mark> m_marks;
  std::vector<Note> m_notes;
  std::vector<QRect> m_selected;
  struct Strip {
    QImage image;
    QRgb fill = 0;
    double ratio = 0;
  };
  std::array<Strip, kStateRoleCount> m_strips;
  QHash<quint64, QStaticText*> m_texts;

 public:
  LanePainter() = default;
  ~LanePainter() { forget(); }
  LanePainter(const LanePainter&) = delete;
  LanePainter& operator=(const LanePainter&) = delete;
};

} // namespace poolscope::ui
