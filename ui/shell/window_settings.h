#pragma once

#include <QByteArray>
#include <QString>

namespace poolscope::ui {

/// What the window keeps from one start to the next, in $XDG_CONFIG_HOME/poolscope/poolscope.conf.
///
/// Rubbish in the file, or a file of a newer program, costs nothing but what was kept: it is set aside as `.bak` with
/// one line in the log, and every value that is out of range is its default.
/// Threads: GUI thread; mend() before anything else reads settings.
struct WindowSettings {
  static constexpr int kVersion = 1;

  QByteArray geometry, layout; ///< empty: as at first launch
  int poolSize = 4;
  int serverMode = 1; ///< a ServeMode
  int theme = 0;      ///< a Theme::Choice
  QString language;   ///< "en", "zh_CN" or empty: the locale's

  static void mend(); ///< sets a file aside that cannot be read
  static WindowSettings load();
  void save() const;
};

} // namespace poolscope::ui
