#include "ui/shell/window_settings.h"

#include <QFile>
#include <QLoggingCategory>
#include <QRandomGenerator>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace poolscope::ui;

/// Rubbish in the settings costs what was kept, never the start.
class TestWindowSettings : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir m_config;
  static void write(const QByteArray& bytes) {
    QFile file(QSettings().fileName());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
  }

 private Q_SLOTS:
  void initTestCase() {
    qputenv("XDG_CONFIG_HOME", m_config.path().toUtf8());
    QCoreApplication::setOrganizationName(QStringLiteral("poolscope"));
    QCoreApplication::setApplicationName(QStringLiteral("poolscope"));
    QVERIFY(QSettings().fileName().startsWith(m_config.path()));
    QLoggingCategory::setFilterRules(QStringLiteral("poolscope.settings=false"));
  }

  void whatIsSavedIsLoaded() {
    WindowSettings saved;
    saved.geometry = "\x01\x02\x03", saved.poolSize = 9, saved.serverMode = 0, saved.theme = 2;
    saved.language = QStringLiteral("zh_CN");
    saved.save();
    WindowSettings::mend();
    const WindowSettings loaded = WindowSettings::load();
    QCOMPARE(loaded.geometry, saved.geometry);
    QCOMPARE(loaded.poolSize, 9);
    QCOMPARE(loaded.serverMode, 0);
    QCOMPARE(loaded.theme, 2);
    QCOMPARE(loaded.language, saved.language);
    QVERIFY(!QFile::exists(QSettings().fileName() + QStringLiteral(".bak")));
  }

  void randomBytesAreSetAside() {
    for (int round = 0; round < 200; ++round) {
      QByteArray rubbish(400, '\0');
      QRandomGenerator random(static_cast<quint32>(round));
      for (char& byte : rubbish)
        byte = static_cast<char>(random.bounded(256));
      write(rubbish);
      WindowSettings::mend();
      const WindowSettings loaded = WindowSettings::load();
      QCOMPARE(loaded.poolSize, 4);
      QVERIFY(loaded.geometry.isEmpty());
      QFile backup(QSettings().fileName() + QStringLiteral(".bak"));
      QVERIFY(backup.open(QIODevice::ReadOnly));
      QCOMPARE(backup.readAll(), rubbish);
    }
  }

  void valuesOutOfRangeAreDefaults() {
    write("[General]\nversion=1\n[pool]\nsize=99999999\n[server]\nmode=seven\n[window]\ntheme=-3\nlanguage=klingon\n");
    WindowSettings::mend();
    const WindowSettings loaded = WindowSettings::load();
    QCOMPARE(loaded.poolSize, 4);
    QCOMPARE(loaded.serverMode, 1);
    QCOMPARE(loaded.theme, 0);
    QCOMPARE(loaded.language, QString());
  }

  void aNewerProgramsFileIsSetAside() {
    write("[General]\nversion=999\n[pool]\nsize=7\n");
    WindowSettings::mend();
    QCOMPARE(WindowSettings::load().poolSize, 4);
    QVERIFY(QFile::exists(QSettings().fileName() + QStringLiteral(".bak")));
  }
};

QTEST_GUILESS_MAIN(TestWindowSettings)
#include "tst_window_settings.moc"
