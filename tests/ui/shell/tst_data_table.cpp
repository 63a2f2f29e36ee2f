#include "tests/ui/patience.h"
#include "tests/ui/views/made_up_session.h"
#include "ui/models/clients_model.h"
#include "ui/models/tables.h"
#include "ui/shell/data_table.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

namespace {

/// A table of 200 px height over a model of a made-up session.
template <class Model> struct TableFixture : MadeUpSession {
  Model model{&session};
  QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};
  DataTable table{"Table", session, model};

  TableFixture() {
    table.resize(600, 200);
    table.show();
  }
  QStringList highlighted() const {
    QStringList rows;
    for (const QModelIndex& row : table.selectionModel()->selectedRows(1))
      rows << row.data().toString();
    rows.sort();
    return rows;
  }
  void click(int row, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mouseClick(table.viewport(), Qt::LeftButton, modifiers, table.visualRect(model.index(row, 1)).center());
  }
  TaskId task(int row) const { return model.selectionAt(row).task; }
};

/// Worker 0 is busy with #1; #2 … wait.
struct QueueFixture : TableFixture<QueueModel> {
  explicit QueueFixture(std::uint64_t waiting) {
    busyPool(1);
    for (std::uint64_t id = 2; id < 2 + waiting; ++id)
      submitted(1, id, "t");
    foldAll();
  }
  /// The head is taken by worker 0.
  void next() {
    const std::uint64_t running = m_running++;
    log.finished(1, running, 0);
    log.started(1, m_running, 0);
    foldAll();
  }
  void moveToFront(std::uint64_t id) {
    log.moved(1, id, --m_key);
    foldAll();
  }
  void cancel(std::uint64_t id) {
    log.task(EventKind::TaskCancelled, 1, id);
    foldAll();
  }

 private:
  std::uint64_t m_running = 1;
  std::int64_t m_key = 0; // before those of all that were submitted
};

} // namespace

