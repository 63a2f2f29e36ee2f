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
    QCOMPARE(StatusLine::counters(made.session, {.endedPerSecond = 41, .computing = 0.15, .sampled = true}),
             QStringLiteral("running 2 · blocked 2 · queued 1 · done 0 · failed 0 · cancelled 0 · 41/s · "
                            "occupied 80 % (computing 3 %)"));
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
