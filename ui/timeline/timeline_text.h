#pragma once

#include <QCoreApplication>
#include <QString>

namespace poolscope::ui {

/// The timeline's words outside its widget: translated under one name. Threads: GUI thread.
struct TimelineText {
  Q_DECLARE_TR_FUNCTIONS(TimelineText)
};

} // namespace poolscope::ui
