#include "ui/recording_windows.h"

#include "core/base/loose_thread.h"
#include "core/base/unique_fd.h"
#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/ui/patience.h"
#include "ui/control/exit_deadline.h"
#include "ui/control/pool_controller.h"
#include "ui/main_window.h"
#include "ui/session/recording_loader.h"
#include "ui/session/save_recording.h"
#include "ui/session/session.h"
#include "ui/shell/control_row.h"
#include "ui/shell/translations.h"
#include "ui/timeline/timeline_view.h"

#include <QAction>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace poolscope;
using namespace poolscope::ui;

/// Recordings saved, opened and refused, through the window.
class TestRecordingWindow : public QObject {
  Q_OBJECT

 private:
  /// The program's own window over a pool that has run ten tasks.
  struct Program {
    EventLog log;
    Session session{log.recording()};
    PoolController controller{log};
    ExitDeadline deadline;
    MainWindow window{session, controller, deadline};
    RecordingWindows recordings{deadline};
    QSignalSpy opened{&recordings, &RecordingWindows::opened};

    Program() {
      recordings.serve(window);
      ThreadPoolOptions options;
      options.maxWorkers = 2, options.log = &log;
      ThreadPoolExecutor pool(options);
      for (int i = 0; i < 10; ++i)
        pool.submit([] {});
      pool.shutdown();
      log.drainNow();
      session.fold();
    }
  };

