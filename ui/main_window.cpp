#include "ui/main_window.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/control/pool_controller.h"
#include "ui/models/tables.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/house_style.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/zones.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QSpinBox>
#include <QStatusBar>
#include <QTableView>
#include <QVBoxLayout>

namespace poolscope::ui {

namespace {

constexpr int kLayoutVersion = 1;
constexpr int kNarrow = 1300;   // below it the window gives up words beside its controls
constexpr int kSliderMost = 32; // the box goes further; a slider of 4096 could not be aimed
constexpr int kLinesKept = 10'000;

/// A table whose Ctrl+C gives the selected rows as tab-separated text.
class TableView final : public QTableView {
 public:
  using QTableView::QTableView;

 protected:
  void keyPressEvent(QKeyEvent* event) override {
    if (!event->matches(QKeySequence::Copy)) return QTableView::keyPressEvent(event);
    QString text;
    for (const QModelIndex& row : selectionModel()->selectedRows()) {
      for (int column = 0; column < model()->columnCount(); ++column)
        text += (column ? QStringLiteral("\t") : QString()) + row.siblingAtColumn(column).data().toString();
      text += QLatin1Char('\n');
    }
    QApplication::clipboard()->setText(text);
  }
};

const ShutdownOptions kModes[] = {{true, false}, {false, false}, {true, true}, {false, true}};

} // namespace

MainWindow::MainWindow(Session& session, PoolController& controller) : m_session(session), m_controller(controller) {
  setObjectName(QStringLiteral("MainWindow"));
  m_currentPool = new QLabel;
  m_currentPool->setAccessibleName(QStringLiteral("Current pool"));
  m_currentPool->setTextFormat(Qt::PlainText);

  auto* center = new QWidget;
  auto* column = new QVBoxLayout(center);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(makePoolRow());
  m_zones = new QVBoxLayout;
  column->addLayout(m_zones, 1);
  m_zones->addWidget(makeZones(&m_session, center, [this] {
    if (const ScenarioInfo* info = findScenario("thread-pool")) chooseScenario(*info), runChosen();
  }));
  setCentralWidget(center);
  setDockOptions(AllowTabbedDocks | AnimatedDocks);
  setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);

  addTab(QT_TR_NOOP("Workers"), makeTable("Workers", new WorkersModel(&m_session, this)));
  addTab(QT_TR_NOOP("Queue"), makeTable("Queue", new QueueModel(&m_session, this)));
  addTab(QT_TR_NOOP("Tasks"), makeTable("Tasks", new TasksModel(&m_session, this)));
  m_output = new QPlainTextEdit;
  m_output->setAccessibleName(QStringLiteral("Output"));
  m_output->setReadOnly(true);
  m_output->setMaximumBlockCount(kLinesKept);
  m_output->setFrameShape(QFrame::NoFrame);
  m_output->setTabChangesFocus(true);
  addTab(QT_TR_NOOP("Output"), m_output);
  m_tabs.front().first->raise();

  m_counters = new QLabel;
  m_counters->setAccessibleName(QStringLiteral("Status counters"));
  m_counters->setTextFormat(Qt::PlainText);
  statusBar()->addWidget(m_counters, 1);
  statusBar()->setSizeGripEnabled(false);

  makeMenus();
  retranslate();
  resize(1440, 900);
  m_defaultLayout = saveState(kLayoutVersion);
  const QSettings settings;
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  restoreState(settings.value(QStringLiteral("window/layout")).toByteArray(), kLayoutVersion);

  connect(&m_controller, &PoolController::printed, this, [this](const QString& line) {
    m_output->appendPlainText(line);
    Q_EMIT linePrinted(line);
  });
  connect(&m_session, &Session::changed, this, &MainWindow::showState);
  connect(&m_session, &Session::frozenChanged, this, [this](bool frozen) { m_freeze->setChecked(frozen); });
  chooseScenario(scenarios().front());
  const int size = settings.value(QStringLiteral("pool/size"), 4).toInt();
  setPoolSize(static_cast<std::size_t>(qBound(1, size, static_cast<int>(kMostWorkers))));
}

MainWindow::~MainWindow() = default;

// --- The pool row

