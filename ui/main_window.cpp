#include "ui/main_window.h"

#include "core/analysis/headcount.h"
#include "core/base/loose_thread.h"
#include "ui/accessible/names.h"
#include "ui/chat/chat_windows.h"
#include "ui/chat/crowd_dialog.h"
#include "ui/control/pool_controller.h"
#include "ui/control/server_control.h"
#include "ui/models/clients_model.h"
#include "ui/models/tables.h"
#include "ui/session/saves.h"
#include "ui/session/session.h"
#include "ui/shell/closing.h"
#include "ui/shell/commands.h"
#include "ui/shell/data_table.h"
#include "ui/shell/growth_tick.h"
#include "ui/shell/held_keys.h"
#include "ui/shell/key_overlay.h"
#include "ui/shell/pool_row.h"
#include "ui/shell/scenario_words.h"
#include "ui/shell/screen_fit.h"
#include "ui/shell/server_row.h"
#include "ui/shell/status_line.h"
#include "ui/shell/tabs.h"
#include "ui/shell/task_commands.h"
#include "ui/shell/translations.h"
#include "ui/shell/wheel_guard.h"
#include "ui/shell/window_settings.h"
#include "ui/theme/theme.h"
#include "ui/views/inspector.h"
#include "ui/views/notice_bar.h"
#include "ui/views/zones.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QFileInfo>
#include <QLayout>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include <unistd.h>

namespace poolscope::ui {

namespace {
constexpr int kLayoutVersion = 2; // 2: the rows are bars, the inspector is a dock
constexpr QSize kUsualSize{1440, 900};
constexpr int kInspectorWidth = 300, kTabsHeight = 170;
// A lower window keeps room for the timeline's lanes.
constexpr int kLow = 760, kLowTabsHeight = 120, kVeryLow = 620, kVeryLowTabsHeight = 92;

int tabsHeight(int windowHeight) {
  return windowHeight < px(kVeryLow) ? px(kVeryLowTabsHeight)
         : windowHeight < px(kLow)   ? px(kLowTabsHeight)
                                     : px(kTabsHeight);
}
constexpr int kLinesKept = 10'000;

/// The one file of ours that is being dragged, or nothing.
QString draggedRecording(const QMimeData* data) {
  const QList<QUrl> urls = data->urls();
  if (urls.size() != 1 || !urls.front().isLocalFile()) return {};
  const QString path = urls.front().toLocalFile();
  return path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive) ? path : QString();
}

/// What a person chose is kept at once; what the command line says is for its start alone.
template <class T> void keep(T WindowSettings::*setting, const T& choice) {
  WindowSettings settings = WindowSettings::load();
  settings.*setting = choice;
  settings.save();
}
} // namespace

MainWindow::MainWindow(Session& session, PoolController& controller, ExitDeadline& deadline)
    : m_session(session), m_controller(controller), m_processId(static_cast<std::uint32_t>(::getpid())) {
  setObjectName(QStringLiteral("MainWindow"));
  WheelGuard::install();
  HeldKeys::install();
  setAcceptDrops(true);
  setWindowTitle(QStringLiteral("Poolscope"));
  m_poolRow = new PoolRow(session, controller);
  addRow(m_poolRow);
  m_serverRow = new ServerRow(session, controller);
  addRow(m_serverRow);
  m_chats = new ChatWindows(session, controller, this);
  connect(m_serverRow, &ServerRow::chatWanted, m_chats, &ChatWindows::open);
  auto* center = new QWidget;
  auto* column = new QVBoxLayout(center);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(m_notice = new NoticeBar);
  auto* scroll = new QScrollArea; // in a window that is lower than what the zones need at least
  nameScrollBars(scroll);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(makeZones());
  column->addWidget(scroll, 1);
  setCentralWidget(center);

  m_tabs = new Tabs(this);
  addTables();
  addOutput();
  m_tabs->docks().front()->raise();
  addInspector();
  m_status = new StatusLine(session, statusBar());
  m_growth = new GrowthTick(session, this);
  m_commands = new Commands(this);
  addCommands();
  retranslate();

  resize(px(kUsualSize).boundedTo(roomOnScreen(*this)));
  resizeDocks({m_inspector}, {px(kInspectorWidth)}, Qt::Horizontal);
  resizeDocks({m_tabs->docks().front()}, {tabsHeight(height())}, Qt::Vertical);
  m_defaultLayout = saveState(kLayoutVersion);
  m_closing = new Closing(session, controller, deadline, this);
  connect(m_closing, &Closing::draining, m_chats, &ChatWindows::closeAll);
  connect(m_closing, &Closing::saveWanted, this, &MainWindow::saveRecordingTo);
  connect(&Saves::instance(), &Saves::ended, this, &MainWindow::tellSaved);
  connect(&m_session, &Session::changed, m_tabs, &Tabs::update);
  connect(&m_session, &Session::currentPoolChanged, this, &MainWindow::showEmptyTexts); // a new server, perhaps
  const ScenarioInfo* first = findScenario("thread-pool");
  m_poolRow->chooseScenario(first ? *first : scenarios().front());
  restore();
  if (m_session.isRecorded()) m_tabs->find("Tasks")->raise(); // its rows are there whatever the moment
}

