#include "ui/shell/closing.h"

#include "ui/accessible/names.h"
#include "ui/control/exit_deadline.h"
#include "ui/control/pool_controller.h"
#include "ui/session/saves.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"

#include <QCheckBox>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QWidget>

#include <algorithm>
#include <utility>

namespace poolscope::ui {

using namespace std::chrono_literals;

namespace {
constexpr auto kToCancel = 400ms;  // what was told to end within a write has ended
constexpr auto kToEnd = 700ms;     // then the process ends, whatever hangs
constexpr auto kAfterSignal = 4s;  // for what is being saved: kMostAfterSignal less kToCancel
} // namespace

Closing::Closing(Session& session, PoolController& controller, ExitDeadline& deadline, QWidget* window)
    : QObject(window), m_session(session), m_controller(controller), m_deadline(deadline), m_window(window) {
  m_tick.setInterval(50ms);
  connect(&m_tick, &QTimer::timeout, this, &Closing::tick);
}

void Closing::setEndsProgram(std::function<bool()> endsProgram) {
  m_endsProgram = std::move(endsProgram);
}

/// Clients alone are no reason to ask: the server answers and closes them, as at any stop.
bool Closing::tasksRun() const {
  return m_controller.scenarioRunning();
}

bool Closing::mayClose() {
  switch (m_stage) {
  case Stage::Open:
    if (m_endsProgram && !m_endsProgram()) return true;
    m_since.start();
    m_deadline.arm(std::chrono::duration_cast<std::chrono::milliseconds>(kMost + kToEnd), 0);
    if (tasksRun() || Saves::instance().running()) {
      ask();
      return false;
    }
    drain(Way::CancelQueued);
    return m_stage == Stage::Done;
  case Stage::Asking:
  case Stage::Draining:
    allow(0ms);
    drain(Way::Kill);
    return m_stage == Stage::Done;
  case Stage::Done:
    return true;
  }
  return true;
}

void Closing::endBySignal() {
  m_deadline.arm(kMostAfterSignal, 0);
  if (m_stage == Stage::Open) m_since.start();
  if (m_stage == Stage::Done) return;
  allow(kAfterSignal);
  drain(Way::Kill);
}

/// From now on, and never longer than before.
void Closing::allow(std::chrono::milliseconds more) {
  m_until = std::min(m_until, elapsed() + more);
}

QString Closing::whatRuns() const {
  QStringList parts;
  if (tasksRun()) {
    const PoolCounters totals = m_session.liveState().totals();
    parts << tr("%1 running, %2 queued").arg(formatCount(totals.running), formatCount(totals.queued));
  }
  for (const QString& path : Saves::instance().paths())
    parts << tr("saving %1").arg(QFileInfo(path).fileName());
  return parts.join(QStringLiteral(" · "));
}

// --- The question

void Closing::ask() {
  m_stage = Stage::Asking;
  const bool tasks = tasksRun();
  m_box = new QMessageBox(QMessageBox::NoIcon, tasks ? tr("Tasks are running") : tr("A recording is being saved"), {},
                          QMessageBox::NoButton, m_window);
  m_box->setAttribute(Qt::WA_DeleteOnClose);
  m_box->setTextFormat(Qt::PlainText);
  const auto button = [this](const QString& text, const char* name, QMessageBox::ButtonRole role, Way way) {
    QPushButton* made = m_box->addButton(text, role);
    nameWidget(made, name);
    connect(made, &QPushButton::clicked, this, [this, way] { drain(way); });
    return made;
  };
  QPushButton* usual = button(tr("Wait"), "Wait", QMessageBox::AcceptRole, Way::Wait);
  if (tasks) usual = button(tr("Cancel queued"), "Cancel queued", QMessageBox::AcceptRole, Way::CancelQueued);
  m_box->setDefaultButton(usual);
  if (tasks)
    button(tr("Kill"), "Kill", QMessageBox::DestructiveRole, Way::Kill);
  else
    button(tr("Close now"), "Close now", QMessageBox::DestructiveRole, Way::LeaveOut);
  QPushButton* stay = m_box->addButton(tr("Stay open"), QMessageBox::RejectRole);
  nameWidget(stay, "Stay open");
  m_box->setEscapeButton(stay);
  connect(stay, &QPushButton::clicked, this, [this] {
    m_stage = Stage::Open;
    m_tick.stop();
    m_deadline.disarm();
  });
  if (!m_session.isRecorded()) {
    m_proposed = QDir::home().filePath(
        QDateTime::currentDateTime().toString(QStringLiteral("'poolscope-'yyyyMMdd-HHmmss'.pooltrace.json'")));
    m_saveBox = new QCheckBox(tr("Save the recording"));
    nameWidget(m_saveBox, "Save the recording");
    m_saveBox->setToolTip(tr("As %1, when the tasks have ended").arg(m_proposed));
    m_saveBox->setAccessibleDescription(m_saveBox->toolTip());
    m_box->setCheckBox(m_saveBox);
    connect(m_saveBox, &QCheckBox::toggled, this, [this] { tick(); });
  }
  tick();
  m_tick.start();
  m_box->open();
}

void Closing::showQuestion(std::chrono::milliseconds left) {
  if (!m_box) return;
  const bool tasks = tasksRun();
  m_box->setText(tasks ? tr("%1. What shall become of them?").arg(whatRuns())
                       : tr("Not written yet: %1.").arg(Saves::instance().paths().join(QStringLiteral(", "))));
  const auto seconds = (left.count() + 999) / 1000;
  QString more =
      tasks ? tr("Without an answer the queued ones are cancelled in %1 s; the window closes within 10 s in any case.")
                  .arg(seconds)
            : tr("Without an answer it is waited for. The window closes within 10 s in any case; what is not written "
                 "by then is left out, and the old file stays.");
  if (m_saveBox && m_saveBox->isChecked()) more += u' ' + tr("The recording goes to %1.").arg(m_proposed);
  m_box->setInformativeText(more);
}

// --- The end

void Closing::drain(Way way) {
  const bool first = m_stage != Stage::Draining;
  m_stage = Stage::Draining;
  if (m_saveBox && m_saveBox->isChecked()) m_wanted = m_proposed;
  if (m_box) m_box->close();
  if (first) Q_EMIT draining();
  m_controller.stopServer();
  if (way == Way::CancelQueued) m_controller.cancelQueued();
  if (way == Way::LeaveOut) allow(0ms);
  if (way == Way::Kill) endNow();
  m_tick.start();
  tick();
}

void Closing::endNow() {
  m_killed = true;
  m_controller.interrupt();
  for (const PoolLive& pool : m_session.liveState().pools)
    for (const WorkerState& worker : pool.slots)
      if (pool.kind == WorkerKind::Process && worker.pid) m_controller.killWorker(pool.id, worker.slot);
}

void Closing::tick() {
  if (m_stage == Stage::Asking) {
    const auto left = kForAnAnswer - elapsed();
    left > 0ms ? showQuestion(left) : drain(Way::CancelQueued);
  } else if (m_stage == Stage::Draining) {
    tickDraining();
  }
}

/// The end of every pool has come to the recording: its last events are some milliseconds on their way.
bool Closing::isTold() const {
  return std::ranges::none_of(m_session.liveState().pools, &PoolLive::open);
}

void Closing::tickDraining() {
  Saves& saves = Saves::instance();
  const bool tasksEnded = m_controller.ended();
  if (!m_wanted.isEmpty() && ((tasksEnded && isTold()) || elapsed() >= std::min(kMostForTasks, m_until)))
    Q_EMIT saveWanted(std::exchange(m_wanted, {}));
  if (tasksEnded && m_wanted.isEmpty() && !saves.running()) return finish();
  if (elapsed() >= m_until) {
    if (!m_killed) endNow();
    saves.cancel();
  }
  if (elapsed() >= m_until + kToCancel) {
    saves.giveUp();
    if (tasksEnded) return finish();
  }
  m_window->setWindowTitle(tr("Poolscope: closing, %1; close again to end at once").arg(whatRuns()));
}

void Closing::finish() {
  m_tick.stop();
  m_stage = Stage::Done;
  QMetaObject::invokeMethod(
      m_window, [window = m_window] { window->close(); }, Qt::QueuedConnection);
}

} // namespace poolscope::ui
