#pragma once

#include <QDialog>

class QAction;

namespace poolscope::ui {

/// What every key does: the commands' shortcuts and the keys that act in the timeline; of a recording's window, those
/// that do something there. F1 shows and hides it; any
/// click outside or Escape hides it. Made anew each time, so it follows the language. Threads: GUI thread.
class KeyOverlay : public QDialog {
  Q_OBJECT
 public:
  KeyOverlay(const QList<QAction*>& commands, bool recorded, QWidget* parent);
};

} // namespace poolscope::ui