MainWindow::~MainWindow() {
  // The session's recording goes next. What does not end in time is left to the end of the program.
  if (!m_shared && Saves::instance().cancelOf(this)) LooseThread::join(std::chrono::seconds(1));
}

/// A row of controls above everything else, docks too: as wide as the window.
void MainWindow::addRow(QWidget* row) {
  auto* bar = new QToolBar;
  bar->setObjectName(row->objectName());
  nameWidget(bar, row->objectName().toLatin1().constData());
  bar->setMovable(false);
  bar->setFloatable(false);
  bar->layout()->setContentsMargins(0, 0, 0, 0);
  bar->toggleViewAction()->setVisible(false); // nothing in it could be done without
  row->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  row->setMinimumWidth(1); // the row gives up its words, not the window its width
  bar->addWidget(row);
  if (auto* more = bar->findChild<QToolButton*>(QStringLiteral("qt_toolbar_ext_button")))
    nameWidget(more, "More"); // Qt's own, never shown: the row always fits
  addToolBar(Qt::TopToolBarArea, bar);
  addToolBarBreak(Qt::TopToolBarArea);
}

QWidget* MainWindow::makeZones() {
  ZoneCommands commands;
  commands.first.open = [this] { openRecording(); };
  if (m_session.isRecorded()) return new Zones(&m_session, std::move(commands));
  commands.first.watch = [this] {
    if (const ScenarioInfo* info = findScenario("thread-pool"))
      m_poolRow->chooseScenario(*info), m_poolRow->runChosen();
  };
  commands.first.chat = [this] { m_chats->open(); };
  commands.cancelTask = [this](PoolId pool, TaskId task) { m_controller.cancelTask(pool, task); };
  commands.moveToFront = [this](PoolId pool, TaskId task) { m_controller.moveToFront(pool, task); };
  return new Zones(&m_session, std::move(commands));
}

void MainWindow::addInspector() {
  m_inspector = new Inspector(&m_session);
  addDockWidget(Qt::RightDockWidgetArea, m_inspector);
  setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea); // the tabs take the whole width
}

void MainWindow::addTables() {
  using Count = std::function<std::optional<std::uint64_t>()>;
  const auto add = [this](const char* name, SessionModel* model, Count count) {
    auto* table = new DataTable(name, m_session, *model);
    m_tabs->add(name, table, std::move(count));
    return table;
  };
  const auto current = [this](std::uint64_t (*count)(const PoolLive&)) -> Count {
    return [this, count] {
      const PoolLive* pool = m_session.state().pool(m_session.currentPool());
      return std::optional<std::uint64_t>(pool ? count(*pool) : 0);
    };
  };
  const auto rows = [](SessionModel* model) -> Count {
    return [model] { return std::optional<std::uint64_t>(model->rowCount()); };
  };
  // A vacant slot has a row and is no worker; of a long queue not every task has one.
  m_workers = add(QT_TRANSLATE_NOOP("Tabs", "Workers"), new WorkersModel(&m_session, this),
                  current([](const PoolLive& pool) { return Headcount::of(pool).workers; }));
  m_queue = add(QT_TRANSLATE_NOOP("Tabs", "Queue"), new QueueModel(&m_session, this),
                current([](const PoolLive& pool) { return pool.counters.queued; }));
  auto* tasks = new TasksModel(&m_session, this);
  m_tasks = add(QT_TRANSLATE_NOOP("Tabs", "Tasks"), tasks, rows(tasks));
  auto* clients = new ClientsModel(&m_session, this);
  m_clients = add(QT_TRANSLATE_NOOP("Tabs", "Clients"), clients, rows(clients));
}

