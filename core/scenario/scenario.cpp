#include "core/scenario/scenario.h"

#include "core/event/event_log.h"
#include "core/pool/pool_core.h"
#include "core/pool/thread_pool_executor.h"
#include "core/scenario/program.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <stop_token>
#include <thread>
#include <vector>

namespace poolscope {

std::span<const ScenarioInfo> scenarios() {
  static const std::vector<ScenarioInfo> infos = [] {
    std::vector<ScenarioInfo> all;
    for (const Program& program : programs())
      all.push_back(program.info);
    return all;
  }();
  return infos;
}

const ScenarioInfo* findScenario(std::string_view name) {
  const auto all = scenarios();
  const auto it = std::ranges::find(all, name, &ScenarioInfo::name);
  return it == all.end() ? nullptr : &*it;
}

struct ScenarioRun::Impl final : ProgramContext {
  explicit Impl(const ScenarioInfo& scenario, ScenarioOptions given) : info(scenario), options(std::move(given)) {
    workers = options.workers.value_or(info.workers);
    tasks = options.tasks.value_or(info.tasks);
    seed = options.seed.value_or(std::random_device{}());
    language = options.language;
    speed = options.speed;
    if (!options.log) options.log = EventLog::current();
  }

  // --- what a program may ask
  ThreadPoolExecutor& openPool(std::string label) override {
    ThreadPoolOptions pool;
    pool.label = std::move(label);
    pool.log = options.log;
    MutexLock lock(mutex);
    pool.maxWorkers = workers;
    pools.push_back(std::make_unique<ThreadPoolExecutor>(std::move(pool)));
    if (interrupted) pools.back()->shutdown({.wait = false, .cancelFutures = true});
    return *pools.back();
  }
  void print(std::string_view line) override {
    MutexLock lock(printMutex);
    if (options.line) options.line(line);
  }
  void sleepSeconds(double seconds) override {
    const Blocking blocked(BlockReason::Sleep);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                                 std::chrono::duration<double>(seconds / speed.load()));
    MutexLock lock(mutex);
    while (!interrupted && std::chrono::steady_clock::now() < deadline)
      changed.wait(lock, deadline);
  }
  void close(ThreadPoolExecutor& pool) override {
    const ShutdownOptions closing = options.closingShutdown ? options.closingShutdown() : info.shutdown;
    try {
      pool.shutdown(closing, giveUpWaiting.get_token());
    } catch (const std::exception&) { // only a worker's call could fail, and a program's main thread is none
    }
  }

  /// One of this run's pools, which live as long as the run; null: it has none of that number.
  ThreadPoolExecutor* find(PoolId id) {
    MutexLock lock(mutex);
    for (auto& pool : pools)
      if (pool->id() == id) return pool.get();
    return nullptr;
  }

  const ScenarioInfo info;
  ScenarioOptions options;
  std::atomic<double> speed;
  mutable Mutex mutex{LockRank::Scenario};
  Condition changed;
  Mutex printMutex{LockRank::Scenario};
  std::vector<std::unique_ptr<ThreadPoolExecutor>> pools GUARDED_BY(mutex); // in order of opening
  bool interrupted GUARDED_BY(mutex) = false;
  std::atomic<bool> mainEnded{false}, allEnded{false}; // written by the program's thread
  std::stop_source giveUpWaiting;                      // requested: the main thread waits no longer in shutdown(wait)
  std::thread mainThread;
};

ScenarioRun::ScenarioRun(const ScenarioInfo& info, ScenarioOptions options)
    : m_impl(std::make_unique<Impl>(info, std::move(options))) {
  const Program* program = nullptr;
  for (const Program& candidate : programs())
    if (candidate.info.name == info.name) program = &candidate;
  m_impl->mainThread = std::thread([impl = m_impl.get(), program] {
    setCallerName("main thread");
    try {
      program->main(*impl);
    } catch (const ExecutorShutdown&) { // interrupted while it was submitting: the rest of the program does not happen
    }
    impl->mainEnded = true;
    // What a program's end would do: wait for the pools it left draining. No caller's lane shows it: the program is
    // over.
    for (;;) {
      ThreadPoolExecutor* open = nullptr;
      {
        MutexLock lock(impl->mutex);
        for (auto& pool : impl->pools)
          if (!pool->closed()) open = pool.get();
      }
      if (!open) break;
      open->drain();
    }
    impl->allEnded = true;
    MutexLock lock(impl->mutex);
    impl->changed.notifyAll();
  });
}

ScenarioRun::~ScenarioRun() {
  interrupt();
  m_impl->mainThread.join();
}

bool ScenarioRun::mainThreadEnded() const {
  return m_impl->mainEnded;
}
bool ScenarioRun::ended() const {
  return m_impl->allEnded;
}

void ScenarioRun::wait() {
  MutexLock lock(m_impl->mutex);
  while (!m_impl->allEnded)
    m_impl->changed.wait(lock);
}

PoolId ScenarioRun::pool() const {
  MutexLock lock(m_impl->mutex);
  return m_impl->pools.empty() ? PoolId{} : m_impl->pools.back()->id();
}

void ScenarioRun::resize(std::size_t maxWorkers) {
  ThreadPoolExecutor* pool;
  {
    MutexLock lock(m_impl->mutex);
    m_impl->workers = maxWorkers;
    pool = m_impl->pools.empty() ? nullptr : m_impl->pools.back().get();
  }
  if (pool) pool->resize(maxWorkers);
}

void ScenarioRun::shutdown(ShutdownOptions options) {
  std::vector<ThreadPoolExecutor*> pools;
  {
    MutexLock lock(m_impl->mutex);
    for (auto& pool : m_impl->pools)
      pools.push_back(pool.get());
  }
  for (ThreadPoolExecutor* pool : pools)
    if (!pool->closed()) pool->shutdown({.wait = false, .cancelFutures = options.cancelFutures});
  if (!options.wait) m_impl->giveUpWaiting.request_stop();
}

bool ScenarioRun::cancelTask(PoolId id, TaskId task) {
  ThreadPoolExecutor* pool = m_impl->find(id);
  return pool != nullptr && pool->cancelTask(task, By::Person);
}

bool ScenarioRun::moveToFront(PoolId id, TaskId task) {
  ThreadPoolExecutor* pool = m_impl->find(id);
  return pool != nullptr && pool->moveToFront(task);
}

void ScenarioRun::setSpeed(double speed) {
  m_impl->speed = speed;
}

void ScenarioRun::interrupt() {
  {
    MutexLock lock(m_impl->mutex);
    m_impl->interrupted = true;
    m_impl->changed.notifyAll();
  }
  shutdown({.wait = true, .cancelFutures = true});
}

} // namespace poolscope
