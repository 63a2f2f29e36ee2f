#pragma once

#include "core/event/event_log.h"
#include "tests/ui/patience.h"
#include "ui/accessible/combo_accessible.h"
#include "ui/control/exit_deadline.h"
#include "ui/control/pool_controller.h"
#include "ui/control/server_control.h"
#include "ui/feed/event_feed.h"
#include "ui/main_window.h"
#include "ui/session/session.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

namespace poolscope::ui {

/// The whole window over a log of its own, with settings in a folder of its own. Widgets are found as a screen reader
/// finds them: by kind and accessible name.
struct WindowFixture {
  QTemporaryDir config;
  const bool isolated = qputenv("XDG_CONFIG_HOME", config.path().toUtf8());
  EventLog log;
  Session session{log.recording()};
  ExitDeadline deadline;
  PoolController controller{log};
  EventFeed feed{log, session};
  MainWindow window{session, controller, deadline};
  WindowFixture() {
    controller.server().setPort(0); // two tests at a time never meet at one port
    window.resize(1440, 900);       // whatever the screen of a test is
  }

  template <class W> W* find(const char* name) const {
    for (W* widget : window.findChildren<W*>())
      if (widget->accessibleName() == QLatin1String(name)) return widget;
    return nullptr;
  }
  QString cell(const char* table, int row, int column) const {
    return find<QTableView>(table)->model()->index(row, column).data().toString();
  }
  int rows(const char* table) const { return find<QTableView>(table)->model()->rowCount(); }
  QString text(const char* label) const { return find<QLabel>(label)->text(); }
  bool serves() { return controller.server().phase() == ServerControl::Phase::Listening; }
  bool startServer() {
    controller.startServer();
    return QTest::qWaitFor( // until the events say where: chat windows ask them
        [this] { return serves() && session.currentPool() && !session.liveState().servers.empty(); }, 20'000);
  }
};

/// What an application does once, before its first window.
inline void prepareApplication() {
  qputenv("POOLSCOPE_ACCESSIBLE_NAMES", "C"); // find() knows no language
  QApplication::setOrganizationName(QStringLiteral("poolscope"));
  QApplication::setApplicationName(QStringLiteral("poolscope"));
  installAccessibleFactory();
  QLocale::setDefault(QLocale(QLocale::English));
  Theme::instance().install(*qApp);
  Theme::instance().setChoice(Theme::Choice::Light);
}

} // namespace poolscope::ui