void MainWindow::addOutput() {
  m_output = new QPlainTextEdit;
  nameWidget(m_output, "Output");
  m_output->setReadOnly(true);
  nameScrollBars(m_output);
  m_output->setMaximumBlockCount(kLinesKept);
  m_output->setFrameShape(QFrame::NoFrame);
  m_output->setTabChangesFocus(true);
  m_tabs->add(QT_TRANSLATE_NOOP("Tabs", "Output"), m_output);
  connect(&m_controller, &PoolController::failed, this, &MainWindow::showNotice);
  connect(&m_controller, &PoolController::printed, this, [this](const QString& line) {
    m_output->appendPlainText(line);
    Q_EMIT linePrinted(line);
  });
}

void MainWindow::addCommands() {
  using Menu = Commands::Menu;
  addFileCommands();
  m_commands->add(Menu::File, QT_TRANSLATE_NOOP("Commands", "Quit"), QT_TRANSLATE_NOOP("Commands", "End the program"),
                  QKeySequence(Qt::CTRL | Qt::Key_Q), [this] { close(); });
  m_freeze = m_commands->add(Menu::View, QT_TRANSLATE_NOOP("Commands", "Freeze"),
                             QT_TRANSLATE_NOOP("Commands", "Stop the view, never the pool"),
                             QKeySequence(Qt::CTRL | Qt::Key_F8), [this] { m_poolRow->toggleFreeze(); });
  m_commands->add(Menu::View, QT_TRANSLATE_NOOP("Commands", "Reset layout"),
                  QT_TRANSLATE_NOOP("Commands", "Put the tabs back where they were at first"), {},
                  [this] { restoreState(m_defaultLayout, kLayoutVersion); });
  m_commands->menu(Menu::View)->addAction(m_inspector->toggleViewAction());
  m_commands->separate(Menu::View);
  QMenu* themes = m_commands->addMenu(Menu::View, QT_TRANSLATE_NOOP("Commands", "Theme"));
  const auto theme = [&](const char* text, Theme::Choice choice) {
    m_commands->add(themes, text, QT_TRANSLATE_NOOP("Commands", "Choose the colours of the window"), {}, [choice] {
      Theme::instance().setChoice(choice);
      keep(&WindowSettings::theme, static_cast<int>(choice));
    });
  };
  theme(QT_TRANSLATE_NOOP("Commands", "As the system"), Theme::Choice::System);
  theme(QT_TRANSLATE_NOOP("Commands", "Light"), Theme::Choice::Light);
  theme(QT_TRANSLATE_NOOP("Commands", "Dark"), Theme::Choice::Dark);
  addLanguages();
  addEditCommands();
  m_commands->add(Menu::Pool, QT_TRANSLATE_NOOP("Commands", "Run scenario"),
                  QT_TRANSLATE_NOOP("Commands", "Start the chosen scenario in a pool of its own"),
                  QKeySequence(Qt::CTRL | Qt::Key_R), [this] { m_poolRow->runChosen(); });
  addSizeCommands();
  addTaskCommands();
  addServerCommands();
  addLessons();
  m_commands
      ->add(Menu::Help, QT_TRANSLATE_NOOP("Commands", "Keys"), QT_TRANSLATE_NOOP("Commands", "Show what the keys do"),
            QKeySequence(Qt::Key_F1), [this] { showKeys(); })
      ->setShortcutContext(Qt::ApplicationShortcut);
}