  QTemporaryDir m_folder;
  QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }
  static QByteArray bytes(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }
  static void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
  }

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName(QStringLiteral("poolscope-test"));
    QCoreApplication::setApplicationName(QStringLiteral("tst_recording_window"));
  }

  void whatIsSavedIsOpenedInAWindowOfItsOwn() {
    Program program;
    QSignalSpy saved(&program.window, &MainWindow::saved);
    const QString file = path("saved.pooltrace.json");
    program.window.saveRecordingTo(file);
    QVERIFY(saved.wait(20'000));
    QVERIFY2(program.window.notice().startsWith(QLatin1String("Saved")), qPrintable(program.window.notice()));

    Q_EMIT program.window.openRequested(file);
    QVERIFY(program.opened.wait(20'000));
    MainWindow* window = program.recordings.newest();
    QVERIFY(window != nullptr);
    QTRY_VERIFY(window->notice().contains(QLatin1String("events")));
    QVERIFY(window->windowTitle().startsWith(QLatin1String("saved.pooltrace.json")));
    const auto* tasks = [&] {
      for (const QTableView* table : window->findChildren<QTableView*>())
        if (table->accessibleName() == QLatin1String("Tasks")) return table;
      return static_cast<const QTableView*>(nullptr);
    }();
    QVERIFY(tasks != nullptr);
    QTRY_COMPARE(tasks->model()->rowCount(), 10);
    const int worker = 3; // the column with the longest text
    const QString name = tasks->model()->index(0, worker).data().toString();
    QTRY_VERIFY(tasks->columnWidth(worker) >= tasks->fontMetrics().horizontalAdvance(name));
    window->close();
    QTRY_COMPARE(program.recordings.newest(), nullptr);
    QVERIFY(program.window.notice().startsWith(QLatin1String("Saved")));
  }

  void aRecordingHasNothingToCommandAndSaysWhy() {
    Program program;
    const QString file = path("still.pooltrace.json");
    QCOMPARE(saveRecording(program.log.recording(), file, 1), QString());
    program.recordings.open(file, &program.window);
    QVERIFY(program.opened.wait(20'000));
    const MainWindow* window = program.recordings.newest();
    for (const ControlRow* row : window->findChildren<ControlRow*>()) {
      QVERIFY(!row->isEnabled());
      for (const QWidget* control : row->findChildren<QWidget*>(Qt::FindDirectChildrenOnly))
        QVERIFY(control->toolTip().contains(QLatin1String("recording")));
    }
    int disabled = 0;
    for (const QAction* action : window->findChildren<QAction*>())
      disabled += !action->isEnabled() && action->toolTip().contains(QLatin1String("recording"));
    QVERIFY(disabled >= 4);
  }

  void aFileThatCannotBeReadIsSaidInTheAskingWindow_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("says");
    write(path("foreign.json"), R"([{"name":"a","ph":"X","ts":1,"dur":1,"pid":1,"tid":1}])");
    write(path("empty.json"), "");
    write(path("garbage.json"), QByteArray("\x00\x01\xff[[[{", 7));
    QTest::newRow("missing") << path("missing.json") << QStringLiteral("cannot be read");
    QTest::newRow("foreign") << path("foreign.json") << QStringLiteral("no recording of Poolscope");
    QTest::newRow("empty") << path("empty.json") << QStringLiteral("empty");
    QTest::newRow("garbage") << path("garbage.json") << QStringLiteral("0 events kept");
    QTest::newRow("folder") << m_folder.path() << QStringLiteral("cannot be read");
  }
  void aFileThatCannotBeReadIsSaidInTheAskingWindow() {
    QFETCH(QString, file);
    QFETCH(QString, says);
    Program program;
    Q_EMIT program.window.openRequested(file);
    QTRY_VERIFY2(program.window.notice().contains(says), qPrintable(program.window.notice()));
    QTRY_COMPARE(program.recordings.newest(), nullptr);
    QCOMPARE(program.opened.count(), 0);
  }

  void aCutFileIsShownAsFarAsItIsWholeAndSaysSo() {
    Program program;
    const QString file = path("cut.pooltrace.json");
    QCOMPARE(saveRecording(program.log.recording(), file, 1), QString());
    write(file, bytes(file).chopped(300));
    program.recordings.open(file, &program.window);
    QVERIFY(program.opened.wait(20'000));
    QTRY_VERIFY(program.recordings.newest()->notice().contains(QLatin1String("stopped at byte")));
  }

  void aDroppedRecordingIsOpenedAndNothingElse() {
    Program program;
    const QSignalSpy asked(&program.window, &MainWindow::openRequested);
    const auto drop = [&](const QUrl& url) {
      QMimeData data;
      data.setUrls({url});
      QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
      QCoreApplication::sendEvent(&program.window, &enter);
      QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
      QCoreApplication::sendEvent(&program.window, &event);
    };
    drop(QUrl(QStringLiteral("https://example.org/a.pooltrace.json")));
    drop(QUrl::fromLocalFile(path("a.txt")));
    QCOMPARE(asked.count(), 0);
    drop(QUrl::fromLocalFile(path("none.pooltrace.json")));
    QCOMPARE(asked.count(), 1);
  }

  void aFullDiskLeavesTheOldFileAsItWas() {
    Program program;
    const QString file = path("full.pooltrace.json");
    write(file, "the old file");
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit little{.rlim_cur = 2000, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &little);
    const QString error = saveRecording(program.log.recording(), file, 1);
    ::setrlimit(RLIMIT_FSIZE, &before);
    QVERIFY2(error.startsWith(file) && error.contains(QLatin1String("File too large")), qPrintable(error));
    QCOMPARE(bytes(file), QByteArray("the old file"));
    const QStringList left = QDir(m_folder.path()).entryList({QStringLiteral("full*")});
    QCOMPARE(left, QStringList(QStringLiteral("full.pooltrace.json")));
  }

  void aFolderThatIsNotThereIsSaid() {
    Program program;
    const QString error = saveRecording(program.log.recording(), QStringLiteral("/nowhere/a.json"), 1);
    QVERIFY2(error.startsWith(QLatin1String("/nowhere/a.json cannot be written")), qPrintable(error));
  }

  void aLoaderThatIsNotWantedAnyMoreEndsItsReading() {
    Program program;
    const QString file = path("unwanted.pooltrace.json");
    QCOMPARE(saveRecording(program.log.recording(), file, 1), QString());
    for (int i = 0; i < 20; ++i)
      const RecordingLoader loader(file);
    QVERIFY(LooseThread::join(std::chrono::seconds(20)));
  }

  void aFileThatDoesNotAnswerHoldsUpNobody_data() {
    QTest::addColumn<bool>("hasWriter");
    QTest::addColumn<bool>("isAsked");
    QTest::newRow("nobody writes, at the start") << false << false;
    QTest::newRow("who writes is silent, at the start") << true << false;
    QTest::newRow("nobody writes, from a window") << false << true;
  }
  void aFileThatDoesNotAnswerHoldsUpNobody() {
    QFETCH(bool, hasWriter);
    QFETCH(bool, isAsked);
    const QString file = path("pipe.pooltrace.json");
    const QByteArray name = QFile::encodeName(file);
    QCOMPARE(::mkfifo(name.constData(), 0600), 0);
    const UniqueFd writer(hasWriter ? ::open(name.constData(), O_RDWR | O_CLOEXEC) : -1);
    {
      Program program;
      RecordingWindows recordings(program.deadline);
      recordings.open(file, isAsked ? &program.window : nullptr);
      MainWindow* says = isAsked ? &program.window : nullptr;
      QTRY_VERIFY(says != nullptr || (says = recordings.newest()) != nullptr);
      QTRY_VERIFY2(says->notice().contains(QLatin1String("pipe.pooltrace.json")), qPrintable(says->notice()));
      if (!isAsked) {
        says->close();
        QTRY_COMPARE(recordings.newest(), nullptr);
      }
    }
    QVERIFY(LooseThread::join(std::chrono::seconds(20)));
    ::unlink(name.constData());
  }

  void aFileOpensOnItsFirstPoolWithTasksWhole() {
    Program program;
    const QString file = path("pools.pooltrace.json");
    {
      ThreadPoolOptions options;
      options.log = &program.log;
      ThreadPoolExecutor newest(options);
    }
    program.log.drainNow();
    program.session.fold();
    QCOMPARE(program.session.currentPool(), program.session.liveState().pools.back().id); // live: the newest
    QCOMPARE(saveRecording(program.log.recording(), file, 1), QString());
    Recording recording;
    readChromeTrace(file.toStdString(), recording);
    Session session(recording, nullptr, Session::Source::File);
    session.fold();
    QCOMPARE(session.currentPool(), session.liveState().pools.front().id);
    TimelineView timeline(&session);
    timeline.resize(900, 400);
    timeline.show();
    QVERIFY(timeline.time().axis().begin <= session.origin() && timeline.time().axis().end() >= session.end());
    QVERIFY(timeline.time().axis().span < 2 * (session.end() - session.origin()) + 2 * TimeAxis::kLeast);
    QVERIFY2(timeline.rangeText().startsWith(QLatin1String("the whole recording")), qPrintable(timeline.rangeText()));
    QVERIFY(timeline.liveButton()->isHidden());
    session.seek(session.origin());
    QVERIFY(!timeline.liveButton()->isHidden());
    QTest::keyClick(&timeline, Qt::Key_Space); // a file is not followed and not frozen
    QVERIFY(!session.isLive());
    QTest::keyClick(&timeline, Qt::Key_L);
    QTRY_VERIFY(session.isLive());
  }

  void everyWordOfItsWindowIsTrueOfAFile() {
    Program program;
    const QString file = path("words.pooltrace.json");
    EventLog empty({.startDrainer = false});
    {
      ThreadPoolOptions options;
      options.log = &empty;
      ThreadPoolExecutor idle(options);
      empty.drainNow();
    }
    QCOMPARE(saveRecording(empty.recording(), file, 1), QString());
    program.recordings.open(file, &program.window);
    QVERIFY(program.opened.wait(20'000));
    MainWindow* window = program.recordings.newest();
    QTRY_VERIFY(window->notice().contains(QLatin1String("events")));
    for (QAction* action : window->findChildren<QAction*>())
      if (action->isEnabled() && action->shortcut() == QKeySequence(Qt::Key_F1)) action->trigger();
    QStringList words;
    for (const QWidget* widget : window->findChildren<QWidget*>()) {
      if (widget->isHidden()) continue;
      if (const auto* label = qobject_cast<const QLabel*>(widget)) words << label->text();
      words << widget->accessibleDescription() << widget->toolTip();
    }
    for (const QAction* action : window->findChildren<QAction*>())
      if (action->isEnabled()) words << action->text() << action->toolTip();
    QVERIFY(words.join(u' ').contains(QLatin1String("no task of this pool has ended")));
    for (const char* wrong : {"following live", "live edge", "Return to the live", "Ctrl+R", "Run a scenario", "appear when",
                              "unfreeze", "Stop the view", "chat window", "listening"})
      for (const QString& text : words)
        QVERIFY2(!text.contains(QLatin1String(wrong)) || text.contains(QLatin1String("was listening")),
                 qPrintable(text));
  }

  void whatIsSaidOfAFileFollowsTheLanguage() {
    Program program;
    const QString file = path("tongues.pooltrace.json");
    QCOMPARE(saveRecording(program.log.recording(), file, 1), QString());
    write(file, bytes(file).chopped(300));
    program.recordings.open(file, &program.window);
    QVERIFY(program.opened.wait(20'000));
    MainWindow* window = program.recordings.newest();
    QTRY_VERIFY(window->notice().contains(QLatin1String("stopped at byte")));
    Translations::instance().choose(QStringLiteral("zh_CN"));
    QTRY_VERIFY2(!window->notice().contains(QLatin1String("stopped")) && window->notice().contains(file),
                 qPrintable(window->notice()));
    Translations::instance().choose(QStringLiteral("en"));
    QTRY_VERIFY(window->notice().contains(QLatin1String("stopped at byte")));
  }
};

QTEST_MAIN(TestRecordingWindow)
#include "tst_recording_window.moc"
