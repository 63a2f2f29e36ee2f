#include "core/echo/echo_server.h"
#include "tests/ui/window_fixture.h"
#include "ui/shell/scenario_words.h"
#include "ui/shell/translations.h"
#include "ui/theme/format.h"

#include <QHeaderView>
#include <QTableView>

using namespace poolscope;
using namespace poolscope::ui;

/// The window in Chinese: everything visible changes at run time, names for screen readers do not.
class TestTranslations : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }
  void cleanup() { Translations::instance().choose(QStringLiteral("en")); }

  void theLanguageChangesAtRunTimeAndBack() {
    WindowFixture f;
    f.window.show();
    auto* run = f.find<QPushButton>("Run scenario");
    const auto header = [&] {
      return f.find<QTableView>("Workers")->model()->headerData(0, Qt::Horizontal).toString();
    };
    QCOMPARE(run->text(), QStringLiteral("Run scenario"));
    QCOMPARE(header(), QStringLiteral("slot"));
    Translations::instance().choose(QStringLiteral("zh_CN"));
    QTRY_COMPARE(run->text(), QStringLiteral("运行场景"));
    QCOMPARE(run->accessibleName(), QStringLiteral("Run scenario"));
    QCOMPARE(header(), QStringLiteral("槽位"));
    QTRY_VERIFY(f.text("Status counters").contains(QStringLiteral("排队")));
    Translations::instance().choose(QStringLiteral("en"));
    QTRY_COMPARE(run->text(), QStringLiteral("Run scenario"));
  }

  void everyScenarioHasAChineseSentence() {
    Translations::instance().choose(QStringLiteral("zh_CN"));
    for (const ScenarioInfo& info : scenarios()) {
      const QString english = QString::fromUtf8(info.sentence.data(), static_cast<qsizetype>(info.sentence.size()));
      QVERIFY2(scenarioSentence(info) != english, qPrintable(english));
    }
  }

  void namesThatCoreGivesAreSaidInChinese() {
    Translations::instance().choose(QStringLiteral("zh_CN"));
    QCOMPARE(knownName(QStringLiteral("accept thread")), QStringLiteral("接受连接的线程"));
    QCOMPARE(knownName(QString::fromStdString(EchoServerOptions().label)), QStringLiteral("回显服务器"));
    QCOMPARE(knownName(QStringLiteral("thread\n7")), QStringLiteral("thread␊7"));
  }

  void textsOfClassesInNamespacesAreFound() {
    Translations::instance().choose(QStringLiteral("zh_CN"));
    QCOMPARE(QCoreApplication::translate("poolscope::ui::PoolRow", "Pool size"), QStringLiteral("池大小"));
  }
};

QTEST_MAIN(TestTranslations)
#include "tst_translations.moc"
