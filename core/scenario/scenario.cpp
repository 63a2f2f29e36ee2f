#include "core/scenario/scenario.h"

#include "core/base/system_calls.h"
#include "core/event/event_log.h"
#include "core/pool/future.h"
#include "core/pool/pool_core.h"
#include "core/scenario/program.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <stop_token>
#include <system_error>
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
  explicit Impl(const ScenarioInfo& scenario, ScenarioOptions given)
      : info(scenario), options(std::move(given)), sleeps(SleepControl::make(options.speed)) {
    workers = options.workers.value_or(info.workers);
    tasks = options.tasks.value_or(info.tasks);
    seed = options.seed.value_or(std::random_device{}());
    language = options.language;
    kind = options.workerKind.value_or(info.workerKind);
    if (!options.log) options.log = EventLog::current();
  }

  // --- what a program may ask
  ProgramPool& openPool(std::string label) override {
    MutexLock lock(mutex);
    ProgramPool& made = *pools.emplace_back(ProgramPool::make(kind, surroundingsLocked(std::move(label))));
    if (interrupted) made.shutdown({.wait = false, .cancelFutures = true}, {});
    lock.unlock();
    tellOpened(made);
    return made;
  }
  ServerPool& openServer(ServeMode mode, std::string label) override {
    if (mode == ServeMode::ThreadPool && kind == WorkerKind::Process) mode = ServeMode::ProcessPool;
    if (mode == ServeMode::ProcessPool && kind == WorkerKind::Thread) mode = ServeMode::ThreadPool;
    MutexLock lock(mutex);
    const ProgramPool::Surroundings surroundings = surroundingsLocked(std::move(label));
    lock.unlock();
    auto pool = std::make_unique<ServerPool>(mode, surroundings);
    ServerPool& made = *pool;
    lock.lock();
    pools.push_back(std::move(pool));
    const bool late = interrupted;
    lock.unlock();
    if (late) made.shutdown({.wait = false, .cancelFutures = true}, {});
    tellOpened(made);
    return made;
  }
  void sleepSeconds(double seconds) override { sleeps.sleepSeconds(seconds); }
  void print(std::string_view line) override {
    MutexLock lock(printMutex);
    if (options.line) options.line(line);
  }
  void close(ProgramPool& pool) override {
    const ShutdownOptions closing = options.closingShutdown ? options.closingShutdown() : info.shutdown;
    try {
      pool.shutdown(closing, giveUpWaiting.get_token());
    } catch (const std::exception&) { // only a worker's call could fail, and a program's main thread is none
    }
  }

  /// One of this run's pools, which live as long as the run; null: it has none of that number.
  ProgramPool* find(PoolId id) {
    MutexLock lock(mutex);
    for (auto& pool : pools)
      if (pool->id() == id) return pool.get();
    return nullptr;
  }
  void tellOpened(const ProgramPool& pool) {
    if (options.poolOpened) options.poolOpened(pool.id());
  }
  ProgramPool::Surroundings surroundingsLocked(std::string label) REQUIRES(mutex) {
    return {workers,
            std::move(label),
            options.log,
            &sleeps,
            [this](std::string_view line) { print(line); },
            [this](std::string_view why) { fail(why); }};
  }
  void fail(std::string_view why) {
    MutexLock lock(mutex);
    if (failure.empty()) failure = why;
  }

  const ScenarioInfo info;
  ScenarioOptions options;
  WorkerKind kind;
  SleepControl sleeps;
  mutable Mutex mutex{LockRank::Scenario};
  Condition changed;
  Mutex printMutex{LockRank::Scenario};
  std::vector<std::unique_ptr<ProgramPool>> pools GUARDED_BY(mutex); // in order of opening
  std::string failure GUARDED_BY(mutex);
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
  const auto body = [impl = m_impl.get(), program] {
    setCallerName("main thread");
    std::vector<ProgramPool*> broken;
    try {
      program->main(*impl);
    } catch (const ExecutorShutdown&) { // interrupted while it was submitting: the rest of the program does not happen
    } catch (const std::exception& e) { // its pool broke, and it has not come to shut it down
      impl->fail(e.what());
      MutexLock lock(impl->mutex);
      for (auto& pool : impl->pools)
        broken.push_back(pool.get());
    }
    for (ProgramPool* pool : broken)
      if (!pool->closed()) pool->shutdown({.wait = false}, {});
    impl->mainEnded = true;
    // What a program's end would do: wait for the pools it left draining. No caller's lane shows it: the program is
    // over.
    for (;;) {
      ProgramPool* open = nullptr;
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
  };
  try {
    m_impl->mainThread = g_systemCalls.makeThread(body);
  } catch (const std::system_error& error) {
    m_impl->fail(std::string("the scenario's main thread could not be made: ") + error.code().message());
    m_impl->mainEnded = m_impl->allEnded = true;
  }
}

ScenarioRun::~ScenarioRun() {
  interrupt();
  if (m_impl->mainThread.joinable()) m_impl->mainThread.join();
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

bool ScenarioRun::resize(PoolId id, std::size_t maxWorkers) {
  ProgramPool* pool = m_impl->find(id);
  if (pool == nullptr) return false;
  {
    MutexLock lock(m_impl->mutex);
    m_impl->workers = maxWorkers;
  }
  pool->resize(maxWorkers);
  return true;
}

bool ScenarioRun::killWorker(PoolId id, SlotIndex slot, pid_t pid) {
  ProgramPool* pool = m_impl->find(id);
  return pool != nullptr && pool->killWorker(slot, pid);
}

std::string ScenarioRun::failure() const {
  MutexLock lock(m_impl->mutex);
  return m_impl->failure;
}

bool ScenarioRun::shutdown(PoolId id, ShutdownOptions options) {
  ProgramPool* pool = m_impl->find(id);
  if (pool == nullptr) return false;
  if (!pool->closed()) pool->shutdown({.wait = false, .cancelFutures = options.cancelFutures}, {});
  if (!options.wait) m_impl->giveUpWaiting.request_stop();
  return true;
}

void ScenarioRun::shutdown(ShutdownOptions options) {
  std::vector<ProgramPool*> pools;
  {
    MutexLock lock(m_impl->mutex);
    for (auto& pool : m_impl->pools)
      pools.push_back(pool.get());
  }
  for (ProgramPool* pool : pools)
    if (!pool->closed()) pool->shutdown({.wait = false, .cancelFutures = options.cancelFutures}, {});
  if (!options.wait) m_impl->giveUpWaiting.request_stop();
}

bool ScenarioRun::cancelTask(PoolId id, TaskId task) {
  ProgramPool* pool = m_impl->find(id);
  return pool != nullptr && pool->cancelTask(task, By::Person);
}

bool ScenarioRun::moveToFront(PoolId id, TaskId task) {
  ProgramPool* pool = m_impl->find(id);
  return pool != nullptr && pool->moveToFront(task);
}

void ScenarioRun::setSpeed(double speed) {
  m_impl->sleeps.setSpeed(speed);
}

void ScenarioRun::interrupt() {
  {
    MutexLock lock(m_impl->mutex);
    m_impl->interrupted = true;
  }
  m_impl->sleeps.endSleeps();
  shutdown({.wait = true, .cancelFutures = true});
}

} // namespace poolscope
