#include "ui/shell/pool_row.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/accessible/names.h"
#include "ui/control/pool_controller.h"
#include "ui/session/session.h"
#include "ui/shell/scenario_words.h"
#include "ui/theme/house_style.h"
#include "ui/views/zone_text.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QLocale>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>

namespace poolscope::ui {

namespace {

constexpr int kSliderMost = 32; // the box goes further; a slider of 4096 could not be aimed
const ShutdownOptions kModes[] = {{true, false}, {false, false}, {true, true}, {false, true}};

} // namespace

PoolRow::PoolRow(Session& session, PoolController& controller, QWidget* parent)
    : ControlRow("Pool row", parent), m_session(session), m_controller(controller) {
  addControls();
  retranslate();
  connect(m_scenario, &QComboBox::activated, this,
          [this](int index) { chooseScenario(scenarios()[static_cast<std::size_t>(index)]); });
  connect(m_run, &QPushButton::clicked, this, &PoolRow::runChosen);
  connect(m_freeze, &QPushButton::toggled, this, [this](bool on) { m_session.setFrozen(on); });
  connect(&m_session, &Session::frozenChanged, m_freeze, &QPushButton::setChecked);
  connect(m_speed, &QComboBox::currentIndexChanged, this,
          [this] { m_controller.setSpeed(m_speed->currentData().toDouble()); });
  connect(m_sizeSlider, &QSlider::valueChanged, this, [this](int workers) {
    if (!m_following) m_sizeBox->setValue(workers);
  });
  connect(m_sizeBox, &QSpinBox::valueChanged, this, &PoolRow::applyPoolSize);
  connect(m_shutdownMode, &QComboBox::currentIndexChanged, this, &PoolRow::applyShutdownMode);
  connect(m_shutDown, &QPushButton::clicked, this, &PoolRow::shutDown);
  connect(m_shutDown, &QPushButton::released, this, &PoolRow::nameShutDown, Qt::QueuedConnection); // after clicked()
  connect(&m_session, &Session::changed, this, &PoolRow::followPool);
}

void PoolRow::addControls() {
  m_scenario = addCombo("Scenario");
  for (const ScenarioInfo& info : scenarios())
    m_scenario->addItem(scenarioName(info));
  m_run = addButton("Run scenario", Glyph::Triangle);
  m_run->setProperty(kPrimaryProperty, true);
  addSeparator();
  m_freeze = addButton("Freeze", Glyph::Bars);
  m_freeze->setCheckable(true);
  m_speed = addCombo("Speed");
  for (const int speed : {1, 2, 5, 10, 50})
    m_speed->addItem(QStringLiteral("%1×").arg(speed), double(speed));
  addSeparator();

  m_sizeSlider = new QSlider(Qt::Horizontal);
  nameWidget(m_sizeSlider, "Pool size");
  m_sizeSlider->setRange(1, kSliderMost);
  m_sizeSlider->setPageStep(4);
  m_sizeSlider->setMinimumWidth(60);
  addCaptioned(m_sizeSlider);
  m_sizeBox = new QSpinBox;
  nameWidget(m_sizeBox, "Pool size");
  m_sizeBox->setRange(1, static_cast<int>(kMostWorkers));
  addWidget(m_sizeBox);
  addSeparator();

  m_workerKind = addCombo("Worker kind");
  m_workerKind->addItems({QString(), QString()});
  m_shutdownMode = addCombo("Shutdown mode");
  m_shutdownMode->addItems({QString(), QString(), QString(), QString()});
  m_shutDown = addButton("Shut down", Glyph::Power);
  addStretch();
}

void PoolRow::retranslate() {
  setCaption(m_scenario, tr("Scenario"));
  setCaption(m_speed, tr("Speed"));
  setCaption(m_sizeSlider, tr("Pool size"));
  setCaption(m_workerKind, tr("Worker kind"));
  setCaption(m_shutdownMode, tr("Shutdown mode"));
  setItemTexts(m_workerKind, [] { return QStringList{tr("threads"), tr("processes")}; });
  setItemTexts(m_shutdownMode, [] {
    return QStringList{tr("wait"), tr("don't wait"), tr("wait, cancel queued"), tr("don't wait, cancel queued")};
  });
  setWords(m_run, tr("Run scenario"), 0);
  setWords(m_freeze, tr("Freeze"), 1);
  setWords(m_shutDown, tr("Shut down"), 1);
  fit();

  if (const int chosen = m_scenario->currentIndex(); chosen >= 0)
    m_scenario->setToolTip(scenarioSentence(scenarios()[static_cast<std::size_t>(chosen)]));
  m_run->setToolTip(tr("Start the chosen scenario in a pool of its own (Ctrl+R)"));
  m_freeze->setToolTip(tr("Stop the view, never the pool"));
  m_speed->setToolTip(tr("Divide every sleep of the scenario"));
  showSizeHint();
  m_workerKind->setToolTip(tr("What a worker of the next run is: a thread, or a process with a PID of its own"));
  m_shutdownMode->setToolTip(tr("How the program, and the button beside it, shuts the pool down"));
  nameShutDown();
}

void PoolRow::chooseScenario(const ScenarioInfo& info) {
  m_scenario->setCurrentText(scenarioName(info));
  m_scenario->setToolTip(scenarioSentence(info));
  const auto mode = std::ranges::find(kModes, info.shutdown);
  m_shutdownMode->setCurrentIndex(static_cast<int>(mode - kModes));
  applyShutdownMode();
  m_workerKind->setCurrentIndex(static_cast<int>(info.workerKind));
  m_wanted = static_cast<int>(info.workers);
}

void PoolRow::setPoolSize(std::size_t workers) {
  m_wanted = static_cast<int>(workers);
  m_sizeBox->setValue(static_cast<int>(workers));
  m_chosenSize.reset();
}

int PoolRow::poolSize() const {
  return m_sizeBox->value();
}

void PoolRow::setSpeed(double speed) {
  int index = m_speed->findData(speed);
  if (index < 0) {
    m_speed->addItem(QStringLiteral("%1×").arg(speed), speed);
    index = m_speed->count() - 1;
  }
  m_speed->setCurrentIndex(index);
}

void PoolRow::applyPoolSize(int workers) {
  if (m_following) return;
  m_wanted = workers;
  m_chosenSize = workers;
  m_following = true;
  m_sizeSlider->setValue(qMin(workers, kSliderMost));
  m_following = false;
  m_controller.resize(m_session.currentPool(), static_cast<std::size_t>(workers));
}

void PoolRow::stepUp() {
  m_sizeBox->stepUp();
}
void PoolRow::stepDown() {
  m_sizeBox->stepDown();
}
bool PoolRow::canStep(int steps) const {
  const int wanted = m_sizeBox->value() + steps;
  return m_sizeBox->isEnabled() && wanted >= m_sizeBox->minimum() && wanted <= m_sizeBox->maximum();
}
void PoolRow::toggleFreeze() {
  m_freeze->toggle();
}

void PoolRow::applyShutdownMode() {
  const int index = m_shutdownMode->currentIndex();
  if (index >= 0) m_controller.setShutdownMode(kModes[index]);
}

void PoolRow::runChosen() {
  PoolController::RunOptions options;
  options.workers = static_cast<std::size_t>(m_wanted);
  options.workerKind = static_cast<WorkerKind>(m_workerKind->currentIndex());
  options.seed = m_seed;
  options.language = QLocale().language() == QLocale::Chinese ? Language::SimplifiedChinese : Language::English;
  options.opened = [&session = m_session, wish = m_session.wishForPool()](PoolId pool) { session.fulfil(wish, pool); };
  m_controller.run(scenarios()[static_cast<std::size_t>(m_scenario->currentIndex())], options);
}

void PoolRow::shutDown() {
  m_controller.shutdown(m_named);
}

/// The button is about one pool, which its tooltip and description name, and about no other. While it is held down it
/// keeps to that one: another may become current, or this one end, between the press and its effect.
void PoolRow::nameShutDown() {
  if (m_shutDown->isDown()) return;
  const PoolLive* pool = m_session.state().pool(m_session.currentPool());
  const bool can = pool && pool->open;
  const QString name = pool ? ZoneText::poolName(m_session, *pool) : QString();
  m_named = can ? pool->id : PoolId{};
  allow(m_shutDown, can, tr("Shut %1 down in the chosen mode").arg(name),
        pool ? tr("%1 has shut down").arg(name) : tr("There is no pool"));
  if (m_shutDown->accessibleDescription() != m_shutDown->toolTip())
    m_shutDown->setAccessibleDescription(m_shutDown->toolTip());
  Q_EMIT shutDownNamed(can ? name : QString());
}

void PoolRow::showSizeHint() {
  const QString hint = m_unbounded
                           ? tr("A thread for each connection: there is no pool, so it has no size. Threads grow "
                                "with the clients.")
                           : tr("How many workers the current pool may have; acts at once (Ctrl+Up, Ctrl+Down)");
  for (QWidget* widget : {static_cast<QWidget*>(m_sizeSlider), static_cast<QWidget*>(m_sizeBox)}) {
    widget->setToolTip(hint);
    widget->setEnabled(!m_unbounded);
  }
}

/// What a file's current pool was: nothing here can be set.
void PoolRow::showRecorded() {
  const PoolLive* pool = m_session.state().pool(m_session.currentPool());
  if (pool == nullptr) return;
  m_following = true;
  m_sizeBox->setValue(static_cast<int>(pool->target));
  m_sizeSlider->setValue(static_cast<int>(std::min<std::uint32_t>(pool->target, kSliderMost)));
  m_following = false;
  m_scenario->setCurrentIndex(m_scenario->findText(m_session.text(pool->label))); // none: no scenario's pool
  m_workerKind->setCurrentIndex(static_cast<int>(pool->kind));
  const ShutdownOptions mode{.wait = pool->shutdownWaits, .cancelFutures = pool->shutdownCancels};
  const QSignalBlocker quiet(m_shutdownMode), still(m_speed);
  m_shutdownMode->setCurrentIndex(pool->shuttingDown || !pool->open
                                      ? static_cast<int>(std::ranges::find(kModes, mode) - kModes)
                                      : -1);
  m_speed->setCurrentIndex(-1); // a file does not tell it
}

void PoolRow::followPool() {
  if (m_session.isRecorded()) return showRecorded();
  const PoolLive* pool = m_session.state().pool(m_session.currentPool());
  nameShutDown();
  const bool unbounded = pool && pool->open && pool->target == 0;
  if (unbounded != m_unbounded) {
    m_unbounded = unbounded;
    showSizeHint();
  }
  if (unbounded) return;
  if (!pool || !pool->open || !m_session.isLive() || m_sizeBox->hasFocus() || m_sizeSlider->isSliderDown()) return;
  const int target = static_cast<int>(pool->target);
  if (target == m_sizeBox->value()) return;
  m_following = true; // somebody else resized it, or another pool is current: the controls follow
  m_sizeBox->setValue(target);
  m_sizeSlider->setValue(qMin(target, kSliderMost));
  m_following = false;
}

} // namespace poolscope::ui
