#pragma once

#include "core/base/unique_fd.h"

#include <functional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace poolscope {

/// A program to start: its path, its arguments (the first is its name), and which of our descriptors it finds as which
/// of its own, numbered from 0 without a gap. It sees no other descriptor.
struct SpawnRequest {
  std::string program;
  std::vector<std::string> arguments;
  std::vector<int> descriptors; ///< descriptors[i] becomes its i; -1: /dev/null. Borrowed until the answer.
};

/// What became of it. error = errno, 0 when it runs.
struct Spawned {
  int error = 0;
  pid_t pid = 0;
  UniqueFd pidfd;
};

/// Starts programs. A seam: tests answer with errors of their own.
/// Threads: any thread. The answer comes on any thread, also before spawn() has returned.
class Spawner {
 public:
  virtual ~Spawner() = default;
  virtual void spawn(SpawnRequest request, std::function<void(Spawned)> answer) = 0;

  /// posix_spawn on one thread that lives as long as this program: what a child was promised for the end of its parent
  /// (PR_SET_PDEATHSIG) is tied to the thread that made it. Each child is in a process group of its own, with no signal
  /// blocked and every one at its default, but those that were ignored when this program began: they still are.
  static Spawner& system();
};

} // namespace poolscope