QWidget* MainWindow::makePoolRow() {
  auto* row = new QWidget;
  row->setObjectName(QStringLiteral("poolRow"));
  row->setAccessibleName(QStringLiteral("Pool row"));
  // The row gives up its words before the window gives up its width: fitRow() decides, not the layout's minimum.
  row->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(12, 8, 12, 8);
  layout->setSpacing(8);
  auto label = [&](QWidget* buddy) {
    auto* text = new QLabel;
    text->setBuddy(buddy);
    text->setTextFormat(Qt::PlainText);
    m_rowLabels << text;
    layout->addWidget(text);
    layout->addWidget(buddy);
  };
  auto combo = [](const char* name) {
    auto* box = new QComboBox;
    box->setAccessibleName(QString::fromLatin1(name));
    return box;
  };
  auto button = [&](const char* name, Glyph glyph) {
    auto* b = new QPushButton;
    b->setAccessibleName(QString::fromLatin1(name));
    b->setIcon(glyphIcon(glyph));
    layout->addWidget(b);
    return b;
  };

  m_scenario = combo("Scenario");
  for (const ScenarioInfo& info : scenarios())
    m_scenario->addItem(QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size())));
  label(m_scenario);
  m_run = button("Run scenario", Glyph::Triangle);
  m_run->setProperty(kPrimaryProperty, true);
  m_freeze = button("Freeze", Glyph::Bars);
  m_freeze->setCheckable(true);
  m_speed = combo("Speed");
  for (const int speed : {1, 2, 5, 10, 50})
    m_speed->addItem(QStringLiteral("%1×").arg(speed), double(speed));
  label(m_speed);

  m_sizeSlider = new QSlider(Qt::Horizontal);
  m_sizeSlider->setAccessibleName(QStringLiteral("Pool size"));
  m_sizeSlider->setRange(1, kSliderMost);
  m_sizeSlider->setPageStep(4);
  m_sizeSlider->setMinimumWidth(90);
  label(m_sizeSlider);
  m_sizeBox = new QSpinBox;
  m_sizeBox->setAccessibleName(QStringLiteral("Pool size"));
  m_sizeBox->setRange(1, static_cast<int>(kMostWorkers));
  layout->addWidget(m_sizeBox);

  m_workerKind = combo("Worker kind");
  m_workerKind->addItems({QStringLiteral("threads"), QStringLiteral("processes")});
  m_workerKind->setItemData(1, 0, Qt::UserRole - 1); // greyed out: no scenario here runs in processes yet
  label(m_workerKind);
  m_shutdownMode = combo("Shutdown mode");
  label(m_shutdownMode);
  m_shutDown = button("Shut down", Glyph::Power);
  layout->addStretch(1);
  layout->addWidget(m_currentPool);

  connect(m_scenario, &QComboBox::activated, this,
          [this](int index) { chooseScenario(scenarios()[static_cast<std::size_t>(index)]); });
  connect(m_run, &QPushButton::clicked, this, &MainWindow::runChosen);
  connect(m_freeze, &QPushButton::toggled, this, [this](bool on) { m_session.setFrozen(on); });
  connect(m_speed, &QComboBox::currentIndexChanged, this,
          [this] { m_controller.setSpeed(m_speed->currentData().toDouble()); });
  connect(m_sizeSlider, &QSlider::valueChanged, m_sizeBox, [this](int workers) {
    if (!m_following) m_sizeBox->setValue(workers);
  });
  connect(m_sizeBox, &QSpinBox::valueChanged, this, &MainWindow::applyPoolSize);
  connect(m_shutdownMode, &QComboBox::currentIndexChanged, this, &MainWindow::applyShutdownMode);
  connect(m_shutDown, &QPushButton::clicked, this, &MainWindow::shutDown);
  return row;
}

void MainWindow::chooseScenario(const ScenarioInfo& info) {
  m_scenario->setCurrentText(QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size())));
  m_scenario->setToolTip(QString::fromUtf8(info.sentence.data(), static_cast<qsizetype>(info.sentence.size())));
  const auto mode = std::ranges::find(kModes, info.shutdown);
  m_shutdownMode->setCurrentIndex(static_cast<int>(mode - kModes));
  applyShutdownMode();
  if (!m_controller.scenarioRunning()) setPoolSize(info.workers);
}

