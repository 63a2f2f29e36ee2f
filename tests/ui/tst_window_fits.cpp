#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_windows.h"
#include "ui/chat/crowd_dialog.h"
#include "ui/shell/address_label.h"
#include "ui/shell/commands.h"
#include "ui/shell/cut_label.h"
#include "ui/shell/key_overlay.h"
#include "ui/shell/pool_row.h"
#include "ui/shell/screen_fit.h"
#include "ui/shell/translations.h"
#include "ui/shell/window_settings.h"
#include "ui/views/first_launch.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QScreen>
#include <QScrollArea>
#include <QStyle>
#include <QStyleOption>
#include <QTabBar>
#include <QToolBar>

using namespace poolscope;
using namespace poolscope::ui;

namespace {

constexpr int kUsualText = 13, kSixteenPoints = 21; // px
constexpr QSize kFrame{8, 34};                      // what a window manager adds
constexpr QSize kScreens[] = {{1024, 600}, {1024, 768}, {1093, 614}, {960, 600}, {1366, 768}, {1440, 900}, {720, 450}};

QString told(const QWidget* widget, const QString& what) {
  return QStringLiteral("%1 %2 at %3: %4")
      .arg(QString::fromLatin1(widget->metaObject()->className()), widget->accessibleName())
      .arg(widget->width())
      .arg(what);
}

/// Whether a part of it can be scrolled to: then it need not lie within its window.
bool scrolls(const QWidget* widget) {
  for (; widget != nullptr && !widget->isWindow(); widget = widget->parentWidget())
    if (qobject_cast<const QScrollArea*>(widget)) return true;
  return false;
}

bool sectionsFit(const QHeaderView& header) {
  for (int i = 0; i < header.count(); ++i)
    if (!header.isSectionHidden(i) && header.sectionSize(i) < header.sectionSizeHint(i)) return false;
  return true;
}

bool tabsFit(const QTabBar& bar) {
  QFont bold = bar.font();
  bold.setBold(true);
  for (int i = 0; i < bar.count(); ++i)
    if (bar.tabRect(i).width() < QFontMetrics(bold).horizontalAdvance(bar.tabText(i)) ||
        bar.tabRect(i).right() > bar.width())
      return false;
  return true;
}

/// What of a window's controls does not show its whole text, and of those that cut it by intent who do not say it.
QStringList cutIn(QWidget& window, bool combosMayCut) {
  QStringList cut;
  const auto check = [&](bool fits, const QWidget* widget, const QString& what) {
    if (!fits) cut << told(widget, what);
  };
  for (QWidget* widget : window.findChildren<QWidget*>()) {
    if (!widget->isVisible() || widget->window() != &window) continue;
    if (auto* label = qobject_cast<QLabel*>(widget)) {
      if (qobject_cast<CutLabel*>(label)) continue;
      if (qobject_cast<AddressLabel*>(label) || !label->wordWrap())
        check(label->width() >= label->minimumSizeHint().width(), label, label->text());
      check(label->height() >=
                (label->wordWrap() ? label->heightForWidth(label->width()) : label->minimumSizeHint().height()),
            label, QStringLiteral("too low for ") + label->text());
    } else if (auto* launch = qobject_cast<LaunchButton*>(widget)) {
      check(!launch->toolTip().isEmpty(), launch, QStringLiteral("no tooltip"));
    } else if (auto* button = qobject_cast<QAbstractButton*>(widget)) {
      if (button->parentWidget()->inherits("QTabBar")) continue;
      check(button->text().isEmpty() || button->width() >= button->minimumSizeHint().width(), button, button->text());
      check(!button->toolTip().isEmpty() || !button->text().isEmpty() || button->inherits("QToolButton"), button,
            QStringLiteral("neither words nor tooltip"));
    } else if (auto* combo = qobject_cast<QComboBox*>(widget)) {
      QStyleOptionComboBox option;
      option.initFrom(combo);
      const int room =
          combo->style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, combo).width();
      const bool fits = room - 2 >= combo->fontMetrics().horizontalAdvance(combo->currentText());
      check(fits || (combosMayCut && !combo->toolTip().isEmpty()), combo, combo->currentText());
    } else if (auto* spin = qobject_cast<QSpinBox*>(widget)) {
      auto* field = spin->findChild<QLineEdit*>();
      check(field->width() - 5 >= field->fontMetrics().horizontalAdvance(spin->locale().toString(spin->maximum())),
            spin, QString::number(spin->maximum()));
    } else if (auto* bar = qobject_cast<QTabBar*>(widget)) {
      check(tabsFit(*bar), bar, QStringLiteral("tabs"));
    } else if (auto* header = qobject_cast<QHeaderView*>(widget); header && header->orientation() == Qt::Horizontal) {
      check(sectionsFit(*header), header, QStringLiteral("sections"));
    } else {
      continue;
    }
    if (qobject_cast<QComboBox*>(widget) || qobject_cast<QSpinBox*>(widget) || qobject_cast<QPushButton*>(widget))
      check(widget->height() >= widget->minimumSizeHint().height() || qobject_cast<LaunchButton*>(widget), widget,
            QStringLiteral("squeezed to %1").arg(widget->height()));
    const QRect place(widget->mapTo(&window, QPoint()), widget->size());
    check(scrolls(widget) || widget->parentWidget()->inherits("QHeaderView") || window.rect().contains(place) ||
              qobject_cast<QHeaderView*>(widget),
          widget, QStringLiteral("reaches out of the window"));
  }
  return cut;
}

} // namespace

