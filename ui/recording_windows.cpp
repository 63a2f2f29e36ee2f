#include "ui/recording_windows.h"

#include "core/event/event_log.h"
#include "ui/control/pool_controller.h"
#include "ui/main_window.h"
#include "ui/session/recording_loader.h"
#include "ui/session/session.h"
#include "ui/session/trace_words.h"
#include "ui/theme/format.h"

#include <QEvent>
#include <QFileInfo>

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr int kSlow = 300; // ms: a file that has not said anything by then is being waited for, and that is shown
} // namespace

/// One opened file: its loader, a session over what it reads, and a controller that has nothing to control.
class RecordingWindows::One : public QObject {
 public:
  One(RecordingWindows& owner, const QString& path, MainWindow* asker)
      : m_owner(owner), m_loader(path), m_session(m_loader.recording(), nullptr, Session::Source::File),
        m_log({.startDrainer = false}), m_controller(m_log), m_asker(asker), m_isAsked(asker != nullptr) {
    m_frame.setInterval(16); // a frame at 60 Hz, until everything is folded
    connect(&m_frame, &QTimer::timeout, this, &One::frame);
    connect(&m_loader, &RecordingLoader::grew, this, &One::show);
    connect(&m_loader, &RecordingLoader::ended, this, &One::ended);
    QTimer::singleShot(kSlow, this, &One::slow);
  }

  MainWindow* window() const { return m_window.get(); }
  bool isShown() const { return m_window && m_window->isVisible(); }
  void close() {
    if (m_window) m_window->closeUnasked();
  }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::LanguageChange && m_window->notice() == m_said) say();
    return QObject::eventFilter(watched, event);
  }

 private:
  void show() {
    if (!m_frame.isActive()) m_frame.start();
    if (m_window) return;
    m_window = std::make_unique<MainWindow>(m_session, m_controller, m_owner.m_deadline);
    m_window->showRecording(m_loader.path(), 0);
    m_window->shareRecording(m_loader.sharedRecording());
    m_window->setEndsProgram([&owner = m_owner] { return owner.endWithNext(); });
    m_window->installEventFilter(this);
    m_owner.listen(*m_window);
    connect(m_window.get(), &MainWindow::closed, this, &One::leave);
    m_window->show();
    Q_EMIT m_owner.opened(m_window.get());
  }

  void slow() {
    if (m_loader.hasEnded()) return;
    if (!m_isAsked)
      show();
    else if (m_asker && !m_window)
      m_asker->showNotice(progress());
  }

  void frame() {
    m_session.fold();
    if (!m_loader.hasEnded())
      say();
    else if (!m_session.isCatchingUp())
      m_frame.stop();
  }

  void ended() {
    const TraceReadResult& result = m_loader.result();
    const bool refused = result.events == 0 && result.fault != TraceFault::None;
    const bool alone = !m_isAsked && result.fault != TraceFault::Unreadable; // a window has to say it
    if (!refused || alone) show();
    if (m_window) {
      m_window->showRecording(m_loader.path(), result.processId);
      if (!m_frame.isActive()) m_frame.start();
      say();
    } else {
      if (m_asker) m_asker->showNotice(sentence());
      leave();
    }
    if (refused) Q_EMIT m_owner.refused(sentence());
  }

  void say() { m_window->showNotice(m_said = m_loader.hasEnded() ? sentence() : progress()); }

  QString progress() const {
    const double share = m_loader.progress();
    return share > 0 ? tr("Reading %1: %2").arg(name(), formatPercent(share))
                     : tr("Reading %1: %2 events so far").arg(name(), formatCount(m_loader.recording().size()));
  }

  QString sentence() const {
    const TraceReadResult& result = m_loader.result();
    if (result.fault != TraceFault::None) return TraceWords::of(m_loader.path(), result);
    const QString whole = result.closed ? tr("%1: %2 events. A recording has no pool to command.")
                                        : tr("%1: %2 events; its program had not come to an end. A recording has no "
                                             "pool to command.");
    return whole.arg(name(), formatCount(result.events));
  }

  /// Not at once: a signal of something inside is on its way.
  void leave() {
    QMetaObject::invokeMethod(
        &m_owner, [owner = &m_owner, this] { owner->forget(this); }, Qt::QueuedConnection);
  }

  QString name() const { return QFileInfo(m_loader.path()).fileName(); }
  static QString tr(const char* text) { return RecordingWindows::tr(text); }

  RecordingWindows& m_owner;
  RecordingLoader m_loader;
  Session m_session;
  EventLog m_log;
  PoolController m_controller;
  QPointer<MainWindow> m_asker;
  const bool m_isAsked;
  QTimer m_frame;
  QString m_said;
  std::unique_ptr<MainWindow> m_window; // before everything that it borrows
};

RecordingWindows::RecordingWindows(ExitDeadline& deadline, QObject* parent) : QObject(parent), m_deadline(deadline) {}

RecordingWindows::~RecordingWindows() = default;

void RecordingWindows::open(const QString& path, MainWindow* asker) {
  m_all.push_back(std::make_unique<One>(*this, path, asker));
}

void RecordingWindows::serve(MainWindow& window) {
  m_own = &window;
  listen(window);
}

void RecordingWindows::listen(MainWindow& window) {
  connect(&window, &MainWindow::openRequested, this, [this, &window](const QString& path) { open(path, &window); });
}

bool RecordingWindows::endWithNext() const {
  return !m_own && std::ranges::count_if(m_all, [](const auto& one) { return one->isShown(); }) <= 1;
}

void RecordingWindows::forget(const One* one) {
  std::erase_if(m_all, [one](const auto& each) { return each.get() == one; });
}

MainWindow* RecordingWindows::newest() const {
  for (auto one = m_all.rbegin(); one != m_all.rend(); ++one)
    if ((*one)->window() != nullptr) return (*one)->window();
  return nullptr;
}

void RecordingWindows::closeAll() {
  for (const auto& one : m_all)
    one->close();
}

} // namespace poolscope::ui
