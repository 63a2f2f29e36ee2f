#include "ui/views/workers_zone.h"

#include "tests/ui/views/made_up_session.h"
#include "ui/models/words.h"
#include "ui/theme/theme.h"
#include "ui/views/worker_paint.h"
#include "ui/views/zone_text.h"

#include <QAccessible>
#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

namespace {

using Kind = WorkerBox::Kind;

int countOf(const WorkersZone& zone, Kind kind) {
  return static_cast<int>(std::ranges::count(zone.boxes().boxes, kind, &WorkerBox::kind));
}

int rowOf(const WorkersZone& zone, Kind kind, SlotIndex slot = kNoSlot) {
  for (int row = 0; row < zone.rowCount(); ++row) {
    const WorkerBox& box = zone.boxes().boxes[static_cast<std::size_t>(row)];
    if (box.kind == kind && (slot == kNoSlot || box.slot == slot)) return row;
  }
  return -1;
}

bool has(const QImage& image, const QRect& where, const QColor& color) {
  for (int y = where.top(); y <= where.bottom(); ++y)
    for (int x = where.left(); x <= where.right(); ++x)
      if (image.pixelColor(x, y) == color) return true;
  return false;
}

} // namespace

/// The Workers zone over recordings written by hand.
class tst_WorkersZone : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    installPaintedRowsAccessibility();
    Theme::instance().setChoice(Theme::Choice::Light);
  }

  void aCardShowsItsWorkersStateInItsColour() {
    MadeUpSession made;
    made.busyPool(2);
    WorkersZone zone(&made.session);
    zone.resize(900, 200);
    zone.show();
    made.foldAll();
    const QImage image = zone.grab().toImage();
    const QRect blocked = zone.rowRect(rowOf(zone, Kind::Card, 0));
    const QRect running = zone.rowRect(rowOf(zone, Kind::Card, 1));
    QCOMPARE(blocked.size(), QSize(206, 66));
    const auto bar = [](const QRect& card) { return QRect(card.left() + 1, card.top() + 1, 20, card.height() - 2); };
    QVERIFY(has(image, bar(blocked), themeState(StateRole::Blocked).fill));
    QVERIFY(!has(image, bar(blocked), themeState(StateRole::Running).fill));
    QVERIFY(has(image, bar(running), themeState(StateRole::Running).fill));
  }

  void vacantSlotsAreDashed() {
    MadeUpSession made;
    made.opened(1, 2, "Pool-0");
    WorkersZone zone(&made.session);
    zone.resize(900, 200);
    zone.show();
    made.foldAll();
    const QImage image = zone.grab().toImage();
    const int row = rowOf(zone, Kind::Card, 1);
    const QRect card = zone.rowRect(row);
    int drawn = 0;
    for (int x = card.left() + 10; x < card.right() - 10; ++x)
      drawn += image.pixelColor(x, card.top()) != themeColor(ColorRole::Window);
    QVERIFY2(drawn > 20 && drawn < card.width() - 40, qPrintable(QString::number(drawn)));
    QCOMPARE(zone.rowName(row), QStringLiteral("Worker 1, vacant, starts with the next task"));
  }

  void manyWorkersGetSmallerBoxes_data() {
    QTest::addColumn<int>("workers");
    QTest::addColumn<int>("kind");
    QTest::newRow("1") << 1 << static_cast<int>(Kind::Card);
    QTest::newRow("12") << 12 << static_cast<int>(Kind::Card);
    QTest::newRow("13") << 13 << static_cast<int>(Kind::Chip);
    QTest::newRow("48") << 48 << static_cast<int>(Kind::Chip);
    QTest::newRow("49") << 49 << static_cast<int>(Kind::Cell);
    QTest::newRow("4096") << 4096 << static_cast<int>(Kind::Cell);
  }
  void manyWorkersGetSmallerBoxes() {
    QFETCH(int, workers);
    QFETCH(int, kind);
    MadeUpSession made;
    made.busyPool(static_cast<std::uint32_t>(workers));
    WorkersZone zone(&made.session);
    zone.resize(1000, 240);
    zone.show();
    made.foldAll();
    QCOMPARE(countOf(zone, static_cast<Kind>(kind)), workers);
    for (int row = 0; row < zone.rowCount(); ++row) { // nothing lies over its neighbour, nor outside
      const QRect rect = zone.boxes().boxes[static_cast<std::size_t>(row)].rect;
      QVERIFY(rect.left() >= 0 && rect.right() < 1000 && rect.bottom() <= zone.contentHeight());
      if (row > 0) QVERIFY(!rect.intersects(zone.boxes().boxes[static_cast<std::size_t>(row - 1)].rect));
    }
    const QImage image = zone.grab().toImage();
    QVERIFY(has(image, zone.rowRect(rowOf(zone, static_cast<Kind>(kind), 0)), themeState(StateRole::Blocked).fill));
  }

  void aLowWindowGetsSmallerBoxes() {
    MadeUpSession made;
    made.busyPool(4);
    WorkersZone zone(&made.session);
    zone.resize(1000, 240);
    zone.show();
    made.foldAll();
    const int usual = zone.usualHeight();
    QCOMPARE(countOf(zone, Kind::Card), 4);
    zone.setDense(true);
    QCOMPARE(countOf(zone, Kind::Card), 0);
    QCOMPARE(countOf(zone, Kind::Chip), 4);
    QVERIFY(zone.contentHeight() < usual);
    QCOMPARE(zone.usualHeight(), usual);
    zone.setDense(false);
    QCOMPARE(countOf(zone, Kind::Card), 4);
  }

  void aGridKeepsItsPlacesWhenOneIsSelected() {
    MadeUpSession made;
    made.busyPool(60);
    WorkersZone zone(&made.session);
    zone.resize(1000, 300);
    zone.show();
    made.foldAll();
    const QRect before = zone.rowRect(rowOf(zone, Kind::Cell, 30));
    zone.pressRow(rowOf(zone, Kind::Cell, 30));
    QCOMPARE(made.session.selection(), Selection::ofWorker(PoolId{1}, 30));
    QCOMPARE(zone.rowRect(rowOf(zone, Kind::Cell, 30)), before);
    QVERIFY(zone.rowName(rowOf(zone, Kind::Detail)).contains(QStringLiteral("Pool-0_30")));
  }

  void cardsShrinkALittleToSaveALine() {
    MadeUpSession made;
    made.busyPool(4);
    WorkersZone zone(&made.session);
    zone.resize(800, 200);
    zone.show();
    made.foldAll();
    const QRect first = zone.rowRect(rowOf(zone, Kind::Card, 0));
    QCOMPARE(zone.rowRect(rowOf(zone, Kind::Card, 3)).top(), first.top());
    QVERIFY(first.width() >= 184 && first.width() < 206);
  }

  void aScreenReaderReadsEachWorker() {
    MadeUpSession made;
    made.opened(1, 3, "ThreadPoolExecutor-0");
    made.client(EventKind::ClientConnected, 1, 7, "127.0.0.1:50412");
    made.client(EventKind::ClientNamed, 1, 7, "ana");
    made.submitted(1, 1, "connection", TaskKind::Connection, 7);
    made.ready(1, 2, "ThreadPoolExecutor-0_2");
    made.log.started(1, 1, 2);
    made.at(58.5).blocked(1, 1, 2, BlockReason::Recv); // 41.5 s ago
    WorkersZone zone(&made.session);
    zone.resize(900, 200);
    zone.show();
    made.foldAll();
    QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&zone);
    QCOMPARE(list->role(), QAccessible::List);
    QCOMPARE(list->childCount(), 4); // the pool's head and its slots
    QAccessibleInterface* worker = list->child(3);
    const QString name = worker->text(QAccessible::Name);
    const QRegularExpression wanted(
        QStringLiteral("^Worker 2, ThreadPoolExecutor-0_2, blocked in recv, [45]\\d s, task 1 of client ana$"));
    QVERIFY2(wanted.match(name).hasMatch(), qPrintable(name));
    QVERIFY(worker->rect().isValid());
    QCOMPARE(list->indexOfChild(worker), 3);
    QVERIFY(!worker->state().selected);
    worker->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(made.session.selection(), Selection::ofWorker(PoolId{1}, 2));
    QVERIFY(worker->state().selected);
  }

  void theSelectedTasksWorkerIsSelectedToo() {
    MadeUpSession made;
    made.busyPool(3);
    WorkersZone zone(&made.session);
    zone.resize(900, 200);
    zone.show();
    made.foldAll();
    made.session.select(Selection::ofTask(PoolId{1}, TaskId{2}));
    QVERIFY(zone.rowState(rowOf(zone, Kind::Card, 1)).selected);
    QVERIFY(!zone.rowState(rowOf(zone, Kind::Card, 0)).selected);
  }

  void theHeadCountsWhatIsThere() {
    MadeUpSession made;
    made.busyPool(1);
    made.log.resized(1, 1, 2).worker(EventKind::WorkerRetiring, 1, 0, static_cast<std::uint8_t>(RetireReason::Resize));
    WorkersZone zone(&made.session);
    zone.resize(900, 200);
    zone.show();
    made.foldAll();
    QVERIFY(zone.rowName(rowOf(zone, Kind::Card, 0)).endsWith(QStringLiteral("retiring")));
    QCOMPARE(ZoneText::workersSummary(made.session, made.session.state().pool(PoolId{1})),
             QStringLiteral("1 of 2 occupied · 0 computing · 1 blocked · 0 idle · 1 vacant · 1 retiring"));
  }

  void computingIsWhoHasAProcessorAndTheOthersWaitForOne() {
    MadeUpSession made;
    made.busyPool(6); // 1, 3 and 5 run
    for (int i = 1; i <= 20; ++i) {
      made.at(98 + 0.1 * i).sampled(1, 1, i * 100'000'000, 0);
      made.log.sampled(1, 3, i * 3'000'000, i * 97'000'000).sampled(1, 5, i * 1'000'000, i * 1'000'000);
    }
    WorkersZone zone(&made.session);
    zone.resize(900, 400);
    zone.show();
    made.foldAll();
    made.session.seek(made.start + 100'000'000'000);
    QTRY_COMPARE(made.session.now(), made.start + 100'000'000'000);
    QCOMPARE(ZoneText::workersSummary(made.session, made.session.state().pool(PoolId{1})),
             QStringLiteral("6 of 6 occupied · 1 computing · 1 waiting for a processor · 3 blocked · 0 idle"));
    const auto name = [&](SlotIndex slot) { return zone.rowName(rowOf(zone, Kind::Card, slot)); };
    QVERIFY2(name(1).contains(QStringLiteral("computing 100 %, task 2")), qPrintable(name(1)));
    QVERIFY2(name(3).contains(QStringLiteral("computing 3 %, waits for a processor 97 %, task 4")),
             qPrintable(name(3)));
    QVERIFY2(name(5).contains(QStringLiteral("computing 1 %, task 6")), qPrintable(name(5)));
    QVERIFY2(!name(0).contains(QStringLiteral("computing")), qPrintable(name(0))); // it is blocked
    const PoolLive& pool = *made.session.state().pool(PoolId{1});
    QCOMPARE(WorkerLook::of(made.session, pool, pool.slots[3]).load,
             QStringLiteral("computing 3 % · waits for a processor 97 %"));
  }

  void aRetiringWorkerSaysWhoseEndItWaitsFor() {
    MadeUpSession made;
    made.opened(1, 1, "Pool-0", "echo server");
    made.client(EventKind::ClientConnected, 1, 3, "127.0.0.1:40312");
    made.submitted(1, 1, "connection", TaskKind::Connection, 3);
    made.ready(1, 0, "Pool-0_0");
    made.log.started(1, 1, 0);
    made.log.worker(EventKind::WorkerRetiring, 1, 0, static_cast<std::uint8_t>(RetireReason::Resize));
    WorkersZone zone(&made.session);
    zone.resize(900, 200);
    zone.show();
    made.foldAll();
    const PoolLive& pool = *made.session.state().pool(PoolId{1});
    const WorkerLook look = WorkerLook::of(made.session, pool, pool.slots[0]);
    QVERIFY(look.struck);
    QCOMPARE(look.until, QStringLiteral("retires after 127.0.0.1:40312"));
    QCOMPARE(look.doing, QStringLiteral("#1 connection ← 127.0.0.1:40312"));
    QVERIFY(zone.rowName(rowOf(zone, Kind::Card, 0)).endsWith(QStringLiteral("retires after 127.0.0.1:40312 leaves")));
  }

  /// Size 4 with one alive, then three workers in slots that a smaller size does not have, beside an empty one.
  void theHeadSaysTheSizeAndHowManyLive() {
    MadeUpSession made;
    made.opened(1, 4, "Pool-0");
    made.foldAll();
    const auto words = [&] { return Words::sizeOf(*made.session.state().pool(PoolId{1})); };
    QCOMPARE(words(), QStringLiteral("size 4 · no worker"));
    made.ready(1, 0, "Pool-0_0");
    made.foldAll();
    QCOMPARE(words(), QStringLiteral("size 4 · 1 worker"));
    for (SlotIndex slot = 1; slot < 4; ++slot)
      made.ready(1, slot, "Pool-0_" + std::to_string(slot));
    made.log.resized(1, 4, 2).worker(EventKind::WorkerRetiring, 1, 0).worker(EventKind::WorkerRetiring, 1, 3);
    made.foldAll();
    QCOMPARE(words(), QStringLiteral("size 2 · 4 workers, 2 of them retiring"));
    made.log.worker(EventKind::WorkerExited, 1, 0).worker(EventKind::WorkerExited, 1, 3);
    made.foldAll();
    QCOMPARE(words(), QStringLiteral("size 2 · 2 workers"));
    const PoolLive& pool = *made.session.state().pool(PoolId{1});
    QCOMPARE(WorkerLook::of(made.session, pool, pool.slots[0]).id, QStringLiteral("empty: the pool is full"));
    made.log.resized(1, 2, 3).worker(EventKind::WorkerStarting, 1, 0, 0, 2);
    made.foldAll();
    QCOMPARE(words(), QStringLiteral("size 3 · 2 workers · 1 starting"));
  }

  void theHeadCountsThreadsWhereThereIsNoPool() {
    MadeUpSession made;
    made.opened(1, 0, "Thread", "echo server");
    Event listening;
    listening.kind = EventKind::ServerListening, listening.pool = PoolId{1}; // flag 0: a thread a connection
    made.log.add(listening);
    for (SlotIndex slot = 0; slot < 3; ++slot)
      made.ready(1, slot, "Thread-" + std::to_string(slot + 1));
    made.foldAll();
    const PoolLive* pool = made.session.state().pool(PoolId{1});
    QVERIFY(ZoneText::workersSummary(made.session, pool).startsWith(QStringLiteral("3 threads · one a connection")));
    QCOMPARE(Words::sizeOf(*pool), QStringLiteral("3 threads, no bound"));
  }

  void otherPoolsAreFoldedAndAClickMakesOneCurrent() {
    MadeUpSession made;
    made.busyPool(2);
    made.opened(2, 3, "Pool-1");
    WorkersZone zone(&made.session);
    zone.resize(1100, 300);
    zone.show();
    made.foldAll();
    QCOMPARE(made.session.currentPool(), PoolId{2}); // the newest
    QCOMPARE(countOf(zone, Kind::Compact), 2);
    QCOMPARE(countOf(zone, Kind::Card), 3);
    const QRect head = zone.rowRect(rowOf(zone, Kind::PoolHead));
    QTest::mouseClick(zone.viewport(), Qt::LeftButton, {}, QPoint(head.left() + 60, head.center().y()));
    QCOMPARE(made.session.currentPool(), PoolId{1});
    QCOMPARE(countOf(zone, Kind::Card), 2);
    const QRect again = zone.rowRect(rowOf(zone, Kind::PoolHead));
    QTest::mouseClick(zone.viewport(), Qt::LeftButton, {}, QPoint(again.left() + 4, again.center().y()));
    QCOMPARE(countOf(zone, Kind::Card), 0); // folded by hand
  }

  void closedPoolsFoldAway() {
    MadeUpSession made;
    for (std::uint32_t pool = 1; pool <= 10; ++pool) {
      made.opened(pool, 1, "Pool-" + std::to_string(pool));
      made.ready(pool, 0, "Pool-" + std::to_string(pool) + "_0");
      made.log.shutdownBegun(pool).worker(EventKind::WorkerExited, pool, 0).pool(EventKind::PoolClosed, pool);
    }
    WorkersZone zone(&made.session);
    zone.resize(1100, 300);
    zone.show();
    made.foldAll();
    QCOMPARE(zone.rowCount(), 1);
    QCOMPARE(zone.rowName(0), QStringLiteral("10 closed pools"));
    QVERIFY(zone.contentHeight() < 40);
    zone.pressRow(0);
    QCOMPARE(countOf(zone, Kind::ClosedPool), 10);
  }

  void arrowsMoveAFrameAndEnterSelects() {
    MadeUpSession made;
    made.busyPool(8);
    WorkersZone zone(&made.session);
    zone.resize(900, 300); // four cards a line
    zone.show();
    made.foldAll();
    QTest::keyClick(&zone, Qt::Key_Home);
    QTest::keyClick(&zone, Qt::Key_Right);
    QTest::keyClick(&zone, Qt::Key_Right);
    QCOMPARE(zone.focusedRow(), rowOf(zone, Kind::Card, 1));
    QTest::keyClick(&zone, Qt::Key_Down);
    QCOMPARE(zone.focusedRow(), rowOf(zone, Kind::Card, 5));
    QCOMPARE(made.session.selection(), Selection::none());
    QTest::keyClick(&zone, Qt::Key_Return);
    QCOMPARE(made.session.selection(), Selection::ofWorker(PoolId{1}, 5));
    QTest::keyClick(&zone, Qt::Key_Up);
    QCOMPARE(zone.focusedRow(), rowOf(zone, Kind::Card, 1));
  }

  void longAndChineseNamesStayInTheirCards() {
    MadeUpSession made;
    const std::string longName(300, 'W');
    made.opened(1, 2, longName, "子进程池");
    made.ready(1, 0, longName + "-0_0");
    made.ready(1, 1, "线程池执行器-0_1");
    WorkersZone zone(&made.session);
    zone.resize(900, 200);
    zone.show();
    made.foldAll();
    const QImage image = zone.grab().toImage();
    const QRect first = zone.rowRect(rowOf(zone, Kind::Card, 0));
    for (int y = first.top() + 2; y < first.bottom() - 2; ++y)
      for (int x = first.right() + 1; x < first.right() + 7; ++x)
        QCOMPARE(image.pixelColor(x, y), themeColor(ColorRole::Window));
  }

  void nothingIsShownWhereNoPoolIs() {
    MadeUpSession made;
    WorkersZone zone(&made.session);
    zone.resize(900, 200);
    zone.show();
    made.foldAll();
    QCOMPARE(zone.rowCount(), 0);
    QCOMPARE(ZoneText::workersSummary(made.session, nullptr), QStringLiteral("no pool is open"));
    QTest::keyClick(&zone, Qt::Key_Right);
    QTest::keyClick(&zone, Qt::Key_Return);
    QVERIFY(!zone.grab().isNull());
  }

  void aZoneOf4096PaintsFarUnderAFrame() {
    MadeUpSession made;
    made.busyPool(4096);
    WorkersZone zone(&made.session);
    zone.resize(1100, 300);
    zone.show();
    made.foldAll();
    QPixmap into(zone.size());
    zone.render(&into);            // the first one makes the cells' pictures
    std::int64_t best = INT64_MAX; // of several, because a loaded machine takes the CPU away
    for (int i = 0; i < 9; ++i) {
      QElapsedTimer clock;
      clock.start();
      made.session.fold();
      zone.render(&into);
      best = std::min<std::int64_t>(best, clock.nsecsElapsed());
    }
    qInfo("4096 workers: layout and paint %.2f ms", double(best) / 1e6);
    QVERIFY(best < 16'000'000);
  }
};

QTEST_MAIN(tst_WorkersZone)
#include "tst_workers_zone.moc"