/// Copy means what had the keyboard before the menu took it. Esc acts in the whole window: what wants it for itself
/// first (the timeline, for a range of time) takes it before the shortcut does.
void MainWindow::addEditCommands() {
  using Menu = Commands::Menu;
  QAction* copy =
      m_commands->add(Menu::Edit, QT_TRANSLATE_NOOP("Commands", "Copy"),
                      QT_TRANSLATE_NOOP("Commands", "Copy the selected rows or text"), QKeySequence::Copy, [this] {
                        if (m_copies) QMetaObject::invokeMethod(m_copies, "copy");
                      });
  const auto show = [this, copy] {
    m_commands->allow(copy, m_copies != nullptr,
                      QT_TRANSLATE_NOOP("Commands", "There is nothing here that could be copied"));
  };
  connect(qApp, &QApplication::focusChanged, this, [this, show](QWidget*, QWidget* now) {
    if (now == nullptr || qobject_cast<QMenuBar*>(now) || qobject_cast<QMenu*>(now)) return;
    for (m_copies = now; m_copies && m_copies->metaObject()->indexOfMethod("copy()") < 0;)
      m_copies = m_copies->parentWidget();
    show();
  });
  show();
  QAction* clear = m_commands->add(
      Menu::Edit, QT_TRANSLATE_NOOP("Commands", "Clear the selection"),
      QT_TRANSLATE_NOOP("Commands", "Select nothing: the inspector shows the pool"), QKeySequence(Qt::Key_Escape),
      [this] { m_session.selected().empty() ? m_session.setTimeRange({}) : m_session.select(Selection::none()); });
  const auto see = [this, clear] {
    m_commands->allow(clear, !m_session.selected().empty() || m_session.timeRange(),
                      QT_TRANSLATE_NOOP("Commands", "Nothing is selected"));
  };
  connect(&m_session, &Session::selectionChanged, this, see);
  connect(&m_session, &Session::timeRangeChanged, this, see);
  see();
}

void MainWindow::addSizeCommands() {
  using Menu = Commands::Menu;
  QAction* more = m_commands->add(Menu::Pool, QT_TRANSLATE_NOOP("Commands", "One worker more"),
                                  QT_TRANSLATE_NOOP("Commands", "Make the current pool larger by one"),
                                  QKeySequence(Qt::CTRL | Qt::Key_Up), [this] { m_poolRow->stepUp(); });
  QAction* fewer = m_commands->add(Menu::Pool, QT_TRANSLATE_NOOP("Commands", "One worker fewer"),
                                   QT_TRANSLATE_NOOP("Commands", "Make the current pool smaller by one"),
                                   QKeySequence(Qt::CTRL | Qt::Key_Down), [this] { m_poolRow->stepDown(); });
  more->setAutoRepeat(true), fewer->setAutoRepeat(true);
  m_shutDown = m_commands->add(Menu::Pool, QT_TRANSLATE_NOOP("Commands", "Shut down"),
                               QT_TRANSLATE_NOOP("Commands", "Shut this pool down in the chosen mode"), {},
                               [this] { m_controller.shutdown(PoolId{m_shutDown->data().toUInt()}); });
  if (m_session.isRecorded()) return;
  const auto see = [this, more, fewer] {
    const char* noFurther = QT_TRANSLATE_NOOP("Commands", "The size cannot go further, or the pool has none");
    m_commands->allow(more, m_poolRow->canStep(1), noFurther);
    m_commands->allow(fewer, m_poolRow->canStep(-1), noFurther);
  };
  connect(&m_session, &Session::changed, this, see);
  see();
  // An open menu keeps to the pool that it names.
  connect(m_poolRow, &PoolRow::shutDownNamed, this, [this](const QString& pool) {
    if (m_commands->menu(Menu::Pool)->isVisible()) return;
    m_shutDown->setData(m_poolRow->namedForShutDown().value());
    m_commands->setAbout(m_shutDown, pool);
    m_commands->allow(m_shutDown, !pool.isEmpty(), QT_TRANSLATE_NOOP("Commands", "No pool is open here"));
  });
}

void MainWindow::addTaskCommands() {
  m_commands->separate(Commands::Menu::Pool);
  const auto* commands =
      new TaskCommands(*m_commands, m_session, m_controller, this, {m_workers, m_queue, m_tasks, m_clients});
  if (m_session.isRecorded()) return;
  m_workers->setCommands({commands->kill()});
  for (DataTable* table : {m_queue, m_tasks, m_clients})
    table->setCommands({commands->cancel(), commands->moveToFront()});
}

