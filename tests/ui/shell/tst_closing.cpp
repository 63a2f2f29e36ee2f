#include "core/base/loose_thread.h"
#include "core/event/chrome_trace_reader.h"
#include "core/event/state_history.h"
#include "tests/ui/window_fixture.h"
#include "ui/recording_windows.h"
#include "ui/session/save_recording.h"
#include "ui/session/saves.h"
#include "ui/shell/pool_row.h"

#include <QCheckBox>
#include <QDir>
#include <QElapsedTimer>
#include <QMessageBox>
#include <QSignalSpy>

#include <atomic>
#include <thread>
#include <sys/stat.h>

using namespace poolscope;
using namespace poolscope::ui;

/// Closing a window while a recording is being saved, and what becomes of the file.
class TestClosing : public QObject {
  Q_OBJECT

 private:
  /// Saving that goes on until the test says so, or until it is told to end.
  struct SlowDisk {
    std::atomic<bool> release{false}, obeys{true};
    std::atomic<int> begun{0}, written{0}, stopped{0};
    SlowDisk() {
      Saves::instance().setWriter([this](const Recording& recording, const QString& path, std::uint32_t process,
                                         const std::stop_token& stop) {
        ++begun;
        while (!release && !(obeys && stop.stop_requested()))
          std::this_thread::yield();
        const QString error = saveRecording(recording, path, process, stop);
        ++(error.isEmpty() ? written : stopped);
        return error;
      });
    }
    /// What still writes reads a recording: before that goes.
    void answer() {
      release = true;
      QVERIFY(LooseThread::join(std::chrono::seconds(20)));
    }
    ~SlowDisk() {
      answer();
      Saves::instance().setWriter(&saveRecording);
    }
  };

