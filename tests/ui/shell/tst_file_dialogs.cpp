#include "tests/ui/window_fixture.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QFileDialog>
#include <QLineEdit>
#include <QSignalSpy>

using namespace poolscope;
using namespace poolscope::ui;

/// A person types a file's name, with the list of suggestions below it, as Qt's own dialog shows it.
class TestFileDialogs : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }

  void aTypedNameIsSaved() {
    WindowFixture f;
    f.window.show();
    const QTemporaryDir folder;
    addFiles(folder);
    f.window.saveRecording();
    QLineEdit* name = field(f, folder);
    typeUntilSuggestionsShow(name, QStringLiteral("al"));
    QTest::keyClicks(popup(name), QStringLiteral("one"));
    QTRY_COMPARE(name->text(), QStringLiteral("alone"));
    QSignalSpy saved(&f.window, &MainWindow::saved);
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_COMPARE(saved.size(), 1);
    QVERIFY2(QFile::exists(folder.filePath(QStringLiteral("alone.pooltrace.json"))), qPrintable(f.window.notice()));
  }

  void aTypedNameIsOpened() {
    WindowFixture f;
    f.window.show();
    const QTemporaryDir folder;
    addFiles(folder);
    QSignalSpy wanted(&f.window, &MainWindow::openRequested);
    f.window.openRecording();
    QLineEdit* name = field(f, folder);
    typeUntilSuggestionsShow(name, QStringLiteral("al"));
    QTest::keyClick(popup(name), Qt::Key_Down);
    QTest::keyClick(popup(name), Qt::Key_Return); // takes the suggestion, and opens it
    QTRY_COMPARE(wanted.size(), 1);
    QVERIFY(wanted.front().front().toString().startsWith(folder.filePath(QStringLiteral("al"))));
  }

 private:
  static void addFiles(const QTemporaryDir& folder) {
    for (const char* name : {"alpha.pooltrace.json", "alps.pooltrace.json"}) {
      QFile file(folder.filePath(QLatin1String(name)));
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write("[\n");
    }
  }
  static QLineEdit* field(const WindowFixture& f, const QTemporaryDir& folder) {
    auto* dialog = f.window.findChild<QFileDialog*>();
    dialog->setDirectory(folder.path());
    return dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
  }
  static QAbstractItemView* popup(const QLineEdit* name) { return name->completer()->popup(); }
  static void typeUntilSuggestionsShow(QLineEdit* name, const QString& text) {
    QTRY_VERIFY(name->isVisible());
    name->selectAll();
    QTest::keyClicks(name, text);
    // The folder is read by a thread of Qt's: what it found is suggested at the next key.
    QTRY_VERIFY(popup(name)->isVisible() || (QTest::keyClick(name, Qt::Key_Backspace),
                                             QTest::keyClicks(name, text.last(1)), popup(name)->isVisible()));
    popup(name)->grab(); // painted, as on a screen
    for (QWidget* widget : QApplication::topLevelWidgets())
      if (widget->isVisible()) widget->grab();
  }
};

QTEST_MAIN(TestFileDialogs)
#include "tst_file_dialogs.moc"
