#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_windows.h"
#include "ui/shell/translations.h"
#include "ui/timeline/timeline_view.h"
#include "ui/views/painted_rows.h"

#include <QAccessible>
#include <QHeaderView>
#include <QLineEdit>
#include <QRegularExpression>

using namespace poolscope;
using namespace poolscope::ui;

namespace {

bool hasChinese(const QString& text) {
  return std::ranges::any_of(text, [](QChar c) { return c.script() == QChar::Script_Han; });
}

/// What is the same in every language: names that programs, clients and systems give.
bool isOfNoLanguage(const QString& text) {
  static const QRegularExpression fixed(
      QStringLiteral("^(PID|TID|p50|p95|p99|English|thread-per-connection|thread-pool|process-pool|reactor|[0-9]+×)$"));
  return text.isEmpty() || findScenario(text.toStdString()) || fixed.match(text).hasMatch();
}

struct Heard {
  QAccessible::Role role;
  QString name, description;
};

void listen(QAccessibleInterface* item, QList<Heard>& all) {
  if (item == nullptr || item->state().invisible || item->role() == QAccessible::Cell) return;
  all << Heard{item->role(), item->text(QAccessible::Name), item->text(QAccessible::Description)};
  for (int i = 0; i < item->childCount(); ++i)
    listen(item->child(i), all);
}

QList<Heard> heard(QWidget& window) {
  QList<Heard> all;
  listen(QAccessible::queryAccessibleInterface(&window), all);
  return all;
}

QAccessibleInterface* of(QWidget* widget) {
  return QAccessible::queryAccessibleInterface(widget);
}

/// The widget of that English name, whatever its name is in the window's language.
template <class W> W* named(const QWidget& window, const char* english) {
  for (W* widget : window.findChildren<W*>())
    if (widget->property("accessibleEnglishName").toByteArray() == english) return widget;
  return nullptr;
}

} // namespace

