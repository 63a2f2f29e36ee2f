#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_windows.h"
#include "ui/chat/crowd_dialog.h"
#include "ui/control/crowd_control.h"
#include "ui/views/queue_strip.h"

#include <QAction>
#include <QContextMenuEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>

using namespace poolscope;
using namespace poolscope::ui;

namespace {

template <class W> W* in(const QWidget* window, const char* name) {
  for (W* widget : window->findChildren<W*>())
    if (widget->accessibleName() == QLatin1String(name)) return widget;
  return nullptr;
}
QString stateOf(const ChatWindow* window) {
  return in<QLabel>(window, "Connection state")->accessibleDescription();
}
bool served(const ChatWindow* window) {
  return stateOf(window).startsWith(QStringLiteral("Served by"));
}
QAction* entry(const QObject* parent, const char* text) {
  for (QAction* action : parent->findChildren<QAction*>())
    if (action->text() == QLatin1String(text)) return action;
  return nullptr;
}

/// A server on a small pool, and chat windows that are more than it has workers.
struct Crowded : WindowFixture {
  Crowded(const char* mode, int workers, int clients) {
    window.show();
    window.activateWindow();
    find<QComboBox>("Server mode")->setCurrentText(QLatin1String(mode));
    controller.setServerWorkers(static_cast<std::size_t>(workers));
    ready = startServer();
    for (int i = 0; i < clients; ++i) {
      chats << window.chats().open(); // one after another, so that the order in the queue is known
      ready = ready && QTest::qWaitFor([&] { return served(chats[i]) || isQueued(i); }, 20'000);
    }
    ready = ready && QTest::qWaitFor([&] { return rows("Clients") == clients; }, 20'000);
    for (int i = 0; i < std::min(workers, clients); ++i) // a worker process takes its time to start
      ready = ready && QTest::qWaitFor([&] { return served(chats[i]); }, 20'000);
  }
  bool isQueued(int chat) const { return stateOf(chats[chat]).startsWith(QStringLiteral("In the queue")); }
  void selectClient(int row) {
    auto* table = find<QTableView>("Clients");
    table->setCurrentIndex(table->model()->index(row, 0));
  }
  /// The entry of the menu that the table shows by key for its current row.
  QAction* menuEntry(const char* table, const char* text) {
    auto* view = find<QTableView>(table);
    QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(), view->mapToGlobal(QPoint()));
    QApplication::sendEvent(view->viewport(), &event);
    const auto menus = view->findChildren<QMenu*>();
    for (QAction* action : menus.isEmpty() ? QList<QAction*>() : menus.back()->actions())
      if (action->text() == QLatin1String(text)) return action;
    return nullptr;
  }

  QList<ChatWindow*> chats;
  bool ready = false;
};

} // namespace

/// What a person may ask of the server: of who waits, of who holds a worker, of a worker process.
class TestServerCommands : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }

  void aWaitingClientIsClosedFromTheTable_data() {
    QTest::addColumn<QByteArray>("mode");
    QTest::newRow("thread-pool") << QByteArray("thread-pool");
    QTest::newRow("process-pool") << QByteArray("process-pool");
  }
  void aWaitingClientIsClosedFromTheTable() {
    QFETCH(QByteArray, mode);
    Crowded f(mode.constData(), 1, 3);
    QVERIFY(f.ready);
    QVERIFY(served(f.chats[0]));
    f.selectClient(0);
    QAction* cancel = f.menuEntry("Clients", "Cancel task");
    QVERIFY(cancel && !cancel->isEnabled()); // it is served
    f.selectClient(1);
    cancel = f.menuEntry("Clients", "Cancel task");
    QVERIFY(cancel && cancel->isEnabled());
    cancel->trigger();
    QTRY_COMPARE(stateOf(f.chats[1]), QStringLiteral("Closed by the server: it was cancelled in the queue"));
    QTRY_COMPARE(f.rows("Clients"), 2);
    QTRY_VERIFY(stateOf(f.chats[2]).startsWith(QStringLiteral("In the queue, position 1")));
    QVERIFY(served(f.chats[0]));
  }

