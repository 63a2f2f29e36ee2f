#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_windows.h"
#include "ui/chat/crowd_dialog.h"
#include "ui/shell/pool_row.h"

#include <QAction>
#include <QFileDialog>
#include <QScrollArea>
#include <QScrollBar>
#include <QWheelEvent>

using namespace poolscope;
using namespace poolscope::ui;

namespace {

/// Notches over the widget's middle, as the window system tells them: to the innermost widget there.
void turnWheelOver(QWidget& widget, int notches = -1) {
  QWidget* target = widget.childAt(widget.rect().center());
  if (target == nullptr) target = &widget;
  const QPointF at = target->rect().center();
  QWheelEvent event(at, target->mapToGlobal(at), {}, QPoint(0, 120 * notches), Qt::NoButton, Qt::NoModifier,
                    Qt::NoScrollPhase, false);
  QSpontaneKeyEvent::setSpontaneous(&event); // else it would give no focus
  qApp->notify(target, &event);
}

QVariant valueOf(const QWidget& widget) {
  return widget.property(qobject_cast<const QComboBox*>(&widget) ? "currentIndex" : "value");
}

/// Every control of the window that a turn of the wheel could change.
QList<QWidget*> wheelControls(QWidget& window) {
  QList<QWidget*> all;
  for (QWidget* widget : window.findChildren<QWidget*>())
    if (qobject_cast<QComboBox*>(widget) || qobject_cast<QAbstractSpinBox*>(widget) || qobject_cast<QSlider*>(widget))
      all << widget;
  return all;
}

} // namespace

/// What commands have in common, wherever they stand: the wheel gives none, a held key gives one, and what has nothing
/// to act on cannot be given.
class TestCommands : public QObject {
  Q_OBJECT

 private:
  static QAction* action(const WindowFixture& f, const char* text) {
    for (QAction* action : f.window.findChildren<QAction*>())
      if (action->text() == QString::fromUtf8(text)) return action;
    return nullptr;
  }
  /// A key that is pressed and held until it has repeated that often.
  static void hold(const MainWindow& window, Qt::Key key, Qt::KeyboardModifiers modifiers, int repeats) {
    for (int i = 0; i <= repeats; ++i)
      QTest::simulateEvent(window.windowHandle(), true, key, modifiers, {}, i > 0, -1);
    QTest::simulateEvent(window.windowHandle(), false, key, modifiers, {}, false, -1);
  }
  static void openDialogs(WindowFixture& f) {
    action(f, "A crowd of clients…")->trigger();
    action(f, "Open…")->trigger();
    action(f, "Save recording…")->trigger();
    QTRY_COMPARE(f.window.findChildren<QFileDialog*>().size(), 2);
  }

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }

  void aTurnOfTheWheelChangesNoControlWithoutFocus() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    openDialogs(f);
    int turned = 0;
    for (QWidget* control : wheelControls(f.window)) {
      if (!control->isVisible() || !control->isEnabled()) continue;
      if (QWidget* focus = control->window()->focusWidget()) focus->clearFocus();
      const QVariant before = valueOf(*control);
      for (const int notches : {-1, 1, 1, -3})
        turnWheelOver(*control, notches);
      QVERIFY2(valueOf(*control) == before, qPrintable(control->accessibleName()));
      QVERIFY2(!control->hasFocus(), qPrintable(control->accessibleName()));
      ++turned;
    }
    QVERIFY2(turned >= 13, qPrintable(QString::number(turned))); // seven of the rows, four of the crowd, two of files
    QVERIFY(f.serves());
  }

  void aControlThatHasTheFocusTakesTheWheel() {
    WindowFixture f;
    f.window.show();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    auto* speed = f.find<QComboBox>("Speed");
    speed->setFocus();
    turnWheelOver(*speed);
    QCOMPARE(speed->currentIndex(), 1);
  }

  void theWheelGoesOnToTheScrollAreaBelow() {
    WindowFixture f; // with the window the guard is there
    QScrollArea area;
    auto* high = new QWidget;
    high->setFixedSize(300, 2000);
    QList<QWidget*> controls{new QComboBox(high), new QSpinBox(high), new QSlider(Qt::Horizontal, high)};
    qobject_cast<QComboBox*>(controls[0])->addItems({"a", "b", "c"});
    for (int i = 0; i < controls.size(); ++i)
      controls[i]->setGeometry(10, 10 + 40 * i, 120, 30);
    area.setWidget(high);
    area.resize(320, 200);
    area.show();
    QVERIFY(QTest::qWaitForWindowExposed(&area));
    for (QWidget* control : controls) {
      area.setFocus();
      area.verticalScrollBar()->setValue(0);
      turnWheelOver(*control);
      QVERIFY2(area.verticalScrollBar()->value() > 0, control->metaObject()->className());
    }
  }

  void aHeldKeyIsOneCommand() {
    WindowFixture f;
    f.window.show();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    f.window.poolRow().setSpeed(50);
    hold(f.window, Qt::Key_R, Qt::ControlModifier, 35);
    QTRY_COMPARE(f.rows("Tasks"), 10);
    hold(f.window, Qt::Key_N, Qt::ControlModifier, 35);
    QCOMPARE(f.window.chats().windows().size(), 1);
    f.window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    hold(f.window, Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier, 35);
    QCOMPARE(f.window.chats().windows().size(), 6);
    QTRY_VERIFY(!f.controller.scenarioRunning());
    QCOMPARE(f.rows("Tasks"), 10);
  }

  void onlyThePoolsSizeFollowsAHeldKey() {
    WindowFixture f;
    QSet<QString> repeating;
    for (const QAction* action : f.window.findChildren<QAction*>())
      if (action->autoRepeat() && !action->shortcut().isEmpty()) repeating << action->shortcut().toString();
    QCOMPARE(repeating, (QSet<QString>{QStringLiteral("Ctrl+Up"), QStringLiteral("Ctrl+Down")}));
    f.window.show();
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    hold(f.window, Qt::Key_Up, Qt::ControlModifier, 5);
    QCOMPARE(f.find<QSpinBox>("Pool size")->value(), 10);
  }
};

QTEST_MAIN(TestCommands)
#include "tst_commands.moc"
