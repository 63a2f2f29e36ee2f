#include "ui/shell/commands.h"

#include "ui/shell/held_keys.h"

#include "ui/accessible/names.h"

#include <QAction>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>

#include <algorithm>

namespace poolscope::ui {

Commands::Commands(QMainWindow* window) : QObject(window), m_window(window) {
  nameWidget(window->menuBar(), "Menu bar");
  static constexpr const char* kTitles[kMenuCount] = {QT_TR_NOOP("File"),    QT_TR_NOOP("Edit"),   QT_TR_NOOP("View"),
                                                      QT_TR_NOOP("Pool"),    QT_TR_NOOP("Server"), QT_TR_NOOP("Chat"),
                                                      QT_TR_NOOP("Lessons"), QT_TR_NOOP("Help")};
  for (std::size_t i = 0; i < kMenuCount; ++i) {
    m_menus[i] = window->menuBar()->addMenu(tr(kTitles[i]));
    m_menus[i]->menuAction()->setVisible(false); // until it has an entry
    m_menus[i]->setToolTipsVisible(true);
    m_titles.append({m_menus[i], kTitles[i]});
  }
}

QAction* Commands::add(Menu menu, const char* text, const char* tip, const QKeySequence& keys,
                       std::function<void()> run) {
  m_menus[static_cast<std::size_t>(menu)]->menuAction()->setVisible(true);
  return add(this->menu(menu), text, tip, keys, std::move(run));
}

QAction* Commands::add(QMenu* menu, const char* text, const char* tip, const QKeySequence& keys,
                       std::function<void()> run) {
  auto* action = new QAction(tr(text), m_window);
  action->setToolTip(tr(tip));
  action->setShortcut(keys);
  action->setAutoRepeat(false); // a key that is held is one command
  connect(action, &QAction::triggered, m_window, [action, run = std::move(run)] {
    if (action->autoRepeat() || !HeldKeys::isRepeating()) run();
  });
  menu->addAction(action);
  m_entries.append({.action = action, .text = text, .tip = tip});
  return action;
}

void Commands::fix(QAction* action, const QString& text, const QString& tip) {
  m_entries.removeIf([action](const Entry& entry) { return entry.action == action; });
  action->setText(text);
  action->setToolTip(tip);
}

QMenu* Commands::addMenu(Menu menu, const char* text) {
  QMenu* made = this->menu(menu)->addMenu(tr(text));
  made->setToolTipsVisible(true);
  m_titles.append({made, text});
  return made;
}

void Commands::separate(Menu menu) {
  this->menu(menu)->addSeparator();
}

void Commands::disable(Menu menu, const char* why) {
  for (QAction* action : this->menu(menu)->actions()) {
    action->setEnabled(false);
    action->setToolTip(tr(why));
    for (Entry& entry : m_entries)
      if (entry.action == action) entry.tip = why;
  }
}

void Commands::allow(QAction* action, bool can, const char* why) {
  const auto entry = std::ranges::find(m_entries, action, &Entry::action);
  if (action->isEnabled() == can && entry->why == (can ? nullptr : why)) return;
  entry->why = can ? nullptr : why;
  action->setEnabled(can);
  action->setToolTip(tr(can ? entry->tip : why));
}

QString Commands::Entry::words() const {
  return about.isEmpty() ? tr(text) : tr(text) + u' ' + about;
}

void Commands::setAbout(QAction* action, const QString& what) {
  const auto entry = std::ranges::find(m_entries, action, &Entry::action);
  if (entry->about == what) return;
  entry->about = what;
  action->setText(entry->words());
}

QList<QAction*> Commands::actions() const {
  QList<QAction*> all;
  for (const Entry& entry : m_entries)
    all << entry.action;
  return all;
}

void Commands::retranslate() {
  for (const auto& [menu, text] : m_titles) {
    menu->setTitle(tr(text));
    menu->setAccessibleName(accessibleText([text] { return tr(text); }));
  }
  for (const Entry& entry : m_entries) {
    entry.action->setText(entry.words());
    entry.action->setToolTip(tr(entry.why ? entry.why : entry.tip));
  }
}

} // namespace poolscope::ui
