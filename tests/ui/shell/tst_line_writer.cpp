#include "ui/shell/line_writer.h"

#include "core/base/loose_thread.h"
#include "core/base/unique_fd.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>
#include <fcntl.h>

using namespace poolscope;
using namespace poolscope::ui;

/// Lines to a pipe, read and not read.
class TestLineWriter : public QObject {
  Q_OBJECT

 private:
  struct Pipe {
    UniqueFd read, write;
    Pipe() {
      int ends[2] = {-1, -1};
      if (::pipe2(ends, O_CLOEXEC) == 0) read.reset(ends[0]), write.reset(ends[1]);
    }
  };

 private Q_SLOTS:
  void whatIsWrittenArrivesAsWholeLines() {
    Pipe pipe;
    {
      LineWriter lines(pipe.write.get());
      lines.write("one");
      lines.write("two");
    }
    char buffer[64] = {};
    QCOMPARE(::read(pipe.read.get(), buffer, sizeof buffer), ssize_t{8});
    QCOMPARE(QByteArray(buffer), QByteArray("one\ntwo\n"));
  }

  void aPipeThatNobodyReadsHoldsUpNeitherAWriteNorTheEnd() {
    Pipe pipe;
    QElapsedTimer clock;
    clock.start();
    {
      LineWriter lines(pipe.write.get());
      for (int i = 0; i < 100; ++i)
        lines.write(std::string(10'000, 'x')); // a pipe holds 64 KiB
      QVERIFY2(clock.elapsed() < 900, "a write waited"); // else it would wait for ever
    }
    QVERIFY(clock.elapsed() < 10'000);
    pipe.read.reset(); // the thread's write fails: it ends
    QVERIFY(LooseThread::join(std::chrono::seconds(20)));
  }

  void aReaderThatWentIsNoReasonToStop() {
    Pipe pipe;
    pipe.read.reset();
    LineWriter lines(pipe.write.get());
    for (int i = 0; i < 100; ++i)
      lines.write("nobody");
  }

  void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }
};

QTEST_MAIN(TestLineWriter)
#include "tst_line_writer.moc"
