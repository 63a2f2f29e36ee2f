#pragma once

#include "app/command_line.h"

namespace poolscope {

/// The echo server without a window, until a SIGINT, SIGTERM or SIGHUP, or the end of --duration. Its one line on stdout
/// says where it listens; on stderr it says how it serves, what went wrong, with --verbose what becomes of each client,
/// at SIGUSR1 how it is, and at its end what it has done.
/// The exit code: 0; 1 when the trace or stdout cannot be written, a thread or a worker process cannot be made, or its
/// pool broke; 3 when the port or address is not available. Call it before any thread was made.
int runServer(const ServeCommand& command);

} // namespace poolscope