void MainWindow::addServerCommands() {
  using Menu = Commands::Menu;
  QAction* start =
      m_commands->add(Menu::Server, QT_TRANSLATE_NOOP("Commands", "Start server"),
                      QT_TRANSLATE_NOOP("Commands", "Listen on 127.0.0.1 and serve with a pool of its own"), {},
                      [this] { m_serverRow->startServer(); });
  QAction* stop = m_commands->add(
      Menu::Server, QT_TRANSLATE_NOOP("Commands", "Stop server"),
      QT_TRANSLATE_NOOP("Commands", "Accept nobody any more, answer what was sent, close the connections"), {},
      [this] { m_serverRow->stopServer(); });
  QAction* closeIdle = m_commands->add(
      Menu::Server, QT_TRANSLATE_NOOP("Commands", "Close idle clients"),
      QT_TRANSLATE_NOOP("Commands", "Close the clients that hold a worker others wait for, and say nothing"), {},
      [this] { m_serverRow->closeHolders(); });
  const auto holders = [this, closeIdle](bool any) {
    m_commands->allow(closeIdle, any, QT_TRANSLATE_NOOP("Commands", "Nobody waits for a worker that a client holds"));
  };
  connect(m_serverRow, &ServerRow::canCloseIdle, this, holders);
  holders(false);
  m_commands->add(Menu::Server, QT_TRANSLATE_NOOP("Commands", "A crowd of clients…"),
                  QT_TRANSLATE_NOOP("Commands", "Let many clients loose on the server, and see what they see"), {},
                  [this] { showCrowd(); });
  const auto chat = [this](const char* text, const char* tip, const QKeySequence& keys, std::function<void()> run) {
    QAction* action = m_commands->add(Menu::Chat, text, tip, keys, std::move(run));
    action->setShortcutContext(Qt::ApplicationShortcut);
    return action;
  };
  chat(QT_TRANSLATE_NOOP("Commands", "New chat client"),
       QT_TRANSLATE_NOOP("Commands", "Open a chat window on the server"), QKeySequence(Qt::CTRL | Qt::Key_N),
       [this] { m_chats->open(); });
  chat(QT_TRANSLATE_NOOP("Commands", "Five chat clients"), QT_TRANSLATE_NOOP("Commands", "Open five chat windows"),
       QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N), [this] { m_chats->openSeveral(5); });
  QAction* reconnect = chat(
      QT_TRANSLATE_NOOP("Commands", "Reconnect all chat windows"),
      QT_TRANSLATE_NOOP("Commands", "Connect those that the server has closed, after a change of its mode for example"),
      {}, [this] { m_chats->reconnectAll(); });
  QAction* closeAll = chat(QT_TRANSLATE_NOOP("Commands", "Close all chat windows"),
                           QT_TRANSLATE_NOOP("Commands", "Disconnect every chat client of this window"), {},
                           [this] { m_chats->closeAll(); });
  if (m_session.isRecorded()) return;
  const auto see = [this, start, stop] {
    const auto phase = m_controller.server().phase();
    m_commands->allow(start, phase == ServerControl::Phase::Stopped,
                      phase == ServerControl::Phase::Stopping
                          ? QT_TRANSLATE_NOOP("Commands", "The server is stopping")
                          : QT_TRANSLATE_NOOP("Commands", "The server runs already"));
    m_commands->allow(stop, phase == ServerControl::Phase::Listening,
                      QT_TRANSLATE_NOOP("Commands", "No server is running"));
  };
  connect(&m_controller.server(), &ServerControl::phaseChanged, this, see);
  see();
  const auto count = [this, reconnect, closeAll] { // menus alone have them: it is enough to know when one opens
    m_commands->allow(reconnect, m_chats->canReconnect(),
                      QT_TRANSLATE_NOOP("Commands", "No chat window has lost its connection"));
    m_commands->allow(closeAll, !m_chats->windows().isEmpty(), QT_TRANSLATE_NOOP("Commands", "No chat window is open"));
  };
  count();
  connect(m_commands->menu(Menu::Chat), &QMenu::aboutToShow, this, count);
  connect(&m_session, &Session::changed, this, count); // and for who presses them from outside
}

/// The scenarios are the lessons: an entry starts its program at once.
void MainWindow::addLessons() {
  for (const ScenarioInfo& info : scenarios())
    m_lessons.append({m_commands->add(Commands::Menu::Lessons, "", "", {},
                                      [this, &info] {
                                        m_poolRow->chooseScenario(info);
                                        m_poolRow->runChosen();
                                      }),
                      &info});
}

