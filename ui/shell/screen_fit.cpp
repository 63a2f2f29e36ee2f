#include "ui/shell/screen_fit.h"

#include <QApplication>
#include <QEvent>
#include <QLayout>
#include <QScreen>
#include <QWidget>

namespace poolscope::ui {

namespace {
constexpr QMargins kUsualFrame{4, 30, 4, 4}; // px: of a window manager that has not said yet what it will add

QMargins frameOf(const QWidget& window) {
  const QRect inner = window.geometry(), outer = window.frameGeometry();
  const QMargins told(inner.left() - outer.left(), inner.top() - outer.top(), outer.right() - inner.right(),
                      outer.bottom() - inner.bottom());
  return told.isNull() ? kUsualFrame : told;
}
} // namespace

QSize roomOnScreen(const QWidget& window) {
  return window.screen()->availableGeometry().marginsRemoved(frameOf(window)).size();
}

void keepOnScreen(QWidget& window) {
  if (window.windowState() & (Qt::WindowMaximized | Qt::WindowFullScreen)) return;
  const QRect room = window.screen()->availableGeometry().marginsRemoved(frameOf(window));
  QRect place = window.geometry();
  place.setSize(place.size().boundedTo(room.size()).expandedTo(window.minimumSize()));
  if (place.right() > room.right()) place.moveRight(room.right());
  if (place.bottom() > room.bottom()) place.moveBottom(room.bottom());
  if (place.left() < room.left()) place.moveLeft(room.left());
  if (place.top() < room.top()) place.moveTop(room.top());
  if (place == window.geometry()) return;
  if (place.size() != window.size()) window.resize(place.size());
  if (place.topLeft() != window.geometry().topLeft() && window.testAttribute(Qt::WA_Moved))
    window.move(place.topLeft() - QPoint(frameOf(window).left(), frameOf(window).top()));
}

ScreenKeeper::ScreenKeeper(QApplication& app) : QObject(&app) {
  app.installEventFilter(this);
}

bool ScreenKeeper::eventFilter(QObject* object, QEvent* event) {
  if (event->type() != QEvent::Show || event->spontaneous() || !object->isWidgetType()) return false;
  auto* window = static_cast<QWidget*>(object);
  if (window->windowType() != Qt::Window && window->windowType() != Qt::Dialog) return false;
  // Qt gives a new dialog at most two thirds of the screen's height, though it squeezes what is in it.
  const QLayout* layout = window->windowType() == Qt::Dialog ? window->layout() : nullptr;
  if (layout != nullptr && layout->hasHeightForWidth() && layout->sizeConstraint() == QLayout::SetDefaultConstraint)
    window->resize(window->width(), qMax(window->height(), layout->totalHeightForWidth(window->width())));
  keepOnScreen(*window);
  return false;
}

} // namespace poolscope::ui
