#pragma once

#include <chrono>
#include <functional>

namespace poolscope {

/// Threads for what may hang in the kernel for ever, a read of a dead mount for example: nobody joins them.
///
/// Such a thread owns, or shares, everything that it touches. The program ends without those that are left: it asks
/// join() for a moment, and leaves by _exit() where that is false, so that none of them meets the end of static objects.
/// Threads: any thread.
class LooseThread {
 public:
  static void start(std::function<void()> work);
  static bool join(std::chrono::milliseconds atMost); ///< blocks; false when some did not end
};

} // namespace poolscope
