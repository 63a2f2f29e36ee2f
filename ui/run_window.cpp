#include "core/event/event_log.h"
#include "core/pool/worker_sampler.h"
#include "ui/accessible/combo_accessible.h"
#include "ui/control/pool_controller.h"
#include "ui/feed/event_feed.h"
#include "ui/main_window.h"
#include "ui/session/session.h"
#include "ui/shell/pool_row.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/painted_rows.h"
#include "ui/window_options.h"

#include <QApplication>
#include <QLocale>
#include <QPixmap>
#include <QSettings>
#include <QSocketNotifier>
#include <QTimer>
#include <QTranslator>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/signalfd.h>
#include <unistd.h>

namespace poolscope::ui {

namespace {

bool hasDisplay() {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
    if (const char* value = std::getenv(name); value && *value) return true;
  return false;
}

Theme::Choice themeOf(const std::string& name) {
  if (name == "light") return Theme::Choice::Light;
  if (name == "dark") return Theme::Choice::Dark;
  if (name == "system") return Theme::Choice::System;
  const int stored = QSettings().value(QStringLiteral("window/theme"), 0).toInt();
  return stored == 1 ? Theme::Choice::Light : stored == 2 ? Theme::Choice::Dark : Theme::Choice::System;
}

} // namespace

int runWindow(int& argc, char** argv, const WindowOptions& options) {
  if (!hasDisplay()) {
    std::fprintf(stderr, "poolscope: there is no display for the window; `poolscope run SCENARIO` needs none\n");
    return 1;
  }
  // Signals reach the window as a readable descriptor; blocked before any thread is made, so that no thread dies of
  // one.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const int signalFd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);

  QApplication app(argc, argv);
  QApplication::setOrganizationName(QStringLiteral("poolscope"));
  QApplication::setApplicationName(QStringLiteral("poolscope"));
  installAccessibleFactory();
  installTimelineAccessibility();
  installPaintedRowsAccessibility();
  const QLocale locale = options.language.empty() ? QLocale()
                         : options.language == "en"
                             ? QLocale(QLocale::English)
                             : QLocale(QLocale::Chinese, QLocale::SimplifiedHanScript, QLocale::China);
  QLocale::setDefault(locale);
  QTranslator texts;
  if (texts.load(locale, QStringLiteral("poolscope"), QStringLiteral("_"), QStringLiteral(":/i18n")))
    app.installTranslator(&texts);
  Theme& theme = Theme::instance();
  theme.install(app);
  theme.setLocale(locale);
  theme.setChoice(themeOf(options.theme));

  EventLog log;
  EventLog::setCurrent(&log);
  int exitCode = 0;
  {
    Session session(log.recording());
    PoolController controller(log);
    EventFeed feed(log, session);
    const WorkerSampler sampler(log);
    MainWindow window(session, controller);
    window.poolRow().setSpeed(options.speed);
    window.poolRow().setSeed(options.seed);
    if (const ScenarioInfo* info = findScenario(options.scenario)) window.poolRow().chooseScenario(*info);
    if (options.workers) window.poolRow().setPoolSize(*options.workers);
    QObject::connect(&window, &MainWindow::linePrinted, [&](const QString& line) {
      if (options.scenario.empty()) return;
      std::puts(line.toUtf8().constData());
      std::fflush(stdout);
    });

    int signalled = 0;
    QSocketNotifier onSignal(signalFd, QSocketNotifier::Read);
    QObject::connect(&onSignal, &QSocketNotifier::activated, [&] {
      signalfd_siginfo info;
      if (::read(signalFd, &info, sizeof info) != sizeof info) return;
      if (signalled) _exit(128 + static_cast<int>(info.ssi_signo));
      signalled = static_cast<int>(info.ssi_signo);
      window.close();
    });

    const auto takePicture = [&] {
      const QString path = QString::fromStdString(options.screenshotFile);
      if (!window.grab().save(path, "PNG")) {
        std::fprintf(stderr, "poolscope: the picture could not be written to %s\n", options.screenshotFile.c_str());
        exitCode = 1;
      }
      window.close();
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
  ::close(signalFd);
  return exitCode;
}

} // namespace poolscope::ui
