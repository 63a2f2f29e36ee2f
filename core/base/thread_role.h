#pragma once

#include "core/base/mutex.h"

namespace poolscope {

/// What one thread alone may do or touch, where no lock is needed: Clang's analysis then sees who else tries. A member
/// is GUARDED_BY the role, a function that only that thread calls REQUIRES it, and the thread's first function says
/// assertHeld(). Costs nothing. Threads: any thread.
class CAPABILITY("role") ThreadRole {
 public:
  /// The calling thread is the one: the caller knows.
  void assertHeld() const ASSERT_CAPABILITY(this) {}
};

} // namespace poolscope