  QTemporaryDir m_folder;
  QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }
  static void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
  }
  static QByteArray bytes(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }
  static QMessageBox* question(const WindowFixture& f) { return f.window.findChild<QMessageBox*>(); }

 private Q_SLOTS:
  void initTestCase() {
    prepareApplication();
    qputenv("HOME", m_folder.path().toUtf8()); // where a recording goes that is saved at the end
  }
  void cleanup() { QTRY_VERIFY(!Saves::instance().running()); }

  void withNothingToLoseNothingIsAsked() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.close();
    QVERIFY(question(f) == nullptr);
    QTRY_VERIFY(!f.window.isVisible());
  }

  void whatIsBeingSavedIsAskedForAndWaitedFor() {
    SlowDisk disk;
    WindowFixture f;
    f.window.show();
    const QString file = path("waited.pooltrace.json");
    write(file, "the old file");
    f.window.saveRecordingTo(file);
    f.window.close();
    QVERIFY(f.window.isVisible());
    QTRY_VERIFY(question(f) != nullptr);
    QVERIFY2(question(f)->text().contains(file), qPrintable(question(f)->text()));
    QVERIFY(f.find<QPushButton>("Cancel queued") == nullptr); // there is none
    f.find<QPushButton>("Wait")->click();
    QTRY_VERIFY(question(f) == nullptr);
    QVERIFY(f.window.isVisible());
    QCOMPARE(bytes(file), QByteArray("the old file"));
    disk.release = true;
    QTRY_VERIFY(!f.window.isVisible());
    QCOMPARE(disk.written.load(), 1);
    QVERIFY(bytes(file).startsWith("["));
  }

  void whatIsNotWrittenWhenTheWindowMustCloseLeavesTheOldFile() {
    for (const bool secondClose : {false, true}) {
      SlowDisk disk;
      WindowFixture f;
      f.window.show();
      const QString file = path("left.pooltrace.json");
      write(file, "the old file");
      f.window.saveRecordingTo(file);
      f.window.close();
      QTRY_VERIFY(question(f) != nullptr);
      secondClose ? void(f.window.close()) : f.find<QPushButton>("Close now")->click();
      QTRY_VERIFY(!f.window.isVisible());
      QCOMPARE(disk.stopped.load(), 1);
      QCOMPARE(bytes(file), QByteArray("the old file"));
      QCOMPARE(QDir(m_folder.path()).entryList({QStringLiteral("left*")}).size(), 1);
    }
  }

  void aSignalWaitsForWhatIsBeingSaved() {
    SlowDisk disk;
    WindowFixture f;
    f.window.show();
    f.window.saveRecordingTo(path("signal.pooltrace.json"));
    f.window.endBySignal();
    QVERIFY(question(f) == nullptr);
    QVERIFY(f.window.isVisible());
    disk.release = true;
    QTRY_VERIFY(!f.window.isVisible());
    QCOMPARE(disk.written.load(), 1);
  }

  void aDiskThatDoesNotAnswerHoldsUpNobody() {
    SlowDisk disk;
    disk.obeys = false;
    WindowFixture f;
    f.window.show();
    f.window.saveRecordingTo(path("dead.pooltrace.json"));
    QTRY_COMPARE(disk.begun.load(), 1);
    f.window.close();
    QTRY_VERIFY(question(f) != nullptr);
    QElapsedTimer clock;
    clock.start();
    f.window.close();
    QTRY_VERIFY(!f.window.isVisible());
    QVERIFY2(clock.elapsed() < 5'000, "its thread was waited for");
    QVERIFY(!Saves::instance().running());
    QCOMPARE(disk.written + disk.stopped, 0);
    disk.answer();
  }

  void theRecordingIsSavedOnlyWhereThatIsWanted() {
    for (const bool wanted : {false, true}) {
      WindowFixture f;
      f.window.show();
      f.window.poolRow().setSpeed(5);
      f.find<QPushButton>("Run scenario")->click();
      QTRY_COMPARE(f.rows("Tasks"), 10);
      f.window.close();
      QTRY_VERIFY(question(f) != nullptr);
      QCOMPARE(f.window.findChildren<QMessageBox*>().size(), 1);
      auto* save = f.find<QCheckBox>("Save the recording");
      QVERIFY(save != nullptr && !save->isChecked());
      save->setChecked(wanted);
      f.find<QPushButton>("Cancel queued")->click();
      QTRY_VERIFY(!f.window.isVisible());
      const QStringList files = QDir(m_folder.path()).entryList({QStringLiteral("poolscope-*.pooltrace.json")});
      QCOMPARE(files.size(), wanted ? 1 : 0);
      if (!wanted) continue;
      Recording kept;
      const TraceReadResult read = readChromeTrace(m_folder.filePath(files.front()).toStdString(), kept);
      QVERIFY(read.fault == TraceFault::None && read.closed);
      StateHistory states(kept);
      states.advance();
      QCOMPARE(states.live().totals().submitted, 10u); // what happened until the end is in it
      QCOMPARE(states.live().totals().running, 0u);
    }
  }

  void staysOpenAndItsDeadlineIsTakenBack() {
    SlowDisk disk;
    WindowFixture f;
    f.window.show();
    f.window.saveRecordingTo(path("stay.pooltrace.json"));
    f.window.close();
    QTRY_VERIFY(f.find<QPushButton>("Stay open") != nullptr);
    f.find<QPushButton>("Stay open")->click();
    QTRY_VERIFY(question(f) == nullptr);
    QVERIFY(f.window.isVisible() && Saves::instance().running());
    ExitDeadline deadline; // this process lives on
    deadline.arm(std::chrono::seconds(2), 1); // long enough to be taken back on a busy machine
    deadline.disarm();
    QTest::qWait(2500);
  }

  void whereNoFileCanBeIsNotReplaced() {
    const WindowFixture f;
    const QString pipe = path("pipe.pooltrace.json");
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    QVERIFY(saveRecording(f.log.recording(), pipe, 1).startsWith(pipe));
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(pipe).constData(), &status), 0);
    QVERIFY(S_ISFIFO(status.st_mode));
  }

  void aRecordingsWindowClosesWhileItsCopyIsWritten() {
    SlowDisk disk;
    WindowFixture f;
    f.window.show();
    const QString file = path("original.pooltrace.json"), copy = path("copy.pooltrace.json");
    QVERIFY(f.startServer());
    QCOMPARE(saveRecording(f.log.recording(), file, 1), QString());
    RecordingWindows recordings(f.deadline);
    recordings.serve(f.window);
    const QSignalSpy opened(&recordings, &RecordingWindows::opened);
    recordings.open(file, &f.window);
    QTRY_COMPARE(opened.count(), 1);
    recordings.newest()->saveRecordingTo(copy);
    recordings.newest()->close();
    QTRY_COMPARE(recordings.newest(), nullptr); // the recording lives as long as its saving
    disk.release = true;
    QTRY_VERIFY(f.window.notice().contains(QLatin1String("Saved")));
    QVERIFY(bytes(copy).contains("PoolOpened"));
  }
};

QTEST_MAIN(TestClosing)
#include "tst_closing.moc"
