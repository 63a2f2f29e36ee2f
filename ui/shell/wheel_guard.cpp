#include "ui/shell/wheel_guard.h"

#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QEvent>
#include <QScrollBar>

namespace poolscope::ui {

namespace {

/// The widget, when a turn of the wheel would change its value.
QWidget* commander(QObject* object) {
  auto* widget = qobject_cast<QWidget*>(object);
  const bool commands = qobject_cast<QComboBox*>(widget) || qobject_cast<QAbstractSpinBox*>(widget) ||
                        (qobject_cast<QAbstractSlider*>(widget) && !qobject_cast<QScrollBar*>(widget));
  return commands ? widget : nullptr;
}

} // namespace

void WheelGuard::install() {
  static WheelGuard* one = nullptr;
  if (one == nullptr) qApp->installEventFilter(one = new WheelGuard(qApp));
}

bool WheelGuard::eventFilter(QObject* object, QEvent* event) {
  if (event->type() == QEvent::Polish) { // before it is shown for the first time
    if (QWidget* widget = commander(object); widget && widget->focusPolicy() == Qt::WheelFocus)
      widget->setFocusPolicy(Qt::StrongFocus);
    return false;
  }
  if (event->type() != QEvent::Wheel) return false;
  const QWidget* widget = commander(object);
  if (widget == nullptr || widget->hasFocus()) return false;
  event->ignore(); // Qt offers it to the parent
  return true;
}

} // namespace poolscope::ui
