#include "tests/support/echo_client.h"
#include "tests/support/process_test.h"
#include "tests/ui/window_fixture.h"
#include "ui/control/hang_watch.h"
#include "ui/models/clients_model.h"

#include <QRegularExpression>
#include <QScopeGuard>

#include <atomic>
#include <mutex>
#include <thread>

using namespace poolscope;
using namespace poolscope::ui;
using namespace std::chrono_literals;

namespace {

std::mutex g_logMutex;
QStringList g_log; // under the mutex: the watch has a thread of its own

void keep(QtMsgType, const QMessageLogContext&, const QString& text) {
  const std::lock_guard lock(g_logMutex);
  g_log << text;
}
QStringList logged(const char* pattern) {
  const std::lock_guard lock(g_logMutex);
  return g_log.filter(QRegularExpression(QLatin1String(pattern)));
}

} // namespace

/// FAULTS F36: the GUI thread is blocked on purpose.
class TestBlockedWindow : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }

  void theServerGoesOnTheLogSaysItAndTheViewIsRightAfterwards() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    const auto port = f.session.liveState().servers.front().port;
    const QtMessageHandler before = qInstallMessageHandler(keep);
    HangWatch watch;
    QTest::qWait(300); // a beat of the watch
    std::atomic<int> answered{0};
    std::atomic<bool> enough{false}, silent{false}, leave{false};
    std::thread outside([&] {
      test::EchoClient client(port);
      while (!enough) {
        if (client.ask("still there?") == "STILL THERE?") ++answered;
        std::this_thread::sleep_for(1ms);
      }
      silent = true;
      test::eventually([&] { return leave.load(); });
    });
    const auto end = qScopeGuard([&] {
      enough = leave = true;
      outside.join();
      qInstallMessageHandler(before);
    });
    QVERIFY(test::eventually([&] { return answered > 0; }));
    const int atBegin = answered;
    QTest::qSleep(3'000);
    const int meanwhile = answered - atBegin;
    QTRY_COMPARE(logged("the window was blocked for [0-9]+ ms").size(), 1);
    QCOMPARE(logged("the window has not answered for [0-9]+ ms").size(), 1);
    QVERIFY2(meanwhile > 100, qPrintable(QString::number(meanwhile)));
    enough = true;
    QTRY_VERIFY(silent);
    QTRY_COMPARE(f.cell("Clients", 0, ClientsModel::Messages).remove(u','), QString::number(answered.load()));
    QCOMPARE(f.log.recording().dropped(), std::uint64_t{0});
    leave = true;
    QTRY_COMPARE(f.rows("Clients"), 0);
  }
};

QTEST_MAIN(TestBlockedWindow)
#include "tst_blocked_window.moc"
