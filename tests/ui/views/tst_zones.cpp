#include "ui/views/zones.h"

#include "tests/ui/patience.h"
#include "tests/ui/views/made_up_session.h"
#include "ui/theme/theme.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/workers_zone.h"
#include "ui/views/zone_head.h"

#include <QAccessible>
#include <QTest>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

namespace {

/// Counts the paint events of a widget.
class PaintCounter : public QObject {
 public:
  explicit PaintCounter(QWidget* widget) { widget->installEventFilter(this); }
  int count = 0;

 protected:
  bool eventFilter(QObject*, QEvent* event) override {
    count += event->type() == QEvent::Paint;
    return false;
  }
};

} // namespace

/// The column of zones: their places, the first launch, and that they paint no more than they must.
class tst_Zones : public QObject {
  Q_OBJECT

 private:
  static LaunchButton* button(const QWidget& zones, const char* name) {
    for (LaunchButton* button : zones.findChildren<LaunchButton*>())
      if (button->accessibleName() == QLatin1String(name)) return button;
    return nullptr;
  }

 private Q_SLOTS:
  void initTestCase() {
    installPaintedRowsAccessibility();
    Theme::instance().setChoice(Theme::Choice::Light);
  }

  void theFirstLaunchOffersWhatThereIsAndGoesWithTheFirstTask() {
    MadeUpSession made;
    made.opened(1, 4, "Pool-0", "ready");
    int watched = 0, chatted = 0;
    ZoneCommands commands;
    commands.first.watch = [&] { ++watched; };
    commands.first.chat = [&] { ++chatted; };
    Zones zones(&made.session, commands);
    zones.resize(1100, 600);
    zones.show();
    made.foldAll();
    LaunchButton* watch = button(zones, "Watch 10 tasks share 4 workers");
    LaunchButton* chat = button(zones, "Chat with the echo server");
    QVERIFY(watch->isVisible() && chat->isVisible());
    QVERIFY(!button(zones, "Open a recording")->isVisible()); // nothing would happen
    QTest::mouseClick(chat, Qt::LeftButton);
    QCOMPARE(chatted, 1);
    QAccessibleInterface* accessible = QAccessible::queryAccessibleInterface(watch);
    QCOMPARE(accessible->text(QAccessible::Name), QStringLiteral("Watch 10 tasks share 4 workers"));
    accessible->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QTRY_COMPARE(watched, 1);
    made.submitted(1, 1, "task");
    made.foldAll();
    QVERIFY(!watch->isVisible());
  }

  void theLargeButtonsFitWhateverTheRoom_data() {
    QTest::addColumn<QSize>("size");
    QTest::newRow("1100x700") << QSize(800, 400);
    QTest::newRow("1440x900") << QSize(1130, 560);
    QTest::newRow("low") << QSize(1100, 340);
  }
  void theLargeButtonsFitWhateverTheRoom() {
    QFETCH(QSize, size);
    MadeUpSession made;
    made.opened(1, 4, "Pool-0", "ready");
    const auto nothing = [] {};
    Zones zones(&made.session, {.first = {nothing, nothing, nothing}, .cancelTask = {}, .moveToFront = {}});
    zones.resize(size);
    zones.show();
    made.foldAll();
    QList<QRect> places;
    for (LaunchButton* button : zones.findChildren<LaunchButton*>()) {
      QVERIFY(button->isVisible());
      QVERIFY(button->parentWidget()->rect().contains(button->geometry()));
      QVERIFY(button->height() >= 24);
      for (const QRect& other : places)
        QVERIFY(!other.intersects(button->geometry()));
      places << button->geometry();
    }
    QCOMPARE(places.size(), 3);
  }

  void theTimelineNeverVanishes_data() {
    QTest::addColumn<int>("workers");
    QTest::newRow("4") << 4;
    QTest::newRow("12") << 12;
    QTest::newRow("48") << 48;
    QTest::newRow("4096") << 4096;
  }
  void theTimelineNeverVanishes() {
    QFETCH(int, workers);
    MadeUpSession made;
    made.busyPool(static_cast<std::uint32_t>(workers));
    Zones zones(&made.session, {});
    zones.resize(800, 410); // what 1100×700 leaves
    zones.show();
    made.foldAll();
    QVERIFY(zones.timeline()->height() >= 130);
    QVERIFY(zones.findChild<WorkersZone*>()->height() >= 66);
    QVERIFY(zones.rect().contains(zones.timeline()->geometry()));
    zones.resize(700, 380); // the other way into the same places
    zones.resize(800, 410);
    QList<QRect> places;
    for (QWidget* zone : zones.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
      if (qobject_cast<FirstLaunch*>(zone) != nullptr) continue;
      for (const QRect& other : places)
        QVERIFY(!other.intersects(zone->geometry()));
      places << zone->geometry();
    }
  }

  void theHeadsSayWhatGoesOn() {
    MadeUpSession made;
    made.busyPool(5);
    Zones zones(&made.session, {});
    zones.resize(1100, 600);
    made.foldAll();
    QStringList heads;
    for (const ZoneHead* head : zones.findChildren<ZoneHead*>())
      heads << head->accessibleDescription();
    QVERIFY(
        heads.contains(QStringLiteral("5 of 5 occupied · — computing · 3 blocked · 0 idle"))); // nobody read a clock
    QVERIFY(heads.contains(QStringLiteral("empty · nothing waits")));
  }

  void hiddenZonesDoNotPaintAndSeveralChangesAreOnePaint() {
    MadeUpSession made;
    made.busyPool(4);
    QWidget window;
    Zones zones(&made.session, {}, &window);
    zones.resize(1000, 600);
    window.resize(1000, 600);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    made.foldAll();
    QCoreApplication::processEvents();
    auto* workers = zones.findChild<WorkersZone*>();
    PaintCounter paints(workers->viewport());
    made.submitted(1, 99, "task");
    for (int i = 0; i < 20; ++i)
      made.session.fold();
    QTRY_VERIFY(paints.count > 0);
    QCOMPARE(paints.count, 1);
    const int shown = zones.findChild<QueueStrip*>()->rowCount();
    QCOMPARE(shown, 1);
    zones.hide();
    QCoreApplication::processEvents();
    paints.count = 0;
    for (int i = 0; i < 20; ++i)
      made.session.fold();
    QCoreApplication::processEvents();
    QCOMPARE(paints.count, 0);
  }
};

QTEST_MAIN(tst_Zones)
#include "tst_zones.moc"
