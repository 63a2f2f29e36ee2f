#include "core/echo/echo_server.h"
#include "core/event/state_history.h"
#include "tests/support/event_maker.h"
#include "tests/ui/patience.h"
#include "ui/theme/theme.h"
#include "ui/timeline/hover_text.h"
#include "ui/timeline/lane_fold.h"
#include "ui/timeline/range_figures.h"
#include "ui/timeline/timeline_metrics.h"
#include "ui/timeline/timeline_view.h"

#include <QAccessible>
#include <QApplication>
#include <QMouseEvent>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <random>

using namespace poolscope;
using namespace poolscope::test;
using namespace poolscope::ui;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 100 * kSecond; // a clock does not begin at nothing

/// Two workers over ten seconds: #1 runs 0–2, three quarters of it on a processor,
/// and sleeps 2–6, #2 fails at once at 3, #3 runs from 7 on.
struct Story {
  Story() : make(recording) {
    make.at(kStart).opened(1, 2).ready(1, 0).ready(1, 1);
    make.submitted(1, 1).submitted(1, 2).submitted(1, 3);
    make.at(kStart + 1000).started(1, 1, 0);
    make.at(kStart + 2 * kSecond).blocked(1, 1, 0).at(kStart + 2 * kSecond).sampled(1, 0, kSecond / 2 * 3);
    make.at(kStart + 3 * kSecond).started(1, 2, 1);
    make.at(kStart + 3 * kSecond).finished(1, 2, 1, Outcome::Error);
    make.at(kStart + 6 * kSecond).finished(1, 1, 0);
    make.at(kStart + 7 * kSecond).started(1, 3, 1);
    make.at(kStart + 9 * kSecond).submitted(1, 4);
  }
  Recording recording;
  EventMaker make;
};

/// A reactor's client over ten seconds: silent until 2, its first turn waits 2–3 for another task's end and runs 3–4; a
/// second one is short.
struct Turns {
  Turns() : make(recording) {
    make.at(kStart).opened(1, 1).ready(1, 0);
    Event event;
    event.kind = EventKind::ServerListening, event.pool = PoolId{1};
    event.flag = static_cast<std::uint8_t>(ServeMode::Reactor);
    make.add(event);
    client(EventKind::ClientConnected, 0);
    make.at(kStart + kSecond).submitted(1, 9).started(1, 9, 0);
    turn(1, 2 * kSecond, 3 * kSecond, 4 * kSecond, 9);
    turn(2, 8 * kSecond, 8 * kSecond, 8 * kSecond + kSecond / 1000);
    client(EventKind::ClientDisconnected, 10 * kSecond);
  }
  void client(EventKind kind, std::int64_t t) {
    Event event;
    event.kind = kind, event.pool = PoolId{1}, event.d = 3;
    make.at(kStart + t).add(event);
  }
  void turn(std::uint64_t task, std::int64_t submitted, std::int64_t started, std::int64_t finished,
            std::uint64_t after = 0) {
    Event event;
    event.kind = EventKind::TaskSubmitted, event.pool = PoolId{1}, event.task = task, event.d = 3;
    event.flag = static_cast<std::uint8_t>(TaskKind::Readable);
    make.at(kStart + submitted).add(event);
    if (after != 0) make.at(kStart + started).finished(1, after, 0);
    make.at(kStart + started).started(1, task, 0);
    make.at(kStart + finished).finished(1, task, 0);
  }
  Recording recording;
  EventMaker make;
};