/// Rows, the highlight and the session's selection, under rows that come and go.
class TestDataTable : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void theHighlightStaysWithItsTaskWhenTheHeadLeaves() {
    QueueFixture f(9);
    f.click(7); // #9
    QCOMPARE(f.highlighted(), QStringList{QStringLiteral("#9 t")});
    f.next();
    f.next();
    QCOMPARE(f.highlighted(), QStringList{QStringLiteral("#9 t")});
    QCOMPARE(f.table.highlighted(), std::vector{Selection::ofTask(PoolId{1}, TaskId{9})});
    QCOMPARE(f.session.selection().task, TaskId{9});
  }

  void aTaskThatLeftStaysSelectedElsewhereAndNoRowTakesItsPlace() {
    QueueFixture f(5);
    TasksModel tasks(&f.session);
    DataTable all("Tasks", f.session, tasks);
    f.next();
    f.click(0); // #3
    f.next();
    QCOMPARE(f.highlighted(), QStringList());
    QCOMPARE(f.session.selection(), Selection::ofTask(PoolId{1}, TaskId{3}));
    QCOMPARE(all.highlighted(), std::vector{Selection::ofTask(PoolId{1}, TaskId{3})});
  }

  void whatComesBackIsHighlightedAgain() {
    QueueFixture f(5);
    f.click(1); // #3
    f.at(2);
    f.next();
    f.next();
    QCOMPARE(f.highlighted(), QStringList());
    f.session.seek(f.start + 1'000'000'000);
    QTRY_COMPARE(f.highlighted(), QStringList{QStringLiteral("#3 t")});
  }

  void aMoveToTheFrontTakesItsHighlightAlong() {
    QueueFixture f(6);
    f.click(3);                      // #5
    f.click(1, Qt::ControlModifier); // #3
    QSignalSpy removed(&f.model, &QAbstractItemModel::rowsRemoved);
    f.moveToFront(5);
    QCOMPARE(f.task(0), TaskId{5});
    QCOMPARE(f.task(1), TaskId{2});
    QCOMPARE(f.highlighted(), (QStringList{QStringLiteral("#3 t"), QStringLiteral("#5 t")}));
    QCOMPARE(removed.size(), 0);
  }

  void aCancelInTheMiddleIsOneRow() {
    QueueFixture f(6);
    QSignalSpy removed(&f.model, &QAbstractItemModel::rowsRemoved);
    f.click(4); // #6
    f.cancel(4);
    QCOMPARE(f.model.rowCount(), 5);
    QCOMPARE(removed.size(), 1);
    QCOMPARE(removed.front().at(1).toInt(), 2);
    QCOMPARE(f.highlighted(), QStringList{QStringLiteral("#6 t")});
  }

  void ctrlAndShiftTakeSeveralInTheOrderOfTheirRows() {
    QueueFixture f(8);
    f.click(2);
    f.click(4, Qt::ShiftModifier);
    f.click(0, Qt::ControlModifier);
    f.click(3, Qt::ControlModifier);
    QCOMPARE(f.highlighted(), (QStringList{QStringLiteral("#2 t"), QStringLiteral("#4 t"), QStringLiteral("#6 t")}));
    QCOMPARE(f.session.selected().size(), std::size_t{3});
    for (const int id : {2, 4, 6})
      QVERIFY(f.session.isSelected(Selection::ofTask(PoolId{1}, TaskId{static_cast<std::uint64_t>(id)})));
    f.table.copy();
    QCOMPARE(QApplication::clipboard()->text().count(u'\n'), 3);
    f.click(5);
    QCOMPARE(f.session.selected(), std::vector{Selection::ofTask(PoolId{1}, TaskId{7})});
  }

  void tabSelectsNothingArrowsDo() {
    QueueFixture f(4);
    f.table.setFocus(Qt::TabFocusReason);
    QCOMPARE(f.session.selection(), Selection::none());
    QCOMPARE(f.highlighted(), QStringList());
    QTest::keyClick(&f.table, Qt::Key_Down);
    QCOMPARE(f.highlighted(), QStringList{QStringLiteral("#2 t")});
    QTest::keyClick(&f.table, Qt::Key_Down);
    QCOMPARE(f.highlighted(), QStringList{QStringLiteral("#3 t")});
    QCOMPARE(f.session.selection().task, TaskId{3});
  }

  void theRowsInSightStayWhenTheHeadLeaves() {
    QueueFixture f(200);
    QTRY_VERIFY(f.table.verticalScrollBar()->maximum() > 100); // the rows have been laid out
    f.table.verticalScrollBar()->setValue(50);
    const TaskId top = f.task(f.table.rowAt(0));
    f.next();
    f.next();
    f.cancel(10);
    QCOMPARE(f.task(f.table.rowAt(0)), top);
    f.moveToFront(150);
    QCOMPARE(f.task(f.table.rowAt(0)), top);
    f.table.verticalScrollBar()->setValue(0);
    f.next();
    QCOMPARE(f.table.verticalScrollBar()->value(), 0);
  }

  void aHighlightedRowThatGoesDoesNotScroll() {
    QueueFixture f(200);
    f.click(0);
    f.table.verticalScrollBar()->setValue(100);
    const TaskId top = f.task(f.table.rowAt(0));
    f.next();
    QCOMPARE(f.task(f.table.rowAt(0)), top);
  }

  void aClickOnARowThatIsCutDoesNotMoveIt() {
    QueueFixture f(200);
    const int usual = QApplication::doubleClickInterval();
    QApplication::setDoubleClickInterval(1); // Qt scrolls after this and 100 ms more
    const int cut = f.table.rowAt(f.table.viewport()->height() - 1);
    QVERIFY(f.table.visualRect(f.model.index(cut, 1)).bottom() >= f.table.viewport()->height());
    bool over = false;
    QTest::mouseClick(f.table.viewport(), Qt::LeftButton, {}, {40, f.table.viewport()->height() - 2});
    QTimer::singleShot(200, [&] { over = true; });
    QTRY_VERIFY(over);
    QApplication::setDoubleClickInterval(usual);
    QVERIFY(f.table.selectionModel()->isRowSelected(cut));
    QCOMPARE(f.table.verticalScrollBar()->value(), 0);
  }

  void aReplacedWorkerIsAnotherRow() {
    TableFixture<WorkersModel> f;
    f.opened(1, 2, "Pool-0");
    f.foldAll();
    f.click(1); // vacant: who will come
    f.ready(1, 0, "Pool-0_0");
    f.ready(1, 1, "Pool-0_1");
    f.foldAll();
    QCOMPARE(f.table.highlighted(), std::vector{Selection::ofWorker(PoolId{1}, 1, 1)});
    f.log.worker(EventKind::WorkerExited, 1, 1);
    f.foldAll();
    QCOMPARE(f.table.highlighted(), std::vector<Selection>{});
    f.log.worker(EventKind::WorkerStarting, 1, 1, 0, 2);
    f.foldAll();
    QCOMPARE(f.table.highlighted(), std::vector<Selection>{});
    QCOMPARE(f.session.selection(), Selection::ofWorker(PoolId{1}, 1, 1));
    QCOMPARE(f.model.rowCount(), 2);
  }

  void theSlotOfAnotherPoolIsAnotherRow() {
    TableFixture<WorkersModel> f;
    f.opened(1, 3, "Pool-0");
    f.foldAll();
    f.click(2);
    f.opened(2, 3, "Pool-1");
    f.session.selectPool(PoolId{2});
    f.foldAll();
    QCOMPARE(f.model.selectionAt(2).pool, PoolId{2});
    QCOMPARE(f.table.highlighted(), std::vector<Selection>{});
    f.session.selectPool(PoolId{1});
    QCOMPARE(f.table.highlighted(), std::vector{Selection::ofWorker(PoolId{1}, 2)});
  }

  void selectingElsewhereHighlightsSeveral() {
    QueueFixture f(6);
    f.session.selectAll({Selection::ofTask(PoolId{1}, TaskId{3}), Selection::ofTask(PoolId{1}, TaskId{6}),
                         Selection::ofTask(PoolId{1}, TaskId{1})});
    QCOMPARE(f.highlighted(), (QStringList{QStringLiteral("#3 t"), QStringLiteral("#6 t")}));
    f.session.select(Selection::none());
    QCOMPARE(f.highlighted(), QStringList());
  }

  void aQueueOf10000MovesOnWithinAFrame() {
    MadeUpSession f; // without a model tester, which looks at every row
    f.busyPool(1);
    for (std::uint64_t id = 2; id < 12'000; ++id)
      f.submitted(1, id, "t");
    f.foldAll();
    QueueModel model(&f.session);
    DataTable table("Queue", f.session, model);
    table.show();
    f.session.fold();
    QCOMPARE(model.rowCount(), 10'000);
    f.session.select(model.selectionAt(40));
    std::int64_t best = INT64_MAX;
    for (std::uint64_t i = 1; i < 9; ++i) {
      f.log.finished(1, i, 0).started(1, i + 1, 0);
      QElapsedTimer clock;
      clock.start();
      f.session.fold();
      best = std::min<std::int64_t>(best, clock.nsecsElapsed());
    }
    QCOMPARE(table.highlighted(), std::vector{Selection::ofTask(PoolId{1}, TaskId{42})});
    qInfo("10,000 rows: one leaves, one comes: %.2f ms", double(best) / 1e6);
    QVERIFY(best < 50'000'000);
  }
};

QTEST_MAIN(TestDataTable)
#include "tst_data_table.moc"