  void aWaitingClientMovesToTheFrontByKey() {
    Crowded f("process-pool", 1, 3);
    QVERIFY(f.ready);
    QTRY_VERIFY(stateOf(f.chats[2]).startsWith(QStringLiteral("In the queue, position 2")));
    f.selectClient(2);
    QAction* front = entry(&f.window, "Move to front");
    QCOMPARE(front->shortcut(), QKeySequence(QStringLiteral("Ctrl+Shift+Up")));
    front->trigger();
    QTRY_VERIFY(stateOf(f.chats[2]).startsWith(QStringLiteral("In the queue, position 1")));
    in<QPushButton>(f.chats[0], "Disconnect")->click();
    QTRY_VERIFY(served(f.chats[2]));
    QVERIFY(f.isQueued(1));
  }

  void theQueueStripCommandsAServersClientsToo() {
    Crowded f("thread-pool", 1, 2);
    QVERIFY(f.ready);
    QTRY_COMPARE(f.rows("Queue"), 1);
    auto* strip = f.window.findChild<QueueStrip*>();
    QTRY_COMPARE(strip->rowCount(), 1);
    QTest::keyClick(strip, Qt::Key_Home);
    QTest::keyClick(strip, Qt::Key_Delete);
    QTRY_COMPARE(stateOf(f.chats[1]), QStringLiteral("Closed by the server: it was cancelled in the queue"));
  }

  void aKilledWorkerProcessLosesOnlyItsClient() {
    Crowded f("process-pool", 2, 2);
    QVERIFY(f.ready);
    QTRY_VERIFY(served(f.chats[0]) && served(f.chats[1]));
    f.session.select(Selection::ofWorker(f.session.currentPool(), 0));
    const ClientId lost =
        f.session.history().find(f.session.liveState().worker(f.session.currentPool(), 0)->task)->client;
    entry(&f.window, "Kill worker")->trigger();
    const int gone = f.chats[0]->client() == lost ? 0 : 1;
    QTRY_COMPARE(stateOf(f.chats[gone]), QStringLiteral("Closed by the server: its worker process died"));
    QTRY_COMPARE(f.rows("Clients"), 1);
    QVERIFY(served(f.chats[1 - gone]));
    in<QPushButton>(f.chats[gone], "Reconnect")->click();
    QTRY_VERIFY(served(f.chats[gone])); // by the worker that replaced it
  }

  void aShrinkingPoolSaysWhomItWaitsForAndNeedNot() {
    Crowded f("thread-pool", 2, 2);
    QVERIFY(f.ready);
    auto* close = f.find<QPushButton>("Close idle clients");
    QVERIFY(!close->isEnabled());
    QTRY_COMPARE(f.cell("Clients", 1, 0), QStringLiteral("bo"));
    f.find<QSpinBox>("Pool size")->setValue(1);
    QTRY_VERIFY(close->isEnabled());
    int retiring = -1;
    QTRY_VERIFY([&] {
      for (int row = 0; row < f.rows("Workers"); ++row)
        if (f.cell("Workers", row, 4) == QLatin1String("retiring")) retiring = row;
      return retiring >= 0;
    }());
    const QString client =
        f.cell("Workers", retiring, 5).contains(QStringLiteral("ana")) ? QStringLiteral("ana") : QStringLiteral("bo");
    QVERIFY2(f.cell("Workers", retiring, 5).endsWith(QStringLiteral("retires after %1 leaves").arg(client)),
             qPrintable(f.cell("Workers", retiring, 5)));
    close->click();
    const int gone = client == QLatin1String("ana") ? 0 : 1;
    QTRY_COMPARE(stateOf(f.chats[gone]), QStringLiteral("Closed by the server: it was idle"));
    QTRY_COMPARE(f.rows("Workers"), 1);
    QTRY_VERIFY(!close->isEnabled());
    QVERIFY(served(f.chats[1 - gone]));
  }

