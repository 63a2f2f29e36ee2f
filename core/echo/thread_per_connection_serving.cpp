#include "core/echo/echo_server.h"
#include "core/echo/serving.h"
#include "core/pool/future.h"
#include "core/pool/pool_core.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <list>
#include <optional>
#include <pthread.h>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {

std::atomic<unsigned> g_threads{0}; // counts threads of the process, as Python's threading does

/// The tutorial's first server: each client gets a thread, which ends with it. Nothing bounds them but the system.
///
/// It drives the pools' scheduler with the largest size there is, and its workers end after one task; only the events
/// say a target of 0, so that no vacant slots are shown.
/// Threads: any thread.
class ThreadPerConnectionServing final : public Serving {
 public:
  ThreadPerConnectionServing(const EchoServerOptions& options, EventLog* log) : m_core(log, kMostThreads) {
    if (!log) return;
    Event event;
    event.kind = EventKind::PoolOpened, event.pool = m_core.id,
    event.flag = static_cast<std::uint8_t>(WorkerKind::Thread);
    event.a = log->intern("Thread").value(), event.c = log->intern(options.label).value();
    MutexLock lock(m_core.anchor->mutex);
    m_core.opened = event;
    m_core.lastStamp = log->append(event);
  }
  ~ThreadPerConnectionServing() override {
    shutdown({.wait = false, .cancelFutures = true});
    join(false);
  }

  PoolId pool() const override { return m_core.id; }
  void serve(std::shared_ptr<Connection> connection) override;
  void resize(std::size_t) override {}
  std::size_t maxWorkers() const override { return 0; }
  PoolStats stats() const override {
    MutexLock lock(m_core.anchor->mutex);
    PoolStats stats = m_core.scheduler.stats();
    stats.maxWorkers = 0;
    return stats;
  }
  void shutdown(ShutdownOptions options) override;
  void join(bool shown) override;

 private:
  static constexpr std::size_t kMostThreads = kNoSlot - 1u;

  /// A connection as the scheduler's task. Kept alive by the queue, then by the thread that runs it.
  struct Task final : detail::TaskBlock {
    std::shared_ptr<Connection> connection;
  };
  struct Thread {
    std::thread thread;
    std::atomic<bool> ended{false}; // the thread's last act
  };

  template <class F> auto locked(std::int64_t notBefore, F&& change) {
    if (m_core.log) m_core.log->reserve(8);
    MutexLock lock(m_core.anchor->mutex);
    EventBatch batch(m_core.log, std::max(m_core.lastStamp, notBefore));
    struct Keep {
      detail::PoolCore& core;
      EventBatch& batch;
      ~Keep() { core.lastStamp = batch.stamp(); }
    } keep{m_core, batch};
    return change(batch);
  }
  void start(SlotIndex slot);
  void run(SlotIndex slot);
  void drop(Scheduler::Wishes&& wishes);
  void joinEnded();
  void noticeClosed();

  mutable detail::PoolCore m_core;
  Mutex m_threadsMutex{LockRank::Server};
  std::list<Thread> m_threads GUARDED_BY(m_threadsMutex);
};

void ThreadPerConnectionServing::serve(std::shared_ptr<Connection> connection) {
  joinEnded();
  auto* task = new Task;
  const auto mine = detail::BlockPtr<Task>::adopt(task);
  task->kind = TaskKind::Connection;
  const ClientId client = connection->id();
  CallerId caller;
  if (m_core.log) {
    task->log = m_core.log, task->pool = m_core.id, task->id = m_core.log->newTask();
    task->name = m_core.log->intern(connection->taskName());
    caller = detail::currentCaller(m_core.log);
  }
  task->connection = std::move(connection);
  const SlotIndex slot = locked(0, [&](EventBatch& batch) {
    if (m_core.scheduler.shuttingDown()) return kNoSlot;
    task->retain(); // the queue's
    const Scheduler::Wish wish = m_core.scheduler.submit(*task, caller, {}, client, batch);
    task->stamp = batch.stamp();
    return wish.start != kNoSlot ? wish.start : m_core.scheduler.retrySpawn(batch);
  });
  if (slot != kNoSlot) start(slot);
}

