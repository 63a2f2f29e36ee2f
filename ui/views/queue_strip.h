#pragma once

#include "ui/session/session.h"
#include "ui/views/look_clock.h"
#include "ui/views/painted_rows.h"

#include <QWidget>

#include <functional>
#include <vector>

namespace poolscope::ui {

/// The current pool's queue as a line of chips: head at the left, newest at the right, the middle left out and counted;
/// beside it, in words, why the selected one (else the head) waits.
///
/// A click or an arrow key selects, Ctrl+click one more; the context menu (or the Menu key) cancels what is selected or
/// moves it to the front, Delete cancels it.
/// Threads: GUI thread.
class QueueStrip : public QWidget, public PaintedRows {
  Q_OBJECT
 public:
  using TaskCommand = std::function<void(PoolId, TaskId)>;
  explicit QueueStrip(Session* session, QWidget* parent = nullptr);
  /// What the context menu does; without them it has no entries.
  void setCommands(TaskCommand cancel, TaskCommand moveToFront);
  const QString& reason() const { return m_reason; }
  QSize sizeHint() const override;

  int rowCount() const override { return static_cast<int>(m_chips.size()); }
  QString rowName(int row) const override;
  QRect rowRect(int row) const override { return m_chips[static_cast<std::size_t>(row)].rect; }
  QAccessible::State rowState(int row) const override;
  void pressRow(int row) override;
  int focusedRow() const override { return m_focus; }
  const QWidget* rowArea() const override { return this; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;

 private:
  struct Chip {
    TaskId task;
    std::uint64_t position = 0; // from 1
    QRect rect;
  };
  void refresh();
  int reasonWidth(const PoolLive& pool, int most) const;
  void layoutChips(const PoolLive* pool);
  void findReason(const PoolLive& pool);
  void paintChip(QPainter& painter, const Chip& chip) const;
  int rowAt(const QPoint& point) const;
  bool canCommand() const;
  bool isSelected(const Chip& chip) const;
  std::vector<TaskId> chosen() const;
  void setFocusedRow(int row);
  void moveFocus(int row);

  LookClock m_clock;
  Session* m_session; // outlives the view
  TaskCommand m_cancel, m_moveToFront;
  std::vector<Chip> m_chips;
  std::uint64_t m_left = 0; // tasks between the chips that are not shown
  QRect m_leftRect, m_reasonRect;
  QString m_reason;
  int m_focus = 0;
  TaskId m_framed;          // what the chip m_focus shows
  bool m_showFocus = false; // the keyboard came last, not the mouse
};

} // namespace poolscope::ui
