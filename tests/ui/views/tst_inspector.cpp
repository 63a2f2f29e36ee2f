#include "ui/views/inspector.h"

#include "tests/ui/views/made_up_session.h"
#include "ui/theme/theme.h"
#include "ui/views/fact_label.h"
#include "ui/views/latency_panel.h"
#include "ui/views/time_bar.h"

#include <QApplication>
#include <QClipboard>
#include <QTest>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

/// The inspector's pages over recordings written by hand, and the dock that shows them.
class tst_Inspector : public QObject {
  Q_OBJECT

 private:
  static QString fact(const InspectorPage& page, const char* label) {
    for (const Fact& fact : page.facts)
      if (fact.label == QLatin1String(label)) return fact.value;
    return QStringLiteral("(none)");
  }
  /// Task 26 of a main thread waited 4 s and slept 2 s.
  static void fillDone(MadeUpSession& made) {
    made.opened(1, 1, "ThreadPoolExecutor-1", "thread-pool");
    made.ready(1, 0, "ThreadPoolExecutor-1_0");
    Event named;
    named.kind = EventKind::CallerNamed, named.b = 77, named.a = made.text("main thread").value();
    made.log.add(named);
    made.at(70);
    made.submitted(1, 26, "task", TaskKind::Call, 0, 77);
    made.at(74).started(1, 26, 0);
    made.at(74).blocked(1, 26, 0, BlockReason::Sleep);
    made.at(76).task(EventKind::TaskUnblocked, 1, 26, 0);
    made.at(76).finished(1, 26, 0);
    made.foldAll();
  }

 private Q_SLOTS:
  void initTestCase() { Theme::instance().setChoice(Theme::Choice::Light); }

  void aTaskIsToldInFull() {
    MadeUpSession made;
    fillDone(made);
    made.session.select(Selection::ofTask(PoolId{1}, TaskId{26}));
    const InspectorPage page = InspectorPage::of(made.session);
    QCOMPARE(page.title, QStringLiteral("Task #26"));
    QCOMPARE(page.subtitle, QStringLiteral("task · ThreadPoolExecutor-1 · thread-pool"));
    QCOMPARE(page.state, QStringLiteral("done"));
    QCOMPARE(page.badge, std::optional(StateRole::Done));
    QCOMPARE(page.end, StateRole::Done);
    QCOMPARE(page.barText, QStringLiteral("waited 67 % · computing 0 % · blocked 33 %"));
    QCOMPARE(fact(page, "Submitted"), QStringLiteral("70.000 000 s by main thread"));
    QCOMPARE(fact(page, "Started"), QStringLiteral("74.000 000 s"));
    QCOMPARE(fact(page, "Finished"), QStringLiteral("76.000 000 s"));
    QCOMPARE(fact(page, "Blocked"), QStringLiteral("2.00 s in sleep"));
    QCOMPARE(fact(page, "Waited"), QStringLiteral("4.00 s"));
    QCOMPARE(fact(page, "Worker"), QStringLiteral("ThreadPoolExecutor-1_0, tid 48210"));
    QCOMPARE(fact(page, "Queue position"), QStringLiteral("1 when submitted"));
    QCOMPARE(fact(page, "Result read"), QStringLiteral("never, nobody called result()"));
  }

  void aTaskThatWaitsHasNoTimesThatHaveNotCome() {
    MadeUpSession made;
    made.busyPool(1);
    made.at(90);
    made.submitted(1, 2, "task");
    made.foldAll();
    made.session.select(Selection::ofTask(PoolId{1}, TaskId{2}));
    const InspectorPage page = InspectorPage::of(made.session);
    QCOMPARE(page.badge, std::optional(StateRole::Queued));
    QCOMPARE(page.end, StateRole::Idle);
    QCOMPARE(page.bar.size(), std::size_t{1});
    QCOMPARE(fact(page, "Started"), QStringLiteral("(none)"));
    QCOMPARE(fact(page, "Worker"), QStringLiteral("(none)"));
  }

