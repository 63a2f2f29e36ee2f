#pragma once

#include "core/base/ids.h"
#include "core/event/event.h"
#include "core/pool/executor.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace poolscope {

class EventLog;

enum class Language : std::uint8_t { English, SimplifiedChinese };

/// What a scenario is, as data. The defaults are those of the tutorial's program of that name.
struct ScenarioInfo {
  std::string_view name;     ///< as on the command line: "thread-pool"
  std::string_view sentence; ///< one English sentence for `poolscope scenarios`
  WorkerKind workerKind = WorkerKind::Thread;
  std::size_t workers = 4;
  std::size_t tasks = 10;
  ShutdownOptions shutdown; ///< how its program shuts its pool down
};

/// All scenarios, in the order of the list.
std::span<const ScenarioInfo> scenarios();
const ScenarioInfo* findScenario(std::string_view name); ///< null when there is none

struct ScenarioOptions {
  std::optional<WorkerKind> workerKind; ///< threads or processes; the program is the same
  std::optional<std::size_t> workers;   ///< 1 … 4096
  std::optional<std::size_t> tasks;
  std::optional<std::uint64_t> seed; ///< makes the random sleeps repeatable
  double speed = 1;                  ///< every scripted sleep is divided by it, > 0
  Language language = Language::English;
  EventLog* log = nullptr; ///< null: EventLog::current()
  /// Asked when the program reaches its closing shutdown; empty: as ScenarioInfo says. Any thread.
  std::function<ShutdownOptions()> closingShutdown;
  /// Every line the program prints, without the newline. Called from any thread, one call at a time.
  std::function<void(std::string_view)> line;
  /// Every pool the program opens, as soon as it is there. Called from the program's main thread.
  std::function<void(PoolId)> poolOpened;
};

/// One run of a scenario: its program's main thread is a thread of its own (shown as caller "main thread"), which opens
/// a pool, submits, and shuts it down.
///
/// Made by a command; the program starts at once. The destructor cancels what is queued, asks the sleeps to end, and
/// joins. Order: running → main thread ended → ended (the pool has drained; with shutdown(wait) both at once). Threads:
/// any thread. wait() and the destructor block; the rest returns at once.
class ScenarioRun {
 public:
  ScenarioRun(const ScenarioInfo& info, ScenarioOptions options);
  ~ScenarioRun();
  ScenarioRun(const ScenarioRun&) = delete;
  ScenarioRun& operator=(const ScenarioRun&) = delete;

  bool mainThreadEnded() const;
  bool ended() const;
  void wait();                 ///< until ended()
  std::string failure() const; ///< why its pool broke, in a sentence; empty while all is well

  bool resize(PoolId pool, std::size_t maxWorkers); ///< pools that it opens later, too; false when it is not its pool
  /// With wait = false a main thread that is blocked in shutdown(wait) goes on. False when it is not its pool.
  bool shutdown(PoolId pool, ShutdownOptions options);
  void shutdown(ShutdownOptions options);     ///< of all its pools
  bool cancelTask(PoolId pool, TaskId task);  ///< a person's cancel; false when it is not queued in this run
  bool moveToFront(PoolId pool, TaskId task); ///< false when it is not queued in this run
  /// Worker processes only: its task fails with WorkerDied, it is replaced. False when there is none, or
  /// when it is another one than that pid's.
  bool killWorker(PoolId pool, SlotIndex slot, pid_t pid = 0);
  void setSpeed(double speed); ///< for sleeps that begin from now on
  void interrupt();            ///< ends running sleeps early and cancels what is queued (first SIGINT)

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace poolscope
