#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_windows.h"
#include "ui/models/session_model.h"
#include "ui/shell/data_table.h"
#include "ui/shell/pool_row.h"

#include <QAction>
#include <QDockWidget>
#include <QFileDialog>
#include <QScrollArea>
#include <QScrollBar>
#include <QWheelEvent>

using namespace poolscope;
using namespace poolscope::ui;

namespace {

/// Notches over the widget's middle, as the window system tells them: to the innermost widget there.
void turnWheelOver(QWidget& widget, int notches = -1) {
  QWidget* target = widget.childAt(widget.rect().center());
  if (target == nullptr) target = &widget;
  const QPointF at = target->rect().center();
  QWheelEvent event(at, target->mapToGlobal(at), {}, QPoint(0, 120 * notches), Qt::NoButton, Qt::NoModifier,
                    Qt::NoScrollPhase, false);
  QSpontaneKeyEvent::setSpontaneous(&event); // else it would give no focus
  qApp->notify(target, &event);
}

QVariant valueOf(const QWidget& widget) {
  return widget.property(qobject_cast<const QComboBox*>(&widget) ? "currentIndex" : "value");
}

/// Every control of the window that a turn of the wheel could change.
QList<QWidget*> wheelControls(QWidget& window) {
  QList<QWidget*> all;
  for (QWidget* widget : window.findChildren<QWidget*>())
    if (qobject_cast<QComboBox*>(widget) || qobject_cast<QAbstractSpinBox*>(widget) || qobject_cast<QSlider*>(widget))
      all << widget;
  return all;
}

} // namespace

/// What commands have in common, wherever they stand: the wheel gives none, a held key gives one, and what has nothing
/// to act on cannot be given.
class TestCommands : public QObject {
  Q_OBJECT

