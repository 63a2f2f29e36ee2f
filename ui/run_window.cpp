#include "core/event/event_log.h"
#include "core/pool/worker_sampler.h"
#include "ui/accessible/combo_accessible.h"
#include "ui/control/exit_deadline.h"
#include "ui/control/hang_watch.h"
#include "ui/control/pool_controller.h"
#include "ui/feed/event_feed.h"
#include "ui/main_window.h"
#include "ui/shell/growth_tick.h"
#include "ui/recording_windows.h"
#include "ui/session/session.h"
#include "ui/shell/pool_row.h"
#include "ui/shell/signal_watch.h"
#include "ui/shell/status_line.h"
#include "ui/shell/translations.h"
#include "ui/shell/window_settings.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/painted_rows.h"
#include "ui/window_options.h"

#include <QApplication>
#include <QFile>
#include <QFileInfo>
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

/// False, with a sentence on stderr, when the window's picture could not be written.
bool savePicture(QWidget& window, const std::string& file) {
  if (window.grab().save(QString::fromStdString(file), "PNG")) return true;
  std::fprintf(stderr, "poolscope: the picture could not be written to %s\n", file.c_str());
  return false;
}

/// The window over a recording: no log, no pool.
int runRecordingWindow(const WindowOptions& options, ExitDeadline& deadline) {
  if (QFile file(QString::fromStdString(options.file)); QFileInfo(file).isDir() || !file.open(QIODevice::ReadOnly)) {
    std::fprintf(stderr, "poolscope: %s cannot be read: %s\n", options.file.c_str(),
                 QFileInfo(file).isDir() ? "it is a folder" : file.errorString().toUtf8().constData());
    return 1;
  }
  RecordingWindows recordings(deadline);
  recordings.open(QString::fromStdString(options.file), nullptr);
  MainWindow* window = recordings.newest();
  const SignalWatch signalWatch;
  QObject::connect(&signalWatch, &SignalWatch::received, &recordings, &RecordingWindows::closeAll);
  bool pictured = true;
  if (!options.screenshotFile.empty()) {
    window->keepNoSettings();
    QTimer::singleShot(static_cast<int>(options.afterSeconds.value_or(1) * 1000), window, [&, window] {
      pictured = savePicture(*window, options.screenshotFile);
      recordings.closeAll();
    });
  }
  const int result = QApplication::exec();
  return pictured ? result : 1;
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

  if (!options.file.empty()) return runRecordingWindow(options, deadline);

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
    RecordingWindows recordings(deadline);
    recordings.serve(window);
    QObject::connect(&window, &MainWindow::closed, &recordings, &RecordingWindows::closeAll);
    window.poolRow().setSpeed(options.speed);
    window.poolRow().setSeed(options.seed);
    if (const ScenarioInfo* info = findScenario(options.scenario)) window.poolRow().chooseScenario(*info);
    if (options.workers) window.poolRow().setPoolSize(*options.workers);
    QObject::connect(&window, &MainWindow::linePrinted, [&](const QString& line) {
      if (options.scenario.empty()) return;
      std::puts(line.toUtf8().constData());
      std::fflush(stdout);
    });

    QObject::connect(&window.growthTick(), &GrowthTick::seenChanged, &feed, &EventFeed::setSeen);
    QObject::connect(&feed, &EventFeed::folded, &window, [&](qint64 ns) { window.statusLine().setFoldTime(ns); });
    const auto picture = [&] {
      if (!savePicture(window, options.screenshotFile)) exitCode = 1;
      window.endBySignal(); // nobody is there to be asked
    };
    if (!options.screenshotFile.empty()) {
      window.keepNoSettings();
      if (options.afterSeconds)
        QTimer::singleShot(static_cast<int>(*options.afterSeconds * 1000), &window, picture);
      else // 300 ms: the last events are folded and painted
        QObject::connect(&controller, &PoolController::scenarioEnded, &window,
                         [&] { QTimer::singleShot(300, &window, picture); });
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
