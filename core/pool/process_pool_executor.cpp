#include "core/pool/process_pool_executor.h"

#include "core/base/assert.h"
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
  m_pool = std::make_unique<detail::ProcessPool>(std::move(options), log);
}

ProcessPoolExecutor::~ProcessPoolExecutor() {
  if (!m_pool->home.isHere()) { // its workers are the parent's: nobody says Bye to them
    static_cast<void>(m_pool.release());
    return;
  }
  if (m_pool->onIoThread()) // it would wait for itself, for ever
    assertFailed("a pool is not destroyed by its own callback", "!onIoThread()", __FILE__, __LINE__);
  bool open;
  {
    MutexLock lock(m_pool->anchor->mutex);
    open = !m_pool->scheduler.shuttingDown();
  }
  if (open) m_pool->shutdown({});
  drain();
}

std::string ProcessPoolExecutor::beginBody(const detail::FunctionPlace& function, const std::string& name) const {
  return m_pool->beginBody(function, name);
}

void ProcessPoolExecutor::submitTask(detail::ProcessTask& task, const TaskOptions& options, const std::string& name) {
  m_pool->checkHome<BrokenProcessPool>();
  m_pool->submit(task, options, name);
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
  if (options.wait) m_pool->waitClosed(giveUpWaiting, true, "shutdown(wait)");
}

void ProcessPoolExecutor::drain() {
  if (m_pool->home.isHere()) m_pool->waitClosed({}, false, "drain()");
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