/// Every window on every screen that people have: nothing is cut, nothing reaches out, whatever font and language.
class TestWindowFits : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { prepareApplication(); }
  void cleanup() {
    Theme::instance().setTextSize(0);
    Translations::instance().choose(QStringLiteral("en"));
  }

  void theMainWindowShowsAllTextsWhole_data() { addTexts(); }
  void theMainWindowShowsAllTextsWhole() {
    QFETCH(int, text);
    chooseTexts();
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.showNotice(QStringLiteral("A sentence that has to be read"));
    auto* shutdown = f.find<QComboBox>("Shutdown mode");
    auto* scenario = f.find<QComboBox>("Scenario");
    for (const QSize& screen : kScreens) {
      if (text == kSixteenPoints && screen.width() < 960) continue; // letters of 21 px on a screen of 720
      const QSize size = screen - kFrame;
      for (int mode = 0; mode < shutdown->count(); ++mode) {
        shutdown->setCurrentIndex(mode);
        scenario->setCurrentIndex(mode * 2);
        f.window.resize(size);
        QCoreApplication::processEvents();
        QCOMPARE(f.window.size(), size);
        const bool tight = screen.width() < px(1024);
        QTRY_COMPARE(cutIn(f.window, tight).join(u'\n'), QString());
      }
    }
  }

  void textsStayWholeWhenLanguageAndFontChange() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.resize(QSize(1366, 768) - kFrame);
    Translations::instance().choose(QStringLiteral("zh_CN"));
    QTRY_COMPARE(f.find<QTableView>("Workers")->model()->headerData(0, Qt::Horizontal).toString(),
                 QStringLiteral("槽位"));
    QTRY_COMPARE(cutIn(f.window, false).join(u'\n'), QString());
    Theme::instance().setTextSize(kSixteenPoints);
    QCOMPARE(f.window.size(), QSize(1366, 768) - kFrame);
    QTRY_COMPARE(cutIn(f.window, true).join(u'\n'), QString());
    Translations::instance().choose(QStringLiteral("en"));
    QTRY_COMPARE(f.find<QTableView>("Workers")->model()->headerData(0, Qt::Horizontal).toString(),
                 QStringLiteral("slot"));
    QTRY_COMPARE(cutIn(f.window, true).join(u'\n'), QString());
  }

  void aRowOfControlsFoldsBeforeItOverflows_data() { addTexts(); }
  void aRowOfControlsFoldsBeforeItOverflows() {
    chooseTexts();
    WindowFixture f;
    f.window.show();
    f.window.resize(QSize(1024, 600) - kFrame);
    QCoreApplication::processEvents();
    for (const QToolBar* bar : f.window.findChildren<QToolBar*>()) {
      const auto* more = bar->findChild<QWidget*>(QStringLiteral("qt_toolbar_ext_button"));
      QVERIFY(more == nullptr || !more->isVisible());
    }
    for (const char* name : {"Run scenario", "Shut down", "New chat client", "Freeze", "Start server", "Stop server",
                             "Close idle clients"}) {
      const auto* button = f.find<QPushButton>(name);
      QVERIFY2(button && button->isVisible() && !button->toolTip().isEmpty(), name);
    }
  }

  void chatWindowsAndDialogsShowAllTextsWhole_data() { addTexts(); }
  void chatWindowsAndDialogsShowAllTextsWhole() {
    chooseTexts();
    const ScreenKeeper keeper(*qApp);
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    QTRY_COMPARE(chat->link().phase(), ChatLink::Phase::Connected);
    QCoreApplication::processEvents();
    QTRY_COMPARE(cutIn(*chat, false).join(u'\n'), QString());
    CrowdDialog crowd(
        f.controller.crowd(), [] { return ServerAddress(); }, &f.window);
    crowd.show();
    QCoreApplication::processEvents();
    QTRY_COMPARE(cutIn(crowd, false).join(u'\n'), QString());
    auto* keys = new KeyOverlay(f.window.findChild<Commands*>()->actions(), false, &f.window);
    keys->show();
    QCoreApplication::processEvents();
    QTRY_COMPARE(cutIn(*keys, false).join(u'\n'), QString());
    delete keys;
  }

  void everyWindowOpensOnItsScreen_data() { addTexts(); }
  void everyWindowOpensOnItsScreen() {
    chooseTexts();
    const ScreenKeeper keeper(*qApp);
    const QRect screen = QGuiApplication::primaryScreen()->availableGeometry(); // offscreen it has 800 × 800
    WindowFixture f;
    f.window.resize(1440, 900);
    f.window.move(300, 200);
    f.window.show();
    QVERIFY(f.startServer());
    ChatWindow* chat = f.window.chats().open();
    KeyOverlay keys({}, false, &f.window);
    keys.resize(2000, 2000);
    keys.show();
    for (const QWidget* window : std::initializer_list<const QWidget*>{&f.window, chat, &keys}) {
      QVERIFY2(screen.contains(window->geometry()), qPrintable(told(window, QStringLiteral("reaches out"))));
      QVERIFY(window->minimumSizeHint().width() <= 712 || Theme::instance().px(13) > 13);
      QVERIFY(window->minimumSizeHint().height() <= 416 || Theme::instance().px(13) > 13);
    }
  }

  void theFirstWindowIsBoundedByItsScreen() {
    WindowFixture f; // made larger in its constructor, as a larger screen would
    const QScreen& screen = *f.window.screen();
    EventLog log;
    Session session{log.recording()};
    ExitDeadline deadline;
    PoolController controller{log};
    const MainWindow first(session, controller, deadline);
    QVERIFY(first.width() <= screen.availableGeometry().width());
    QVERIFY(first.height() <= screen.availableGeometry().height());
    WindowSettings settings; // remembered on a larger screen
    settings.geometry = f.window.saveGeometry();
    settings.save();
    const MainWindow again(session, controller, deadline);
    QVERIFY(screen.availableGeometry().contains(again.geometry()));
  }

 private:
  static void addTexts() {
    QTest::addColumn<int>("text");
    QTest::addColumn<QString>("language");
    for (const char* language : {"en", "zh_CN"})
      for (const int text : {kUsualText, kSixteenPoints})
        QTest::addRow("%s, %d px", language, text) << text << QString::fromLatin1(language);
  }
  static void chooseTexts() {
    QFETCH(int, text);
    QFETCH(QString, language);
    Translations::instance().choose(language);
    Theme::instance().setTextSize(text);
  }
};

QTEST_MAIN(TestWindowFits)
#include "tst_window_fits.moc"
