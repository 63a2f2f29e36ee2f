#pragma once

#include "app/command_line.h"

namespace poolscope {

/// The tutorial's client in the terminal: asks for a line with `>>>:`, sends it, prints the reply and how long it took.
/// Lines from elsewhere are answered without prompts and times, messages of the command line likewise. An empty line is
/// not sent, for nobody would answer it. Who waits for a reply that does not come is told why.
/// The exit code: 0 at the end of the input, when the server closes, on a signal; 1 when a line was not answered, the
/// server refused, or stdout is gone; 3 when there is no server. Call it before any thread was made.
int runChat(const ChatCommand& command);

} // namespace poolscope
