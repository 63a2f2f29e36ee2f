#pragma once

#include "core/pool/pool_core.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/worker_process.h"

#include <deque>
#include <exception>
#include <memory>
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
/// Threads: any thread; the part below "I/O thread": only there.
class ProcessPool final : public PoolCore {
 public:
  ProcessPool(ProcessPoolOptions given, EventLog* eventLog);
  ~ProcessPool() override;

  /// The beginning of a task's body. Throws SerializationError where the worker program does not know the function.
  std::string beginBody(const FunctionPlace& function, const std::string& name) const;
  void submit(ProcessTask& task, const TaskOptions& options, const std::string& name);
  void resize(std::size_t maxWorkers);
  void shutdown(ShutdownOptions options);
  /// `call` names the call, where it is refused. False when it gave up.
  bool waitClosed(std::stop_token giveUp, bool shown, const char* call);
  void endAll(int signal, const std::string& why);
  bool killWorker(SlotIndex slot, pid_t pid); ///< the one that fits both; kNoSlot and 0 fit all
  bool stopTask(TaskId task);
  std::vector<pid_t> workerPids() const;
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
      worker->send(anchor->mutex, m_epoll.get());
    publishDropped(todo.dropped);
  }

  // Under the lock.
  void wakeIoLocked(const std::vector<SlotIndex>& start);
  void pokeLocked();
  int startIoLocked();
  void follow(Scheduler::Wish&& wish, EventBatch& batch, Todo& todo);
  void ask(SlotIndex slot, EventBatch& batch, Todo& todo);
  void feed(WorkerPtr worker, EventBatch& batch, Todo& todo);
  void give(const WorkerPtr& worker, TaskNode& task, Todo& todo);
  void takeBackUnstarted(WorkerProcess& worker, EventBatch& batch);
  bool doom(WorkerProcess& worker, WorkerProcess::Doom why, int signal);
  void askAll(std::vector<Scheduler::Errand>& slots, EventBatch& batch, Todo& todo);
  /// What left the queue is cancelled, or failed for a reason.
  void follow(Scheduler::Wishes&& wishes, const std::string& broken, EventBatch& batch, Todo& todo);
  static ProcessTask& taskOf(TaskNode& node) { return *static_cast<TaskBlock&>(node).processTask(); }

  void publish(TaskBlock& task, FutureState state);
  void breakPool(const std::string& why);
  void breakAll(const std::string& why);

  // I/O thread
  void run();
  void takeOrders();
  void start(SlotIndex slot);
  void spawnFailed(SlotIndex slot, int error);
  void spawned(const WorkerPtr& worker, Spawned result);
  void read(const WorkerPtr& worker);
  bool take(const WorkerPtr& worker);
  bool takeFrame(const WorkerPtr& worker, const wire::Frame& frame, std::vector<Said>& said);
  bool greeted(const WorkerPtr& worker, const wire::Hello& hello);
  void ready(const WorkerPtr& worker);
  bool finished(const WorkerPtr& worker, wire::Ticket ticket, std::int64_t stamp, std::string_view value,
                const std::optional<wire::Error>& error, std::vector<Said>& said);
  void tell(const WorkerPtr& worker, std::vector<Said>& said);
  void protocolError(WorkerProcess& worker, const std::string& what);
  void bury(const WorkerPtr& worker);
  void failItsTasks(WorkerProcess& worker, const ProcessEnd& end);
  std::exception_ptr deathError(const WorkerProcess& worker, const ProcessEnd& end, const char* stage) const;
  Scheduler::SlotPhase afterDeath(WorkerProcess& worker, bool leaving, std::int64_t& restartAt);
  void nextStage();
  void runTimers();
  void runTimer(const Timer& timer);
  void taskDue(WorkerProcess& worker, wire::Ticket ticket);
  void lookAfterUnstarted(const WorkerPtr& worker);
  int untilNextTimer() const;
  void at(std::int64_t due, Timer timer);

  static constexpr std::size_t kReserved = 64; // events of one critical section, the most that a ring reserves
  unsigned m_number = 0;
  std::string m_program;
  bool m_sameProgram = false;
  wire::FunctionRef m_initializer; // its texts live as long as the program
  UniqueFd m_parent;               // a pidfd of this process, for the workers
  UniqueFd m_epoll, m_wake;

  // Under the lock.
  std::string m_brokenWhy; // empty while the pool works
  std::vector<WorkerPtr> m_bySlot;
  std::vector<SlotIndex> m_toStart;
  std::vector<Answer> m_answers;
  bool m_poked = false, m_ioStarted = false, m_ioEnded = false;
  std::string m_ended; // by terminateWorkers(), killWorkers() or a shutdown's deadline: why
  int m_endSignal = 0;
  bool m_endTimed = false;
  std::int64_t m_stageAt = 0; // monotonic ns of a shutdown's next stage, 0 none
  std::thread m_io;           // taken out by who joins it

  // I/O thread
  std::unordered_map<std::uint64_t, WorkerPtr> m_workers; // by number
  std::uint64_t m_lastNumber = 0;
  std::int64_t m_stageTimed = 0; // the m_stageAt that has a timer
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> m_timers;
  std::vector<std::deque<std::int64_t>> m_restarts; // by slot: when, while they count
  std::string m_failedWhy;                          // why the last slot failed
  std::int64_t m_spawnPauseNs = 0;                  // after failures to start a process
};

} // namespace poolscope::detail
