#pragma once

#include <QAccessible>
#include <QRect>
#include <QString>

class QWidget;

namespace poolscope::ui {

/// What a painted view tells a screen reader: the things that it paints, as a list of children. A view's class derives
/// from this beside QWidget. Indices count what is painted now, in reading order.
/// Threads: GUI thread.
class PaintedRows {
 public:
  virtual ~PaintedRows() = default;
  virtual int rowCount() const = 0;
  virtual QString rowName(int row) const = 0;
  virtual QRect rowRect(int row) const = 0; ///< in the coordinates of rowArea()
  virtual QAccessible::State rowState(int row) const = 0;
  virtual void pressRow(int row) = 0; ///< what a click does
  virtual int focusedRow() const = 0; ///< −1: none
  virtual const QWidget* rowArea() const = 0;
};

/// Says that the keyboard moved to another row.
void announceFocusedRow(QWidget* view, int row);

/// Makes screen readers find the rows of every such view. Call once, after QApplication.
void installPaintedRowsAccessibility();

} // namespace poolscope::ui
