#include "ui/views/zones.h"

#include "ui/session/session.h"
#include "ui/theme/house_style.h"
#include "ui/timeline/timeline_view.h"

#include <QCoreApplication>
#include <QPushButton>
#include <QStackedLayout>
#include <QVBoxLayout>

namespace poolscope::ui {

QWidget* makeZones(Session* session, QWidget* parent, std::function<void()> watch) {
  auto* zones = new QWidget(parent);
  auto* column = new QVBoxLayout(zones);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(new TimelineView(session), 1);
  auto* button = new QPushButton(QCoreApplication::translate("Zones", "Watch 10 tasks share 4 workers"), zones);
  button->setAccessibleName(QStringLiteral("Watch 10 tasks share 4 workers"));
  button->setToolTip(
      QCoreApplication::translate("Zones", "Runs the scenario thread-pool; drag Pool size while it runs"));
  button->setProperty(kPrimaryProperty, true);
  button->setMinimumSize(420, 56);
  QObject::connect(button, &QPushButton::clicked, zones, std::move(watch));
  QObject::connect(session, &Session::changed, button, [session, button, zones] {
    button->setVisible(session->history().tasks().empty());
    button->move((zones->width() - button->width()) / 2, (zones->height() - button->height()) / 2);
  });
  return zones;
}

} // namespace poolscope::ui