 private:
  static QAction* action(const WindowFixture& f, const char* text) {
    for (QAction* action : f.window.findChildren<QAction*>())
      if (action->text() == QString::fromUtf8(text)) return action;
    return nullptr;
  }
  /// A key that is pressed and held until it has repeated that often.
  static void hold(const MainWindow& window, Qt::Key key, Qt::KeyboardModifiers modifiers, int repeats) {
    for (int i = 0; i <= repeats; ++i)
      QTest::simulateEvent(window.windowHandle(), true, key, modifiers, {}, i > 0, -1);
    QTest::simulateEvent(window.windowHandle(), false, key, modifiers, {}, false, -1);
    QTest::qWait(2); // a press in the same millisecond would belong to this one
  }
  static void openDialogs(WindowFixture& f) {
    action(f, "A crowd of clients…")->trigger();
    action(f, "Open…")->trigger();
    action(f, "Save recording…")->trigger();
    QTRY_COMPARE(f.window.findChildren<QFileDialog*>().size(), 2);
  }

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }

  void aTurnOfTheWheelChangesNoControlWithoutFocus() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    openDialogs(f);
    int turned = 0;
    for (QWidget* control : wheelControls(f.window)) {
      if (!control->isVisible() || !control->isEnabled()) continue;
      if (QWidget* focus = control->window()->focusWidget()) focus->clearFocus();
      const QVariant before = valueOf(*control);
      for (const int notches : {-1, 1, 1, -3})
        turnWheelOver(*control, notches);
      QVERIFY2(valueOf(*control) == before, qPrintable(control->accessibleName()));
      QVERIFY2(!control->hasFocus(), qPrintable(control->accessibleName()));
      ++turned;
    }
    QVERIFY2(turned >= 13, qPrintable(QString::number(turned))); // seven of the rows, four of the crowd, two of files
    QVERIFY(f.serves());
  }

  void aControlThatHasTheFocusTakesTheWheel() {
    WindowFixture f;
    f.window.show();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    auto* speed = f.find<QComboBox>("Speed");
    speed->setFocus();
    turnWheelOver(*speed);
    QCOMPARE(speed->currentIndex(), 1);
  }

  void theWheelGoesOnToTheScrollAreaBelow() {
    WindowFixture f; // with the window the guard is there
    QScrollArea area;
    auto* high = new QWidget;
    high->setFixedSize(300, 2000);
    QList<QWidget*> controls{new QComboBox(high), new QSpinBox(high), new QSlider(Qt::Horizontal, high)};
    qobject_cast<QComboBox*>(controls[0])->addItems({"a", "b", "c"});
    for (int i = 0; i < controls.size(); ++i)
      controls[i]->setGeometry(10, 10 + 40 * i, 120, 30);
    area.setWidget(high);
    area.resize(320, 200);
    area.show();
    QVERIFY(QTest::qWaitForWindowExposed(&area));
    for (QWidget* control : controls) {
      area.setFocus();
      area.verticalScrollBar()->setValue(0);
      turnWheelOver(*control);
      QVERIFY2(area.verticalScrollBar()->value() > 0, control->metaObject()->className());
    }
  }

  void aHeldKeyIsOneCommand() {
    WindowFixture f;
    f.window.show();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    f.window.poolRow().setSpeed(50);
    hold(f.window, Qt::Key_R, Qt::ControlModifier, 35);
    QTRY_COMPARE(f.rows("Tasks"), 10);
    hold(f.window, Qt::Key_N, Qt::ControlModifier, 35);
    QCOMPARE(f.window.chats().windows().size(), 1);
    f.window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    hold(f.window, Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier, 35);
    QCOMPARE(f.window.chats().windows().size(), 6);
    QTRY_VERIFY(!f.controller.scenarioRunning());
    QCOMPARE(f.rows("Tasks"), 10);
  }

  /// As X tells a held key: each repetition is a release and a press at one moment, and neither says what it is.
  static void holdUntold(const MainWindow& window, Qt::Key key, Qt::KeyboardModifiers modifiers, int repeats,
                         const std::function<void()>& shortcut) {
    quint64 time = 1000;
    const auto send = [&](QEvent::Type type) {
      QKeyEvent event(type, key, modifiers);
      event.setTimestamp(time);
      QCoreApplication::sendEvent(window.windowHandle(), &event);
    };
    for (int i = 0; i <= repeats; ++i, time += 40) {
      send(QEvent::ShortcutOverride);
      shortcut ? shortcut() : send(QEvent::KeyPress);
      time += 40;
      send(QEvent::KeyRelease);
      time -= 40;
    }
  }

  void aHeldKeyThatIsNotToldAsOneIsOneCommandToo() {
    WindowFixture f;
    f.window.show();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    QAction* chat = action(f, "New chat client");
    holdUntold(f.window, Qt::Key_N, Qt::ControlModifier, 9, [chat] { chat->trigger(); });
    QCOMPARE(f.window.chats().windows().size(), 1);
    chat->trigger(); // by a menu, or from outside
    QCOMPARE(f.window.chats().windows().size(), 2);
    holdUntold(f.window, Qt::Key_Up, Qt::ControlModifier, 3, [&f] { action(f, "One worker more")->trigger(); });
    QCOMPARE(f.find<QSpinBox>("Pool size")->value(), 8);
    f.window.poolRow().setSpeed(50);
    f.window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    f.find<QPushButton>("Run scenario")->setFocus();
    holdUntold(f.window, Qt::Key_Space, {}, 9, {});
    QTRY_COMPARE(f.rows("Tasks"), 10);
    QTRY_VERIFY(!f.controller.scenarioRunning());
    QCOMPARE(f.rows("Tasks"), 10);
  }

  /// Six clients of a server with one worker: the first is served, the others wait.
  static bool crowd(WindowFixture& f) {
    f.controller.setServerWorkers(1);
    if (!f.startServer()) return false;
    f.window.chats().openSeveral(6);
    return QTest::qWaitFor([&] { return f.rows("Queue") == 5 && f.session.liveState().clients.size() == 6; }, 20'000);
  }
  static void clickRow(QTableView* table, int row, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mouseClick(table->viewport(), Qt::LeftButton, modifiers,
                      table->visualRect(table->model()->index(row, 1)).center());
  }
  static Selection selectionAt(const QTableView* table, int row) {
    return static_cast<const SessionModel*>(table->model())->selectionAt(row);
  }
  static DataTable* show(WindowFixture& f, const char* tab) {
    for (QDockWidget* dock : f.window.findChildren<QDockWidget*>())
      if (dock->objectName() == QLatin1String(tab)) dock->raise();
    auto* table = static_cast<DataTable*>(f.find<QTableView>(tab));
    f.window.activateWindow();
    return QTest::qWaitForWindowActive(&f.window) && QTest::qWaitFor([&] { return table->isVisible(); }) ? table
                                                                                                         : nullptr;
  }

  void cancelHitsTheHighlightedRowAfterOthersLeft() {
    WindowFixture f;
    f.window.show();
    QVERIFY(crowd(f));
    DataTable* queue = show(f, "Queue");
    QVERIFY(queue);
    clickRow(queue, 3);
    const TaskId meant = selectionAt(queue, 3).task;
    for (int i = 0; i < 2; ++i) // two that wait before it leave
      f.controller.cancelTask(f.session.currentPool(), selectionAt(queue, i).task);
    QTRY_COMPARE(f.rows("Queue"), 3);
    QCOMPARE(queue->highlighted().size(), std::size_t{1});
    QTRY_VERIFY(action(f, "Cancel task")->isEnabled());
    hold(f.window, Qt::Key_Delete, Qt::ControlModifier, 3);
    QTRY_COMPARE(f.rows("Queue"), 2);
    QCOMPARE(f.session.history().find(meant)->phaseAt(f.session.now()), TaskPhase::Cancelled);
    QTRY_VERIFY(!action(f, "Cancel task")->isEnabled());
    QVERIFY(action(f, "Cancel task")->toolTip().contains(QStringLiteral("No task that waits")));
    QVERIFY(queue->highlighted().empty());
    QCOMPARE(f.session.selection().task, meant); // elsewhere it stays
  }

  void commandsActOnAllHighlightedRowsAndKeepTheirOrder() {
    WindowFixture f;
    f.window.show();
    QVERIFY(crowd(f));
    DataTable* queue = show(f, "Queue");
    QVERIFY(queue);
    std::vector<TaskId> before;
    for (int row = 0; row < 5; ++row)
      before.push_back(selectionAt(queue, row).task);
    clickRow(queue, 4);
    clickRow(queue, 2, Qt::ControlModifier);
    QTRY_VERIFY(action(f, "Move to front")->isEnabled());
    action(f, "Move to front")->trigger();
    QTRY_VERIFY(selectionAt(queue, 0).task == before[2] && selectionAt(queue, 1).task == before[4]);
    QCOMPARE(selectionAt(queue, 2).task, before[0]);
    QTRY_VERIFY(!action(f, "Move to front")->isEnabled()); // they are there
    QCOMPARE(queue->highlighted().size(), std::size_t{2});
    action(f, "Cancel task")->trigger();
    QTRY_COMPARE(f.rows("Queue"), 3);
    QCOMPARE(selectionAt(queue, 0).task, before[0]);
  }

  void aTablesCommandMeansItsOwnRows() {
    WindowFixture f;
    f.window.show();
    QVERIFY(crowd(f));
    DataTable* clients = show(f, "Clients");
    QVERIFY(clients);
    clickRow(clients, 3); // it waits
    QTRY_VERIFY(action(f, "Cancel task")->isEnabled());
    DataTable* queue = show(f, "Queue");
    QVERIFY(queue);
    queue->setFocus(); // where nothing is highlighted
    QTRY_VERIFY(!action(f, "Cancel task")->isEnabled());
    clients->setFocus();
    QVERIFY(f.session.selection().kind == Selection::Kind::Client);
  }

  void escClearsFromAnywhere() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    const QList<QWidget*> places{f.find<QTableView>("Workers"), f.find<QSpinBox>("Pool size"),
                                 f.find<QComboBox>("Scenario"), f.find<QPushButton>("Run scenario"),
                                 f.find<QWidget>("Timeline"),   f.find<QWidget>("Worker cards")};
    for (QWidget* place : places) {
      QVERIFY(place);
      place->setFocus();
      f.session.select(Selection::ofWorker(f.session.currentPool(), 1));
      hold(f.window, Qt::Key_Escape, {}, 0);
      QVERIFY2(f.session.selected().empty(), qPrintable(place->accessibleName()));
    }
    QVERIFY(!action(f, "Clear the selection")->isEnabled());
  }

  void killHitsTheHighlightedWorkerOnly() {
    WindowFixture f;
    f.window.show();
    f.find<QComboBox>("Worker kind")->setCurrentIndex(1);
    f.find<QPushButton>("Run scenario")->click();
    QTRY_COMPARE(f.cell("Workers", 1, 4), QStringLiteral("blocked"));
    DataTable* workers = show(f, "Workers");
    QVERIFY(workers);
    clickRow(workers, 1);
    QTRY_VERIFY(action(f, "Kill worker")->isEnabled());
    f.controller.run(*findScenario("process-pool"), {.workerKind = WorkerKind::Process});
    QTRY_VERIFY(f.session.liveState().pools.size() == 2 && f.session.liveState().pools.back().slots.size() == 4);
    f.session.selectPool(f.session.liveState().pools.back().id);
    QVERIFY(workers->highlighted().empty()); // these are other workers
    QTRY_VERIFY(!action(f, "Kill worker")->isEnabled());
    action(f, "Kill worker")->trigger();
    f.session.selectPool(f.session.liveState().pools.front().id);
    QCOMPARE(workers->highlighted().size(), std::size_t{1});
    const QString pid = f.cell("Workers", 1, 2), other = f.cell("Workers", 2, 2);
    QTRY_VERIFY(action(f, "Kill worker")->isEnabled());
    action(f, "Kill worker")->trigger();
    QTRY_VERIFY(!f.cell("Workers", 1, 2).isEmpty() && f.cell("Workers", 1, 2) != pid);
    QCOMPARE(f.cell("Workers", 2, 2), other);
    QVERIFY(workers->highlighted().empty());
    QTRY_VERIFY(!action(f, "Kill worker")->isEnabled());
    f.controller.interrupt();
    QTRY_VERIFY(!f.controller.scenarioRunning());
  }

  void whatHasNothingToActOnIsGreyAndSaysWhy() {
    WindowFixture f;
    f.window.show();
    for (const char* text :
         {"Cancel task", "Move to front", "Kill worker", "Clear the selection", "Stop server", "Close idle clients",
          "Reconnect all chat windows", "Close all chat windows", "Save recording…"}) {
      QVERIFY2(action(f, text) && !action(f, text)->isEnabled(), text);
      QVERIFY2(!action(f, text)->toolTip().isEmpty(), text);
    }
    QVERIFY(action(f, "Start server")->isEnabled());
    QVERIFY(f.startServer());
    for (const char* name : {"Start server", "Close idle clients"})
      QVERIFY2(!f.find<QPushButton>(name)->isEnabled() && !f.find<QPushButton>(name)->toolTip().isEmpty(), name);
    QVERIFY(!action(f, "Start server")->isEnabled());
    QCOMPARE(action(f, "Start server")->toolTip(), QStringLiteral("The server runs already"));
    QVERIFY(action(f, "Stop server")->isEnabled());
    QTRY_VERIFY(action(f, "Save recording…")->isEnabled());
    f.find<QPushButton>("Stop server")->click();
    QTRY_VERIFY(action(f, "Start server")->isEnabled());
  }

  void shutDownHitsThePoolThatItNames() {
    WindowFixture f;
    f.window.show();
    f.window.poolRow().setSpeed(50);
    QVERIFY(f.startServer());
    auto* button = f.find<QPushButton>("Shut down");
    const PoolId server = f.session.currentPool();
    QVERIFY(button->accessibleDescription().contains(QStringLiteral("echo server")));
    f.find<QPushButton>("Run scenario")->click();
    QTRY_VERIFY(f.session.currentPool() != server);
    const PoolId run = f.session.currentPool();
    QTRY_VERIFY(button->isEnabled() && !button->accessibleDescription().contains(QStringLiteral("echo server")));
    QTest::mousePress(button, Qt::LeftButton);
    QTRY_VERIFY(!f.session.liveState().pool(run)->open); // it ends by itself while the button is down
    f.session.selectPool(server);
    QTest::mouseRelease(button, Qt::LeftButton);
    QTest::qWait(0);
    QVERIFY(f.serves());
    QTRY_VERIFY(button->accessibleDescription().contains(QStringLiteral("echo server")));
    button->click();
    QTRY_VERIFY(!f.serves());
  }

  void onlyThePoolsSizeFollowsAHeldKey() {
    WindowFixture f;
    QSet<QString> repeating;
    for (const QAction* action : f.window.findChildren<QAction*>())
      if (action->autoRepeat() && !action->shortcut().isEmpty()) repeating << action->shortcut().toString();
    QCOMPARE(repeating, (QSet<QString>{QStringLiteral("Ctrl+Up"), QStringLiteral("Ctrl+Down")}));
    f.window.show();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    hold(f.window, Qt::Key_Up, Qt::ControlModifier, 5);
    QCOMPARE(f.find<QSpinBox>("Pool size")->value(), 10);
  }
};

QTEST_MAIN(TestCommands)
#include "tst_commands.moc"
