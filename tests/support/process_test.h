#pragma once

#include "core/event/event_log.h"
#include "core/pool/process_pool_executor.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// What the tests of worker processes share. Their main() is theirs: it begins with runWorkerIfRequested().
namespace poolscope::test {

/// A sanitizer keeps memory of its own and signal handlers of its own: claims about either do not hold then.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__SANITIZE_UNDEFINED__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// Waits with a limit for what other processes bring about: true as soon as it holds, false after `limit`.
bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit = std::chrono::seconds(20));

/// Fields of /proc/PID/stat; state 0 where there is no such process.
struct ProcessFacts {
  char state = 0;
  pid_t parent = 0;
  std::string comm;
  bool gone() const { return state == 0 || state == 'Z' || state == 'X'; }
};
ProcessFacts factsOf(pid_t pid);
std::vector<pid_t> childrenOf(pid_t pid);
std::size_t openDescriptors();

/// Folds a log and compares: empty, or what differs between the pool's own counts and those that the events tell.
std::string foldDiffers(EventLog& log, PoolId pool, const PoolStats& stats);

/// A directory of this test alone, removed at the end: workers leave marks in it.
class MarkDirectory {
 public:
  MarkDirectory();
  ~MarkDirectory();
  std::string path(std::string_view name) const { return m_path + "/" + std::string(name); }
  std::size_t count() const;
  bool has(std::string_view name) const;

 private:
  std::string m_path;
};

} // namespace poolscope::test
