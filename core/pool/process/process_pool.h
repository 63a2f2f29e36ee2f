#pragma once

#include "core/base/thread_role.h"
#include "core/pool/pool_core.h"
#include "core/pool/process/worker_process.h"
#include "core/pool/process_pool_executor.h"

#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <queue>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace poolscope::detail {

inline std::int64_t ns(std::chrono::nanoseconds time) {
  return time.count();
}

/// A process pool behind its public face: the scheduler under the pool's lock, and one I/O thread that reads what the
/// workers say, buries the dead and keeps the times (process_pool_io.cpp opens with the plan; process_pool_deaths.cpp
/// has what follows a death).
///
/// Made and owned by a ProcessPoolExecutor; its I/O thread starts with the first worker and ends when the pool is
/// closed. Order: a task's outcome is published before the pool can be seen closed.
/// Threads: any thread; what REQUIRES the lock or the role m_ioThread says so.
class ProcessPool final : public PoolCore, public std::enable_shared_from_this<ProcessPool> {
 public:
  ProcessPool(ProcessPoolOptions given, EventLog* eventLog);
  ~ProcessPool() override;

  /// The beginning of a task's body. Throws SerializationError where the worker program does not know the function.
  std::string beginBody(const FunctionPlace& function, const std::string& name);
  void submit(ProcessTask& task, const TaskOptions& options, const std::string& name);
  void resize(std::size_t maxWorkers);
  void shutdown(ShutdownOptions options);
  /// Until it is closed or idle. `call` names the call, where it is refused; a wait that is not `shown` is the
  /// program's own. False when it gave up.
  bool waitFor(WorkerWait::Until until, std::stop_token giveUp, const CallKind* shown, const char* call,
               WorkerWait::IfVain ifVain = WorkerWait::IfVain::Throw);
  void endAll(int signal, const std::string& why);
  void leaveToIoThread();
  bool killWorker(SlotIndex slot, pid_t pid); ///< the one that fits both; kNoSlot and 0 fit all
  bool stopTask(TaskId task);
  std::vector<pid_t> workerPids() const;
  const std::string& program() const { return m_program; } ///< that its workers run
  bool onIoThread() const;

  const ProcessPoolOptions options;
  std::string prefix;

 private:
  using WorkerPtr = std::shared_ptr<WorkerProcess>;

  /// What a change under the lock leaves to be done without it.
  struct Todo {
    std::vector<WorkerPtr> send;
    std::vector<SlotIndex> start;
    std::vector<TaskNode*> dropped;
    bool poke = false;
  };
  /// One thing that a worker said about its task, read and checked; to be told to the scheduler.
  struct Said {
    enum class What : std::uint8_t { Started, Note, Finished } what;
    ProcessTask* task;
    Event event; // of a Note
    std::int64_t stamp = 0;
    TextId text{};
  };
  struct Timer {
    enum class What : std::uint8_t { Restart, RetrySpawn, HelloDue, TaskDue, Kill, Unstarted, Stage } what;
    std::int64_t due; // monotonic ns
    std::uint64_t worker = 0;
    wire::Ticket ticket = 0;
    SlotIndex slot = kNoSlot;
    std::uint32_t generation = 0;
    friend bool operator>(const Timer& a, const Timer& b) { return a.due > b.due; }
  };
  struct Answer {
    WorkerPtr worker;
    Spawned spawned;
  };
  /// How a worker ended, and what was meant to become of it by then.
  struct Death {
    ProcessEnd end;
    WorkerProcess::Doom doom;
    wire::Ticket doomTicket;
    bool leaving;
  };

  /// Runs `change` under the lock with a batch; sends and starts afterwards what it left to do.
  template <class F> void locked(F&& change) {
    locked([](MutexLock&) {}, change);
  }
  /// The same; `first` runs before, and may let go of the lock meanwhile. What it throws ends it all.
  template <class G, class F> void locked(G&& first, F&& change) {
    Todo todo;
    if (log) log->reserve(kReserved);
    {
      MutexLock lock(anchor->mutex);
      first(lock);
      EventBatch batch(log, lastStamp);
      change(batch, todo);
      lastStamp = batch.stamp();
      if (!todo.start.empty() || todo.poke) wakeIoLocked(todo.start);
      tellWaitersLocked();
    }
    for (const WorkerPtr& worker : todo.send)
      worker->send(m_epoll.get());
    publishDropped(todo.dropped);
  }

  // Under the lock. A change, which the analysis does not see inside its lambda, says underLock() first.
  void underLock() const ASSERT_CAPABILITY(anchor->mutex) {}
  void wakeIoLocked(const std::vector<SlotIndex>& start) REQUIRES(anchor->mutex);
  void pokeLocked() REQUIRES(anchor->mutex);
  int startIoLocked() REQUIRES(anchor->mutex);
  void follow(Scheduler::Wish&& wish, EventBatch& batch, Todo& todo) REQUIRES(anchor->mutex);
  void ask(SlotIndex slot, EventBatch& batch, Todo& todo) REQUIRES(anchor->mutex);
  void feed(WorkerPtr worker, EventBatch& batch, Todo& todo) REQUIRES(anchor->mutex);
  void give(const WorkerPtr& worker, TaskNode& task, Todo& todo) REQUIRES(anchor->mutex);
  void takeBackUnstarted(WorkerProcess& worker, EventBatch& batch) REQUIRES(anchor->mutex);
  bool doom(WorkerProcess& worker, WorkerProcess::Doom why, int signal) REQUIRES(anchor->mutex);
  void doomAll(int signal) REQUIRES(anchor->mutex);
  bool doomFor(ProcessTask& task, WorkerProcess& worker, WorkerProcess::Doom why, By by, EventBatch& batch, Todo& todo)
      REQUIRES(anchor->mutex);
  void askAll(std::vector<Scheduler::Errand>& slots, EventBatch& batch, Todo& todo) REQUIRES(anchor->mutex);
  /// What left the queue is cancelled, or failed for a reason.
  void follow(Scheduler::Wishes&& wishes, const std::string& broken, EventBatch& batch, Todo& todo)
      REQUIRES(anchor->mutex);
  WorkerProcess::Held& held(WorkerProcess& worker) const REQUIRES(anchor->mutex) { return worker.held(anchor->mutex); }
  static ProcessTask& taskOf(TaskNode& node) { return *static_cast<TaskBlock&>(node).processTask(); }