void ThreadPerConnectionServing::start(SlotIndex slot) {
  Thread* made;
  {
    MutexLock lock(m_threadsMutex);
    made = &m_threads.emplace_back();
  }
  int error = 0;
  try {
    std::thread thread([this, slot, made] {
      run(slot);
      made->ended = true;
    });
    MutexLock lock(m_threadsMutex);
    made->thread = std::move(thread);
    return;
  } catch (const std::system_error& e) {
    error = e.code().value() ? e.code().value() : EAGAIN;
  }
  // The client waits until a thread can be made: the next one that comes, or leaves, tries again.
  {
    MutexLock lock(m_threadsMutex);
    m_threads.remove_if([&](const Thread& thread) { return &thread == made; });
  }
  locked(0, [&](EventBatch& batch) { m_core.scheduler.spawnFailed(slot, error, 0, batch); });
}

void ThreadPerConnectionServing::run(SlotIndex slot) {
  sigset_t all; // signals are the program's business
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  const std::string comm = "Thread-" + std::to_string(++g_threads);
  pthread_setname_np(pthread_self(), comm.c_str());
  detail::WorkerContext context;
  context.core = &m_core, context.slot = slot, context.name = comm + " (conn_data)";
  detail::t_worker = &context;

  Event ready;
  ready.a = static_cast<std::uint32_t>(getpid()), ready.b = static_cast<std::uint32_t>(gettid());
  if (m_core.log) ready.c = m_core.log->intern(context.name).value(), ready.d = m_core.log->intern(comm).value();
  Scheduler::Next next = locked(0, [&](EventBatch& batch) {
    m_core.scheduler.ready(slot, ready, batch);
    // Its client may have been dropped before it came: then it ends at once.
    if (m_core.scheduler.queue().empty()) m_core.scheduler.retire(slot, RetireReason::MaxTasks, batch);
    return m_core.scheduler.next(slot, batch);
  });
  if (auto* task = static_cast<Task*>(next.task)) {
    context.task = task;
    if (task->connection->beginServing()) task->connection->converse();
    task->connection.reset();
    context.task = nullptr;
    next = locked(task->stamp, [&](EventBatch& batch) {
      m_core.scheduler.finish(slot, Outcome::Ok, {}, batch);
      m_core.scheduler.retire(slot, RetireReason::MaxTasks, batch);
      Scheduler::Next last = m_core.scheduler.next(slot, batch);
      if (last.wish.start == kNoSlot) last.wish.start = m_core.scheduler.retrySpawn(batch);
      return last;
    });
    task->release();
  }
  detail::t_worker = nullptr;
  if (next.wish.start != kNoSlot) start(next.wish.start);
  noticeClosed();
}

void ThreadPerConnectionServing::shutdown(ShutdownOptions options) {
  const CallerId caller = detail::currentCaller(m_core.log);
  drop(locked(0, [&](EventBatch& batch) { return m_core.scheduler.shutdown(options, caller, batch); }));
  noticeClosed();
}

void ThreadPerConnectionServing::drop(Scheduler::Wishes&& wishes) {
  for (TaskNode* node : wishes.dropped) {
    auto* task = static_cast<Task*>(node);
    task->connection.reset();
    task->release();
  }
}

void ThreadPerConnectionServing::join(bool shown) {
  {
    std::optional<detail::CallerWait> wait;
    if (shown) wait.emplace(m_core.log, m_core.id, CallKind::Shutdown);
    MutexLock lock(m_core.anchor->mutex);
    while (!m_core.scheduler.closed())
      m_core.closedChanged.wait(lock);
  }
  for (bool left = true; left;) { // a thread may have made another just before its end
    joinEnded();
    MutexLock lock(m_threadsMutex);
    left = !m_threads.empty();
    lock.unlock();
    if (left) std::this_thread::yield();
  }
}

void ThreadPerConnectionServing::joinEnded() {
  std::list<Thread> ended;
  {
    MutexLock lock(m_threadsMutex);
    for (auto it = m_threads.begin(); it != m_threads.end();) {
      const auto here = it++;
      if (here->ended && here->thread.joinable()) ended.splice(ended.end(), m_threads, here);
    }
  }
  for (Thread& thread : ended)
    thread.thread.join();
}

void ThreadPerConnectionServing::noticeClosed() {
  MutexLock lock(m_core.anchor->mutex);
  if (m_core.scheduler.closed()) m_core.closedChanged.notifyAll();
}

} // namespace

std::unique_ptr<Serving> makeThreadPerConnection(const EchoServerOptions& options, EventLog* log) {
  return std::make_unique<ThreadPerConnectionServing>(options, log);
}

} // namespace poolscope
