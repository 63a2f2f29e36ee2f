#pragma once

#include <QKeySequence>
#include <QList>
#include <QObject>

#include <array>
#include <functional>
#include <utility>

class QAction;
class QMainWindow;
class QMenu;

namespace poolscope::ui {

/// Every command of the window, each one a QAction with a menu entry, a shortcut and a tooltip. Texts are given as
/// QT_TRANSLATE_NOOP("Commands", "…") and follow the language.
///
/// Made and owned by the window, which fills it. Threads: GUI thread.
class Commands : public QObject {
  Q_OBJECT
 public:
  enum class Menu { File, Edit, View, Pool, Server, Chat, Lessons, Help };
  static constexpr std::size_t kMenuCount = static_cast<std::size_t>(Menu::Help) + 1;

  explicit Commands(QMainWindow* window);
  QAction* add(Menu menu, const char* text, const char* tip, const QKeySequence& keys, std::function<void()> run);
  QAction* add(QMenu* menu, const char* text, const char* tip, const QKeySequence& keys, std::function<void()> run);
  void fix(QAction* action, const QString& text, const QString& tip); ///< words that are the same in every language
  QMenu* addMenu(Menu menu, const char* text);                        ///< a menu in a menu
  void separate(Menu menu);
  /// Greys the menu's entries out; their tooltips say why (QT_TRANSLATE_NOOP("Commands", "…")).
  void disable(Menu menu, const char* why);
  /// Whether it can be given now; while not, its tooltip says why (QT_TRANSLATE_NOOP("Commands", "…")).
  void allow(QAction* action, bool can, const char* why);
  /// What it is about, after its words: "Shut down ThreadPoolExecutor-0".
  void setAbout(QAction* action, const QString& what);
  QMenu* menu(Menu menu) const { return m_menus[static_cast<std::size_t>(menu)]; }
  QList<QAction*> actions() const; ///< in the order of adding
  void retranslate();

 private:
  struct Entry {
    QAction* action;
    const char *text, *tip;
    const char* why = nullptr; // it cannot be given; null: it can
    QString about = {};
    QString words() const;
  };
  QMainWindow* m_window; // owns this
  std::array<QMenu*, kMenuCount> m_menus{};
  QList<std::pair<QMenu*, const char*>> m_titles;
  QList<Entry> m_entries;
};

} // namespace poolscope::ui
