#include "tests/ui/patience.h"
#include "tests/ui/views/made_up_session.h"
#include "ui/models/clients_model.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

namespace {

/// A pool of one that ana holds, and eve waits for.
struct Fixture : MadeUpSession {
  Fixture() {
    opened(1, 1, "Pool-0", "echo server");
    ready(1, 0, "Pool-0_0");
    client(EventKind::ClientConnected, 1, 1, "127.0.0.1:50412");
    client(EventKind::ClientNamed, 1, 1, "ana");
    submitted(1, 1, "recv", TaskKind::Connection, 1);
    client(EventKind::ClientQueued, 1, 1, {}, 1);
    log.started(1, 1, 0);
    client(EventKind::ClientServed, 1, 1, {}, 1, 0);
    client(EventKind::ClientConnected, 1, 2, "127.0.0.1:50422");
    submitted(1, 2, "recv", TaskKind::Connection, 2);
    client(EventKind::ClientQueued, 1, 2, {}, 2);
    foldAll();
  }
  /// ana's line of that many bytes is answered after so long.
  void answered(double at, double seconds, std::uint32_t bytes = 5) {
    Event event;
    event.kind = EventKind::ClientReceived, event.pool = PoolId{1}, event.d = 1, event.task = 1;
    event.setAb(bytes);
    this->at(at);
    log.add(event);
    event.kind = EventKind::ClientSent, event.task = 0;
    this->at(at + seconds);
    log.add(event);
  }
  QString cell(int row, ClientsModel::Column column) const { return model.index(row, column).data().toString(); }

  ClientsModel model{&session};
  QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};
};

} // namespace

class TestClientsModel : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aClientsRepliesAreMeasured() {
    Fixture f;
    for (int i = 0; i < 98; ++i)
      f.answered(1 + i * 0.01, 0.001);
    f.answered(3, 0.25);
    f.answered(4, 0.25);
    f.foldAll();
    QTRY_COMPARE(f.cell(0, ClientsModel::Messages), QStringLiteral("100"));
    QTRY_COMPARE(f.cell(0, ClientsModel::P50), QStringLiteral("1.00 ms"));
    QCOMPARE(f.cell(0, ClientsModel::P99), QStringLiteral("250 ms"));
    QCOMPARE(f.cell(0, ClientsModel::Received), QStringLiteral("500"));
    QCOMPARE(f.cell(0, ClientsModel::Sent), QStringLiteral("500"));
  }

  void whoWasNotAnsweredHasNoFigure() {
    Fixture f;
    QCOMPARE(f.cell(1, ClientsModel::P50), QString());
    QCOMPARE(f.cell(1, ClientsModel::Messages), QStringLiteral("0"));
  }

  void theFiguresAreThoseOfTheCursor() {
    Fixture f;
    f.answered(1, 0.001);
    f.answered(5, 0.25);
    f.foldAll();
    QTRY_COMPARE(f.cell(0, ClientsModel::P99), QStringLiteral("250 ms"));
    f.session.seek(f.start + 2'000'000'000);
    QTRY_COMPARE(f.cell(0, ClientsModel::P99), QStringLiteral("1.00 ms"));
    QCOMPARE(f.cell(0, ClientsModel::Messages), QStringLiteral("1"));
  }

  void theColumnsSayWhatIsMeasured() {
    Fixture f;
    for (const auto column : {ClientsModel::P50, ClientsModel::P99}) {
      const QString header = f.model.headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString();
      QVERIFY(header.contains(QStringLiteral("from having read what it sent to having sent the whole answer")));
      QCOMPARE(f.model.index(0, column).data(Qt::ToolTipRole).toString(), header);
    }
    QCOMPARE(f.model.headerData(ClientsModel::P99, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("p99"));
  }

  void whoWaitsIsToldWhoHoldsTheWorkers() {
    Fixture f;
    QTRY_VERIFY2(f.cell(1, ClientsModel::State)
                     .startsWith(QStringLiteral("In the queue, position 1: no free worker, a client holds it, ")),
                 qPrintable(f.cell(1, ClientsModel::State)));
  }
};

QTEST_MAIN(TestClientsModel)
#include "tst_clients_model.moc"
