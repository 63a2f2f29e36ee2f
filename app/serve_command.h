#pragma once

#include "app/command_line.h"

namespace poolscope {

/// The echo server without a window, until a SIGINT, SIGTERM or SIGHUP; its first line on stdout says where it listens.
/// The exit code: 0; 1 when the trace cannot be written; 3 when the port or address is not available. A second signal
/// ends the program at once. Call it before any thread was made: it takes the signals over.
int runServer(const ServeCommand& command);

} // namespace poolscope
