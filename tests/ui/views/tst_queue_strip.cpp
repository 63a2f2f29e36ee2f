#include "ui/views/queue_strip.h"

#include "tests/ui/views/made_up_session.h"
#include "ui/theme/theme.h"
#include "ui/views/zone_text.h"

#include <QAccessible>
#include <QApplication>
#include <QContextMenuEvent>
#include <QElapsedTimer>
#include <QMenu>
#include <QTest>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

/// The queue strip over recordings written by hand.
class tst_QueueStrip : public QObject {
  Q_OBJECT

 private:
  /// One busy worker and so many tasks that wait, task 2 being the head.
  static void fill(MadeUpSession& made, std::uint64_t waiting) {
    made.busyPool(1);
    made.at(85.5);
    for (std::uint64_t task = 2; task < 2 + waiting; ++task)
      made.submitted(1, task, "task");
    made.foldAll();
  }
  static QString summary(MadeUpSession& made) {
    return ZoneText::queueSummary(made.session, made.session.state().pool(PoolId{1}));
  }

 private Q_SLOTS:
  void initTestCase() {
    installPaintedRowsAccessibility();
    Theme::instance().setChoice(Theme::Choice::Light);
  }

  void anEmptyQueueSaysWhatItIsFor() {
    MadeUpSession made;
    made.opened(1, 4, "Pool-0");
    QueueStrip strip(&made.session);
    strip.resize(900, 30);
    made.foldAll();
    QCOMPARE(strip.rowCount(), 0);
    QCOMPARE(summary(made), QStringLiteral("empty · nothing waits"));
    const QImage image = strip.grab().toImage();
    int drawn = 0;
    for (int x = 20; x < 880; ++x)
      drawn += image.pixelColor(x, 2) != themeColor(ColorRole::Window);
    QVERIFY(drawn > 100); // the dashed outline
    QTest::keyClick(&strip, Qt::Key_Right);
    QTest::keyClick(&strip, Qt::Key_Return);
    QTest::keyClick(&strip, Qt::Key_Delete);
  }

