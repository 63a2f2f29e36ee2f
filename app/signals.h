#pragma once

#include <csignal>
#include <ctime>

namespace poolscope {

/// The signals that ask a command to end: SIGINT, SIGTERM, SIGHUP; and, for one that answers it, SIGUSR1, which asks how
/// it is. By handlers, which write into a pipe: so they end what blocks, and every thread keeps its signals.
///
/// The first one drains the command, which has kPatience for it; then the handler of a timer ends it, whatever blocks.
/// The second one ends it at once, with 128 + its number. A signal that was ignored when the program started stays
/// ignored.
///
/// Made once, by the command, before any thread; the handlers stay until the program's end.
/// Threads: owner; the handlers run in any thread.
class Signals {
 public:
  static constexpr int kByNumber = -1;
  /// `code`: of a program that its first signal has ended; kByNumber: 128 + its number.
  explicit Signals(int code, bool tellsHowItIs = false);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// What the first signal does from here on. While the command only waits for something that no signal reaches (a
  /// FIFO that nobody opens, a name server that is dead) and there is nothing to drain, it ends the program at once.
  void endAtOnce(bool atOnce);
  /// Whoever ends the program leaves the terminal as it is now: for a command that is about to change it.
  void keepTerminal();
  /// A descriptor that is readable when a signal has come.
  int fd() const;
  /// A signal that has come, 0 none: each is given once.
  int take();
  /// Until one has come, at most so long (below 0: for ever).
  void wait(int milliseconds) const;
  int first() const;         ///< the first that asked for the end; 0 none
  int code() const;          ///< the exit code of a program that it has ended
  double sinceFirst() const; ///< seconds; 0 before it
};

/// Seconds from a first signal to the end by force: within the 5 s that are promised, with time to end in.
inline constexpr double kPatience = 4.7;
/// By then whatever waits for somebody outside (a reader of stdout, a trace's disk) gives up, so that the rest can end.
inline constexpr double kGiveUp = 4.2;

} // namespace poolscope
