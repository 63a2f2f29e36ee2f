#include "ui/shell/tabs.h"

#include "ui/accessible/names.h"
#include "ui/theme/format.h"

#include <QDockWidget>
#include <QMainWindow>
#include <QTabBar>

namespace poolscope::ui {

Tabs::Tabs(QMainWindow* window) : QObject(window), m_window(window) {
  window->setDockOptions(QMainWindow::AllowTabbedDocks | QMainWindow::AnimatedDocks);
  window->setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
}

QDockWidget* Tabs::add(const char* name, QWidget* content, std::function<std::optional<std::uint64_t>()> count) {
  auto* dock = new QDockWidget(m_window);
  dock->setObjectName(QString::fromLatin1(name));
  nameWidget(dock, name);
  dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetClosable |
                    QDockWidget::DockWidgetFloatable);
  dock->setTitleBarWidget(new QWidget(dock)); // the tab names it
  dock->setWidget(content);
  m_window->addDockWidget(Qt::BottomDockWidgetArea, dock);
  if (!m_tabs.isEmpty()) m_window->tabifyDockWidget(m_tabs.back().dock, dock);
  m_tabs.append({dock, name, std::move(count)});
  return dock;
}

QDockWidget* Tabs::find(const char* name) const {
  for (const Tab& tab : m_tabs)
    if (qstrcmp(tab.name, name) == 0) return tab.dock;
  return nullptr;
}

const QList<QDockWidget*> Tabs::docks() const {
  QList<QDockWidget*> all;
  for (const Tab& tab : m_tabs)
    all << tab.dock;
  return all;
}

void Tabs::update() {
  bool changed = false;
  for (const Tab& tab : m_tabs) {
    const auto count = tab.count ? tab.count() : std::nullopt;
    const QString title =
        count.value_or(0) > 0 ? tr(tab.name) + QStringLiteral("  ") + formatCount(*count) : tr(tab.name);
    if (title == tab.dock->windowTitle()) continue;
    tab.dock->setWindowTitle(title);
    changed = true;
  }
  if (changed) nameTabBars();
}

void Tabs::retranslate() {
  update();
  nameTabBars();
}

/// The window makes and remakes its tab bars by itself; a tab is told by the title of its dock.
void Tabs::nameTabBars() {
  for (QTabBar* bar : m_window->findChildren<QTabBar*>(Qt::FindDirectChildrenOnly))
    for (int i = 0; i < bar->count(); ++i)
      for (const Tab& tab : m_tabs)
        if (tab.dock->windowTitle() == bar->tabText(i)) bar->setAccessibleTabName(i, accessibleName(tab.name));
}

} // namespace poolscope::ui