  void aFailureSaysWhatWasRaised() {
    MadeUpSession made;
    made.busyPool(1);
    Event failed;
    failed.kind = EventKind::TaskFinished, failed.pool = PoolId{1}, failed.task = 1, failed.slot = 0;
    failed.flag = static_cast<std::uint8_t>(Outcome::Error), failed.a = made.text("<b>boom</b>\nline").value();
    made.at(5).add(failed);
    made.foldAll();
    made.session.select(Selection::ofTask(PoolId{1}, TaskId{1}));
    const InspectorPage page = InspectorPage::of(made.session);
    QCOMPARE(page.badge, std::optional(StateRole::Failed));
    QCOMPARE(page.note, QStringLiteral("<b>boom</b>\u240Aline")); // told as it is, in one line, never as markup
  }

  void aWorkerIsToldWithItsNumbers() {
    MadeUpSession made;
    made.busyPool(2);
    made.foldAll();
    made.session.select(Selection::ofWorker(PoolId{1}, 1));
    const InspectorPage page = InspectorPage::of(made.session);
    QCOMPARE(page.title, QStringLiteral("Pool-0_1"));
    QCOMPARE(page.badge, std::optional(StateRole::Running));
    QCOMPARE(fact(page, "Task"), QStringLiteral("#2 task"));
    QCOMPARE(fact(page, "PID"), QStringLiteral("1000"));
    QCOMPARE(fact(page, "TID"), QStringLiteral("48211"));
    QCOMPARE(fact(page, "Kernel's name"), QStringLiteral("Pool-0_1"));
    QCOMPARE(fact(page, "Generation"), QStringLiteral("1"));
    QCOMPARE(fact(page, "Tasks done"), QStringLiteral("0"));
  }

  void aSlotThatIsGoneSaysSo() {
    MadeUpSession made;
    made.busyPool(1);
    made.foldAll();
    made.session.select(Selection::ofWorker(PoolId{1}, 9));
    QVERIFY(InspectorPage::of(made.session).note.startsWith(QStringLiteral("This slot is gone")));
  }

  void aClientIsToldWithItsBytesAndItsWorker() {
    MadeUpSession made;
    made.opened(1, 1, "Pool-0", "echo server");
    made.client(EventKind::ClientConnected, 1, 3, "127.0.0.1:50412");
    made.client(EventKind::ClientNamed, 1, 3, "安娜");
    made.submitted(1, 1, "connection", TaskKind::Connection, 3);
    made.client(EventKind::ClientQueued, 1, 3, {}, 1);
    made.foldAll();
    made.session.select(Selection::ofClient(PoolId{1}, ClientId{3}));
    QCOMPARE(InspectorPage::of(made.session).state, QStringLiteral("queued")); // short: the reason is a fact
    QVERIFY(fact(InspectorPage::of(made.session), "State").startsWith(QStringLiteral("In the queue, position 1")));
    made.ready(1, 0, "Pool-0_0");
    made.log.started(1, 1, 0);
    made.client(EventKind::ClientServed, 1, 3, {}, 1, 0);
    Event received;
    received.kind = EventKind::ClientReceived, received.pool = PoolId{1}, received.d = 3;
    received.setAb(1234), received.task = 1;
    made.log.add(received);
    made.foldAll();
    made.session.select(Selection::ofClient(PoolId{1}, ClientId{3}));
    const InspectorPage page = InspectorPage::of(made.session);
    QCOMPARE(page.title, QStringLiteral("安娜"));
    QCOMPARE(page.badge, std::optional(StateRole::Running));
    QCOMPARE(fact(page, "Peer"), QStringLiteral("127.0.0.1:50412"));
    QCOMPARE(fact(page, "Worker"), QStringLiteral("Pool-0_0"));
    QCOMPARE(fact(page, "Received"), QStringLiteral("1,234 bytes"));
    QCOMPARE(fact(page, "Messages"), QStringLiteral("1"));
    QCOMPARE(fact(page, "Why it left"), QStringLiteral("(none)"));
  }

  void aClientThatHasLeftSaysWhy() {
    MadeUpSession made;
    made.opened(1, 1, "Pool-0", "echo server");
    made.client(EventKind::ClientConnected, 1, 3, "127.0.0.1:50412");
    Event left;
    left.kind = EventKind::ClientDisconnected, left.pool = PoolId{1}, left.d = 3;
    left.flag = static_cast<std::uint8_t>(DisconnectCause::Cancelled);
    made.log.add(left);
    made.foldAll();
    made.session.select(Selection::ofClient(PoolId{1}, ClientId{3}));
    QCOMPARE(fact(InspectorPage::of(made.session), "Why it left"), QStringLiteral("it was cancelled in the queue"));
  }

