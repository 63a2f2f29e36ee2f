#include "ui/models/why_waits.h"

#include "tests/ui/patience.h"
#include "tests/ui/views/made_up_session.h"
#include "ui/models/clients_model.h"
#include "ui/models/tables.h"
#include "ui/theme/theme.h"
#include "ui/timeline/hover_text.h"
#include "ui/timeline/lane_layout.h"
#include "ui/views/inspector_page.h"
#include "ui/views/queue_strip.h"

#include <QTest>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

namespace {

/// A server that `held` clients hold all workers of, and `waiting` more clients wait for: client k has task k.
struct Server : MadeUpSession {
  Server(std::uint32_t held, std::uint32_t waiting) {
    opened(1, held, "Pool-0", "echo server");
    for (std::uint32_t k = 1; k <= held + waiting; ++k) {
      client(EventKind::ClientConnected, 1, k, "127.0.0.1:" + std::to_string(50000 + k));
      client(EventKind::ClientNamed, 1, k, "c" + std::to_string(k));
      submitted(1, k, "connection", TaskKind::Connection, k);
      client(EventKind::ClientQueued, 1, k, {}, k);
      if (k > held) continue;
      const auto slot = static_cast<SlotIndex>(k - 1);
      ready(1, slot, "Pool-0_" + std::to_string(slot));
      log.started(1, k, slot);
    }
    foldAll();
  }
  void shrink(std::uint32_t from, std::uint32_t to) {
    log.resized(1, from, to);
    for (std::uint32_t slot = to; slot < from; ++slot)
      log.worker(EventKind::WorkerRetiring, 1, static_cast<SlotIndex>(slot));
    foldAll();
  }
  const PoolLive& pool() const { return *session.state().pool(PoolId{1}); }
  const TaskRow& task(std::uint64_t id) const { return *session.history().find(TaskId{id}); }
  QString brief(std::size_t position) const {
    return WhyWaits::brief(Waiting::of(pool(), session.history()), position);
  }
  QString sentences(std::uint64_t id) const {
    return WhyWaits::sentences(session, pool(), task(id), WhyWaits::position(session, task(id)));
  }
};

} // namespace

