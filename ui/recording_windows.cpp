#include "ui/recording_windows.h"

#include "core/event/event_log.h"
#include "ui/control/pool_controller.h"
#include "ui/main_window.h"
#include "ui/session/recording_loader.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"

#include <QFileInfo>
#include <QPointer>

namespace poolscope::ui {

/// One opened file: its loader, a session over what it reads, and a controller that has nothing to control.
class RecordingWindows::One : public QObject {
 public:
  One(RecordingWindows& owner, const QString& path, MainWindow* asker)
      : m_owner(owner), m_loader(path), m_session(m_loader.recording(), nullptr, Session::Source::File),
        m_log({.startDrainer = false}), m_controller(m_log), m_asker(asker) {
    m_frame.setInterval(16); // a frame at 60 Hz, until everything is folded
    connect(&m_frame, &QTimer::timeout, this, &One::frame);
    connect(&m_loader, &RecordingLoader::grew, this, [this] {
      show();
      m_frame.start();
    });
    connect(&m_loader, &RecordingLoader::ended, this, &One::ended);
    if (asker == nullptr) show();
  }

  MainWindow* window() const { return m_window.get(); }
  void close() {
    if (m_window) m_window->close();
  }

 private:
  void show() {
    if (m_window) return;
    m_window = std::make_unique<MainWindow>(m_session, m_controller, m_owner.m_deadline);
    m_window->showRecording(m_loader.path(), 0);
    m_owner.serve(*m_window);
    connect(m_window.get(), &MainWindow::closed, this, &One::leave);
    m_window->show();
    Q_EMIT m_owner.opened(m_window.get());
  }

  void frame() {
    m_session.fold();
    if (!m_loader.hasEnded())
      m_window->showNotice(tr("Reading %1: %2").arg(name(), formatPercent(m_loader.progress())));
    if (!m_session.isCatchingUp() && m_loader.hasEnded()) m_frame.stop();
  }

  void ended() {
    const TraceReadResult& result = m_loader.result();
    const QString error = QString::fromStdString(result.error);
    if (!m_window && result.events == 0 && !error.isEmpty()) {
      if (m_asker) m_asker->showNotice(error);
      return leave();
    }
    show();
    m_window->showRecording(m_loader.path(), result.processId);
    m_frame.start();
    const QString sentence = error.isEmpty() ? result.closed
                                                   ? tr("%1: %2 events. A recording has no pool to command.")
                                                   : tr("%1: %2 events; its program had not come to an end. A "
                                                        "recording has no pool to command.")
                                             : QString();
    m_window->showNotice(error.isEmpty() ? sentence.arg(name(), formatCount(result.events)) : error);
  }

  /// Not at once: a signal of something inside is on its way.
  void leave() {
    QMetaObject::invokeMethod(
        &m_owner, [owner = &m_owner, this] { owner->forget(this); }, Qt::QueuedConnection);
  }

  QString name() const { return QFileInfo(m_loader.path()).fileName(); }
  QString tr(const char* text) const { return RecordingWindows::tr(text); }

  RecordingWindows& m_owner;
  RecordingLoader m_loader;
  Session m_session;
  EventLog m_log;
  PoolController m_controller;
  QPointer<MainWindow> m_asker;
  QTimer m_frame;
  std::unique_ptr<MainWindow> m_window; // before everything that it borrows
};

RecordingWindows::RecordingWindows(ExitDeadline& deadline, QObject* parent) : QObject(parent), m_deadline(deadline) {}

RecordingWindows::~RecordingWindows() = default;

void RecordingWindows::open(const QString& path, MainWindow* asker) {
  m_all.push_back(std::make_unique<One>(*this, path, asker));
}

void RecordingWindows::serve(MainWindow& window) {
  connect(&window, &MainWindow::openRequested, this, [this, &window](const QString& path) { open(path, &window); });
}

void RecordingWindows::forget(const One* one) {
  std::erase_if(m_all, [one](const auto& each) { return each.get() == one; });
}

MainWindow* RecordingWindows::newest() const {
  return m_all.empty() ? nullptr : m_all.back()->window();
}

void RecordingWindows::closeAll() {
  for (const auto& one : m_all)
    one->close();
}

} // namespace poolscope::ui