  void nothingSelectedTellsThePool() {
    MadeUpSession made;
    made.opened(1, 4, "ThreadPoolExecutor-0", "echo server");
    made.foldAll();
    const InspectorPage page = InspectorPage::of(made.session);
    QCOMPARE(page.title, QStringLiteral("Nothing selected"));
    QVERIFY(!page.badge);
    QCOMPARE(fact(page, "Pool"), QStringLiteral("ThreadPoolExecutor-0 · echo server"));
    QCOMPARE(fact(page, "Size"), QStringLiteral("size 4 · no worker"));
    QCOMPARE(fact(page, "Tasks"), QStringLiteral("none yet"));
  }

  void noPoolAtAllIsNoMistake() {
    MadeUpSession made;
    made.foldAll();
    QVERIFY(InspectorPage::of(made.session).facts.empty());
    Inspector inspector(&made.session);
    inspector.show();
    QVERIFY(!inspector.grab().isNull());
  }

  void copyingGivesEveryNanosecond() {
    MadeUpSession made;
    fillDone(made);
    made.session.select(Selection::ofTask(PoolId{1}, TaskId{26}));
    Inspector inspector(&made.session);
    inspector.resize(300, 700);
    inspector.show();
    FactLabel* started = nullptr;
    for (FactLabel* label : inspector.findChildren<FactLabel*>())
      if (label->accessibleName() == QLatin1String("Started")) started = label;
    QVERIFY(started != nullptr);
    QCOMPARE(started->text(), QStringLiteral("74.000\u00a0000\u00a0s")); // does not break where it wraps
    QCOMPARE(started->accessibleDescription(), QStringLiteral("74.000 000 s"));
    QCOMPARE(started->textFormat(), Qt::PlainText);
    started->setFocus();
    QTest::keyClick(started, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("74.000 000 000 s"));
    started->setSelection(0, 2);
    QTest::keyClick(started, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("74"));
    started->setSelection(0, 10);
    QTest::keyClick(started, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("74.000 000"));
    QTest::keyClick(&inspector, Qt::Key_C, Qt::ControlModifier);
    QVERIFY(QApplication::clipboard()->text().contains(QStringLiteral("Finished\t76.000 000 000 s\n")));
  }

  void theBarShowsWhereTheTimeWent() {
    MadeUpSession made;
    fillDone(made);
    made.session.select(Selection::ofTask(PoolId{1}, TaskId{26}));
    const InspectorPage page = InspectorPage::of(made.session);
    TimeBar bar;
    bar.resize(300, 26);
    bar.setParts(page.bar, page.end, page.barText);
    const QImage image = bar.grab().toImage();
    QCOMPARE(image.pixelColor(100, 4), themeState(StateRole::Queued).fill);
    QCOMPARE(image.pixelColor(298, 13), themeState(StateRole::Done).fill); // the cap
    int blocked = 0;
    for (int x = 200; x < 296; ++x)
      blocked += image.pixelColor(x, 4) == themeState(StateRole::Blocked).fill;
    QVERIFY(blocked > 20);
  }

  void percentilesAppearWithTheFirstTaskThatEnded() {
    MadeUpSession made;
    made.opened(1, 1, "Pool-0");
    made.foldAll();
    LatencyPanel panel(&made.session);
    panel.resize(280, 160);
    panel.show();
    QCOMPARE(panel.findChildren<FactLabel*>().front()->isVisible(), false);
    MadeUpSession done;
    fillDone(done);
    LatencyPanel full(&done.session);
    full.show();
    QCOMPARE(full.cell(0, 0), QStringLiteral("4.00 s"));
    QCOMPARE(full.cell(2, 2), QStringLiteral("2.00 s"));
    QCOMPARE(full.cell(3, 1), QStringLiteral("6.00 s"));
  }

  void aHiddenInspectorDoesNotLook() {
    MadeUpSession made;
    fillDone(made);
    Inspector inspector(&made.session);
    made.session.select(Selection::ofTask(PoolId{1}, TaskId{26}));
    made.session.fold();
    QVERIFY(inspector.page().title.isEmpty());
    inspector.show();
    QCOMPARE(inspector.page().title, QStringLiteral("Task #26"));
  }
};

QTEST_MAIN(tst_Inspector)
#include "tst_inspector.moc"
