#include "core/event/event_log.h"
#include "core/pool/worker_sampler.h"
#include "ui/accessible/combo_accessible.h"
#include "ui/control/exit_deadline.h"
#include "ui/control/hang_watch.h"
#include "ui/control/pool_controller.h"
#include "ui/feed/event_feed.h"
#include "ui/main_window.h"
#include "ui/session/session.h"
#include "ui/shell/status_line.h"
#include "ui/shell/pool_row.h"
#include "ui/shell/signal_watch.h"
#include "ui/shell/translations.h"
#include "ui/shell/window_settings.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/painted_rows.h"
#include "ui/window_options.h"

#include <QApplication>
#include <QPixmap>
#include <QTimer>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace poolscope::ui {

namespace {

bool hasDisplay() {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
    if (const char* value = std::getenv(name); value && *value) return true;
  return false;
}

Theme::Choice themeOf(const std::string& name, int stored) {
  if (name == "light") return Theme::Choice::Light;
  if (name == "dark") return Theme::Choice::Dark;
  if (name == "system") return Theme::Choice::System;
  return static_cast<Theme::Choice>(stored);
}

} // namespace

int runWindow(int& argc, char** argv, const WindowOptions& options) {
  if (!hasDisplay()) {
    std::fprintf(stderr, "poolscope: there is no display for the window; `poolscope run SCENARIO` needs none\n");
    return 1;
  }
  std::signal(SIGPIPE, SIG_IGN);
  ExitDeadline deadline; // outlives all that might hang at its end
  QApplication app(argc, argv);
  QApplication::setOrganizationName(QStringLiteral("poolscope"));
  QApplication::setApplicationName(QStringLiteral("poolscope"));
  installAccessibleFactory();
  installTimelineAccessibility();
  installPaintedRowsAccessibility();
  WindowSettings::mend();
  const WindowSettings settings = WindowSettings::load();
  Theme& theme = Theme::instance();
  theme.install(app);
  theme.setChoice(themeOf(options.theme, settings.theme));
  Translations::instance().choose(options.language.empty() ? settings.language
                                                           : QString::fromStdString(options.language));

  EventLog log;
  EventLog::setCurrent(&log);
  int exitCode = 0;
  {
    Session session(log.recording());
    PoolController controller(log);
    EventFeed feed(log, session);
    const WorkerSampler sampler(log);
    MainWindow window(session, controller, deadline);
    const HangWatch hangWatch;
    const SignalWatch signalWatch;
    QObject::connect(&signalWatch, &SignalWatch::received, &window, &MainWindow::endBySignal);
    window.poolRow().setSpeed(options.speed);
    window.poolRow().setSeed(options.seed);
    if (const ScenarioInfo* info = findScenario(options.scenario)) window.poolRow().chooseScenario(*info);
    if (options.workers) window.poolRow().setPoolSize(*options.workers);
    QObject::connect(&window, &MainWindow::linePrinted, [&](const QString& line) {
      if (options.scenario.empty()) return;
      std::puts(line.toUtf8().constData());
      std::fflush(stdout);
    });

    QObject::connect(&feed, &EventFeed::folded, &window, [&](qint64 ns) { window.statusLine().setFoldTime(ns); });
    const auto takePicture = [&] {
      const QString path = QString::fromStdString(options.screenshotFile);
      if (!window.grab().save(path, "PNG")) {
        std::fprintf(stderr, "poolscope: the picture could not be written to %s\n", options.screenshotFile.c_str());
        exitCode = 1;
      }
      window.endBySignal(); // nobody is there to be asked
    };
    if (!options.screenshotFile.empty()) {
      if (options.afterSeconds)
        QTimer::singleShot(static_cast<int>(*options.afterSeconds * 1000), &window, takePicture);
      else // 300 ms: the last events are folded and painted
        QObject::connect(&controller, &PoolController::scenarioEnded, &window,
                         [&] { QTimer::singleShot(300, &window, takePicture); });
    }
    window.show();
    controller.setServerWorkers(static_cast<std::size_t>(window.poolRow().poolSize()));
    controller.startServer();
    if (!options.scenario.empty()) QTimer::singleShot(0, &window, [&] { window.poolRow().runChosen(); });
    const int result = QApplication::exec();
    if (exitCode == 0) exitCode = result;
  }
  EventLog::setCurrent(nullptr);
  return exitCode;
}

} // namespace poolscope::ui
