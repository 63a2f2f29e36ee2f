#include "ui/shell/status_line.h"

#include "tests/ui/views/made_up_session.h"

#include <QLabel>
#include <QStatusBar>
#include <QTest>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

class tst_StatusLine : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void ratesAreReadable() {
    QCOMPARE(StatusLine::rate(0), QStringLiteral("0/s"));
    QCOMPARE(StatusLine::rate(0.4), QStringLiteral("0.4/s"));
    QCOMPARE(StatusLine::rate(3), QStringLiteral("3/s"));
    QCOMPARE(StatusLine::rate(41.3), QStringLiteral("41/s"));
    QCOMPARE(StatusLine::rate(123456), QStringLiteral("123,456/s"));
  }

  void occupiedIsNotComputing() {
    MadeUpSession made;
    made.busyPool(4); // two of them sleep
    made.log.resized(1, 4, 5);
    made.submitted(1, 9, "task");
    made.foldAll();
    QCOMPARE(StatusLine::counters(made.session, {.endedPerSecond = 41, .occupied = 0.8, .computing = 0.03}),
             QStringLiteral("running 2 · blocked 2 · queued 1 · done 0 · failed 0 · cancelled 0 · 41/s · "
                            "occupied 80 % (computing 3 %)"));
  }

  void anIdleServersSlotsAreInNoShare() {
    MadeUpSession made;
    made.opened(2, 4, "Server-0", "echo server");
    made.busyPool(4); // two of them sleep, two run: one on a processor half of the time, one waits for it
    for (int i = 1; i <= 20; ++i)
      made.at(98 + 0.1 * i).sampled(1, 1, i * 50'000'000, 0), made.log.sampled(1, 3, 0, i * 100'000'000);
    made.foldAll();
    made.session.seek(made.start + 100'000'000'000);
    QTRY_COMPARE(made.session.now(), made.start + 100'000'000'000);
    const auto at = [&](std::uint32_t current) {
      return StatusLine::counters(made.session,
                                  activityAt(made.session.state(), made.session.lanes(), made.session.recording(),
                                             PoolId{current}, made.session.now()));
    };
    for (const std::uint32_t current : {1u, 2u})
      QVERIFY2(at(current).endsWith(QStringLiteral("occupied 100 % (computing 13 %)")), qPrintable(at(current)));
  }

  void whatNobodyReadIsNotClaimed() {
    MadeUpSession made;
    made.busyPool(2);
    made.foldAll();
    const Activity all =
        activityAt(made.session.state(), made.session.lanes(), made.session.recording(), PoolId{1}, made.session.now());
    QCOMPARE(StatusLine::counters(made.session, {.occupied = 1, .computing = {}}).section(u'·', -1),
             QStringLiteral(" occupied 100 % (computing —)"));
    QVERIFY(!all.computing || *all.computing == 0); // the one that sleeps is known not to compute
  }

  void theFixedNameFindsTheWholeLine() {
    MadeUpSession made;
    made.busyPool(1);
    QStatusBar bar;
    StatusLine line(made.session, &bar);
    line.setFoldTime(900'000);
    line.setPaintTime(1'400'000);
    made.foldAll();
    line.update();
    QLabel* counters = nullptr;
    QLabel* frame = nullptr;
    for (QLabel* label : bar.findChildren<QLabel*>()) {
      if (label->accessibleName() == QLatin1String("Status counters")) counters = label;
      if (label->accessibleName() == QLatin1String("Dropped and frame")) frame = label;
    }
    QVERIFY(counters != nullptr && frame != nullptr);
    QVERIFY(counters->accessibleDescription().startsWith(counters->text()));
    QVERIFY(counters->accessibleDescription().endsWith(QStringLiteral("dropped 0")));
    QCOMPARE(frame->text(), QStringLiteral("dropped 0 · frame 2.3 ms"));
  }
};

QTEST_MAIN(tst_StatusLine)
#include "tst_status_line.moc"
