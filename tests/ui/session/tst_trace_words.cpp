#include "ui/session/trace_words.h"

#include "ui/shell/translations.h"

#include <QSet>
#include <QTest>

#include <cerrno>

using namespace poolscope;
using namespace poolscope::ui;

/// The sentences about files that were read, in both languages.
class TestTraceWords : public QObject {
  Q_OBJECT

 private:
  static QString sentence(TraceFault fault, const char* language) {
    Translations::instance().choose(QString::fromLatin1(language));
    TraceReadResult result;
    result.fault = fault, result.number = 4711, result.stoppedAt = 815, result.events = 12, result.systemError = ENOENT;
    return TraceWords::of(QStringLiteral("/a %1 b.json"), result); // a name that must not be taken for a place
  }

 private Q_SLOTS:
  void everyFaultHasASentenceOfItsOwnInBothLanguages() {
    QSet<QString> all;
    const int last = static_cast<int>(TraceFault::UnknownKinds);
    for (int i = 1; i <= last; ++i) {
      const QString english = sentence(static_cast<TraceFault>(i), "en"),
                    chinese = sentence(static_cast<TraceFault>(i), "zh_CN");
      QVERIFY2(english.startsWith(QLatin1String("/a %1 b.json")), qPrintable(english));
      QVERIFY2(chinese.contains(QLatin1String("/a %1 b.json")), qPrintable(chinese));
      for (const QString& text : {english, chinese})
        QVERIFY2(!text.contains(QLatin1String("%2")) && !text.contains(QLatin1String("%3")), qPrintable(text));
      all << english << chinese;
    }
    QCOMPARE(all.size(), 2 * last);
  }

  void aSentenceTellsPlaceEventAndWhatWasKept() {
    QCOMPARE(sentence(TraceFault::EventMissing, "en"),
             QStringLiteral("/a %1 b.json: stopped at byte 815: event 4711 is missing, 12 events kept"));
    QCOMPARE(sentence(TraceFault::Unreadable, "en"),
             QStringLiteral("/a %1 b.json cannot be read: there is no such file or folder; 12 events kept"));
    QCOMPARE(sentence(TraceFault::None, "en"), QString());
  }
};

QTEST_MAIN(TestTraceWords)
#include "tst_trace_words.moc"
