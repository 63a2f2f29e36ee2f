#pragma once

#include "core/scenario/scenario.h"

#include <QString>

namespace poolscope::ui {

/// A scenario's name, which is the same in every language, and its sentence in the window's. Threads: GUI thread.
QString scenarioName(const ScenarioInfo& info);
QString scenarioSentence(const ScenarioInfo& info);

} // namespace poolscope::ui