  void theHeadIsAtTheLeftAndTheNewestAtTheRight() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    fill(made, 3);
    QCOMPARE(strip.rowCount(), 3);
    QVERIFY2(strip.rowName(0).startsWith(QStringLiteral("Position 1, task #2 task, waiting for 1")),
             qPrintable(strip.rowName(0)));
    QVERIFY(strip.rowName(2).startsWith(QStringLiteral("Position 3, task #4")));
    QVERIFY(strip.rowRect(0).right() < strip.rowRect(1).left());
    const QImage image = strip.grab().toImage();
    QCOMPARE(image.pixelColor(strip.rowRect(0).topLeft() + QPoint(2, 3)), themeState(StateRole::Queued).fill);
  }

  void theMiddleOfALongQueueIsCounted() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    fill(made, 317);
    QVERIFY(strip.rowCount() >= 3 && strip.rowCount() < 8);
    QVERIFY(strip.rowName(0).startsWith(QStringLiteral("Position 1, task #2 ")));
    QVERIFY(strip.rowName(strip.rowCount() - 1).startsWith(QStringLiteral("Position 317, task #318 ")));
    QVERIFY2(summary(made).startsWith(QStringLiteral("317 waiting · oldest 1")), qPrintable(summary(made)));
  }

  void aQueueOf100000IsAsQuickAsAShortOne() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    fill(made, 100'000);
    QVERIFY(strip.rowName(strip.rowCount() - 1).startsWith(QStringLiteral("Position 100,000, task #100001")));
    QPixmap into(strip.size());
    std::int64_t best = INT64_MAX;
    for (int i = 0; i < 9; ++i) {
      QElapsedTimer clock;
      clock.start();
      made.session.fold();
      strip.render(&into);
      best = std::min<std::int64_t>(best, clock.nsecsElapsed());
    }
    qInfo("100,000 queued: layout and paint %.2f ms", double(best) / 1e6);
    QVERIFY(best < 16'000'000);
  }

  void theReasonIsInWordsAndFollowsTheSelection() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    fill(made, 3);
    QCOMPARE(strip.reason(), QStringLiteral("In the queue, position 1: no free worker."));
    QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.rowRect(2).center());
    QCOMPARE(made.session.selection(), Selection::ofTask(PoolId{1}, TaskId{4}));
    QCOMPARE(strip.reason(), QStringLiteral("In the queue, position 3: no free worker."));
  }

  void theReasonNamesTheClientsThatHoldTheWorkers() {
    MadeUpSession made;
    made.opened(1, 2, "Pool-0", "echo server");
    const char* const names[] = {"ana", "bo"};
    for (std::uint32_t client = 1; client <= 2; ++client) {
      const auto slot = static_cast<SlotIndex>(client - 1);
      made.client(EventKind::ClientConnected, 1, client, "127.0.0.1:5000" + std::to_string(client));
      made.client(EventKind::ClientNamed, 1, client, names[slot]);
      made.submitted(1, client, "connection", TaskKind::Connection, client);
      made.ready(1, slot, "Pool-0_" + std::to_string(slot));
      made.log.started(1, client, slot);
    }
    made.client(EventKind::ClientConnected, 1, 3, "127.0.0.1:50003");
    made.submitted(1, 3, "connection", TaskKind::Connection, 3);
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    made.foldAll();
    QCOMPARE(strip.reason(),
             QStringLiteral("In the queue, position 1: no free worker. #3 waits for ana or bo to leave."));
    QVERIFY(summary(made).endsWith(QStringLiteral("no estimate: every worker is held by a client")));
  }

  void deleteAndTheMenuCommandTheTask() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    std::vector<std::uint64_t> cancelled, moved;
    strip.setCommands([&](PoolId, TaskId task) { cancelled.push_back(task.value()); },
                      [&](PoolId, TaskId task) { moved.push_back(task.value()); });
    fill(made, 3);
    strip.show();
    QTest::keyClick(&strip, Qt::Key_Right);
    QTest::keyClick(&strip, Qt::Key_Delete);
    QCOMPARE(cancelled, (std::vector<std::uint64_t>{3}));
    const QPoint where = strip.rowRect(2).center();
    QContextMenuEvent ask(QContextMenuEvent::Mouse, where, strip.mapToGlobal(where));
    QApplication::sendEvent(&strip, &ask);
    auto* menu = strip.findChild<QMenu*>();
    QVERIFY(menu != nullptr);
    QCOMPARE(menu->actions().size(), 2);
    menu->actions().at(0)->trigger();
    menu->actions().at(1)->trigger();
    QCOMPARE(cancelled, (std::vector<std::uint64_t>{3, 4}));
    QCOMPARE(moved, (std::vector<std::uint64_t>{4}));
    delete menu;
  }

  void whatIsFrozenCannotBeCommandedAndAServersClientsCan() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    int commands = 0;
    strip.setCommands([&](PoolId, TaskId) { ++commands; }, [&](PoolId, TaskId) { ++commands; });
    fill(made, 3);
    QTest::keyClick(&strip, Qt::Key_Delete);
    QCOMPARE(commands, 0); // nothing is selected
    QTest::keyClick(&strip, Qt::Key_Home);
    made.session.setFrozen(true);
    QTest::keyClick(&strip, Qt::Key_Delete);
    QCOMPARE(commands, 0);
    made.session.setFrozen(false);
    Event listening;
    listening.kind = EventKind::ServerListening, listening.pool = PoolId{1}, listening.flag = 1;
    made.log.add(listening);
    made.foldAll();
    QTest::keyClick(&strip, Qt::Key_Delete);
    QCOMPARE(commands, 1);
  }

  void ctrlClickTakesSeveralAndTheMenuKeepsTheirOrder() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    std::vector<std::uint64_t> cancelled, moved;
    strip.setCommands([&](PoolId, TaskId task) { cancelled.push_back(task.value()); },
                      [&](PoolId, TaskId task) { moved.push_back(task.value()); });
    fill(made, 4);
    strip.show();
    QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.rowRect(3).center());
    QTest::mouseClick(&strip, Qt::LeftButton, Qt::ControlModifier, strip.rowRect(1).center());
    QVERIFY(strip.rowState(3).selected && strip.rowState(1).selected && !strip.rowState(2).selected);
    const QPoint where = strip.rowRect(1).center();
    QContextMenuEvent ask(QContextMenuEvent::Mouse, where, strip.mapToGlobal(where));
    QApplication::sendEvent(&strip, &ask);
    const auto* menu = strip.findChild<QMenu*>();
    QVERIFY(menu != nullptr);
    menu->actions().at(0)->trigger();
    menu->actions().at(1)->trigger();
    QCOMPARE(cancelled, (std::vector<std::uint64_t>{3, 5}));
    QCOMPARE(moved, (std::vector<std::uint64_t>{5, 3})); // so that 3 is the head
    delete menu;
  }

  void theFrameStaysWithItsTask() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    fill(made, 3);
    strip.show();
    QTest::keyClick(&strip, Qt::Key_End);
    QCOMPARE(strip.focusedRow(), 2);
    made.log.finished(1, 1, 0).started(1, 2, 0);
    made.foldAll();
    QTRY_COMPARE(strip.rowCount(), 2);
    QCOMPARE(strip.focusedRow(), 1);
    QVERIFY(strip.rowState(1).selected);
  }

  void longAndChineseNamesStayInTheirChips() {
    MadeUpSession made;
    made.busyPool(1);
    made.submitted(1, 2, std::string(400, 'W'));
    made.submitted(1, 3, "子进程子进程子进程子进程子进程");
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    made.foldAll();
    const QImage image = strip.grab().toImage();
    for (int row = 0; row < 2; ++row)
      for (int x = strip.rowRect(row).right() + 1; x < strip.rowRect(row).right() + 6; ++x)
        for (int y = 3; y < 26; ++y)
          QCOMPARE(image.pixelColor(x, y), themeColor(ColorRole::Window));
  }

  void itsChipsAreAccessibleChildren() {
    MadeUpSession made;
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    fill(made, 2);
    QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&strip);
    QCOMPARE(list->childCount(), 2);
    list->child(1)->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(made.session.selection().task, TaskId{3});
    QVERIFY(list->child(1)->state().selected);
    QCOMPARE(list->text(QAccessible::Description), strip.reason());
  }
};

QTEST_MAIN(tst_QueueStrip)
#include "tst_queue_strip.moc"
