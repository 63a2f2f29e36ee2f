#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_windows.h"
#include "ui/shell/commands.h"
#include "ui/shell/pool_row.h"

#include <QAccessible>
#include <QAction>
#include <QMenu>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QSignalSpy>

using namespace poolscope;
using namespace poolscope::ui;

namespace {

/// Roles that a person acts on or reads as a whole: each one must say what it is.
bool mustHaveAName(QAccessible::Role role) {
  switch (role) {
  case QAccessible::PushButton:
  case QAccessible::CheckBox:
  case QAccessible::RadioButton:
  case QAccessible::ComboBox:
  case QAccessible::Slider:
  case QAccessible::SpinBox:
  case QAccessible::EditableText:
  case QAccessible::Table:
  case QAccessible::PageTab:
  case QAccessible::MenuItem:
  case QAccessible::StaticText:
  case QAccessible::ListItem:
  case QAccessible::ColumnHeader:
  case QAccessible::RowHeader:
  case QAccessible::ScrollBar:
  case QAccessible::PopupMenu:
  case QAccessible::MenuBar:
  case QAccessible::StatusBar:
    return true;
  default:
    return false;
  }
}

void collectNameless(QAccessibleInterface* item, QStringList& nameless, int& controls) {
  if (!item || item->role() == QAccessible::Cell) return;
  if (mustHaveAName(item->role()) && !item->state().invisible) {
    ++controls;
    if (item->text(QAccessible::Name).isEmpty())
      nameless << QStringLiteral("%1 (role %2)")
                      .arg(item->object() ? QString::fromLatin1(item->object()->metaObject()->className()) : QString())
                      .arg(int(item->role()));
  }
  for (int i = 0; i < item->childCount(); ++i)
    collectNameless(item->child(i), nameless, controls);
}

} // namespace

