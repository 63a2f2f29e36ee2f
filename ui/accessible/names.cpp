#include "ui/accessible/names.h"

#include <QAbstractScrollArea>
#include <QApplication>
#include <QScrollBar>

namespace poolscope::ui {

namespace {

constexpr char kNameProperty[] = "accessibleEnglishName";
bool g_inEnglish = false; // GUI thread

/// Every name, here for lupdate to find; a test fails when one has no Chinese.
[[maybe_unused]] constexpr const char* kNames[] = {QT_TRANSLATE_NOOP("Names", "About the selected"),
                                                   QT_TRANSLATE_NOOP("Names", "Cancel queued"),
                                                   QT_TRANSLATE_NOOP("Names", "Chat with the echo server"),
                                                   QT_TRANSLATE_NOOP("Names", "Clients"),
                                                   QT_TRANSLATE_NOOP("Names", "Close idle clients"),
                                                   QT_TRANSLATE_NOOP("Names", "Close inspector"),
                                                   QT_TRANSLATE_NOOP("Names", "Close now"),
                                                   QT_TRANSLATE_NOOP("Names", "Connection state"),
                                                   QT_TRANSLATE_NOOP("Names", "Crowd"),
                                                   QT_TRANSLATE_NOOP("Names", "Crowd clients"),
                                                   QT_TRANSLATE_NOOP("Names", "Crowd figures"),
                                                   QT_TRANSLATE_NOOP("Names", "Crowd message bytes"),
                                                   QT_TRANSLATE_NOOP("Names", "Crowd pattern"),
                                                   QT_TRANSLATE_NOOP("Names", "Crowd think time"),
                                                   QT_TRANSLATE_NOOP("Names", "Current pool"),
                                                   QT_TRANSLATE_NOOP("Names", "Disconnect"),
                                                   QT_TRANSLATE_NOOP("Names", "Dismiss notice"),
                                                   QT_TRANSLATE_NOOP("Names", "Dropped and frame"),
                                                   QT_TRANSLATE_NOOP("Names", "End"),
                                                   QT_TRANSLATE_NOOP("Names", "First launch"),
                                                   QT_TRANSLATE_NOOP("Names", "Freeze"),
                                                   QT_TRANSLATE_NOOP("Names", "Horizontal scroll bar"),
                                                   QT_TRANSLATE_NOOP("Names", "Inspector"),
                                                   QT_TRANSLATE_NOOP("Names", "Inspector content"),
                                                   QT_TRANSLATE_NOOP("Names", "Inspector head"),
                                                   QT_TRANSLATE_NOOP("Names", "Keys"),
                                                   QT_TRANSLATE_NOOP("Names", "Kill"),
                                                   QT_TRANSLATE_NOOP("Names", "Latency head"),
                                                   QT_TRANSLATE_NOOP("Names", "Line counts"),
                                                   QT_TRANSLATE_NOOP("Names", "Live"),
                                                   QT_TRANSLATE_NOOP("Names", "Menu bar"),
                                                   QT_TRANSLATE_NOOP("Names", "Message"),
                                                   QT_TRANSLATE_NOOP("Names", "More"),
                                                   QT_TRANSLATE_NOOP("Names", "New chat client"),
                                                   QT_TRANSLATE_NOOP("Names", "Notice"),
                                                   QT_TRANSLATE_NOOP("Names", "Notice bar"),
                                                   QT_TRANSLATE_NOOP("Names", "Open a recording"),
                                                   QT_TRANSLATE_NOOP("Names", "Output"),
                                                   QT_TRANSLATE_NOOP("Names", "Pool row"),
                                                   QT_TRANSLATE_NOOP("Names", "Pool size"),
                                                   QT_TRANSLATE_NOOP("Names", "Queue"),
                                                   QT_TRANSLATE_NOOP("Names", "Queue head"),
                                                   QT_TRANSLATE_NOOP("Names", "Queue strip"),
                                                   QT_TRANSLATE_NOOP("Names", "Reconnect"),
                                                   QT_TRANSLATE_NOOP("Names", "Run scenario"),
                                                   QT_TRANSLATE_NOOP("Names", "Scenario"),
                                                   QT_TRANSLATE_NOOP("Names", "Save the recording"),
                                                   QT_TRANSLATE_NOOP("Names", "Selected"),
                                                   QT_TRANSLATE_NOOP("Names", "Send"),
                                                   QT_TRANSLATE_NOOP("Names", "Send 100"),
                                                   QT_TRANSLATE_NOOP("Names", "Separator"),
                                                   QT_TRANSLATE_NOOP("Names", "Server address"),
                                                   QT_TRANSLATE_NOOP("Names", "Server mode"),
                                                   QT_TRANSLATE_NOOP("Names", "Server row"),
                                                   QT_TRANSLATE_NOOP("Names", "Shares of time"),
                                                   QT_TRANSLATE_NOOP("Names", "Shut down"),
                                                   QT_TRANSLATE_NOOP("Names", "Shutdown mode"),
                                                   QT_TRANSLATE_NOOP("Names", "Speed"),
                                                   QT_TRANSLATE_NOOP("Names", "Start crowd"),
                                                   QT_TRANSLATE_NOOP("Names", "Start server"),
                                                   QT_TRANSLATE_NOOP("Names", "State badge"),
                                                   QT_TRANSLATE_NOOP("Names", "State of the selected"),
                                                   QT_TRANSLATE_NOOP("Names", "Status bar"),
                                                   QT_TRANSLATE_NOOP("Names", "Status counters"),
                                                   QT_TRANSLATE_NOOP("Names", "Stay open"),
                                                   QT_TRANSLATE_NOOP("Names", "Stop crowd"),
                                                   QT_TRANSLATE_NOOP("Names", "Stop server"),
                                                   QT_TRANSLATE_NOOP("Names", "Tasks"),
                                                   QT_TRANSLATE_NOOP("Names", "Time bar"),
                                                   QT_TRANSLATE_NOOP("Names", "Timeline"),
                                                   QT_TRANSLATE_NOOP("Names", "Timeline head"),
                                                   QT_TRANSLATE_NOOP("Names", "Transcript"),
                                                   QT_TRANSLATE_NOOP("Names", "Type every 2 s"),
                                                   QT_TRANSLATE_NOOP("Names", "Vertical scroll bar"),
                                                   QT_TRANSLATE_NOOP("Names", "Wait"),
                                                   QT_TRANSLATE_NOOP("Names", "Watch 10 tasks share 4 workers"),
                                                   QT_TRANSLATE_NOOP("Names", "What a crowd is"),
                                                   QT_TRANSLATE_NOOP("Names", "Worker cards"),
                                                   QT_TRANSLATE_NOOP("Names", "Worker kind"),
                                                   QT_TRANSLATE_NOOP("Names", "Workers"),
                                                   QT_TRANSLATE_NOOP("Names", "Workers head"),
                                                   QT_TRANSLATE_NOOP("Names", "Zones")};

} // namespace

bool hasFixedNames() {
  return qgetenv("POOLSCOPE_ACCESSIBLE_NAMES") == "C";
}

QString accessibleName(const char* english) {
  return accessibleText([english] { return QCoreApplication::translate("Names", english); });
}

void nameWidget(QWidget* widget, const char* english) {
  widget->setProperty(kNameProperty, QByteArray(english));
  widget->setAccessibleName(accessibleName(english));
}

void nameScrollBars(QAbstractScrollArea* area) {
  nameWidget(area->horizontalScrollBar(), "Horizontal scroll bar");
  nameWidget(area->verticalScrollBar(), "Vertical scroll bar");
}

void renameWidgets() {
  for (QWidget* widget : QApplication::allWidgets())
    if (const QByteArray english = widget->property(kNameProperty).toByteArray(); !english.isEmpty())
      widget->setAccessibleName(accessibleName(english.constData()));
}

InEnglish::InEnglish() : m_before(g_inEnglish) {
  g_inEnglish = true;
}

InEnglish::~InEnglish() {
  g_inEnglish = m_before;
}

bool InEnglish::active() {
  return g_inEnglish;
}

} // namespace poolscope::ui