void MainWindow::setPoolSize(std::size_t workers) {
  m_sizeBox->setValue(static_cast<int>(workers));
}

void MainWindow::setSpeed(double speed) {
  int index = m_speed->findData(speed);
  if (index < 0) {
    m_speed->addItem(QStringLiteral("%1×").arg(speed), speed);
    index = m_speed->count() - 1;
  }
  m_speed->setCurrentIndex(index);
}

void MainWindow::applyPoolSize(int workers) {
  if (m_following) return;
  m_following = true;
  m_sizeSlider->setValue(qMin(workers, kSliderMost));
  m_following = false;
  m_controller.resize(m_session.currentPool(), static_cast<std::size_t>(workers));
}

void MainWindow::stepUp() {
  m_sizeBox->stepUp();
}
void MainWindow::stepDown() {
  m_sizeBox->stepDown();
}
void MainWindow::toggleFreeze() {
  m_freeze->toggle();
}

void MainWindow::applyShutdownMode() {
  const int index = m_shutdownMode->currentIndex();
  if (index >= 0) m_controller.setShutdownMode(kModes[index]);
}

void MainWindow::runChosen() {
  PoolController::RunOptions options;
  options.workers = static_cast<std::size_t>(m_sizeBox->value());
  options.seed = m_seed;
  options.language = locale().language() == QLocale::Chinese ? Language::SimplifiedChinese : Language::English;
  m_session.selectPool({}); // the pool it opens is the newest: the current one
  m_controller.run(scenarios()[static_cast<std::size_t>(m_scenario->currentIndex())], options);
}

void MainWindow::shutDown() {
  m_controller.shutdown(m_session.currentPool());
}

// --- Tabs

QDockWidget* MainWindow::addTab(const char* name, QWidget* content) {
  auto* dock = new QDockWidget;
  dock->setObjectName(QString::fromLatin1(name));
  dock->setAccessibleName(QString::fromLatin1(name));
  dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetClosable |
                    QDockWidget::DockWidgetFloatable);
  dock->setTitleBarWidget(new QWidget(dock)); // the tab names it
  dock->setWidget(content);
  addDockWidget(Qt::BottomDockWidgetArea, dock);
  if (!m_tabs.isEmpty()) tabifyDockWidget(m_tabs.back().first, dock);
  m_tabs.append({dock, name});
  return dock;
}

QWidget* MainWindow::makeTable(const char* name, SessionModel* model) {
  auto* table = new TableView;
  table->setAccessibleName(QString::fromLatin1(name));
  table->setModel(model);
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::ExtendedSelection);
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setFrameShape(QFrame::NoFrame);
  table->setShowGrid(false);
  table->setWordWrap(false);
  table->setTabKeyNavigation(false);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(22);
  table->horizontalHeader()->setStretchLastSection(true);
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  for (int column = 0; column < model->columnCount(); ++column) {
    const QString header = model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    const bool wide = header == QObject::tr("name") || header == QObject::tr("task") || header == QObject::tr("worker");
    table->setColumnWidth(column, wide ? 220 : 100);
  }
  connect(table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this, model](const QModelIndex& now) {
            if (now.isValid()) m_session.select(model->selectionAt(now.row()));
          });
  connect(&m_session, &Session::selectionChanged, table, [this, table, model] {
    const int row = model->rowOf(m_session.selection());
    if (row < 0) return table->clearSelection();
    if (table->currentIndex().row() != row) table->selectRow(row);
  });
  return table;
}

// --- Menus

QAction* MainWindow::command(QMenu* menu, const char* text, const char* tip, const QKeySequence& keys,
                             void (MainWindow::*slot)()) {
  auto* action = new QAction(this);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, slot);
  menu->addAction(action);
  m_commands.append({action, {text, tip}});
  return action;
}

