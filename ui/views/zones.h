#pragma once

#include <QWidget>

#include <functional>

namespace poolscope::ui {

class Session;

/// The painted zones above the tabs: workers, queue, timeline. `watch` is what the first launch's large button does.
QWidget* makeZones(Session* session, QWidget* parent, std::function<void()> watch);

} // namespace poolscope::ui
