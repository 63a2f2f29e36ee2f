#include "ui/theme/format.h"

#include <QTest>

using namespace poolscope::ui;

class tst_Format : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void durationsHaveThreeDigitsAndAUnit_data() {
    QTest::addColumn<qint64>("ns");
    QTest::addColumn<QString>("text");
    QTest::newRow("zero") << qint64(0) << "0 ns";
    QTest::newRow("negative") << qint64(-5) << "0 ns";
    QTest::newRow("ns") << qint64(999) << "999 ns";
    QTest::newRow("µs") << qint64(1'234) << "1.23 µs";
    QTest::newRow("rounds into ms") << qint64(999'700) << "1.00 ms";
    QTest::newRow("ms") << qint64(12'100'000) << "12.1 ms";
    QTest::newRow("hundreds of ms") << qint64(412'345'678) << "412 ms";
    QTest::newRow("s") << qint64(5'600'000'000) << "5.60 s";
    QTest::newRow("tens of s") << qint64(14'240'000'000) << "14.2 s";
    QTest::newRow("just under a minute") << qint64(59'960'000'000) << "01:00";
    QTest::newRow("minutes") << qint64(72'900'000'000) << "01:12";
    QTest::newRow("hours") << qint64(3'672'000'000'000) << "1:01:12";
  }
  void durationsHaveThreeDigitsAndAUnit() {
    QFETCH(qint64, ns);
    QTEST(formatDuration(ns), "text");
  }

  void aClockNeverShowsATenthBeforeItHasPassed() {
    QCOMPARE(formatElapsed(0), "0.0 s");
    QCOMPARE(formatElapsed(999'999'999), "0.9 s");
    QCOMPARE(formatElapsed(14'299'999'999), "14.2 s");
    QCOMPARE(formatElapsed(59'999'999'999), "59.9 s");
    QCOMPARE(formatElapsed(60'000'000'000), "01:00");
  }

  void exactTimesShowEveryNanosecond() {
    QCOMPARE(formatExact(70'012'318'004), "70.012 318 004 s");
    QCOMPARE(formatExact(5), "0.000 000 005 s");
    QCOMPARE(formatExact(-1'500'000'000), "−1.500 000 000 s");
  }

  void ticksTellNeighboursApart() {
    constexpr qint64 s = 1'000'000'000;
    QCOMPARE(formatTick(44 * s, 4 * s), "44 s");
    QCOMPARE(formatTick(0, s), "0 s");
    QCOMPARE(formatTick(s / 2, s / 2), "500 ms");
    QCOMPARE(formatTick(3 * s / 2, s / 2), "1.5 s");
    QCOMPARE(formatTick(1'234'000'000, 1'000'000), "1.234 s");
    QCOMPARE(formatTick(20'000, 10'000), "20 µs");
    QCOMPARE(formatTick(120 * s, 60 * s), "02:00");
  }

  void countsAreGrouped() {
    QCOMPARE(formatCount(0), "0");
    QCOMPARE(formatCount(999), "999");
    QCOMPARE(formatCount(1'204), "1,204");
    QCOMPARE(formatCount(1'234'567), "1,234,567");
  }

  void whatIsNotNothingIsNotShownAsZero() {
    QCOMPARE(formatPercent(0), "0 %");
    QCOMPARE(formatPercent(0.004), "< 1 %");
    QCOMPARE(formatPercent(0.034), "3 %");
    QCOMPARE(formatPercent(0.999), "99 %");
    QCOMPARE(formatPercent(1), "100 %");
  }

  void figuresStayWholeWhereTheTextWraps() {
    QCOMPARE(withWholeFigures(QStringLiteral("占用线程 5.9 s，排队 12 ms")),
             QStringLiteral("占用线程 5.9\u00a0s，排队 12\u00a0ms"));
    QCOMPARE(withWholeFigures(QStringLiteral("74.000 318 004 s by main thread, 3 %")),
             QStringLiteral("74.000\u00a0318\u00a0004\u00a0s by main thread, 3\u00a0%"));
    QCOMPARE(withWholeFigures(QStringLiteral("4 slots 2 sleep")), QStringLiteral("4 slots 2 sleep"));
  }

  void foreignTextCannotLeaveItsLine() {
    QCOMPARE(plainLine(QStringLiteral("a\nb\x1b]0;x\x07")), QStringLiteral("a␊b␛]0;x␇"));
    QCOMPARE(plainLine(QStringLiteral("abc\u202Etxt.exe")), QStringLiteral("abctxt.exe"));
    QCOMPARE(plainLine(QString(500, u'x'), 10), QStringLiteral("xxxxxxxxx…"));
    QCOMPARE(plainLine(QStringLiteral("子进程0")), QStringLiteral("子进程0"));
  }

  void chineseIsRecognised() {
    QVERIFY(hasCjk(QStringLiteral("task 子进程0")));
    QVERIFY(!hasCjk(QStringLiteral("task ← ana")));
  }
};

QTEST_APPLESS_MAIN(tst_Format)
#include "tst_format.moc"