void MainWindow::makeMenus() {
  auto* file = menuBar()->addMenu(QString());
  file->setObjectName(QStringLiteral("file"));
  auto* view = menuBar()->addMenu(QString());
  view->setObjectName(QStringLiteral("view"));
  auto* pool = menuBar()->addMenu(QString());
  pool->setObjectName(QStringLiteral("pool"));
  auto* help = menuBar()->addMenu(QString());
  help->setObjectName(QStringLiteral("help"));
  command(file, QT_TR_NOOP("Quit"), QT_TR_NOOP("End the program"), QKeySequence(Qt::CTRL | Qt::Key_Q),
          &MainWindow::closeByCommand);
  command(view, QT_TR_NOOP("Freeze"), QT_TR_NOOP("Stop the view, never the pool"), QKeySequence(Qt::CTRL | Qt::Key_F8),
          &MainWindow::toggleFreeze);
  command(view, QT_TR_NOOP("Reset layout"), QT_TR_NOOP("Put the tabs back where they were at first"), {},
          &MainWindow::resetLayout);
  view->addSeparator();
  const auto theme = [&](const char* text, Theme::Choice choice) {
    QAction* action = command(view, text, QT_TR_NOOP("Choose the colours of the window"), {}, &MainWindow::showState);
    connect(action, &QAction::triggered, this, [choice] {
      Theme::instance().setChoice(choice);
      QSettings().setValue(QStringLiteral("window/theme"), static_cast<int>(choice));
    });
  };
  theme(QT_TR_NOOP("System colours"), Theme::Choice::System);
  theme(QT_TR_NOOP("Light"), Theme::Choice::Light);
  theme(QT_TR_NOOP("Dark"), Theme::Choice::Dark);
  command(pool, QT_TR_NOOP("Run scenario"), QT_TR_NOOP("Start the chosen scenario in a pool of its own"),
          QKeySequence(Qt::CTRL | Qt::Key_R), &MainWindow::runChosen);
  command(pool, QT_TR_NOOP("One worker more"), QT_TR_NOOP("Make the current pool larger by one"),
          QKeySequence(Qt::CTRL | Qt::Key_Up), &MainWindow::stepUp);
  command(pool, QT_TR_NOOP("One worker fewer"), QT_TR_NOOP("Make the current pool smaller by one"),
          QKeySequence(Qt::CTRL | Qt::Key_Down), &MainWindow::stepDown);
  command(pool, QT_TR_NOOP("Shut down"), QT_TR_NOOP("Shut the current pool down in the chosen mode"), {},
          &MainWindow::shutDown);
  command(help, QT_TR_NOOP("Keys"), QT_TR_NOOP("Show what the keys do"), QKeySequence(Qt::Key_F1),
          &MainWindow::showKeys);
}

void MainWindow::showKeys() {
  QString text;
  for (const auto& [action, words] : m_commands)
    if (!action->shortcut().isEmpty())
      text += action->shortcut().toString(QKeySequence::NativeText) + QStringLiteral("    ") + action->toolTip() +
              QLatin1Char('\n');
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Keys"), text, QMessageBox::Close, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  box->open();
}

void MainWindow::resetLayout() {
  restoreState(m_defaultLayout, kLayoutVersion);
}
void MainWindow::closeByCommand() {
  close();
}

// --- Texts

void MainWindow::retranslate() {
  setWindowTitle(QStringLiteral("Poolscope"));
  const QStringList labels{tr("Scenario"), tr("Speed"), tr("Pool size"), tr("Worker kind"), tr("Shutdown mode")};
  for (int i = 0; i < labels.size(); ++i)
    m_rowLabels[i]->setText(labels[i]);
  const int mode = m_shutdownMode->currentIndex();
  {
    const QSignalBlocker quiet(m_shutdownMode);
    m_shutdownMode->clear();
    m_shutdownMode->addItems(
        {tr("wait"), tr("don't wait"), tr("wait, cancel queued"), tr("don't wait, cancel queued")});
    m_shutdownMode->setCurrentIndex(qMax(0, mode));
  }
  m_scenario->setToolTip(tr("The program to run"));
  m_run->setToolTip(tr("Start the chosen scenario in a pool of its own (Ctrl+R)"));
  m_freeze->setToolTip(tr("Stop the view, never the pool"));
  m_speed->setToolTip(tr("Divide every sleep of the scenario"));
  m_sizeSlider->setToolTip(tr("How many workers the current pool may have; acts at once"));
  m_sizeBox->setToolTip(m_sizeSlider->toolTip());
  m_workerKind->setToolTip(tr("What a worker is"));
  m_shutdownMode->setToolTip(tr("How the program, and the button beside it, shuts the pool down"));
  m_shutDown->setToolTip(tr("Shut the current pool down in the chosen mode"));
  for (const auto& [dock, name] : m_tabs)
    dock->setWindowTitle(tr(name));
  for (const auto& [action, words] : m_commands)
    action->setText(tr(words.first)), action->setToolTip(tr(words.second));
  for (QMenu* menu : menuBar()->findChildren<QMenu*>(Qt::FindDirectChildrenOnly)) {
    if (menu->objectName() == QLatin1String("file")) menu->setTitle(tr("File"));
    if (menu->objectName() == QLatin1String("view")) menu->setTitle(tr("View"));
    if (menu->objectName() == QLatin1String("pool")) menu->setTitle(tr("Pool"));
    if (menu->objectName() == QLatin1String("help")) menu->setTitle(tr("Help"));
  }
  fitRow();
}

