#pragma once

#include <QObject>
#include <QSize>

class QApplication;
class QWidget;

namespace poolscope::ui {

/// How large the window's content may be at most, so that it lies on its screen with its frame.
QSize roomOnScreen(const QWidget& window);
/// Makes a window smaller and moves it where it reaches beyond its screen: a smaller one than it was made for, or than
/// the one that it was remembered on. What does not fit then scrolls or folds inside.
void keepOnScreen(QWidget& window);

/// Keeps every window and dialog of the program on its screen when it opens, those of Qt too.
/// Owned by the application. Threads: GUI thread.
class ScreenKeeper : public QObject {
  Q_OBJECT
 public:
  explicit ScreenKeeper(QApplication& app);

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;
};

} // namespace poolscope::ui
