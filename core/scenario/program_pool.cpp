#include "core/scenario/program_pool.h"

#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"

#include <utility>

namespace poolscope {

namespace {

/// Looks at a task's outcome, which the tutorial's program does not: a pool that lost it is told.
auto tellIfBroken(std::function<void(std::string_view)> broke) {
  return [broke = std::move(broke)](const Future<void>& done) {
    if (done.cancelled()) return;
    try {
      done.result();
    } catch (const WorkerDied&) { // this task's bad luck, not the pool's
    } catch (const BrokenExecutor& e) {
      broke(e.what());
    } catch (const SerializationError& e) {
      broke(e.what());
    } catch (...) {
    }
  };
}

/// What both kinds have in common: the executor's own commands.
template <class Executor> class PoolOf : public ProgramPool {
 public:
  PoolOf(Surroundings surroundings, typename Executor::Options options)
      : m_around(std::move(surroundings)), m_pool(configured(m_around, std::move(options))) {}
  PoolId id() const override { return m_pool.id(); }
  bool closed() const override { return m_pool.closed(); }
  void resize(std::size_t maxWorkers) override { m_pool.resize(maxWorkers); }
  void shutdown(ShutdownOptions options, std::stop_token giveUpWaiting) override {
    m_pool.shutdown(options, std::move(giveUpWaiting));
  }
  void drain() override { m_pool.waitClosed(); }
  bool cancelTask(TaskId task, By by) override { return m_pool.cancelTask(task, by); }
  bool moveToFront(TaskId task) override { return m_pool.moveToFront(task); }

 protected:
  const Surroundings m_around;
  Executor m_pool; // last: its tasks use what is above

 private:
  static typename Executor::Options configured(const Surroundings& around, typename Executor::Options options) {
    options.maxWorkers = around.workers, options.label = around.label, options.log = around.log;
    return options;
  }
};

class ThreadProgramPool final : public PoolOf<ThreadPoolExecutor> {
 public:
  explicit ThreadProgramPool(Surroundings surroundings) : PoolOf(std::move(surroundings), {}) {}
  void submit(SpokenTask task) override { start({}, std::move(task)); }
  void map(std::vector<SpokenTask> tasks) override {
    for (SpokenTask& task : tasks)
      start({.kind = TaskKind::MapElement}, std::move(task));
  }

 private:
  void start(const TaskOptions& options, SpokenTask task) {
    m_pool.submit(options, [this, task = std::move(task)] { run(task); }).addDoneCallback(tellIfBroken(m_around.broke));
  }
  void run(const SpokenTask& task) { runSpokenTask(task, m_around.say, *m_around.sleeps); }
};

class ProcessProgramPool final : public PoolOf<ProcessPoolExecutor> {
 public:
  explicit ProcessProgramPool(Surroundings surroundings) : PoolOf(surroundings, options(surroundings)) {
    registerScenarioTasks();
  }
  void submit(SpokenTask task) override { start({.name = "task"}, std::move(task)); }
  void map(std::vector<SpokenTask> tasks) override {
    for (SpokenTask& task : tasks)
      start({.name = "task", .kind = TaskKind::MapElement}, std::move(task));
  }
  bool killWorker(SlotIndex slot, pid_t pid) override { return m_pool.killWorker(slot, pid); }

 private:
  static ProcessPoolOptions options(const Surroundings& around) {
    ProcessPoolOptions options;
    options.onLog = [say = around.say](TaskId, std::string_view text) { say(text); };
    return options;
  }
  void start(const TaskOptions& options, SpokenTask task) {
    m_pool.submit<&speakAndSleep>(options, task.before, task.seconds, task.after, m_around.sleeps->path())
        .addDoneCallback(tellIfBroken(m_around.broke));
  }
};

} // namespace

std::unique_ptr<ProgramPool> ProgramPool::make(WorkerKind kind, Surroundings surroundings) {
  if (kind == WorkerKind::Process) return std::make_unique<ProcessProgramPool>(std::move(surroundings));
  return std::make_unique<ThreadProgramPool>(std::move(surroundings));
}

} // namespace poolscope
