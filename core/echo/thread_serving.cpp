#include "core/base/syscall.h"
#include "core/echo/echo_server.h"
#include "core/echo/serving.h"
#include "core/pool/thread_pool_executor.h"

#include <utility>

namespace poolscope {

namespace {

/// A connection is one task and holds its worker as long as the client stays. In the tutorial's first server each has a
/// new thread, which ends with it: a pool without a size, which nothing bounds but the system.
class ThreadServing final : public Serving {
 public:
  ThreadServing(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given,
                const ServingHooks& hooks)
      : m_hooks(hooks) {
    if (given) {
      m_pool = given;
      return;
    }
    ThreadPoolOptions pool;
    pool.maxWorkers = options.maxWorkers, pool.label = options.label, pool.log = log;
    if (options.mode == ServeMode::ThreadPerConnection) pool.threadPerTask = "conn_data"; // the tutorial's function
    pool.keepsTrying = options.waitsForThreads;
    pool.onSpawnFailure = spawnFailureNote(hooks);
    m_own = std::make_unique<ThreadPoolExecutor>(std::move(pool));
    m_pool = m_own.get();
  }

  PoolId pool() const override { return m_pool->id(); }
  void serve(std::shared_ptr<Connection> connection) override {
    TaskOptions task;
    task.name = connection->taskName(), task.kind = TaskKind::Connection, task.client = connection->id();
    try {
      Future<void> future = m_pool->submit(task, [connection] {
        if (connection->beginServing()) connection->converse();
      });
      connection->queuedAs([future]() mutable { return future.cancel(); });
      noticeBreak(future, m_hooks);
    } catch (const ExecutorShutdown&) {
      connection->abandon(DisconnectCause::ServerStop);
    } catch (const std::exception&) { // the pool is broken, or a given one is full
      connection->abandon(DisconnectCause::Error);
    }
  }
  void resize(std::size_t maxWorkers) override { m_pool->resize(maxWorkers); }
  std::size_t maxWorkers() const override { return m_pool->maxWorkers(); }
  PoolStats stats() const override { return m_pool->stats(); }
  bool cancelTask(TaskId task) override { return m_pool->cancelTask(task); }
  bool moveToFront(TaskId task) override { return m_pool->moveToFront(task); }
  void shutdown(ShutdownOptions options) override {
    if (m_own) m_own->shutdown({.wait = false, .cancelFutures = options.cancelFutures});
  }
  void join(bool shown) override {
    if (!m_own) return;
    shown ? m_own->shutdown({.wait = true}) : m_own->waitClosed();
  }

 private:
  const ServingHooks m_hooks;
  std::unique_ptr<ThreadPoolExecutor> m_own;
  ThreadPoolExecutor* m_pool; // borrowed: m_own, or the given one, which outlives the server
};

} // namespace

void noticeBreak(const Future<void>& submitted, const ServingHooks& hooks) {
  if (!submitted.done() || submitted.cancelled()) return;
  try {
    submitted.result();
  } catch (const BrokenThreadPool& error) {
    hooks.broken(error.what());
  } catch (...) { // the client's own end
  }
}

std::function<void(int)> spawnFailureNote(const ServingHooks& hooks) {
  return [note = hooks.note](int error) {
    note(ServingHooks::Kind::Threads,
         "a worker thread could not be made: " + errorText(error) + "; clients may wait, and it is tried again");
  };
}

std::unique_ptr<Serving> makeThreads(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given,
                                     const ServingHooks& hooks) {
  return std::make_unique<ThreadServing>(options, log, given, hooks);
}

} // namespace poolscope