  void whoWaitsInTheQueueIsServedWhenIdleClientsAreClosed() {
    Crowded f("thread-pool", 1, 2);
    QVERIFY(f.ready);
    QVERIFY(f.isQueued(1));
    auto* close = f.find<QPushButton>("Close idle clients");
    QTRY_VERIFY(close->isEnabled());
    QVERIFY(entry(&f.window, "Close idle clients")->isEnabled());
    entry(&f.window, "Close idle clients")->trigger();
    QTRY_COMPARE(stateOf(f.chats[0]), QStringLiteral("Closed by the server: it was idle"));
    QTRY_VERIFY(served(f.chats[1]));
    QTRY_VERIFY(!close->isEnabled());
    QVERIFY(!entry(&f.window, "Close idle clients")->isEnabled());
  }

  void aChangeOfModeClosesTheClientsAndOneCommandBringsThemBack() {
    Crowded f("thread-pool", 2, 3);
    QVERIFY(f.ready);
    QVERIFY(f.isQueued(2));
    const PoolId before = f.session.currentPool();
    f.find<QComboBox>("Server mode")->setCurrentText(QStringLiteral("reactor"));
    for (const ChatWindow* chat : f.chats)
      QTRY_COMPARE(stateOf(chat), QStringLiteral("Closed by the server: the server was stopped"));
    QTRY_VERIFY(f.serves() && f.session.currentPool() != before);
    QTRY_VERIFY(!f.session.liveState().pool(before)->open);
    QTRY_VERIFY(f.text("Server address").endsWith(QStringLiteral("listening, no clients")));
    entry(&f.window, "Reconnect all chat windows")->trigger();
    QTRY_COMPARE(f.rows("Clients"), 3);
    for (const ChatWindow* chat : f.chats) {
      QTRY_VERIFY(in<QPushButton>(chat, "Send")->isEnabled());
      in<QLineEdit>(chat, "Message")->setText(QStringLiteral("hello"));
      in<QPushButton>(chat, "Send")->click();
      QTRY_VERIFY(in<QPlainTextEdit>(chat, "Transcript")->toPlainText().contains(QStringLiteral("HELLO")));
    }
  }

  void twoHundredIdleClientsBlockAPoolAndNotAReactor() {
    Crowded f("thread-pool", 4, 0);
    QVERIFY(f.ready);
    CrowdDialog dialog(
        f.controller.crowd(), [&] { return f.window.chats().address(); }, nullptr);
    in<QComboBox>(&dialog, "Crowd pattern")->setCurrentIndex(static_cast<int>(CrowdPattern::IdleHolder));
    in<QSpinBox>(&dialog, "Crowd clients")->setValue(200);
    in<QPushButton>(&dialog, "Start crowd")->click();
    QTRY_COMPARE(f.rows("Queue"), 196);
    ChatWindow* chat = f.window.chats().open();
    QTRY_VERIFY2(
        stateOf(chat).startsWith(QStringLiteral("In the queue, position 197: no free worker, 4 clients hold them (")),
        qPrintable(stateOf(chat)));
    f.find<QComboBox>("Server mode")->setCurrentText(QStringLiteral("reactor"));
    QTRY_VERIFY(stateOf(chat).startsWith(QStringLiteral("Closed by the server: the server was stopped")));
    QTRY_VERIFY(f.serves());
    QTRY_COMPARE(f.rows("Clients"), 200); // the crowd has come again
    in<QPushButton>(chat, "Reconnect")->click();
    QTRY_VERIFY(chat->client());
    in<QLineEdit>(chat, "Message")->setText(QStringLiteral("hello"));
    in<QPushButton>(chat, "Send")->click();
    QTRY_VERIFY(in<QPlainTextEdit>(chat, "Transcript")->toPlainText().contains(QStringLiteral("HELLO")));
    QTRY_VERIFY(stateOf(chat).startsWith(QStringLiteral("Connected, holds no worker")));
    const ChatWindow* silent = f.window.chats().open(); // nobody keeps it waiting: it has said nothing yet
    QTRY_VERIFY(stateOf(silent).startsWith(QStringLiteral("Connected, holds no worker")));
    in<QPushButton>(&dialog, "Stop crowd")->click();
    QTRY_VERIFY(in<QPushButton>(&dialog, "Start crowd")->isEnabled());
  }
};

QTEST_MAIN(TestServerCommands)
#include "tst_server_commands.moc"
