#include "core/scenario/program_pool.h"

#include "core/pool/process_pool_executor.h"
#include "core/pool/thread_pool_executor.h"

#include <utility>

namespace poolscope {

namespace {

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
  void submit(SpokenTask task) override {
    m_pool.submit([this, task = std::move(task)] { run(task); });
  }
  void map(std::vector<SpokenTask> tasks) override {
    m_pool.map([this](const SpokenTask& task) { run(task); }, std::move(tasks));
  }

 private:
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
        .addDoneCallback([broke = m_around.broke](const Future<void>& done) {
          if (done.cancelled()) return;
          try {
            done.result();
          } catch (const WorkerDied&) { // this task's bad luck, not the pool's
          } catch (const BrokenExecutor& e) {
            broke(e.what());
          } catch (const SerializationError& e) {
            broke(e.what());
          } catch (...) { // the tutorial's program does not look
          }
        });
  }
};

} // namespace

std::unique_ptr<ProgramPool> ProgramPool::make(WorkerKind kind, Surroundings surroundings) {
  if (kind == WorkerKind::Process) return std::make_unique<ProcessProgramPool>(std::move(surroundings));
  return std::make_unique<ThreadProgramPool>(std::move(surroundings));
}

} // namespace poolscope
