#pragma once

#include "core/base/unique_fd.h"
#include "core/pool/executor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace poolscope {

/// First line of main() in a program whose own functions are tasks: in a worker process it runs the tasks and returns
/// the exit code to return; otherwise it returns nothing and the program goes on. Once it was called, pools of this
/// program start it again as their worker.
std::optional<int> runWorkerIfRequested(int argc, char** argv);

/// In a task of a worker process: the descriptor that TaskOptions::descriptor gave it, open and close-on-exec; once.
/// Empty where there is none.
UniqueFd takeTaskDescriptor();
/// In a task of a worker process that serves a client: bytes, and reads that gave some, since the last time; they
/// become the pool's events.
void reportClientBytes(ClientId client, std::uint64_t received, std::uint64_t sent, std::uint64_t messages);

namespace detail {

/// What a worker process finds at its start, beside 0 (/dev/null), 1 (inherited) and 2 (a pipe to the pool).
inline constexpr int kControlFd = 3; ///< the socket to the pool
inline constexpr int kParentFd = 4;  ///< a pidfd of the pool's process
inline constexpr int kLedgerFd = 5;  ///< closed again once the ledger is mapped

/// How a worker process is asked for on its command line. Its full name stands there for `ps`; `comm` is what it calls
/// itself.
struct WorkerCommand {
  std::string name; ///< "ProcessPoolExecutor-0_0"
  std::string comm; ///< "PPE-0_0"
  pid_t parent = 0;

  std::vector<std::string> arguments(std::string program) const;
  static std::optional<WorkerCommand> parse(int argc, char** argv);
};

/// Whether this program called runWorkerIfRequested(), so that it can be its own worker.
bool programIsWorker();

/// The worker process that the calling code runs in, as seen by a task: it reports to the pool.
/// Threads: owner (the thread that runs the task).
class RemoteSide {
 public:
  virtual ~RemoteSide() = default;
  virtual void blocked(BlockReason reason) = 0;
  virtual void unblocked() = 0;
  virtual void log(std::string_view text) = 0;
  virtual void clientBytes(ClientId client, std::uint64_t received, std::uint64_t sent, std::uint64_t messages) = 0;
  virtual UniqueFd takeDescriptor() = 0;
};

} // namespace detail
} // namespace poolscope
