#pragma once

#include "app/command_line.h"

namespace poolscope {

/// The tutorial's client in the terminal: asks for a line with `>>>:`, sends it, prints the reply. An empty line is not
/// sent, for nobody would answer it. Ends with 0 at the end of stdin, when the server closes, and on SIGINT or SIGTERM;
/// with 3 when there is no server; with 1 when the connection breaks or stdout is gone. Call it before any thread was
/// made: it takes the signals over.
int runChat(const ChatCommand& command);

} // namespace poolscope