void MainWindow::addLanguages() {
  QMenu* languages = m_commands->addMenu(Commands::Menu::View, QT_TRANSLATE_NOOP("Commands", "Language"));
  const auto choose = [](const QString& code) {
    Translations::instance().choose(code);
    keep(&WindowSettings::language, code);
  };
  const auto language = [&](const char* code, const QString& name) {
    QAction* action = m_commands->add(languages, "", QT_TRANSLATE_NOOP("Commands", "Choose the language of the window"),
                                      {}, [choose, code] { choose(QString::fromLatin1(code)); });
    m_commands->fix(action, name, name);
  };
  m_commands->add(languages, QT_TRANSLATE_NOOP("Commands", "As the system"),
                  QT_TRANSLATE_NOOP("Commands", "Choose the language of the window"), {}, [choose] { choose({}); });
  language("en", QStringLiteral("English"));
  language("zh_CN", QStringLiteral("简体中文"));
}

void MainWindow::addFileCommands() {
  using Menu = Commands::Menu;
  m_commands->add(Menu::File, QT_TRANSLATE_NOOP("Commands", "Open…"),
                  QT_TRANSLATE_NOOP("Commands", "Open a recording in a window of its own"), QKeySequence::Open,
                  [this] { openRecording(); });
  QAction* save = m_commands->add(Menu::File, QT_TRANSLATE_NOOP("Commands", "Save recording…"),
                                  QT_TRANSLATE_NOOP("Commands", "Write all that happened so far to a file"),
                                  QKeySequence::Save, [this] { saveRecording(); });
  const auto see = [this, save] {
    m_commands->allow(save, m_session.recording().size() > 0,
                      QT_TRANSLATE_NOOP("Commands", "Nothing has been recorded yet"));
  };
  connect(&m_session, &Session::changed, this, see);
  see();
  m_commands->separate(Menu::File);
}

// --- Recordings

void MainWindow::showNotice(const QString& sentence) {
  m_notice->say(sentence);
}

QString MainWindow::notice() const {
  return m_notice->isHidden() ? QString() : m_notice->sentence();
}

void MainWindow::showRecording(const QString& path, std::uint32_t processId) {
  setWindowTitle(QFileInfo(path).fileName() + QStringLiteral(" — Poolscope"));
  setWindowFilePath(path);
  if (processId != 0) m_processId = processId;
  for (ControlRow* row : findChildren<ControlRow*>())
    row->disable(QT_TRANSLATE_NOOP("ControlRow", "This is a recording: there is no pool to command"));
  m_freeze->setEnabled(false); // a file stands still
  for (const auto menu : {Commands::Menu::Pool, Commands::Menu::Server, Commands::Menu::Chat, Commands::Menu::Lessons})
    m_commands->disable(menu, QT_TRANSLATE_NOOP("Commands", "This is a recording: there is no pool to command"));
}

