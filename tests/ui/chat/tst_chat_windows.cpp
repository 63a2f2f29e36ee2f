#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_windows.h"
#include "ui/chat/crowd_dialog.h"
#include "ui/chat/transcript.h"
#include "ui/control/crowd_control.h"

#include <QLineEdit>
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

QString transcriptOf(const ChatWindow* window) {
  return in<QPlainTextEdit>(window, "Transcript")->toPlainText();
}

void type(const ChatWindow* window, const QString& text) {
  in<QLineEdit>(window, "Message")->setText(text);
  in<QPushButton>(window, "Send")->click();
}

} // namespace

/// Chat windows against a real server, through real sockets.
class TestChatWindows : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }

  void sixClientsOnAPoolOfFour() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.chats().open();
    f.window.chats().openSeveral(5);
    const QList<ChatWindow*> chats = f.window.chats().windows();
    QCOMPARE(chats.size(), 6);
    for (int i = 0; i < 4; ++i)
      QTRY_VERIFY2(stateOf(chats[i]).startsWith(QStringLiteral("Served by ThreadPoolExecutor-")), "not served");
    QTRY_VERIFY(stateOf(chats[4]).startsWith(QStringLiteral("In the queue, position 1: no free worker")));
    QTRY_VERIFY(stateOf(chats[5]).startsWith(QStringLiteral("In the queue, position 2: no free worker")));

    // The table says the same of the same clients, by the windows' names.
    QTRY_COMPARE(f.rows("Clients"), 6);
    QTRY_COMPARE(f.cell("Clients", 0, 0), QStringLiteral("ana"));
    QTRY_VERIFY(f.cell("Clients", 4, 2).startsWith(QStringLiteral("In the queue, position 1: no free worker")));
    QTRY_VERIFY(f.text("Server address").contains(QStringLiteral("listening, 6 clients")));

    // Typing is allowed in the queue; the line waits, and says so.
    type(chats[4], QStringLiteral("hello?"));
    QTRY_VERIFY(transcriptOf(chats[4]).contains(QStringLiteral("sent, not read yet")));
    type(chats[0], QStringLiteral("straße"));
    QTRY_VERIFY(transcriptOf(chats[0]).contains(QStringLiteral("STRAßE")));

    // One leaves: the next is served, and what it had sent is answered.
    in<QPushButton>(chats[0], "Disconnect")->click();
    QTRY_VERIFY(stateOf(chats[4]).startsWith(QStringLiteral("Served by")));
    QTRY_VERIFY(transcriptOf(chats[4]).contains(QStringLiteral("HELLO?")));
    QVERIFY(!transcriptOf(chats[4]).contains(QStringLiteral("not read yet")));
    QTRY_VERIFY(stateOf(chats[5]).contains(QStringLiteral("position 1")));
    QCOMPARE(stateOf(chats[0]).section(u' ', 0, 0), QStringLiteral("Disconnected"));

    // A larger pool serves the last one.
    f.find<QSpinBox>("Pool size")->setValue(5);
    QTRY_VERIFY(stateOf(chats[5]).startsWith(QStringLiteral("Served by")));
  }

  void theServerGoesAndComesBack() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    QTRY_VERIFY(stateOf(chat).startsWith(QStringLiteral("Served by")));
    f.find<QPushButton>("Stop server")->click();
    QTRY_VERIFY(stateOf(chat).startsWith(QStringLiteral("Closed by the server")));
    QTRY_VERIFY(f.find<QPushButton>("Start server")->isEnabled());
    in<QPushButton>(chat, "Reconnect")->click();
    QTRY_VERIFY(stateOf(chat).startsWith(QStringLiteral("No connection to 127.0.0.1:")));
    f.find<QPushButton>("Start server")->click();
    QTRY_VERIFY(f.serves());
    QTRY_VERIFY(f.text("Server address").contains(QStringLiteral("listening")));
    in<QPushButton>(chat, "Reconnect")->click();
    QTRY_VERIFY(stateOf(chat).startsWith(QStringLiteral("Served by")));
    type(chat, QStringLiteral("back"));
    QTRY_VERIFY(transcriptOf(chat).contains(QStringLiteral("BACK")));
  }

  void whatIsPastedIsSentLineByLineAndEmptyLinesAreNot() {
    WindowFixture f;
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    QTRY_VERIFY(chat->link().phase() == ChatLink::Phase::Connected);
    type(chat, QString());
    QCOMPARE(chat->link().sentLines(), std::uint64_t{0});
    type(chat, QStringLiteral("one\n\ntwo\r\nthree\u2028four"));
    QCOMPARE(chat->link().sentLines(), std::uint64_t{4});
    QTRY_COMPARE(chat->link().receivedLines(), std::uint64_t{4});
    QVERIFY(transcriptOf(chat).contains(QStringLiteral("FOUR")));
  }

  void nothingThatIsSaidIsInterpreted() {
    WindowFixture f;
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    QTRY_VERIFY(chat->link().phase() == ChatLink::Phase::Connected);
    type(chat, QStringLiteral("<b>bold</b> &amp;"));
    QTRY_VERIFY(transcriptOf(chat).contains(QStringLiteral("<B>BOLD</B> &AMP;")));
  }

  void aHundredLinesComeBackInOrder() {
    WindowFixture f;
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    QTRY_VERIFY(chat->link().phase() == ChatLink::Phase::Connected);
    in<QPushButton>(chat, "Send 100")->click();
    QTRY_COMPARE(chat->link().receivedLines(), std::uint64_t{100});
    const QString text = transcriptOf(chat);
    QVERIFY(text.indexOf(QStringLiteral("HELLO 9\t")) < text.indexOf(QStringLiteral("HELLO 10\t")));
    QVERIFY(text.indexOf(QStringLiteral("HELLO 99\t")) < text.indexOf(QStringLiteral("HELLO 100\t")));
    QCOMPARE(in<QLabel>(chat, "Line counts")->text(), QStringLiteral("sent 100 · received 100"));
  }

  void aCrowdIsInTheTableAndLeaves() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    QTRY_VERIFY(f.text("Server address").contains(QStringLiteral("listening")));
    CrowdDialog dialog(
        f.controller.crowd(), [&] { return f.window.chats().address(); }, nullptr);
    in<QComboBox>(&dialog, "Crowd pattern")->setCurrentIndex(static_cast<int>(CrowdPattern::IdleHolder));
    in<QSpinBox>(&dialog, "Crowd clients")->setValue(20);
    in<QPushButton>(&dialog, "Start crowd")->click();
    QTRY_COMPARE(f.rows("Clients"), 20);
    QTRY_COMPARE(f.rows("Queue"), 16);
    QTRY_VERIFY(in<QLabel>(&dialog, "Crowd figures")->text().startsWith(QStringLiteral("20 connected")));
    in<QPushButton>(&dialog, "Stop crowd")->click();
    QTRY_COMPARE(f.rows("Clients"), 0);
    QTRY_VERIFY(in<QPushButton>(&dialog, "Start crowd")->isEnabled());
  }

  void tenThousandLinesStayQuick() {
    Transcript transcript;
    transcript.resize(296, 300);
    transcript.show();
    for (int i = 0; i < 10'000; ++i)
      transcript.addLine(Transcript::Kind::Server, QStringLiteral("server"), QStringLiteral("LINE %1").arg(i),
                         QStringLiteral("1.2 ms"));
    QElapsedTimer time;
    time.start();
    for (int i = 0; i < 100; ++i) {
      transcript.addLine(Transcript::Kind::You, QStringLiteral("you"), QStringLiteral("more"));
      transcript.setUnderWay(Transcript::Kind::Waiting, QStringLiteral("sent, not read yet"), QString::number(i));
    }
    QVERIFY2(time.elapsed() < 2'000, "a hundred more lines took longer than 20 ms each");
    QCOMPARE(transcript.document()->blockCount(), 10'101);
    transcript.setUnderWay(Transcript::Kind::Waiting, {});
    QCOMPARE(transcript.document()->blockCount(), 10'100);
    QVERIFY(transcript.toPlainText().endsWith(QStringLiteral("you\tmore")));
  }

  void aLongLineIsCutAndSaysSo() {
    Transcript transcript;
    transcript.addLine(Transcript::Kind::You, QStringLiteral("you"), QString(4'000'000, u'x'));
    QVERIFY(transcript.toPlainText().size() < 3'000);
    QVERIFY(transcript.toPlainText().contains(QStringLiteral("4,000,000 characters")));
  }

  void selectingAClientMarksItsWindowAndTurningToAWindowSelectsItsClient() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.chats().openSeveral(2);
    const QList<ChatWindow*> chats = f.window.chats().windows();
    QTRY_COMPARE(f.rows("Clients"), 2);
    QTRY_VERIFY(chats[0]->client() && chats[1]->client());
    f.session.select(Selection::none());
    Q_EMIT chats[1]->activated();
    QCOMPARE(f.session.selection().client, chats[1]->client());
    QVERIFY(f.session.selection().kind == Selection::Kind::Client);
    auto* table = f.find<QTableView>("Clients");
    QTRY_COMPARE(f.cell("Clients", table->currentIndex().row(), 0), chats[1]->name());

    const auto isMarked = [](ChatWindow* chat) {
      return chat->grab().toImage().pixelColor(0, 100) == themeColor(ColorRole::Text);
    };
    QVERIFY(isMarked(chats[1]) && !isMarked(chats[0]));
    table->setCurrentIndex(table->model()->index(1 - table->currentIndex().row(), 0));
    QVERIFY(isMarked(chats[0]) && !isMarked(chats[1]));
  }

  void aSelectedClientThatLeavesDoesNotPassItsSelectionOn() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.chats().openSeveral(3);
    QTRY_COMPARE(f.rows("Clients"), 3);
    auto* table = f.find<QTableView>("Clients");
    table->setCurrentIndex(table->model()->index(1, 0));
    const Selection chosen = f.session.selection();
    for (ChatWindow* chat : f.window.chats().windows())
      if (chat->client() == chosen.client) in<QPushButton>(chat, "Disconnect")->click();
    QTRY_COMPARE(f.rows("Clients"), 2);
    QVERIFY(f.session.selection() == chosen);
  }

  void typesByItselfUntilItIsToldOtherwise() {
    WindowFixture f;
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    QTRY_VERIFY(chat->link().phase() == ChatLink::Phase::Connected);
    auto* button = in<QPushButton>(chat, "Type every 2 s");
    button->click();
    QCOMPARE(chat->link().sentLines(), std::uint64_t{1}); // one at once
    QTRY_COMPARE(chat->link().receivedLines(), std::uint64_t{2});
    QVERIFY(button->isChecked());
    in<QPushButton>(chat, "Disconnect")->click();
    QVERIFY(!button->isChecked() && !button->isEnabled());
    in<QPushButton>(chat, "Reconnect")->click();
    QTRY_VERIFY(button->isEnabled());
    QVERIFY(!button->isChecked());
  }

  void reconnectingIsANewClientOfTheSameName() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    QTRY_VERIFY(chat->client());
    const ClientId first = chat->client();
    QTRY_COMPARE(f.cell("Clients", 0, 0), chat->name());
    in<QPushButton>(chat, "Disconnect")->click();
    QTRY_COMPARE(f.rows("Clients"), 0);
    QVERIFY(!in<QPushButton>(chat, "Disconnect")->isVisibleTo(chat));
    in<QPushButton>(chat, "Reconnect")->click();
    QTRY_VERIFY(chat->client() && chat->client() != first);
    QTRY_COMPARE(f.cell("Clients", 0, 0), chat->name());
    QVERIFY(chat->windowTitle().startsWith(chat->name()));
    type(chat, QStringLiteral("again"));
    QTRY_VERIFY(transcriptOf(chat).contains(QStringLiteral("AGAIN")));
  }

  void keysOpenOneClientAndFive() {
    WindowFixture f;
    f.window.show();
    f.window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    QVERIFY(f.startServer());
    QTest::keyClick(&f.window, Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(f.window.chats().windows().size(), 1);
    ChatWindow* chat = f.window.chats().windows().front(); // the keys act in a chat window, too
    chat->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(chat));
    QTest::keyClick(in<QLineEdit>(chat, "Message"), Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(f.window.chats().windows().size(), 6);
    QSet<QString> names;
    for (const ChatWindow* each : f.window.chats().windows())
      names << each->name();
    QCOMPARE(names.size(), 6);
  }

  void sixWindowsLeaveEachOthersStatesInSight() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    for (int i = 0; i < 6; ++i)
      f.window.chats().open();
    const QList<ChatWindow*> chats = f.window.chats().windows();
    for (int below = 0; below < 6; ++below)
      for (int above = below + 1; above < 6; ++above) {
        const auto* strip = in<QLabel>(chats[below], "Connection state");
        const QRect rect(strip->mapToGlobal(QPoint()), strip->size());
        QVERIFY2(!chats[above]->frameGeometry().intersects(rect), qPrintable(QString::number(above)));
      }
  }

  void tenThousandLinesGoThroughAWindow() {
    WindowFixture f;
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    QTRY_VERIFY(chat->link().phase() == ChatLink::Phase::Connected);
    for (int i = 0; i < 100; ++i)
      in<QPushButton>(chat, "Send 100")->click();
    QTRY_COMPARE_WITH_TIMEOUT(chat->link().receivedLines(), std::uint64_t{10'000}, 60'000);
    QElapsedTimer time;
    time.start();
    type(chat, QStringLiteral("still quick"));
    QTRY_VERIFY(transcriptOf(chat).contains(QStringLiteral("STILL QUICK")));
    QVERIFY2(time.elapsed() < 2'000, qPrintable(QString::number(time.elapsed())));
  }
};

QTEST_MAIN(TestChatWindows)
#include "tst_chat_windows.moc"