/// Why something waits: true of who retires, starts and has failed, and the same wherever it is said.
class TestWhyWaits : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { Theme::instance().setChoice(Theme::Choice::Light); }

  void whoRetiresIsNotWaitedFor() {
    Server made(7, 5);
    QCOMPARE(made.brief(1), QStringLiteral("no free worker, 7 clients hold them"));
    QCOMPARE(made.sentences(8),
             QStringLiteral("In the queue, position 1: no free worker. #8 waits for one of 7 clients to leave."));
    made.shrink(7, 2);
    QCOMPARE(made.brief(1), QStringLiteral("no free worker: 2 of 7 stay, clients hold them"));
    QCOMPARE(made.sentences(8), QStringLiteral("In the queue, position 1: no free worker. #8 waits for c1 or c2 to "
                                               "leave. 5 others retire: nobody takes their place."));
    QCOMPARE(made.sentences(10), QStringLiteral("In the queue, position 3: no free worker. The head waits for c1 or c2 "
                                                "to leave. 5 others retire: nobody takes their place."));
    made.log.resized(1, 2, 1).worker(EventKind::WorkerRetiring, 1, 1);
    made.log.finished(1, 3, 2).worker(EventKind::WorkerExited, 1, 2);
    made.foldAll();
    QCOMPARE(made.brief(1), QStringLiteral("no free worker: 1 of 6 stays, a client holds it"));
    QVERIFY(made.sentences(8).contains(QStringLiteral("#8 waits for c1 to leave. 5 others retire")));
  }

  void everyPlaceSaysIt() {
    Server made(7, 5);
    QueueModel queue(&made.session);
    ClientsModel clients(&made.session);
    QueueStrip strip(&made.session);
    strip.resize(1100, 30);
    made.shrink(7, 2);
    const QString brief = made.brief(1), sentences = made.sentences(8);
    const auto why = [&](int row) { return queue.index(row, QueueModel::Why).data().toString(); };
    QCOMPARE(why(0), brief);
    QCOMPARE(why(4), QStringLiteral("position 5: ") + brief);
    const auto state = [&](int row) { return clients.index(row, ClientsModel::State).data().toString(); };
    QTRY_VERIFY2(state(7).startsWith(QStringLiteral("In the queue, position 1: ") + brief), qPrintable(state(7)));
    QTRY_VERIFY2(state(11).startsWith(QStringLiteral("In the queue, position 5: ") + brief), qPrintable(state(11)));
    QCOMPARE(strip.reason(), sentences);
    QCOMPARE(strip.accessibleDescription(), sentences);
    const std::vector<Lane> lanes = layoutLanes(made.session, {});
    const auto lane = std::ranges::find_if(
        lanes, [](const Lane& each) { return each.kind == Lane::Kind::Client && each.place == 7; });
    QVERIFY(lane != lanes.end());
    const QString spoken = laneDescription(made.session, *lane, false);
    QVERIFY2(spoken.contains(QStringLiteral("In the queue, position 1: ") + brief), qPrintable(spoken));
    QVERIFY(laneHover(made.session, *lane, made.session.now()).contains(sentences));
    QVERIFY(taskHover(made.session, made.task(8)).contains(sentences));
    made.session.select(Selection::ofTask(PoolId{1}, TaskId{8}));
    const InspectorPage page = InspectorPage::of(made.session);
    const auto fact = std::ranges::find(page.facts, QStringLiteral("Why it waits"), &Fact::label);
    QVERIFY(fact != page.facts.end());
    QCOMPARE(fact->value, sentences);
  }

  void aStartingWorkerIsTheHeadsAlone() {
    MadeUpSession made;
    made.busyPool(1);
    made.submitted(1, 2, "task");
    made.submitted(1, 3, "task");
    made.log.resized(1, 1, 2).worker(EventKind::WorkerStarting, 1, 1, 0, 1);
    made.foldAll();
    const auto brief = [&](std::size_t position) {
      return WhyWaits::brief(Waiting::of(*made.session.state().pool(PoolId{1}), made.session.history()), position);
    };
    QCOMPARE(brief(1), QStringLiteral("its worker is starting"));
    QCOMPARE(brief(2), QStringLiteral("no free worker"));
  }

  void aHigherPriorityAndAHandedTaskAreTold() {
    MadeUpSession made;
    made.opened(1, 1, "Pool-0");
    made.log.submitted(1, 1).submitted(1, 2);
    made.ready(1, 0, "Pool-0_0");
    made.log.task(EventKind::TaskDispatched, 1, 1, 0).started(1, 1, 0).task(EventKind::TaskDispatched, 1, 2, 0);
    made.log.submitted(1, 3).submitted(1, 4, 5);
    made.foldAll();
    const auto sentences = [&](std::uint64_t id) {
      const TaskRow& task = *made.session.history().find(TaskId{id});
      return WhyWaits::sentences(made.session, *made.session.state().pool(PoolId{1}), task,
                                 WhyWaits::position(made.session, task));
    };
    QCOMPARE(sentences(2), QStringLiteral("Handed to Pool-0_0, which runs #1 first."));
    QCOMPARE(sentences(4), QStringLiteral("In the queue, position 1: no free worker."));
    QCOMPARE(sentences(3), QStringLiteral("In the queue, position 2: no free worker. Tasks of a higher priority are "
                                          "before it."));
  }

  void atAPastMomentItIsWhatWasTrueThen() {
    Server made(7, 5);
    const std::int64_t before = made.session.state().time;
    made.at(50);
    made.shrink(7, 2);
    QVERIFY(made.sentences(8).contains(QStringLiteral("c1 or c2")));
    made.session.seek(before + 1);
    QVERIFY(made.sentences(8).endsWith(QStringLiteral("#8 waits for one of 7 clients to leave.")));
  }
};

QTEST_MAIN(TestWhyWaits)
#include "tst_why_waits.moc"