  void publish(TaskBlock& task, FutureState state);
  void breakPool(const std::string& why);
  void breakAll(const std::string& why);

  // I/O thread
  void run();
  void onIo() const ASSERT_CAPABILITY(m_ioThread) {}
  WorkerProcess::Io& io(WorkerProcess& worker) const REQUIRES(m_ioThread) { return worker.io(m_ioThread); }
  void takeOrders() REQUIRES(m_ioThread);
  void start(SlotIndex slot) REQUIRES(m_ioThread);
  void spawnFailed(SlotIndex slot, int error) REQUIRES(m_ioThread);
  void spawned(const WorkerPtr& worker, Spawned result) REQUIRES(m_ioThread);
  void read(const WorkerPtr& worker) REQUIRES(m_ioThread);
  bool take(const WorkerPtr& worker) REQUIRES(m_ioThread);
  bool takeFrame(const WorkerPtr& worker, const wire::Frame& frame, std::vector<Said>& said) REQUIRES(m_ioThread);
  bool greeted(const WorkerPtr& worker, const wire::Hello& hello) REQUIRES(m_ioThread);
  void ready(const WorkerPtr& worker) REQUIRES(m_ioThread);
  bool finished(const WorkerPtr& worker, wire::Ticket ticket, std::int64_t stamp, std::string_view value,
                const std::optional<wire::Error>& error, std::vector<Said>& said) REQUIRES(m_ioThread);
  void tell(const WorkerPtr& worker, std::vector<Said>& said) REQUIRES(m_ioThread);
  void protocolError(WorkerProcess& worker, const std::string& what) REQUIRES(m_ioThread);
  void bury(const WorkerPtr& worker) REQUIRES(m_ioThread);
  void failItsTasks(WorkerProcess& worker, const Death& death) REQUIRES(m_ioThread);
  std::exception_ptr deathError(WorkerProcess& worker, const Death& death, const char* stage) const
      REQUIRES(m_ioThread);
  Scheduler::SlotPhase afterDeath(WorkerProcess& worker, const Death& death, std::int64_t& restartAt)
      REQUIRES(m_ioThread);
  void nextStage() REQUIRES(m_ioThread);
  void runTimers() REQUIRES(m_ioThread);
  void runTimer(const Timer& timer) REQUIRES(m_ioThread);
  void taskDue(WorkerProcess& worker, wire::Ticket ticket) REQUIRES(m_ioThread);
  void lookAfterUnstarted(const WorkerPtr& worker) REQUIRES(m_ioThread);
  int untilNextTimer() const REQUIRES(m_ioThread);
  void at(std::int64_t due, Timer timer) REQUIRES(m_ioThread);

  static constexpr std::size_t kReserved = 64; // events of one critical section, the most that a ring reserves
  void chooseProgram();
  unsigned m_number = 0;
  std::once_flag m_programChosen; // what follows is set by chooseProgram(), at the latest with the first task
  std::string m_program;
  bool m_sameProgram = false;
  wire::FunctionRef m_initializer; // its texts live as long as the program
  UniqueFd m_parent;               // a pidfd of this process, for the workers
  UniqueFd m_epoll, m_wake;

  std::string m_brokenWhy GUARDED_BY(anchor->mutex); // empty while the pool works
  std::vector<WorkerPtr> m_bySlot GUARDED_BY(anchor->mutex);
  std::vector<SlotIndex> m_toStart GUARDED_BY(anchor->mutex);
  std::vector<Answer> m_answers GUARDED_BY(anchor->mutex);
  bool m_poked GUARDED_BY(anchor->mutex) = false;
  bool m_ioStarted GUARDED_BY(anchor->mutex) = false, m_ioEnded GUARDED_BY(anchor->mutex) = false;
  std::string m_ended GUARDED_BY(anchor->mutex); // by terminateWorkers(), killWorkers() or a shutdown's deadline: why
  int m_endSignal GUARDED_BY(anchor->mutex) = 0;
  bool m_endTimed GUARDED_BY(anchor->mutex) = false;
  std::int64_t m_stageAt GUARDED_BY(anchor->mutex) = 0; // monotonic ns of a shutdown's next stage, 0 none
  std::thread m_io GUARDED_BY(anchor->mutex);           // taken out by who joins it

  ThreadRole m_ioThread;
  std::unordered_map<std::uint64_t, WorkerPtr> m_workers GUARDED_BY(m_ioThread); // by number
  std::uint64_t m_lastNumber GUARDED_BY(m_ioThread) = 0;
  std::int64_t m_stageTimed GUARDED_BY(m_ioThread) = 0; // the m_stageAt that has a timer
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> m_timers GUARDED_BY(m_ioThread);
  std::vector<std::deque<std::int64_t>> m_restarts GUARDED_BY(m_ioThread); // by slot: when, while they count
  std::string m_failedWhy GUARDED_BY(m_ioThread);                          // why the last slot failed
  std::int64_t m_spawnPauseNs GUARDED_BY(m_ioThread) = 0;                  // after failures to start a process
};

} // namespace poolscope::detail
