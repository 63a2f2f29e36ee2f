#pragma once

#include "ui/session/session.h"
#include "ui/views/look_clock.h"
#include "ui/views/painted_rows.h"
#include "ui/views/worker_layout.h"

#include <QAbstractScrollArea>

namespace poolscope::ui {

class WorkerCells;

/// Every pool's workers as they are now: cards, smaller ones where they are many, a folded line for pools that are not
/// the current one. It scrolls inside when there is more than fits.
///
/// Arrows move a frame from box to box, Enter does what a click does: selects a worker, makes a head's pool the
/// current one. Ctrl+click selects one more worker, or lets it go. A click on a head's triangle, or Space, folds.
/// Threads: GUI thread.
class WorkersZone : public QAbstractScrollArea, public PaintedRows {
  Q_OBJECT
 public:
  explicit WorkersZone(Session* session, QWidget* parent = nullptr);
  int contentHeight() const { return m_layout.height; }
  int usualHeight() const;   ///< what the content would need where there is room
  void setDense(bool dense); ///< for a low window: smaller boxes
  const WorkerLayout& boxes() const { return m_layout; }

  int rowCount() const override { return static_cast<int>(m_layout.boxes.size()); }
  QString rowName(int row) const override;
  QRect rowRect(int row) const override;
  QAccessible::State rowState(int row) const override;
  void pressRow(int row) override;
  int focusedRow() const override { return m_focus; }
  const QWidget* rowArea() const override { return viewport(); }

 Q_SIGNALS:
  void contentHeightChanged();

 protected:
  bool viewportEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void refresh();
  void fold(const WorkerBox& box);
  void moveFocus(int row);
  int rowAt(const QPoint& point) const;
  int rowBeyond(int row, int lines) const;
  void paintHead(QPainter& painter, const WorkerBox& box, const QRect& rect) const;
  void paintBox(QPainter& painter, WorkerCells& cells, const WorkerBox& box, const QRect& rect) const;

  LookClock m_clock;
  Session* m_session; // outlives the view
  WorkerLayout m_layout;
  Folds m_folds;
  int m_focus = 0;
  bool m_dense = false;
  bool m_showFocus = false; // the keyboard came last, not the mouse
};

} // namespace poolscope::ui