/// The window as a whole: what a first launch shows, a scenario from end to end, the server's row, names, closing.
class TestMainWindow : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }

  void aFirstLaunchShowsFourVacantSlotsAndWhereTheServerListens() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    QTRY_COMPARE(f.rows("Workers"), 4);
    QCOMPARE(f.cell("Workers", 0, 4), QStringLiteral("vacant"));
    QCOMPARE(f.cell("Workers", 0, 2), QString());
    QTRY_VERIFY(f.text("Server address").endsWith(QStringLiteral("listening, no clients")) ||
                f.text("Server address").contains(QStringLiteral("another one was taken")));
    QVERIFY(f.text("Server address").startsWith(QStringLiteral("127.0.0.1:")));
  }

  void everyControlHasAnAccessibleName() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.chats().open();
    QTRY_VERIFY(f.rows("Clients") == 1 && f.rows("Tasks") == 1);
    QStringList nameless;
    int controls = 0;
    for (QWidget* window : QApplication::topLevelWidgets())
      if (window->isVisible()) collectNameless(QAccessible::queryAccessibleInterface(window), nameless, controls);
    QCOMPARE(nameless, QStringList());
    QVERIFY2(controls > 100, qPrintable(QString::number(controls)));
  }

  void aScenarioEndsInTenRowsThatSayOk() {
    WindowFixture f;
    f.window.show();
    f.window.poolRow().setSpeed(5); // a busy machine must see the workers before they end
    f.find<QPushButton>("Run scenario")->click();
    QTRY_COMPARE(f.rows("Workers"), 4);
    QTRY_COMPARE(f.rows("Tasks"), 10);
    QTRY_COMPARE(f.cell("Tasks", 9, 6), QStringLiteral("ok"));
    QTRY_VERIFY(f.find<QPlainTextEdit>("Output")->toPlainText().contains(QStringLiteral("main thread")));
    QTRY_VERIFY(f.text("Status counters").contains(QStringLiteral("done 10")));
  }

  void thePoolSizeActsWhileTasksRun() {
    WindowFixture f;
    f.window.show();
    f.find<QPushButton>("Run scenario")->click();
    QTRY_COMPARE(f.rows("Queue"), 6);
    f.find<QSlider>("Pool size")->setValue(8);
    QTRY_COMPARE(f.rows("Workers"), 8);
    QTRY_COMPARE(f.rows("Queue"), 2);
    f.controller.interrupt();
    QTRY_VERIFY(!f.controller.scenarioRunning());
  }

  void choosingALessonLeavesTheServersPoolAlone() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    QTRY_COMPARE(f.rows("Workers"), 4);
    f.window.poolRow().chooseScenario(*findScenario("map"));
    QTest::qWait(50);
    QCOMPARE(f.rows("Workers"), 4);
  }

  void aThreadForEachConnectionHasNoSize() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.find<QComboBox>("Server mode")->setCurrentText(QStringLiteral("thread-per-connection"));
    QTRY_VERIFY(!f.find<QSlider>("Pool size")->isEnabled());
    QVERIFY(f.find<QSlider>("Pool size")->toolTip().contains(QStringLiteral("no pool")));
    QTRY_VERIFY(f.serves());
    f.find<QComboBox>("Server mode")->setCurrentText(QStringLiteral("thread-pool"));
    QTRY_VERIFY(f.find<QSlider>("Pool size")->isEnabled());
  }

  void stopAndStartOpenANewPool() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    const PoolId first = f.session.currentPool();
    f.find<QPushButton>("Stop server")->click();
    QTRY_VERIFY(f.text("Server address").contains(QStringLiteral("stopped")));
    QTRY_VERIFY(f.find<QPushButton>("Start server")->isEnabled());
    f.find<QPushButton>("Start server")->click();
    QTRY_VERIFY(f.serves());
    QTRY_VERIFY(f.session.currentPool() != first);
  }

  void allButtonsAreReachableAtTheLeastWidth() {
    WindowFixture f;
    f.window.resize(1100, 700);
    f.window.show();
    QVERIFY(f.startServer());
    QCOMPARE(f.window.width(), 1100);
    for (const char* name : {"Run scenario", "Shut down", "New chat client", "Freeze", "Start server", "Stop server"}) {
      const QWidget* button = f.find<QPushButton>(name);
      QVERIFY2(button && button->isVisible(), name);
      const QRect rect(button->mapTo(&f.window, QPoint()), button->size());
      QVERIFY2(f.window.rect().contains(rect), name);
      QVERIFY2(button->width() >= button->minimumSizeHint().width() - 1, name);
    }
  }

  void noTwoCommandsShareAShortcutAndEachSaysWhatItDoes() {
    WindowFixture f;
    QSet<QString> seen;
    for (const QAction* action : f.window.findChildren<QAction*>()) {
      if (action->menu() || action->isSeparator() || action->text().isEmpty()) continue;
      for (const QKeySequence& keys : action->shortcuts()) {
        QVERIFY2(!seen.contains(keys.toString()), qPrintable(keys.toString()));
        seen << keys.toString();
      }
      QVERIFY2(!action->toolTip().isEmpty(), qPrintable(action->text()));
    }
    for (const char* keys : {"Ctrl+N", "Ctrl+Shift+N", "Ctrl+Up", "Ctrl+Down", "Ctrl+R", "F1"})
      QVERIFY2(seen.contains(QLatin1String(keys)), keys);
  }

  void aKilledWorkerProcessLosesItsTaskAndIsReplaced() {
    WindowFixture f;
    f.window.show();
    f.find<QComboBox>("Worker kind")->setCurrentIndex(1);
    f.find<QPushButton>("Run scenario")->click();
    QTRY_COMPARE(f.cell("Workers", 0, 4), QStringLiteral("blocked"));
    const QString pid = f.cell("Workers", 0, 2);
    QVERIFY(!pid.isEmpty() && pid != QString::number(getpid()));
    f.session.select(Selection::ofWorker(f.session.currentPool(), 0));
    for (QAction* action : f.window.findChildren<QAction*>())
      if (action->text() == QLatin1String("Kill worker")) action->trigger();
    QTRY_COMPARE(f.session.liveState().totals().failed, std::uint64_t{1});
    QTRY_VERIFY(!f.cell("Workers", 0, 2).isEmpty() && f.cell("Workers", 0, 2) != pid);
    f.controller.interrupt();
    QTRY_VERIFY(!f.controller.scenarioRunning());
  }

  void closingWithNothingRunningAsksNothing() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.close();
    QTRY_VERIFY(!f.window.isVisible());
    QVERIFY(f.window.findChildren<QMessageBox*>().isEmpty());
  }

  void closingWithTasksAsksOnceAndASecondCloseEnds() {
    WindowFixture f;
    f.window.show();
    f.find<QPushButton>("Run scenario")->click();
    QTRY_COMPARE(f.rows("Tasks"), 10);
    f.window.close();
    QTRY_COMPARE(f.window.findChildren<QMessageBox*>().size(), 1);
    QVERIFY(f.window.isVisible());
    f.window.close();
    QTRY_VERIFY(!f.window.isVisible());
    QVERIFY(!f.controller.scenarioRunning());
  }

  void closingMayBeTakenBack() {
    WindowFixture f;
    f.window.show();
    f.find<QPushButton>("Run scenario")->click();
    QTRY_COMPARE(f.rows("Tasks"), 10);
    f.window.close();
    QTRY_VERIFY(f.find<QPushButton>("Stay open"));
    f.find<QPushButton>("Stay open")->click();
    QTRY_VERIFY(f.window.findChildren<QMessageBox*>().isEmpty());
    QVERIFY(f.window.isVisible());
    QVERIFY(f.controller.scenarioRunning());
    f.controller.interrupt();
    QTRY_VERIFY(!f.controller.scenarioRunning());
  }

  void cancellingWhatIsQueuedLetsWhatRunsEnd() {
    WindowFixture f;
    f.window.show();
    f.window.poolRow().setSpeed(2); // a busy machine must see it before the queue is empty
    f.find<QPushButton>("Run scenario")->click();
    QTRY_VERIFY(f.rows("Queue") > 0);
    f.window.close();
    QTRY_VERIFY(f.find<QPushButton>("Cancel queued"));
    f.find<QPushButton>("Cancel queued")->click();
    QTRY_VERIFY(!f.window.isVisible());
    f.log.drainNow();
    f.session.fold();
    QVERIFY(f.session.liveState().totals().cancelled > 0);
    QVERIFY(f.session.liveState().totals().done > 0);
  }
};

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