void MainWindow::openRecording() {
  auto* dialog = new QFileDialog(this, tr("Open a recording"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setNameFilters({tr("Recordings (*.pooltrace.json)"), tr("All files (*)")});
  connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::openRequested);
  dialog->open();
}

void MainWindow::saveRecording() {
  auto* dialog = new QFileDialog(this, tr("Save the recording"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("pooltrace.json"));
  dialog->setNameFilters({tr("Recordings (*.pooltrace.json)"), tr("All files (*)")});
  connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::saveRecordingTo);
  dialog->open();
}

void MainWindow::saveRecordingTo(const QString& path) {
  Saves& saves = Saves::instance();
  if (saves.isWriting(path)) return showNotice(tr("%1 is being written already").arg(path));
  showNotice(tr("Saving %1").arg(path));
  saves.start(m_shared ? m_shared : std::shared_ptr<const Recording>(std::shared_ptr<void>(), &m_session.recording()),
              path, m_processId, this);
}

/// What was asked for in a window that is gone, the program's own one tells.
void MainWindow::tellSaved(const QObject* asker, const QString& path, const QString& error) {
  if (asker != this && (asker != nullptr || m_session.isRecorded())) return;
  showNotice(error.isEmpty() ? tr("Saved %1").arg(path) : error);
  Q_EMIT saved();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!draggedRecording(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QString path = draggedRecording(event->mimeData());
  if (path.isEmpty()) return;
  event->acceptProposedAction();
  Q_EMIT openRequested(path);
}

void MainWindow::showCrowd() {
  if (!m_crowd)
    m_crowd = new CrowdDialog(
        m_controller.crowd(), [this] { return m_chats->address(); }, this);
  m_crowd->show();
  m_crowd->raise();
  m_crowd->activateWindow();
}

void MainWindow::showKeys() {
  auto* overlay = new KeyOverlay(m_commands->actions(), m_session.isRecorded(), this);
  overlay->open();
}

void MainWindow::retranslate() {
  m_tabs->retranslate();
  m_commands->retranslate();
  for (const auto& [action, info] : m_lessons)
    m_commands->fix(action, scenarioName(*info), scenarioSentence(*info));
  m_status->update();
  showEmptyTexts();
}

void MainWindow::showEmptyTexts() {
  if (m_session.isRecorded()) {
    const QString moment = tr("So it is at this moment of the recording; a click in the timeline shows another.");
    m_workers->setEmptyText(tr("The current pool has no worker."), moment);
    m_queue->setEmptyText(tr("Nothing waits."), moment);
    m_tasks->setEmptyText(tr("No task yet."), moment);
    m_clients->setEmptyText(tr("No client is connected."), moment);
    m_output->setPlaceholderText(tr("A recording does not keep what its program printed."));
    return;
  }
  m_workers->setEmptyText(tr("No worker."), tr("Run a scenario (Ctrl+R), or connect a client (Ctrl+N)."));
  m_queue->setEmptyText(tr("Nothing waits."), tr("A task that finds no free worker gets a row here."));
  m_tasks->setEmptyText(tr("No task yet."), tr("Run a scenario (Ctrl+R), or connect a client (Ctrl+N)."));
  const ServerAddress server = m_chats->address();
  m_clients->setEmptyText(
      tr("No client is connected. Press New chat client (Ctrl+N), or run: nc %1 %2").arg(server.host).arg(server.port),
      tr("Every client, from this window or from outside, gets a row here."));
}

void MainWindow::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QMainWindow::changeEvent(event);
}

void MainWindow::restore() {
  const WindowSettings settings = WindowSettings::load();
  if (!settings.geometry.isEmpty()) restoreGeometry(settings.geometry), keepOnScreen(*this);
  if (!settings.layout.isEmpty()) restoreState(settings.layout, kLayoutVersion);
  m_poolRow->setPoolSize(static_cast<std::size_t>(settings.poolSize));
  m_serverRow->setMode(settings.serverMode);
}

/// What a person chose: not what an option of this start said, nor what a program's pool brought along.
void MainWindow::saveSettings() const {
  if (!m_keepsSettings) return;
  WindowSettings settings = WindowSettings::load();
  settings.geometry = saveGeometry();
  settings.layout = saveState(kLayoutVersion);
  settings.poolSize = m_poolRow->chosenSize().value_or(settings.poolSize);
  settings.serverMode = m_serverRow->chosenMode().value_or(settings.serverMode);
  settings.save();
}

void MainWindow::endBySignal() {
  m_closing->endBySignal();
  saveSettings();
}

void MainWindow::setEndsProgram(std::function<bool()> endsProgram) {
  m_closing->setEndsProgram(std::move(endsProgram));
}

void MainWindow::closeUnasked() {
  m_closing->leave();
  close();
}

/// All widgets that asked for it are painted in one such event.
bool MainWindow::event(QEvent* event) {
  if (event->type() != QEvent::UpdateRequest) return QMainWindow::event(event);
  QElapsedTimer clock;
  clock.start();
  const bool done = QMainWindow::event(event);
  m_status->setPaintTime(clock.nsecsElapsed());
  return done;
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  const int tabs = tabsHeight(height());
  if (event->oldSize().isValid() && tabs == tabsHeight(event->oldSize().height())) return; // as the person set it
  resizeDocks({m_tabs->docks().front()}, {tabs}, Qt::Vertical);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  const bool may = m_closing->mayClose(); // first: from here on the end has a deadline, whatever the settings' disk does
  saveSettings();
  event->setAccepted(may);
  if (event->isAccepted()) Q_EMIT closed();
}

} // namespace poolscope::ui
