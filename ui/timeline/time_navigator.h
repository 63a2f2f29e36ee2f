#pragma once

#include "ui/timeline/time_axis.h"

#include <QElapsedTimer>
#include <QObject>
#include <QVariantAnimation>

#include <vector>

namespace poolscope::ui {

class Session;

/// Which stretch of time the timeline shows, and how it gets there: the one owner of zoom and pan.
///
/// It follows the live edge while that is visible; a move away from it stops following, goLive() follows again. Of a
/// file it shows the whole, until a person moves. Jumps
/// to a target glide for at most 200 ms and give way to any other move. Each place that a person left can be returned
/// to by undo().
/// Made by the view; borrows the session, which outlives it. Threads: GUI thread.
class TimeNavigator : public QObject {
  Q_OBJECT
 public:
  enum class How : std::uint8_t { AtOnce, Glide };
  static constexpr int kRightMargin = 24; ///< px between the live edge and the view's end

  explicit TimeNavigator(Session* session, QObject* parent = nullptr);
  const TimeAxis& axis() const { return m_axis; }
  bool follows() const { return m_follow; }
  bool showsAll() const { return m_whole && m_follow; } ///< a file, and nobody has moved yet
  void setWidth(int pixels);
  void update(); ///< the session moved on

  void set(const TimeAxis& axis, How how = How::AtOnce);
  void zoom(double factor, double pixel) { set(m_axis.zoomed(factor, pixel)); }
  void pan(double pixels) { set(m_axis.panned(pixels)); }
  void show(std::int64_t begin, std::int64_t end) { set(m_axis.showing(begin, end), How::Glide); }
  void centre(std::int64_t t) { set(m_axis.centred(t), How::Glide); }
  void reveal(std::int64_t t); ///< moves only when t is not visible
  void goLive();
  bool canUndo() const { return !m_undo.empty(); }
  bool canRedo() const { return !m_redo.empty(); }
  void undo();
  void redo();

 Q_SIGNALS:
  void changed();

 private:
  TimeAxis clamped(TimeAxis axis) const;
  TimeAxis following() const;
  void remember(How how);
  void go(const TimeAxis& axis, bool follow, How how);
  void take(const TimeAxis& axis, bool follow);

  struct Place {
    TimeAxis axis;
    bool follow;
  };
  Session* m_session;
  TimeAxis m_axis;
  bool m_follow = true;
  bool m_whole;
  QVariantAnimation m_glide;
  Place m_from{}, m_target{};
  std::vector<Place> m_undo, m_redo;
  QElapsedTimer m_lastMove;
};

} // namespace poolscope::ui
