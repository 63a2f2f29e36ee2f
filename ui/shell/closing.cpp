#include "ui/shell/closing.h"

#include "ui/accessible/names.h"
#include "ui/control/exit_deadline.h"
#include "ui/control/pool_controller.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"

#include <QMessageBox>
#include <QPushButton>
#include <QWidget>

namespace poolscope::ui {

using namespace std::chrono_literals;

Closing::Closing(Session& session, PoolController& controller, ExitDeadline& deadline, QWidget* window)
    : QObject(window), m_session(session), m_controller(controller), m_deadline(deadline), m_window(window) {
  m_tick.setInterval(50ms);
  connect(&m_tick, &QTimer::timeout, this, &Closing::tick);
}

/// Clients alone are no reason to ask: the server answers and closes them, as at any stop.
bool Closing::anythingRuns() const {
  return m_controller.scenarioRunning();
}

bool Closing::mayClose() {
  switch (m_stage) {
  case Stage::Open:
    m_since.start();
    if (!anythingRuns()) {
      drain(Way::CancelQueued);
      return m_stage == Stage::Done;
    }
    ask();
    return false;
  case Stage::Asking:
  case Stage::Draining:
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
  if (m_stage != Stage::Done) drain(Way::Kill);
}

QString Closing::whatRuns() const {
  const PoolCounters totals = m_session.liveState().totals();
  return tr("%1 running, %2 queued").arg(formatCount(totals.running), formatCount(totals.queued));
}

void Closing::ask() {
  m_stage = Stage::Asking;
  m_box = new QMessageBox(QMessageBox::NoIcon, tr("Tasks are running"), {}, QMessageBox::NoButton, m_window);
  m_box->setAttribute(Qt::WA_DeleteOnClose);
  m_box->setTextFormat(Qt::PlainText);
  const auto button = [this](const QString& text, const char* name, QMessageBox::ButtonRole role, Way way) {
    QPushButton* made = m_box->addButton(text, role);
    nameWidget(made, name);
    connect(made, &QPushButton::clicked, this, [this, way] { drain(way); });
    return made;
  };
  button(tr("Wait"), "Wait", QMessageBox::AcceptRole, Way::Wait);
  m_box->setDefaultButton(button(tr("Cancel queued"), "Cancel queued", QMessageBox::AcceptRole, Way::CancelQueued));
  button(tr("Kill"), "Kill", QMessageBox::DestructiveRole, Way::Kill);
  QPushButton* stay = m_box->addButton(tr("Stay open"), QMessageBox::RejectRole);
  nameWidget(stay, "Stay open");
  m_box->setEscapeButton(stay);
  connect(stay, &QPushButton::clicked, this, [this] {
    m_stage = Stage::Open;
    m_tick.stop();
  });
  tick();
  m_tick.start();
  m_box->open();
}

void Closing::drain(Way way) {
  const bool first = m_stage != Stage::Draining;
  m_stage = Stage::Draining;
  if (m_box) m_box->close();
  if (first) Q_EMIT draining();
  if (m_controller.ended()) return finish(); // a recording's window, too: the program may go on without it
  m_deadline.arm(std::chrono::duration_cast<std::chrono::milliseconds>(kMost + 700ms) -
                     std::chrono::milliseconds(m_since.elapsed()),
                 0);
  m_controller.stopServer();
  if (way == Way::CancelQueued) m_controller.cancelQueued();
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
    const auto left = kForAnAnswer - std::chrono::milliseconds(m_since.elapsed());
    if (left <= 0ms) return drain(Way::CancelQueued);
    if (m_box) {
      m_box->setText(tr("%1. What shall become of them?").arg(whatRuns()));
      m_box->setInformativeText(
          tr("Without an answer the queued ones are cancelled in %1 s; the window closes within 10 s in any case.")
              .arg((left.count() + 999) / 1000));
    }
    return;
  }
  if (m_stage != Stage::Draining) return;
  if (m_controller.ended()) return finish();
  if (!m_killed && m_since.hasExpired(kMost.count())) endNow();
  m_window->setWindowTitle(tr("Poolscope: closing, %1; close again to end at once").arg(whatRuns()));
}

void Closing::finish() {
  m_tick.stop();
  m_stage = Stage::Done;
  QMetaObject::invokeMethod(
      m_window, [window = m_window] { window->close(); }, Qt::QueuedConnection);
}

} // namespace poolscope::ui
