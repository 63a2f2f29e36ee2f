#pragma once

#include <QList>
#include <QObject>

#include <functional>
#include <optional>

class QDockWidget;
class QMainWindow;

namespace poolscope::ui {

/// The tabs below the zones: each a dock that can be moved, floated and closed. A tab shows its name and, where it has
/// one, a count ("Workers 4"); its accessible name is the name alone.
///
/// Made and owned by the window. Threads: GUI thread.
class Tabs : public QObject {
  Q_OBJECT
 public:
  explicit Tabs(QMainWindow* window);
  /// `name` is QT_TRANSLATE_NOOP("Tabs", "…"); `count` is asked when update() comes.
  QDockWidget* add(const char* name, QWidget* content, std::function<std::optional<std::uint64_t>()> count = {});
  QDockWidget* find(const char* name) const;
  const QList<QDockWidget*> docks() const;
  void update();      ///< the counts
  void retranslate(); ///< the names

 private:
  struct Tab {
    QDockWidget* dock;
    const char* name;
    std::function<std::optional<std::uint64_t>()> count;
  };
  void nameTabBars();

  QMainWindow* m_window; // owns this
  QList<Tab> m_tabs;
};

} // namespace poolscope::ui
