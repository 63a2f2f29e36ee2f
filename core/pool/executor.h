#pragma once

#include "core/base/ids.h"
#include "core/base/unique_fd.h"
#include "core/event/event.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace poolscope {

/// More workers than this are refused with std::invalid_argument, in a constructor and in resize().
inline constexpr std::size_t kMostWorkers = 4096;

/// min(32, usable CPUs + 4), as Python's ThreadPoolExecutor since 3.8.
std::size_t defaultThreadCount();
/// The CPUs this process may use (its affinity), at least 1.
std::size_t defaultProcessCount();

struct ShutdownOptions {
  bool wait = true;           ///< return only when every worker has ended
  /// Cancel what is queued; what runs is never interrupted. At the head as many tasks stay queued as workers are
  /// starting or waking, for each comes to take one: so a pool of four that was just given ten tasks runs four of them,
  /// however fast its workers are. Until it is taken, cancel() still works; a task whose worker cannot be made, or is
  /// retired before it came, is cancelled, too.
  bool cancelFutures = false;
  /// How long the drain may take, from the call. Then, stage by stage (each an event): what is queued is cancelled and
  /// what runs is asked to stop; worker processes that do not are ended. A pool of threads cannot end a thread: with
  /// `wait` the call then returns 2 s after the deadline at the latest, perhaps before the pool is closed.
  std::optional<std::chrono::nanoseconds> deadline = {};
  friend bool operator==(const ShutdownOptions&, const ShutdownOptions&) = default;
};

struct MapOptions {
  std::optional<std::chrono::nanoseconds> timeout = {}; ///< for the whole iteration, counted from the call of map()
  std::size_t chunkSize = 1;                            ///< elements a worker process takes at once; threads ignore it
  std::optional<std::size_t> bufferSize = {};           ///< elements submitted ahead of the reader; none: all at once
};

/// What submit() does when the queue is full: throws QueueFull, waits for room (a worker or a callback of the same pool
/// gets WouldDeadlock instead), or runs the task in the calling thread before it returns (pools of threads only).
enum class WhenFull : std::uint8_t { Reject, Block, CallerRuns };

/// How many tasks may wait in a pool's queue, beside those that a free worker, or one still to be started, takes at
/// once.
struct QueueBound {
  std::size_t limit = 0; ///< 0: no bound
  WhenFull whenFull = WhenFull::Reject;
  std::optional<std::chrono::nanoseconds> patience = {}; ///< how long Block waits before it throws QueueFull
};

/// One consistent moment of a pool: submitted = queued + dispatched + running + done + failed + cancelled.
struct PoolStats {
  std::size_t maxWorkers = 0;
  std::size_t liveWorkers = 0; ///< started and not ended, retiring ones included
  std::size_t idleWorkers = 0;
  std::size_t queued = 0;
  std::size_t dispatched = 0; ///< with a worker process that has not started it
  std::size_t running = 0;    ///< blocked ones included
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t cancelled = 0;
  std::size_t submitted = 0;
};

/// What submit() may be told about a task beside its callable.
struct TaskOptions {
  std::string name; ///< what the window shows; empty: "task"
  TaskKind kind = TaskKind::Call;
  std::int16_t priority = 0; ///< greater goes first; equals in order of submission
  ClientId client = {};      ///< the client of a server that the task serves
  /// Worker processes only: a task that has run longer fails with TaskTimeout and its worker is ended and replaced.
  std::optional<std::chrono::nanoseconds> timeout = std::nullopt;
  /// Worker processes only: the task finds it open there (takeTaskDescriptor()). Let go once it has started.
  std::shared_ptr<const UniqueFd> descriptor = nullptr;
  /// Worker processes only: called once its worker has begun it, on the pool's I/O thread: return soon.
  std::function<void()> onStarted = nullptr;
};

/// The full name of the worker that runs the calling code, "ThreadPoolExecutor-0_0"; empty outside a task.
std::string currentWorkerName();

/// Says a line about the current task: it becomes an event, and in a worker process it also reaches the pool's onLog.
/// Outside a task it does nothing. Cut at 1 MiB.
void logFromTask(std::string_view text);

/// While it lives, the current task is shown as blocked: it holds its worker and does not compute. Nests (the outermost
/// counts). Outside a task it does nothing. Threads: owner.
class Blocking {
 public:
  explicit Blocking(BlockReason reason, TextId detail = {});
  ~Blocking();
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;
};

} // namespace poolscope
