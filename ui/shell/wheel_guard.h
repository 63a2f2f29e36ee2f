#pragma once

#include <QObject>

namespace poolscope::ui {

/// The wheel moves what lies under the pointer; it never commands. Combo boxes, sliders and spin boxes take it only
/// while they have the focus, which they do not get by it; else it goes on to what they lie in, a scroll area for
/// example.
///
/// One for the program, for every window and dialog, Qt's own too; the application owns it. Threads: GUI thread.
class WheelGuard : public QObject {
  Q_OBJECT
 public:
  static void install(); ///< may be repeated

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  using QObject::QObject;
};

} // namespace poolscope::ui