/// A view of a story, shown, with every event folded.
struct Shown {
  explicit Shown(const Recording& recording, QSize size = {900, 400})
      : session(recording, nullptr, Session::Source::File), view(&session) {
    Theme::instance().setChoice(Theme::Choice::Light);
    view.resize(size);
    view.show();
    do
      session.fold();
    while (session.isCatchingUp());
    QTest::qWait(0);
  }
  std::size_t lane(SlotIndex slot) const {
    for (std::size_t i = 0; i < view.lanes().size(); ++i)
      if (view.lanes()[i].kind == Lane::Kind::Worker && view.lanes()[i].slot == slot) return i;
    return SIZE_MAX;
  }
  int x(std::int64_t t) { return view.tracks().left() + view.time().axis().pixel(t); }
  QColor at(const QImage& image, SlotIndex slot, std::int64_t t) {
    return image.pixelColor(x(t), view.laneRect(lane(slot)).bottom() - 4);
  }
  Session session;
  TimelineView view;
};

int count(const QImage& image, const QRect& rect, const QColor& color) {
  int found = 0;
  for (int y = rect.top(); y <= rect.bottom(); ++y)
    for (int x = rect.left(); x <= rect.right(); ++x)
      found += image.valid(x, y) && image.pixelColor(x, y) == color;
  return found;
}

/// Counts how often a widget is painted.
struct PaintCounter : QObject {
  bool eventFilter(QObject*, QEvent* event) override {
    paints += event->type() == QEvent::Paint;
    return false;
  }
  int paints = 0;
};

} // namespace