bool MainWindow::isNarrow() const {
  return width() < kNarrow;
}

void MainWindow::fitRow() {
  QLayout* row = m_run->parentWidget()->layout();
  m_run->setText(tr("Run scenario"));
  m_shutDown->setText(tr("Shut down"));
  // From the dearest look to the barest; measured, because words differ in length with the language and the font.
  for (int words = 2; words >= 0; --words) {
    m_currentPool->setVisible(words > 1);
    for (QLabel* label : m_rowLabels)
      label->setVisible(words > 0);
    m_freeze->setText(words > 0 ? tr("Freeze") : QString());
    row->invalidate();
    if (row->totalMinimumSize().width() <= width()) return;
  }
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  fitRow();
}

void MainWindow::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QMainWindow::changeEvent(event);
}

// --- What the session says

void MainWindow::showState() {
  const PoolLive* pool = m_session.state().pool(m_session.currentPool());
  const int words = m_currentPool->sizeHint().width();
  setLabelText(m_currentPool, pool ? tr("Current pool: %1").arg(m_session.text(pool->prefix)) : QString());
  if (m_currentPool->sizeHint().width() != words) fitRow();
  if (pool && pool->open && m_session.isLive() && !m_sizeBox->hasFocus() && !m_sizeSlider->isSliderDown() &&
      static_cast<int>(pool->target) != m_sizeBox->value()) {
    m_following = true; // somebody else resized it: the controls follow
    m_sizeBox->setValue(static_cast<int>(pool->target));
    m_sizeSlider->setValue(qMin(static_cast<int>(pool->target), kSliderMost));
    m_following = false;
  }
  m_shutDown->setEnabled(pool && pool->open);
  showCounters();
}

void MainWindow::showCounters() {
  const PoolCounters c = m_session.state().totals();
  std::uint64_t workers = 0, occupied = 0;
  for (const PoolLive& pool : m_session.state().pools)
    for (const WorkerState& slot : pool.slots) {
      workers += slot.phase != WorkerPhase::Vacant;
      occupied += slot.phase == WorkerPhase::Running || slot.phase == WorkerPhase::Blocked;
    }
  const std::uint64_t computing = c.running >= c.blocked ? c.running - c.blocked : 0;
  setLabelText(m_counters, tr("running %1 · blocked %2 · queued %3 · done %4 · failed %5 · cancelled %6 · occupied %7 "
                              "(computing %8) · dropped %9")
                               .arg(formatCount(computing), formatCount(c.blocked), formatCount(c.queued),
                                    formatCount(c.done), formatCount(c.failed), formatCount(c.cancelled),
                                    formatPercent(workers ? double(occupied) / double(workers) : 0),
                                    formatPercent(workers ? double(computing) / double(workers) : 0),
                                    formatCount(m_session.recording().dropped())));
}

void MainWindow::closeEvent(QCloseEvent* event) {
  QSettings settings;
  settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
  settings.setValue(QStringLiteral("window/layout"), saveState(kLayoutVersion));
  settings.setValue(QStringLiteral("pool/size"), m_sizeBox->value());
  m_controller.interrupt(); // sleeps end, what is queued is cancelled: nothing can hang
  event->accept();
}

} // namespace poolscope::ui