/// What a screen reader hears, in the window's language; and what outside programs find in any.
class TestAccessibleNames : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    prepareApplication();
    installTimelineAccessibility();
    installPaintedRowsAccessibility();
  }
  void init() { qunsetenv("POOLSCOPE_ACCESSIBLE_NAMES"); }
  void cleanup() { Translations::instance().choose(QStringLiteral("en")); }

  void aPersonHearsTheLanguageOfTheWindow() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.chats().open();
    Translations::instance().choose(QStringLiteral("zh_CN"));
    QTRY_COMPARE(named<QPushButton>(f.window, "Run scenario")->text(), QStringLiteral("运行场景"));
    QList<QWidget*> windows{&f.window};
    for (ChatWindow* chat : f.window.chats().windows())
      windows << chat;
    QStringList otherwise;
    int count = 0;
    for (QWidget* window : std::as_const(windows))
      for (const Heard& item : heard(*window)) {
        ++count;
        if (item.role == QAccessible::Window || item.role == QAccessible::Client) continue; // a file's or client's name
        if (!hasChinese(item.name) && !isOfNoLanguage(item.name))
          otherwise << QStringLiteral("%1 (role %2)").arg(item.name).arg(int(item.role));
      }
    QCOMPARE(otherwise, QStringList());
    QVERIFY(count > 100);
    for (const QWidget* widget : QApplication::allWidgets()) // hidden ones too
      if (!widget->property("accessibleEnglishName").isNull())
        QVERIFY2(hasChinese(widget->accessibleName()), qPrintable(widget->accessibleName()));
  }

  void namesFollowTheLanguageBothWays() {
    WindowFixture f;
    f.window.show();
    auto* run = f.find<QPushButton>("Run scenario");
    Translations::instance().choose(QStringLiteral("zh_CN"));
    QCOMPARE(run->accessibleName(), QStringLiteral("运行场景"));
    Translations::instance().choose(QStringLiteral("en"));
    QCOMPARE(run->accessibleName(), QStringLiteral("Run scenario"));
  }

  void fixedNamesAreEnglishInEveryLanguage() {
    qputenv("POOLSCOPE_ACCESSIBLE_NAMES", "C");
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    QTRY_COMPARE(f.rows("Workers"), 4);
    Translations::instance().choose(QStringLiteral("zh_CN"));
    QTRY_COMPARE(f.find<QPushButton>("Run scenario")->text(), QStringLiteral("运行场景"));
    for (const char* name :
         {"Run scenario", "Shut down", "New chat client", "Freeze", "Start server", "Stop server", "Live"})
      QVERIFY2(f.find<QPushButton>(name), name);
    for (const char* name : {"Scenario", "Worker kind", "Server mode", "Shutdown mode"})
      QVERIFY2(f.find<QComboBox>(name), name);
    QCOMPARE(of(f.find<QComboBox>("Worker kind"))->text(QAccessible::Value), QStringLiteral("threads"));
    QCOMPARE(itemsOf(f.find<QComboBox>("Shutdown mode")),
             QStringList({QStringLiteral("wait"), QStringLiteral("don't wait"), QStringLiteral("wait, cancel queued"),
                          QStringLiteral("don't wait, cancel queued")}));
    auto* workers = f.find<QTableView>("Workers");
    const QAbstractItemModel& model = *workers->model();
    QCOMPARE(model.headerData(4, Qt::Horizontal, Qt::AccessibleTextRole).toString(), QStringLiteral("state"));
    QCOMPARE(model.headerData(4, Qt::Horizontal).toString(), QStringLiteral("状态"));
    QCOMPARE(model.index(0, 4).data(Qt::AccessibleTextRole).toString(), QStringLiteral("vacant"));
    QVERIFY(hasChinese(model.index(0, 4).data().toString()));
    QStringList tabs;
    for (const Heard& item : heard(f.window))
      if (item.role == QAccessible::PageTab) tabs << item.name;
    for (const char* tab : {"Workers", "Queue", "Tasks", "Clients", "Output"})
      QVERIFY2(tabs.contains(QLatin1String(tab)), tab);
    const QString card = of(named<QWidget>(f.window, "Worker cards"))->child(0)->text(QAccessible::Name);
    QVERIFY2(!card.isEmpty() && !hasChinese(card), qPrintable(card));
  }

  void aComboBoxOffersItsItems() {
    WindowFixture f;
    f.window.show();
    auto* combo = f.find<QComboBox>("Scenario");
    QStringList names;
    for (const ScenarioInfo& info : scenarios())
      names << QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size()));
    QCOMPARE(itemsOf(combo), names);
    QAccessibleInterface* box = of(combo);
    QCOMPARE(box->text(QAccessible::Name), QStringLiteral("Scenario"));
    QAccessibleInterface* map = box->child(static_cast<int>(names.indexOf(QStringLiteral("map"))));
    QCOMPARE(map->parent(), box);
    QVERIFY(!map->state().selected);
    map->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(combo->currentText(), QStringLiteral("map"));
    QVERIFY(map->state().selected);
    QCOMPARE(box->text(QAccessible::Value), QStringLiteral("map"));
    QCOMPARE(box->valueInterface()->currentValue().toInt(), combo->currentIndex());
    QCOMPARE(f.find<QComboBox>("Shutdown mode")->currentIndex(), 1); // as that scenario's program has it
    box->valueInterface()->setCurrentValue(0);
    QCOMPARE(combo->currentIndex(), 0);
    combo->setEnabled(false);
    map->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(combo->currentIndex(), 0);
  }

  void aLabelIsDescribedByWhatItShows() {
    WindowFixture f;
    f.window.show();
    QVERIFY(f.startServer());
    f.window.chats().open();
    const auto check = [&](const QWidget& window, const char* name) {
      auto* label = named<QLabel>(window, name);
      QVERIFY2(label, name);
      QTRY_VERIFY2(label->accessibleDescription().startsWith(label->text()), name);
    };
    for (const char* language : {"zh_CN", "en"}) {
      Translations::instance().choose(QLatin1String(language));
      for (const char* name : {"Status counters", "Server address", "Current pool"})
        check(f.window, name);
      for (const char* name : {"Connection state", "Line counts"})
        check(*f.window.chats().windows().front(), name);
      QTRY_COMPARE(hasChinese(named<QLabel>(f.window, "Status counters")->accessibleDescription()),
                   qstrcmp(language, "zh_CN") == 0);
    }
  }

 private:
  static QStringList itemsOf(QComboBox* combo) {
    QStringList names;
    for (int i = 0; i < of(combo)->childCount(); ++i)
      names << of(combo)->child(i)->text(QAccessible::Name);
    return names;
  }
};

QTEST_MAIN(TestAccessibleNames)
#include "tst_accessible_names.moc"
