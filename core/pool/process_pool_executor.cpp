#include "core/pool/process_pool_executor.h"

#include "core/event/event_log.h"
#include "core/pool/process/process_pool.h"

#include <csignal>
#include <stdexcept>

namespace poolscope {

namespace {

ProcessPoolOptions sized(std::size_t maxWorkers) {
  ProcessPoolOptions options;
  options.maxWorkers = maxWorkers;
  return options;
}

} // namespace

ProcessPoolExecutor::ProcessPoolExecutor(std::size_t maxWorkers) : ProcessPoolExecutor(sized(maxWorkers)) {}

ProcessPoolExecutor::ProcessPoolExecutor(ProcessPoolOptions options) {
  detail::PoolCore::checkedSize(options.maxWorkers);
  if (options.queueBound.limit != 0 && options.queueBound.whenFull == WhenFull::CallerRuns)
    throw std::invalid_argument("a task of worker processes never runs in the process that submits it");
  EventLog* log = detail::PoolCore::chosenLog(options.log);
  m_pool = std::make_shared<detail::ProcessPool>(std::move(options), log);
}

ProcessPoolExecutor::~ProcessPoolExecutor() {
  if (!m_pool->home.isHere()) { // its workers are the parent's: nobody says Bye to them
    new std::shared_ptr<detail::ProcessPool>(std::move(m_pool));
    return;
  }
  if (m_pool->onIoThread()) { // it would wait for itself, for ever
    m_pool->endAll(SIGKILL, "the pool was destroyed in one of its callbacks");
    m_pool->leaveToIoThread();
    return;
  }
  bool open;
  {
    MutexLock lock(m_pool->anchor->mutex);
    open = !m_pool->scheduler.shuttingDown();
  }
  if (open) m_pool->shutdown({});
  m_pool->waitFor(detail::WorkerWait::Until::PoolClosed, {}, nullptr, "the pool's end",
                  detail::WorkerWait::IfVain::RefuseOthers);
}

std::shared_ptr<detail::ProcessPool> detail::ProcessDoor::open() const {
  if (auto pool = m_pool.lock()) return pool;
  throw ExecutorShutdown("cannot schedule new futures: the executor is gone");
}

std::string detail::ProcessDoor::beginBody(ProcessPool& pool, const FunctionPlace& function, const std::string& name) {
  return pool.beginBody(function, name);
}

void detail::ProcessDoor::submitTask(ProcessPool& pool, ProcessTask& task, const TaskOptions& options,
                                     const std::string& name) {
  pool.checkHome<BrokenProcessPool>();
  pool.submit(task, options, name);
}

void ProcessPoolExecutor::resize(std::size_t maxWorkers) {
  detail::PoolCore::checkedSize(maxWorkers);
  if (m_pool->home.isHere()) m_pool->resize(maxWorkers);
}

std::size_t ProcessPoolExecutor::maxWorkers() const {
  return m_pool->maxWorkers();
}

PoolStats ProcessPoolExecutor::stats() const {
  return m_pool->stats();
}

void ProcessPoolExecutor::shutdown(ShutdownOptions options) {
  shutdown(options, {});
}

void ProcessPoolExecutor::shutdown(ShutdownOptions options, std::stop_token giveUpWaiting) {
  if (!m_pool->home.isHere()) return;
  m_pool->shutdown(options);
  using Until = detail::WorkerWait::Until;
  const CallKind shown = CallKind::Shutdown;
  if (options.wait) m_pool->waitFor(Until::PoolClosed, giveUpWaiting, &shown, "shutdown(wait)");
}

void ProcessPoolExecutor::waitIdle() {
  const CallKind shown = CallKind::Wait;
  if (m_pool->home.isHere()) m_pool->waitFor(detail::WorkerWait::Until::PoolIdle, {}, &shown, "waitIdle()");
}

void ProcessPoolExecutor::waitClosed() {
  if (m_pool->home.isHere()) m_pool->waitFor(detail::WorkerWait::Until::PoolClosed, {}, nullptr, "waitClosed()");
}

const std::string& ProcessPoolExecutor::workerProgram() const {
  return m_pool->program();
}
std::vector<pid_t> ProcessPoolExecutor::workerPids() const {
  return m_pool->home.isHere() ? m_pool->workerPids() : std::vector<pid_t>{};
}

void ProcessPoolExecutor::terminateWorkers() {
  if (m_pool->home.isHere()) m_pool->endAll(SIGTERM, "the pool's workers were terminated");
}

void ProcessPoolExecutor::killWorkers() {
  if (m_pool->home.isHere()) m_pool->endAll(SIGKILL, "the pool's workers were killed");
}

bool ProcessPoolExecutor::killWorker(SlotIndex slot, pid_t pid) {
  return m_pool->home.isHere() && m_pool->killWorker(slot, pid);
}

bool ProcessPoolExecutor::killWorkerWithPid(pid_t pid) {
  return m_pool->home.isHere() && m_pool->killWorker(kNoSlot, pid);
}

bool ProcessPoolExecutor::stopTask(TaskId task) {
  return m_pool->home.isHere() && m_pool->stopTask(task);
}

PoolId ProcessPoolExecutor::id() const {
  return m_pool->id;
}

const std::string& ProcessPoolExecutor::name() const {
  return m_pool->prefix;
}

bool ProcessPoolExecutor::closed() const {
  return m_pool->closed();
}

bool ProcessPoolExecutor::cancelTask(TaskId task, By by) {
  return m_pool->cancelTask(task, by);
}

bool ProcessPoolExecutor::moveToFront(TaskId task) {
  return m_pool->moveToFront(task);
}

} // namespace poolscope
