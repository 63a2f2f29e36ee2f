#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"
#include "ui/models/tables.h"
#include "ui/timeline/timeline_view.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace poolscope;
using namespace poolscope::ui;

/// The models over a real pool's events.
class TestTables : public QObject {
  Q_OBJECT

 private:
  static QString cell(const QAbstractItemModel& model, int row, int column) {
    return model.index(row, column).data().toString();
  }

 private Q_SLOTS:
  void rowsFollowAPool() {
    EventLog log;
    Session session(log.recording());
    WorkersModel workers(&session);
    QueueModel queue(&session);
    TasksModel tasks(&session);
    const QAbstractItemModelTester w(&workers, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const QAbstractItemModelTester q(&queue, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const QAbstractItemModelTester t(&tasks, QAbstractItemModelTester::FailureReportingMode::QtTest);
    auto catchUp = [&] {
      log.drainNow();
      session.fold();
    };

    ThreadPoolOptions options;
    options.maxWorkers = 2, options.log = &log, options.threadNamePrefix = "Table";
    ThreadPoolExecutor pool(options);
    catchUp();
    QCOMPARE(workers.rowCount(), 2);
    QCOMPARE(cell(workers, 0, WorkersModel::State), QStringLiteral("vacant"));
    QCOMPARE(cell(workers, 0, WorkersModel::Pid), QString());

    Gate gate;
    std::vector<Future<void>> futures;
    for (int i = 0; i < 5; ++i)
      futures.push_back(pool.submit([&] { gate.pass(); }));
    QVERIFY(gate.waitForArrivals(2));
    futures[4].cancel();
    catchUp();
    QCOMPARE(cell(workers, 0, WorkersModel::State), QStringLiteral("running"));
    QCOMPARE(cell(workers, 0, WorkersModel::Name), QStringLiteral("Table_0"));
    QCOMPARE(cell(workers, 0, WorkersModel::Pid), QString::number(getpid()));
    QCOMPARE(queue.rowCount(), 2);
    QVERIFY(cell(queue, 0, QueueModel::Task).startsWith(QStringLiteral("#3")));
    QVERIFY(cell(queue, 0, QueueModel::Why).contains(QStringLiteral("no free worker")));
    QCOMPARE(tasks.rowCount(), 5);
    QCOMPARE(cell(tasks, 0, TasksModel::State), QStringLiteral("running"));
    QCOMPARE(cell(tasks, 4, TasksModel::Outcome), QStringLiteral("cancelled"));

    pool.resize(4);
    QVERIFY(gate.waitForArrivals(4));
    catchUp();
    QCOMPARE(workers.rowCount(), 4);
    QCOMPARE(queue.rowCount(), 0);
    gate.open();
    pool.shutdown();
    catchUp();
    QCOMPARE(cell(tasks, 0, TasksModel::Outcome), QStringLiteral("ok"));
    QCOMPARE(session.state().totals().done, std::uint64_t{4});
    QCOMPARE(session.state().totals().cancelled, std::uint64_t{1});
  }

  void aRunningTaskIsAPaintedSpan() {
    EventLog log;
    Session session(log.recording());
    TimelineView timeline(&session);
    timeline.resize(900, 400);
    timeline.show();
    ThreadPoolOptions options;
    options.maxWorkers = 1, options.log = &log;
    ThreadPoolExecutor pool(options);
    Gate gate;
    auto running = pool.submit([&] { gate.pass(); });
    QVERIFY(gate.waitForArrivals(1));
    log.drainNow();
    QTest::qWait(100); // time itself is the input: the span grows with it
    session.fold();
    QVERIFY(!timeline.lanes().empty() && timeline.lanes().back().kind == Lane::Kind::Worker);
    const QImage image = timeline.grab().toImage();
    const QColor fill(0x0B, 0x4F, 0xA3); // computing, light
    bool painted = false;
    const QRect lane = timeline.laneRect(timeline.lanes().size() - 1);
    for (int x = 180; x < image.width() && !painted; ++x)
      painted = image.pixelColor(x, lane.center().y()) == fill ||
                image.pixelColor(x, lane.center().y()) == QColor(0x1A, 0x6F, 0xC4);
    QVERIFY(painted);
    gate.open();
    running.result();
  }
};

QTEST_MAIN(TestTables)
#include "tst_tables.moc"
