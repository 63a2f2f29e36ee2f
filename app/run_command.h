#pragma once

#include "app/command_line.h"

namespace poolscope {

/// Plays a scenario without a window and prints its lines. The exit code: 0; 1 when the trace cannot be written or
/// stdout is gone; 130 or 143 after a SIGINT or SIGTERM. Call it before any thread was made: it takes the signals over.
int runScenario(const RunCommand& command);

} // namespace poolscope
