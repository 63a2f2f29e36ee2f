#pragma once

#include "core/pool/executor.h"
#include "core/scenario/scenario_tasks.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace poolscope {

class EventLog;

/// A pool of either kind, as a tutorial's program uses it and as its run commands it.
/// Made and owned by a run. Threads: any thread; what is said to block does.
class ProgramPool {
 public:
  struct Surroundings {
    std::size_t workers;
    std::string label;
    EventLog* log; ///< borrowed, as is the next; both outlive the pool
    const SleepControl* sleeps;
    std::function<void(std::string_view)> say;   ///< what tasks say; from any thread
    std::function<void(std::string_view)> broke; ///< the pool is broken: why, in a sentence
  };
  static std::unique_ptr<ProgramPool> make(WorkerKind kind, Surroundings surroundings);
  virtual ~ProgramPool() = default;

  virtual void submit(SpokenTask task) = 0;
  virtual void map(std::vector<SpokenTask> tasks) = 0; ///< as elements of one map() whose results nobody reads

  virtual PoolId id() const = 0;
  virtual bool closed() const = 0;
  virtual void resize(std::size_t maxWorkers) = 0;
  virtual void shutdown(ShutdownOptions options, std::stop_token giveUpWaiting) = 0; ///< blocks with options.wait
  virtual void drain() = 0;                                                          ///< blocks until it is closed
  virtual bool cancelTask(TaskId task, By by) = 0;
  virtual bool moveToFront(TaskId task) = 0;
  virtual bool killWorker(SlotIndex, pid_t) { return false; } ///< worker processes only; pid 0: whoever is there
};

} // namespace poolscope
