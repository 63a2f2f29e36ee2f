#include "ui/shell/growth_tick.h"

#include "tests/ui/views/made_up_session.h"
#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_windows.h"
#include "ui/models/tables.h"
#include "ui/views/worker_paint.h"
#include "ui/views/zone_text.h"

#include <QElapsedTimer>
#include <QSignalSpy>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

namespace {

constexpr std::int64_t kTenth = 100'000'000;

/// A window over a pool with one worker, idle since so many seconds.
struct Idle : MadeUpSession {
  explicit Idle(double seconds) {
    opened(1, 2, "Pool-0");
    at(100 - seconds);
    ready(1, 0, "Pool-0_0");
    foldAll();
  }
  const WorkerState& worker() const { return *session.state().worker(PoolId{1}, 0); }
  std::int64_t idleFor() const { return session.now() - worker().since; }

  QWidget window;
  GrowthTick tick{session, &window};
};

} // namespace

/// Figures that grow with time alone go on while they are seen, and cost nothing while they are not.
class TestGrowthTick : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }

  void anIdleWorkersTimeGoesOnThoughNoEventComes() {
    Idle idle(2);
    const std::int64_t before = idle.idleFor();
    idle.window.show();
    QTRY_VERIFY(idle.idleFor() > before + 5 * kTenth);
    const QString card = WorkerLook::of(idle.session, *idle.session.state().pool(PoolId{1}), idle.worker()).elapsed;
    QVERIFY2(card.toDouble() > 2.4 || card.startsWith(QStringLiteral("2.")) || card.startsWith(QStringLiteral("3.")),
             qPrintable(card));
  }

  void itTicksNoMoreOftenThanFiguresAreShown() {
    Idle idle(2);
    idle.window.show();
    QTRY_VERIFY(idle.tick.isTicking());
    QCOMPARE(idle.tick.interval(), std::chrono::milliseconds(200));
    QSignalSpy changed(&idle.session, &Session::changed);
    QElapsedTimer clock;
    clock.start();
    QTRY_VERIFY(changed.size() >= 5);
    QVERIFY2(clock.elapsed() >= 150 * (changed.size() - 1), qPrintable(QString::number(clock.elapsed())));
    Idle old(70); // in whole seconds
    old.window.show();
    QTRY_VERIFY(old.tick.isTicking());
    QCOMPARE(old.tick.interval(), std::chrono::milliseconds(500));
  }

  void nothingTicksWhileNobodySeesIt() {
    Idle idle(2);
    QVERIFY(!idle.tick.isTicking()); // never shown
    idle.window.show();
    QTRY_VERIFY(idle.tick.isTicking());
    QSignalSpy seen(&idle.tick, &GrowthTick::seenChanged);
    idle.window.showMinimized();
    QTRY_COMPARE(seen.size(), 1);
    QVERIFY(!idle.tick.isTicking());
    idle.session.fold();
    QVERIFY(!idle.tick.isTicking());
    idle.window.showNormal();
    QTRY_VERIFY(idle.tick.isTicking());
    idle.window.hide();
    QTRY_COMPARE(seen.size(), 3);
    QVERIFY(!idle.tick.isTicking());
  }

  void nothingTicksWhereNothingGrows() {
    MadeUpSession made; // four slots, nobody there: the first launch
    made.opened(1, 4, "Pool-0", "echo server");
    made.foldAll();
    QWidget window;
    GrowthTick tick(made.session, &window);
    QSignalSpy seen(&tick, &GrowthTick::seenChanged);
    window.show();
    QTRY_COMPARE(seen.size(), 1);
    QVERIFY(!tick.isTicking());
    made.client(EventKind::ClientConnected, 1, 1, "127.0.0.1:50001");
    made.foldAll();
    QVERIFY(tick.isTicking());
    made.session.setFrozen(true);
    QTRY_VERIFY(!tick.isTicking());
  }

  void freezingKeepsTheFiguresOfTheMoment() {
    Idle idle(8);
    idle.session.fold();
    const std::int64_t shown = idle.idleFor();
    QVERIFY(shown >= 80 * kTenth);
    idle.session.setFrozen(true);
    QCOMPARE(idle.idleFor(), shown);
    QVERIFY(idle.session.end() >= idle.session.now());
  }

  void aPastMomentHasTheFiguresOfThen() {
    Idle idle(8);
    idle.at(95);
    idle.submitted(1, 1, "task");
    idle.log.started(1, 1, 0);
    idle.foldAll();
    idle.session.seek(idle.start + 94'500'000'000);
    QTRY_VERIFY(!idle.session.isLive());
    QCOMPARE(ZoneText::worker(idle.session, *idle.session.state().pool(PoolId{1}), idle.worker()), QStringLiteral("Worker 0, Pool-0_0, idle, 2.4 s"));
    WorkersModel workers(&idle.session);
    idle.session.seek(idle.start + 94'600'000'000);
    QTRY_COMPARE(workers.index(0, WorkersModel::Elapsed).data().toString(), QStringLiteral("2.5 s"));
    QCOMPARE(workers.index(1, WorkersModel::Elapsed).data().toString(), QString()); // nobody is there
  }

  void inTheWindowAServersIdleWorkerGrowsOld() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.chats().open();
    const auto worker = [&] { return f.session.liveState().worker(f.session.currentPool(), 0); };
    QTRY_VERIFY(worker() && worker()->task);
    f.window.chats().closeAll();
    QTRY_VERIFY(worker()->phase == WorkerPhase::Idle);
    QTRY_VERIFY(!f.session.isBusy());
    QTRY_VERIFY(f.session.now() - worker()->since > 12 * kTenth);
  }
};

QTEST_MAIN(TestGrowthTick)
#include "tst_growth_tick.moc"
