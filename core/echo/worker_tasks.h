#pragma once

namespace poolscope {

/// Makes what an echo server runs in worker processes known by name; once in each program that takes part, the window
/// and the worker program, before its first pool.
void registerEchoTasks();

} // namespace poolscope
