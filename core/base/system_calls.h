#pragma once

#include <csignal>
#include <cstddef>
#include <functional>
#include <sys/types.h>
#include <thread>

namespace poolscope {

/// The system calls that fail when the machine has run out of something. A test puts its own in their place, and so
/// makes them fail as the kernel does only under a load that no test can bring about. (Those by which a server meets its
/// clients: core/echo/socket_calls.h.)
///
/// Threads: changed by tests alone, while nothing runs; read without a lock by any thread.
struct SystemCalls {
  /// As std::thread's constructor; std::system_error when no thread can be made.
  std::thread (*makeThread)(std::function<void()> body);
  int (*dup)(int fd, int least); ///< a copy that is `least` or more, closed on exec
  int (*pidfdOpen)(pid_t pid, unsigned flags);
  ssize_t (*write)(int fd, const void* bytes, std::size_t size);
};
extern SystemCalls g_systemCalls;
extern const SystemCalls kTrueSystemCalls;

/// Every signal but those that a mistake of the running thread itself raises (SIGSEGV and the like): what a thread that
/// runs nobody's tasks blocks.
sigset_t signalsOfOthers();
/// A thread of the program's own, which runs nobody's tasks: it has this name (of at most 15 bytes), and signals are the
/// business of others, but those that a mistake of its own raises. Where none can be made: std::system_error,
/// "cannot make the thread NAME: reason".
std::thread makeServiceThread(const char* name, std::function<void()> body);

} // namespace poolscope