class TestTimeline : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { installTimelineAccessibility(); }

  // --- Pure parts

  void zoomKeepsTheMomentUnderThePointer() {
    const TimeAxis axis{kStart, 10 * kSecond, 1000};
    const TimeAxis closer = axis.zoomed(0.25, 300);
    QVERIFY(std::abs(closer.time(300) - axis.time(300)) < closer.perPixel());
    QCOMPARE(axis.zoomed(1e-30, 10).span, TimeAxis::kLeast);
    QCOMPARE(axis.zoomed(1e30, 10).span, TimeAxis::kMost);
    QVERIFY(axis.pixel(INT64_MAX) > 1000 && axis.pixel(INT64_MIN) < 0); // far away, and no overflow
  }

  void aGlideEndsAtItsTarget() {
    const TimeAxis from{kStart, 10 * kSecond, 1000}, to{kStart + 20 * kSecond, 1000, 1000};
    QCOMPARE(from.towards(to, 1), to);
    QVERIFY(from.towards(to, 0).begin == from.begin && from.towards(to, 0).span == from.span);
    QVERIFY(from.towards(to, 0.5).span < from.span && from.towards(to, 0.5).span > to.span);
  }

  void nothingNarrowVanishesAtAnyZoom() {
    WorkerLane lane;
    std::int64_t t = kStart;
    for (int i = 0; i < 20'000; ++i, t += i % 500 == 0 ? kSecond : 50'000) {
      lane.set(t, LaneState::Computing);
      lane.set(t + 1000, LaneState::Idle);
    }
    LaneFold fold;
    for (std::int64_t span = 10 * kSecond; span <= 10'000 * kSecond; span *= 10) {
      const TimeAxis axis{kStart - span / 10, span, 1000};
      fold.fold(lane, axis, INT64_MIN, t);
      std::vector<bool> covered(1000, false);
      for (const LaneFold::Run& run : fold.runs())
        for (int x = run.left; x < run.right; ++x) {
          QVERIFY(fold.computing(x) <= 1.01f);
          covered[static_cast<std::size_t>(x)] = true;
        }
      for (std::size_t i = 0; i < lane.changeCount(); i += 2) {
        const int x = axis.pixel(lane.change(i).t);
        if (x < 0 || x >= 999) continue;
        QVERIFY2(covered[static_cast<std::size_t>(x)] || covered[static_cast<std::size_t>(x + 1)], "a task vanished");
      }
    }
  }

  void theSharesOfCrowdedColumnsAddUpToTheTimeOfTheirStates() {
    WorkerLane lane;
    for (std::int64_t t = kStart; t < kStart + kSecond; t += 100'000) { // 30 µs computing, 50 blocked, 20 idle
      lane.set(t, LaneState::Computing);
      lane.set(t + 30'000, LaneState::Blocked);
      lane.set(t + 80'000, LaneState::Idle);
    }
    LaneFold fold;
    fold.fold(lane, {kStart, kSecond, 500}, INT64_MIN, kStart + kSecond);
    QVERIFY(fold.wide().empty());
    double computing = 0, blocked = 0;
    for (int x = 0; x < 500; ++x)
      computing += double(fold.computing(x)), blocked += double(fold.blocked(x));
    QVERIFY(std::abs(computing / 500 - 0.3) < 0.01);
    QVERIFY(std::abs(blocked / 500 - 0.5) < 0.01);
  }

  void wideStretchesAreSnappedAndDisjoint() {
    WorkerLane lane;
    lane.set(kStart, LaneState::Computing);
    lane.set(kStart + 2 * kSecond, LaneState::Blocked);
    lane.set(kStart + 6 * kSecond, LaneState::Idle);
    LaneFold fold;
    fold.fold(lane, {kStart, 10 * kSecond, 1000}, INT64_MIN, kStart + 4 * kSecond);
    QCOMPARE(fold.wide().size(), std::size_t{2});
    QCOMPARE(fold.wide()[0].right, fold.wide()[1].left);
    QCOMPARE(fold.wide()[1].right, 400); // it goes on where the range ends
    QVERIFY(fold.wide()[1].open && !fold.wide()[0].open);
  }

  void stepPeaksOfALongLineAreThoseOfItsPoints() {
    StepLine line;
    StepPeaks peaks;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      line.emplace_back(kStart + std::int64_t{i} * 1000, i == 6543 ? 999u : i % 7);
      if (i % 100 == 0) peaks.follow(line);
    }
    peaks.follow(line);
    const TimeAxis axis{kStart, 10'000'000, 100};
    const auto columns = peaks.columns(line, axis, kNever - 1);
    QCOMPARE(columns[65].most, 999);
    QCOMPARE(columns[10].most, 6);
    QCOMPARE(columns[99].last, 9999 % 7);
  }

  void stepLabelsTellTheLevelThatIsDrawn_data() {
    QTest::addColumn<int>("seed");
    for (int seed = 0; seed < 200; ++seed)
      QTest::addRow("%d", seed) << seed;
  }
  /// Any line, at any zoom: what stands over a stretch is its level, and a figure that is no level is told as a peak.
  void stepLabelsTellTheLevelThatIsDrawn() {
    QFETCH(int, seed);
    std::mt19937 random(static_cast<unsigned>(seed));
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    StepLine line;
    for (std::int64_t t = kStart + pick(1000), i = pick(2000); i >= 0; --i) {
      line.emplace_back(t, static_cast<std::uint32_t>(pick(4) == 0 ? pick(200) : pick(8)));
      t += 1 + pick(pick(3) == 0 ? 5'000'000 : 5'000);
    }
    StepPeaks peaks;
    peaks.follow(line);
    TimeAxis axis{kStart, 10'000'000, 700};
    axis = axis.zoomed(std::pow(2.0, pick(20) - 12), pick(700)).panned(pick(400) - 200);
    const auto columns = peaks.columns(line, axis, kNever - 1);
    StepScale scale{.area = {184, 56, 700, 34}};
    for (const StepPeaks::Column& column : columns)
      scale.most = std::max(scale.most, column.most);
    std::vector<QRect> taken;
    const auto widthOf = [](const QString& text) { return static_cast<int>(text.size()) * 6; };
    for (const auto row : {StepRows::Row::Size, StepRows::Row::Depth}) {
      taken.clear();
      for (const StepLabel& label : StepRows::labels(columns, scale, row, QStringLiteral("pool 1"), widthOf, taken)) {
        const StepPeaks::Column& here = columns[static_cast<std::size_t>(label.column)];
        QVERIFY(label.text.endsWith(QString::number(label.value)));
        QVERIFY(scale.area.contains(label.rect));
        for (const QRect& other : taken)
          QVERIFY(other == label.rect || !other.intersects(label.rect));
        if (label.kind == StepLabel::Kind::Peak) {
          QCOMPARE(label.value, here.most);
          QVERIFY(label.value > here.last && label.value > columns[static_cast<std::size_t>(label.column - 1)].last);
          QVERIFY(label.text.startsWith(QStringLiteral("peak ")));
          continue;
        }
        QVERIFY(!label.text.startsWith(QStringLiteral("peak ")));
        for (int x = label.column; x <= label.rect.right() - scale.area.left(); ++x) {
          const StepPeaks::Column& under = columns[static_cast<std::size_t>(x)];
          if (under.last < 0) break; // behind the line's end
          QCOMPARE(under.last, label.value);
          QVERIFY(x == label.column || under.most == label.value);
        }
      }
    }
  }

  // --- What is painted

  /// Two queues that stand at 6 for seconds; one of them was at 10 for a thousandth of a second before.
  void aPeakThatFoldedAwayDoesNotNameTheLevelBesideIt() {
    const auto story = [](Recording& recording, int peak) {
      EventMaker make(recording);
      make.at(kStart).opened(1, 2).ready(1, 0).ready(1, 1).submitted(1, 1).started(1, 1, 0);
      make.at(kStart + 4 * kSecond);
      for (int i = 0; i < peak; ++i)
        make.submitted(1, 2 + static_cast<std::uint64_t>(i));
      make.at(kStart + 4 * kSecond + 1'000'000);
      for (int i = 6; i < peak; ++i)
        make.started(1, static_cast<std::uint64_t>(i - 4), 1).finished(1, static_cast<std::uint64_t>(i - 4), 1);
      make.at(kStart + 9 * kSecond).finished(1, 1, 0);
    };
    Recording flat, peaked;
    story(flat, 6), story(peaked, 10);
    Shown without(flat), with(peaked);
    const auto column = [&](Shown& shown) { return shown.x(kStart + 4 * kSecond); };
    QCOMPARE(column(with), column(without));
    const QRect row = with.view.stepRow(StepRows::Row::Depth);
    const QImage a = without.view.grab().toImage(), b = with.view.grab().toImage();
    const auto ink = [&](const QImage& image, const QColor& color) {
      return count(image, QRect(column(with) - 70, row.top(), 140, row.height()), color);
    };
    QCOMPARE(ink(a, themeColor(ColorRole::Muted)), 0);
    QVERIFY(ink(b, themeColor(ColorRole::Muted)) > 10); // the sign, and "peak 10"
    // The level is written with the same pixels, "6" both times: near black, and no colour.
    const auto figure = [&](const QImage& image) {
      int dark = 0;
      for (int y = row.top(); y < row.bottom(); ++y)
        for (int x = column(with) - 70; x < column(with) + 70; ++x) {
          const QColor color = image.pixelColor(x, y);
          dark += color.lightness() < 90 && color.hsvSaturation() < 100;
        }
      return dark;
    };
    QVERIFY2(figure(a) > 3, qPrintable(QString::number(figure(a))));
    QCOMPARE(figure(b), figure(a));
    const auto words = [&](Shown& shown, int x) {
      StepRows rows;
      return rows.hover(shown.session, shown.view.time().axis(), x - row.left(), StepRows::Row::Depth);
    };
    QCOMPARE(words(without, column(without)), QStringLiteral("queue depth 6"));
    QVERIFY2(words(with, column(with)).startsWith(QStringLiteral("queue depth 6\npeak 10, for less than ")),
             qPrintable(words(with, column(with))));
    QCOMPARE(words(with, column(with) + 20), QStringLiteral("queue depth 6"));
    QVERIFY2(with.view.description().endsWith(QStringLiteral(" · pool size 2, queue depth 6")),
             qPrintable(with.view.description()));
    QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&with.view);
    QCOMPARE(list->text(QAccessible::Description), with.view.description());
  }

  void fillsTellWhatHappenedAndCapsHowItEnded() {
    Story story;
    Shown shown(story.recording);
    const QImage image = shown.view.grab().toImage();
    QCOMPARE(shown.at(image, 0, kStart + kSecond), themeState(StateRole::Running).fill);
    const QRect blocked(shown.x(kStart + 3 * kSecond), shown.view.laneRect(shown.lane(0)).top() + 2, 40, 12);
    QVERIFY(count(image, blocked, themeState(StateRole::Blocked).fill) > 100); // the rest is its hatch
    QCOMPARE(image.pixelColor(shown.x(kStart + 6 * kSecond) - 2, shown.view.laneRect(shown.lane(0)).center().y()),
             themeState(StateRole::Done).fill);
  }

  void aFailureWithoutLengthIsSeenAtEveryZoom() {
    Story story;
    Shown shown(story.recording);
    for (const std::int64_t span : {kSecond, 10 * kSecond, 1000 * kSecond, 100'000 * kSecond}) {
      TimeAxis axis = shown.view.time().axis();
      axis.span = span, axis.begin = kStart + 3 * kSecond - span / 2;
      shown.view.time().set(axis);
      const QImage image = shown.view.grab().toImage();
      const int x = shown.x(kStart + 3 * kSecond);
      const QRect near(x - 8, shown.view.laneRect(shown.lane(1)).top() - 10, 16, 28);
      QVERIFY2(count(image, near, themeState(StateRole::Failed).fill) > 20, qPrintable(QString::number(span)));
    }
  }

  void aRunningSpanGrowsAndItsPastKeepsItsColour() {
    Story story;
    Shown shown(story.recording);
    QImage image = shown.view.grab().toImage();
    const std::int64_t later = kStart + 9 * kSecond + kSecond / 2;
    QCOMPARE(shown.at(image, 1, kStart + 8 * kSecond), themeState(StateRole::Running).fill);
    QVERIFY(shown.at(image, 1, later) != themeState(StateRole::Running).fill);
    story.make.at(kStart + 10 * kSecond).finished(1, 3, 1, Outcome::Error);
    shown.session.fold();
    image = shown.view.grab().toImage();
    QCOMPARE(shown.at(image, 1, later), themeState(StateRole::Running).fill);
    QCOMPARE(shown.at(image, 1, kStart + 8 * kSecond), themeState(StateRole::Running).fill); // not recoloured
  }

  void nothingIsPaintedWhileNothingChanges() {
    Story story;
    Shown shown(story.recording);
    QVERIFY(QTest::qWaitForWindowExposed(&shown.view));
    QTest::qWait(50); // the window's own first painting
    PaintCounter counter;
    shown.view.viewport()->installEventFilter(&counter);
    for (int i = 0; i < 20; ++i)
      shown.session.fold();
    QTest::qWait(50);
    QCOMPARE(counter.paints, 0);
    for (int i = 0; i < 100; ++i) // many moves in one frame are one picture
      shown.view.time().pan(-1);
    QTest::qWait(50);
    QVERIFY(counter.paints >= 1 && counter.paints <= 3);
  }

  // --- Moves

  void keysZoomPanFollowAndReturn() {
    Story story;
    Shown shown(story.recording);
    QVERIFY(shown.view.followsLive());
    QVERIFY(shown.view.liveButton()->isHidden());
    const TimeAxis first = shown.view.time().axis();
    QTest::keyClick(&shown.view, Qt::Key_W);
    QVERIFY(shown.view.time().axis().span < first.span);
    QTest::keyClick(&shown.view, Qt::Key_S);
    QVERIFY(std::abs(shown.view.time().axis().span - first.span) < first.span / 1000);
    for (int i = 0; i < 8; ++i)
      QTest::keyClick(&shown.view, Qt::Key_W);
    for (int i = 0; i < 4; ++i)
      QTest::keyClick(&shown.view, Qt::Key_A);
    QVERIFY(!shown.view.followsLive());
    QVERIFY(!shown.view.liveButton()->isHidden());
    QVERIFY(!shown.view.rangeText().contains(QStringLiteral("following")));
    QTest::keyClick(&shown.view, Qt::Key_L);
    QTRY_VERIFY(shown.view.followsLive());
    QVERIFY(shown.view.liveButton()->isHidden());
    QTest::keyClick(&shown.view, Qt::Key_Z, Qt::ControlModifier);
    QTRY_VERIFY(!shown.view.followsLive());
  }

  void theLiveButtonReturnsFromThePast() {
    Story story;
    Shown shown(story.recording);
    shown.session.seek(kStart + 3 * kSecond);
    QVERIFY(!shown.session.isLive());
    QVERIFY(shown.view.rangeText().startsWith(QStringLiteral("at 3")));
    QTest::mouseClick(shown.view.liveButton(), Qt::LeftButton);
    QVERIFY(shown.session.isLive());
    QTRY_VERIFY(shown.view.followsLive());
  }

  void aClickOnAHeadingFoldsItsGroup() {
    Story story;
    Shown shown(story.recording);
    const std::size_t before = shown.view.lanes().size();
    const std::size_t heading = shown.lane(0) - 1;
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, shown.view.laneRect(heading).center());
    QCOMPARE(shown.view.lanes().size(), before - 2);
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, shown.view.laneRect(heading).center());
    QCOMPARE(shown.view.lanes().size(), before);
  }

  void aClickSelectsATaskAndCommaTheOneBefore() {
    Story story;
    Shown shown(story.recording);
    const QPoint there(shown.x(kStart + 8 * kSecond), shown.view.laneRect(shown.lane(1)).center().y());
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, there);
    QCOMPARE(shown.session.selection(), Selection::ofTask(PoolId{1}, TaskId{3}));
    QTest::keyClick(&shown.view, Qt::Key_Comma);
    QCOMPARE(shown.session.selection(), Selection::ofTask(PoolId{1}, TaskId{2}));
    QTest::keyClick(&shown.view, Qt::Key_Escape);
    QCOMPARE(shown.session.selection(), Selection::none());
  }

  void aDragMarksARangeWithItsFigures() {
    Story story;
    Shown shown(story.recording);
    const int y = shown.view.laneRect(shown.lane(1)).center().y();
    QTest::mousePress(shown.view.viewport(), Qt::LeftButton, {}, {shown.x(kStart + kSecond), y});
    const QPointF to(shown.x(kStart + 4 * kSecond), y);
    QMouseEvent move(QEvent::MouseMove, to, shown.view.viewport()->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, {});
    QApplication::sendEvent(shown.view.viewport(), &move);
    QTest::mouseRelease(shown.view.viewport(), Qt::LeftButton, {}, {shown.x(kStart + 4 * kSecond), y});
    QVERIFY(shown.session.timeRange().has_value());
    const RangeFigures figures = figuresOf(shown.session, *shown.session.timeRange());
    QCOMPARE(figures.started, std::uint64_t{1});
    QCOMPARE(figures.failed, std::uint64_t{1});
    QVERIFY(std::abs(figures.blocked - 2e9) < 0.1e9); // #1 from second 2 to 4
    QVERIFY(std::abs(figures.running - 1e9) < 0.1e9);
    QVERIFY(std::abs(figures.use.used - 0.75e9) < 0.05e9);
    QVERIFY(std::abs(*figures.computingShare() - 0.75 / 6) < 0.01); // of two workers
    QVERIFY(std::abs(figures.occupiedShare() - 3.0 / 6) < 0.02);
    QTest::keyClick(&shown.view, Qt::Key_Escape);
    QVERIFY(!shown.session.timeRange().has_value());
  }

  void aClickInTheMinimapsPastSeeksThere() {
    Story story;
    Shown shown(story.recording);
    shown.view.time().set({kStart + 8 * kSecond, kSecond / 2, shown.view.time().axis().width});
    shown.view.grab();
    const Minimap& map = shown.view.minimap();
    const QPoint there(map.area().left() + map.axis().pixel(kStart + 2 * kSecond), map.area().center().y());
    QTest::mouseClick(shown.view.viewport(), Qt::LeftButton, {}, there);
    QVERIFY(!shown.session.isLive());
    QVERIFY(std::abs(shown.session.now() - (kStart + 2 * kSecond)) < kSecond / 10);
  }

  // --- The cursor

  void aSoughtMomentIsAFreshFoldOfIt() {
    Story story;
    Shown shown(story.recording);
    StateHistory fresh(story.recording);
    fresh.advance();
    for (std::int64_t t = kStart; t <= kStart + 9 * kSecond; t += kSecond / 2) {
      shown.session.seek(t);
      QTRY_COMPARE(shown.session.now(), t);
      QCOMPARE(describe(shown.session.state(), shown.session.history()), describe(fresh.stateAt(t), fresh.tasks()));
    }
  }

  void draggingTheCursorTellsTheViewsOnceAFrame() {
    Story story;
    Shown shown(story.recording);
    QSignalSpy changed(&shown.session, &Session::changed);
    for (int i = 0; i < 200; ++i)
      shown.session.seek(kStart + i * kSecond / 50);
    QCOMPARE(changed.count(), 1);
    QTRY_COMPARE(shown.session.now(), kStart + 199 * kSecond / 50);
    QVERIFY(changed.count() <= 3);
  }

  void altArrowsGoFromEventToEvent() {
    Story story;
    Shown shown(story.recording);
    QTest::keyClick(&shown.view, Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(shown.session.now(), kStart + 7 * kSecond);
    QTest::keyClick(&shown.view, Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(shown.session.now(), kStart + 6 * kSecond);
    QTest::keyClick(&shown.view, Qt::Key_Right, Qt::AltModifier);
    QTRY_COMPARE(shown.session.now(), kStart + 7 * kSecond);
  }

  void aFrozenViewStandsWhileTheRecordingGrows() {
    Story story;
    Shown shown(story.recording);
    shown.session.setFrozen(true);
    QVERIFY(!shown.session.isLive());
    const std::int64_t end = shown.session.end();
    story.make.at(kStart + 12 * kSecond).finished(1, 3, 1);
    shown.session.fold();
    QCOMPARE(shown.session.end(), end);
    QCOMPARE(shown.session.state().totals().running, std::uint64_t{1});
    shown.session.setFrozen(false);
    QVERIFY(shown.session.isLive());
    QCOMPARE(shown.session.end(), kStart + 12 * kSecond);
  }

  void spaceFreezesWhatIsLiveAndNoFile() {
    Story story;
    Shown file(story.recording);
    QTest::keyClick(&file.view, Qt::Key_Space);
    QVERIFY(file.session.isLive());
    Session live(story.recording);
    TimelineView view(&live);
    QTest::keyClick(&view, Qt::Key_Space);
    QVERIFY(!live.isLive());
    QTest::keyClick(&view, Qt::Key_Space);
    QVERIFY(live.isLive());
    QVERIFY(view.rangeText().startsWith(QStringLiteral("following live")));
    QVERIFY(!file.view.rangeText().contains(QStringLiteral("live")));
  }

  void aThreadForEachConnectionHasNoSizeToShow() {
    for (const std::uint32_t target : {0u, 2u}) {
      Recording recording;
      EventMaker(recording).at(kStart).opened(1, target).ready(1, 0).at(kStart + 9 * kSecond).submitted(1, 1);
      Shown shown(recording);
      const QImage image = shown.view.grab().toImage();
      const QRect row(shown.x(kStart + 5 * kSecond), rulerHeight(), 100, stepRowHeight() - 2);
      const int line = count(image, row, themeColor(ColorRole::Text));
      QVERIFY2(target == 0 ? line == 0 : line >= 100, qPrintable(QString::number(line)));
    }
  }

  void aReactorsClientWaitsOnlyWhileItsTurnsDo() {
    Turns turns;
    Shown shown(turns.recording);
    shown.view.setFolded({LaneGroup::Kind::Clients, {}}, false);
    shown.view.grab();
    std::size_t lane = 0;
    while (lane < shown.view.lanes().size() && shown.view.lanes()[lane].kind != Lane::Kind::Client)
      ++lane;
    QVERIFY(lane < shown.view.lanes().size());
    const QImage image = shown.view.grab().toImage();
    const int y = shown.view.laneRect(lane).bottom() - 4;
    const auto colour = [&](std::int64_t t) { return image.pixelColor(shown.x(kStart + t), y); };
    const QColor waits = themeState(StateRole::Queued).fill, served = themeState(StateRole::Running).fill;
    QVERIFY(colour(kSecond) != waits && colour(kSecond) != served); // connected, and has said nothing
    QCOMPARE(count(image, QRect(shown.x(kStart + 2 * kSecond) + 2, y - 4, 20, 8), waits) > 80, true);
    QCOMPARE(colour(3 * kSecond + kSecond / 2), served);
    QVERIFY(colour(5 * kSecond) != waits && colour(5 * kSecond) != served);
    QCOMPARE(colour(8 * kSecond + 1), served); // a thousandth of a second, and still seen

    const auto words = [&](std::int64_t t) {
      shown.session.seek(kStart + t);
      (void)QTest::qWaitFor([&] { return shown.session.now() == kStart + t; });
      return shown.view.laneDescription(lane) + u'\n' + laneHover(shown.session, shown.view.lanes()[lane], kStart + t);
    };
    QVERIFY2(words(kSecond).contains(QStringLiteral("holds no worker")), qPrintable(words(kSecond)));
    QVERIFY2(words(2 * kSecond + kSecond / 2).contains(QStringLiteral("no free worker")),
             qPrintable(words(2 * kSecond + kSecond / 2)));
    QVERIFY2(words(3 * kSecond + kSecond / 2).contains(QStringLiteral("running")),
             qPrintable(words(3 * kSecond + kSecond / 2)));
    QVERIFY2(words(5 * kSecond).contains(QStringLiteral("holds no worker")), qPrintable(words(5 * kSecond)));
  }

  // --- Words

  void lanesSayWhatTheyShowAtTheCursor() {
    Story story;
    Shown shown(story.recording);
    shown.session.seek(kStart + 4 * kSecond);
    const QString text = shown.view.laneDescription(shown.lane(0));
    QVERIFY2(text.contains(QStringLiteral("Worker 0")) && text.contains(QStringLiteral("blocked: sleeping")) &&
                 text.contains(QStringLiteral("task #1")) && text.contains(QStringLiteral("3.9 s")),
             qPrintable(text));
    QVERIFY(shown.view.laneDescription(shown.lane(1)).contains(QStringLiteral("idle")));
  }

  void theCardSaysWhatTheTablesSay() {
    Story story;
    Shown shown(story.recording);
    const TaskRow* task = taskNear(shown.session, shown.view.lanes()[shown.lane(0)], kStart + 5 * kSecond, 0);
    QVERIFY(task && task->id == TaskId{1});
    const QString text = taskHover(shown.session, *task);
    QVERIFY2(text.contains(QStringLiteral("blocked 4.00 s")) &&
                 text.contains(QStringLiteral("ran 6.00 s: computing 1.50 s")),
             qPrintable(text));
  }
};

QTEST_MAIN(TestTimeline)
#include "tst_timeline.moc"
