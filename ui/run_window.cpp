#include "core/base/complain.h"
#include "core/base/loose_thread.h"
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
#include "ui/shell/line_writer.h"
#include "ui/shell/pool_row.h"
#include "ui/shell/screen_fit.h"
#include "ui/shell/signal_watch.h"
#include "ui/shell/status_line.h"
#include "ui/shell/translations.h"
#include "ui/shell/window_settings.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/painted_rows.h"
#include "ui/window_options.h"

#include <QApplication>
#include <QImage>
#include <QPixmap>
#include <QTimer>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <unistd.h>
#include <utility>

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

/// Tells how the process ends, and ends it here where a thread is left that nobody can end.
int leave(int exitCode) {
  if (!LooseThread::join(std::chrono::milliseconds(500))) _exit(exitCode);
  return exitCode;
}

/// Writes the window's picture on a thread: the file may be a pipe. Then `done` is told whether it is there; when not,
/// a sentence is on stderr.
void savePicture(QWidget& window, const std::string& file, std::function<void(bool)> done) {
  enum class State : std::uint8_t { Writing, Written, Failed };
  auto state = std::make_shared<std::atomic<State>>(State::Writing); // the thread writes it, once
  LooseThread::start([image = window.grab().toImage(), file, state] {
    *state = image.save(QString::fromStdString(file), "PNG") ? State::Written : State::Failed;
  });
  auto* look = new QTimer(&window);
  QObject::connect(look, &QTimer::timeout, &window, [look, file, state, done = std::move(done)] {
    if (*state == State::Writing) return;
    look->stop();
    if (*state == State::Failed) complain("the picture could not be written to " + file);
    done(*state == State::Written);
  });
  look->start(16); // a frame at 60 Hz
}

/// The window over a recording: no log, no pool.
int runRecordingWindow(const WindowOptions& options, ExitDeadline& deadline) {
  RecordingWindows recordings(deadline);
  int exitCode = 0;
  const bool pictured = !options.screenshotFile.empty();
  QObject::connect(&recordings, &RecordingWindows::refused, [&](const QString& sentence) {
    complain(sentence.toStdString());
    if (recordings.newest() != nullptr && !pictured) return; // which says it, too
    exitCode = 1;
    recordings.closeAll();
    QCoreApplication::quit();
  });
  const SignalWatch signalWatch;
  QObject::connect(&signalWatch, &SignalWatch::received, &recordings, [&] {
    MainWindow* window = recordings.newest();
    if (window == nullptr) return QCoreApplication::quit();
    QObject::connect(window, &MainWindow::closed, &recordings, &RecordingWindows::closeAll);
    window->endBySignal();
  });
  const auto picture = [&](MainWindow* window) {
    savePicture(*window, options.screenshotFile, [&](bool written) {
      if (!written) exitCode = 1;
      recordings.closeAll();
    });
  };
  QTimer due; // for the picture
  due.setSingleShot(true);
  if (pictured) {
    due.start(static_cast<int>(options.afterSeconds.value_or(1) * 1000));
    QObject::connect(&due, &QTimer::timeout, &recordings, [&] {
      if (MainWindow* window = recordings.newest()) picture(window);
    });
    QObject::connect(&recordings, &RecordingWindows::opened, &recordings, [&](MainWindow* window) {
      window->keepNoSettings();
      if (!due.isActive()) picture(window); // the file was slow
    });
  }
  recordings.open(QString::fromStdString(options.file), nullptr);
  const int result = QApplication::exec();
  return exitCode != 0 ? exitCode : result;
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
  new ScreenKeeper(app);
  theme.setChoice(themeOf(options.theme, settings.theme));
  Translations::instance().choose(options.language.empty() ? settings.language
                                                           : QString::fromStdString(options.language));

  if (!options.file.empty()) return leave(runRecordingWindow(options, deadline));

  EventLog log;
  EventLog::setCurrent(&log);
  int exitCode = 0;
  {
    LineWriter lines(STDOUT_FILENO);
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
      if (!options.scenario.empty()) lines.write(line.toStdString());
    });

    QObject::connect(&window.growthTick(), &GrowthTick::seenChanged, &feed, &EventFeed::setSeen);
    QObject::connect(&feed, &EventFeed::folded, &window, [&](qint64 ns) { window.statusLine().setFoldTime(ns); });
    const auto picture = [&] {
      savePicture(window, options.screenshotFile, [&](bool written) {
        if (!written) exitCode = 1;
        window.endBySignal(); // nobody is there to be asked
      });
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
  return leave(exitCode); // before the log goes, which a thread may still read
}

} // namespace poolscope::ui
