#include "core/event/event_log.h"
#include "tests/ui/patience.h"
#include "ui/control/pool_controller.h"
#include "ui/control/server_control.h"
#include "ui/feed/event_feed.h"
#include "ui/session/session.h"
#include "ui/shell/pool_row.h"
#include "ui/shell/server_row.h"

#include <QComboBox>
#include <QSlider>
#include <QTest>

using namespace poolscope;
using namespace poolscope::ui;

namespace {

/// Both rows of controls over a log of their own: all that decides which pool is current.
struct Rows {
  EventLog log;
  Session session{log.recording()};
  PoolController controller{log};
  EventFeed feed{log, session};
  PoolRow poolRow{session, controller};
  ServerRow serverRow{session, controller};

  explicit Rows(const char* scenario = "thread-pool") {
    controller.server().setPort(0); // two tests at a time never meet at one port
    poolRow.chooseScenario(*findScenario(scenario));
  }
  /// The pools with that label, in order of opening.
  std::vector<PoolId> pools(const QString& label) const {
    std::vector<PoolId> found;
    for (const PoolLive& pool : session.liveState().pools)
      if (session.text(pool.label) == label) found.push_back(pool.id);
    return found;
  }
  bool waitForPools(const char* label, std::size_t count) {
    return QTest::qWaitFor([&] { return pools(QString::fromLatin1(label)).size() == count; }, 20'000);
  }
  bool serves() const {
    return const_cast<PoolController&>(controller).server().phase() == ServerControl::Phase::Listening;
  }
  QString currentLabel() const {
    const PoolLive* pool = session.liveState().pool(session.currentPool());
    return pool != nullptr ? session.text(pool->label) : QString();
  }
  bool end() {
    controller.interrupt();
    return QTest::qWaitFor([this] { return !controller.scenarioRunning(); }, 20'000);
  }
};

constexpr const char* kServer = "echo server";

} // namespace

/// The current pool is the one that was asked for, in whatever order pools open.
class TestCurrentPool : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aStartThatAsksForAScenarioShowsIt_data() {
    QTest::addColumn<QString>("first");
    QTest::newRow("the server opens first") << QStringLiteral("server");
    QTest::newRow("the scenario opens first") << QStringLiteral("scenario");
    QTest::newRow("whichever is faster") << QString();
  }
  void aStartThatAsksForAScenarioShowsIt() {
    QFETCH(QString, first);
    for (int start = 0; start < 50; ++start) {
      Rows f;
      if (first == QLatin1String("scenario")) {
        f.poolRow.runChosen();
        QVERIFY(f.waitForPools("thread-pool", 1));
        f.controller.startServer();
      } else {
        f.controller.startServer();
        if (first == QLatin1String("server")) QVERIFY(f.waitForPools(kServer, 1));
        f.poolRow.runChosen();
      }
      QVERIFY(f.waitForPools("thread-pool", 1) && f.waitForPools(kServer, 1));
      QTRY_COMPARE(f.currentLabel(), QStringLiteral("thread-pool"));
      QTRY_VERIFY(f.serves());
      QCoreApplication::processEvents();
      QCOMPARE(f.currentLabel(), QStringLiteral("thread-pool"));
      QVERIFY(f.end());
    }
  }

  void aRunStaysCurrentAfterItsPoolHasClosed() {
    Rows f;
    f.controller.startServer();
    QVERIFY(f.waitForPools(kServer, 1));
    f.poolRow.runChosen();
    QVERIFY(f.waitForPools("thread-pool", 1));
    QVERIFY(f.end());
    const PoolId pool = f.pools(QStringLiteral("thread-pool")).front();
    QTRY_VERIFY(!f.session.liveState().pool(pool)->open);
    QCOMPARE(f.session.currentPool(), pool);
    f.poolRow.runChosen();
    QVERIFY(f.waitForPools("thread-pool", 2));
    QTRY_COMPARE(f.session.currentPool(), f.pools(QStringLiteral("thread-pool")).back());
    QVERIFY(f.end());
  }

  void ofAPoolInALoopTheFirstStaysCurrentAndIsTheOneThatIsCommanded() {
    Rows f("pool-in-a-loop");
    f.poolRow.runChosen();
    QVERIFY(f.waitForPools("pool-in-a-loop", 10));
    const std::vector<PoolId> pools = f.pools(QStringLiteral("pool-in-a-loop"));
    QTRY_COMPARE(f.session.currentPool(), pools.front());
    f.controller.resize(pools.front(), 7);
    QTRY_COMPARE(f.session.liveState().pool(pools.front())->target, 7u);
    QCOMPARE(f.session.liveState().pool(pools.back())->target, 4u);
    f.controller.setShutdownMode({.wait = false, .cancelFutures = false});
    f.controller.shutdown(pools[1]);
    QTRY_VERIFY(f.session.liveState().pool(pools[1])->shuttingDown);
    QVERIFY(f.end());
  }

  void aServerThatAPersonStartsIsCurrent() {
    Rows f;
    f.poolRow.runChosen();
    QVERIFY(f.waitForPools("thread-pool", 1));
    f.serverRow.startServer();
    QTRY_COMPARE(f.currentLabel(), QString::fromLatin1(kServer));
    const PoolId before = f.session.currentPool();
    for (QComboBox* mode : f.serverRow.findChildren<QComboBox*>()) // the row has this one alone
      mode->setCurrentText(QStringLiteral("reactor"));
    QTRY_VERIFY(f.session.currentPool() != before && f.currentLabel() == QLatin1String(kServer));
    QVERIFY(f.end());
  }

  void whoAskedLastIsShown() {
    Rows f;
    f.controller.startServer();
    QVERIFY(f.waitForPools(kServer, 1));
    const PoolId server = f.session.currentPool();
    f.poolRow.runChosen();
    f.session.selectPool(server); // before the run's pool is there
    QVERIFY(f.waitForPools("thread-pool", 1));
    QTRY_VERIFY(f.serves());
    QCoreApplication::processEvents();
    QCOMPARE(f.session.currentPool(), server);
    QVERIFY(f.end());
  }
};

QTEST_MAIN(TestCurrentPool)
#include "tst_current_pool.moc"
