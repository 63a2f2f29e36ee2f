#include "core/echo/echo_server.h"
#include "core/echo/serving.h"
#include "core/echo/worker_tasks.h"
#include "core/pool/process/worker_main.h"
#include "core/pool/process_pool_executor.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace poolscope {

namespace {

/// What a worker process tells of its client: bytes go to the pool, which makes events of them.
class ToPool final : public Conversation::Listener {
 public:
  explicit ToPool(ClientId client) : m_client(client) {}
  void traffic(const Traffic& since) override {
    reportClientBytes(m_client, since.received, since.sent, since.messages);
  }
  void waits(bool) override {}

 private:
  const ClientId m_client;
};

/// In a worker process: serves the client whose socket came with the task. Gives the DisconnectCause.
std::uint32_t converseInWorker(std::uint32_t client, std::int64_t writeMs, std::int64_t idleMs) {
  const UniqueFd socket = takeTaskDescriptor();
  if (!socket) throw std::runtime_error("the task came without the client's socket");
  ConversationLimits limits;
  limits.write = std::chrono::milliseconds(writeMs);
  if (idleMs >= 0) limits.idle = std::chrono::milliseconds(idleMs);
  ToPool listener{ClientId{client}};
  return static_cast<std::uint32_t>(Conversation(socket.get(), limits, listener).run());
}

/// A connection is one task of a worker process, which is passed its socket and holds it as long as the client stays.
/// This side keeps the socket, too: to shut it down, and to close it last. A worker that dies takes its client along
/// and no other.
/// Threads: any thread.
class ProcessPoolServing final : public Serving {
 public:
  ProcessPoolServing(const EchoServerOptions& options, EventLog* log) : m_pool(poolOptions(options, log)) {}

  PoolId pool() const override { return m_pool.id(); }
  void serve(std::shared_ptr<Connection> connection) override;
  void resize(std::size_t maxWorkers) override { m_pool.resize(maxWorkers); }
  std::size_t maxWorkers() const override { return m_pool.maxWorkers(); }
  PoolStats stats() const override { return m_pool.stats(); }
  void shutdown(ShutdownOptions options) override {
    m_pool.shutdown({.wait = false, .cancelFutures = options.cancelFutures});
  }
  void join(bool shown) override { shown ? m_pool.shutdown({.wait = true}) : m_pool.waitClosed(); }
  void kill() override { m_pool.killWorkers(); }
  bool cancelTask(TaskId task) override { return m_pool.cancelTask(task); }
  bool moveToFront(TaskId task) override { return m_pool.moveToFront(task); }
  bool killWorker(SlotIndex slot, pid_t pid) override { return m_pool.killWorker(slot, pid); }

 private:
  static ProcessPoolOptions poolOptions(const EchoServerOptions& options, EventLog* log) {
    ProcessPoolOptions pool;
    pool.maxWorkers = options.maxWorkers, pool.label = options.label, pool.log = log;
    return pool;
  }

  ProcessPoolExecutor m_pool;
};

DisconnectCause causeOf(const Future<std::uint32_t>& future, const Connection& connection) {
  try {
    return static_cast<DisconnectCause>(future.result());
  } catch (const CancelledError&) {
    return connection.causeOfDrop();
  } catch (const BrokenProcessPool&) {
    return DisconnectCause::WorkerDied;
  } catch (const std::exception&) {
    return DisconnectCause::Error;
  }
}

void ProcessPoolServing::serve(std::shared_ptr<Connection> connection) {
  if (!connection->takeOver()) return;
  TaskOptions task;
  task.name = connection->taskName(), task.kind = TaskKind::Connection, task.client = connection->id();
  // A copy of its own until the worker has it: this side may close its socket while the frame waits to be sent.
  task.descriptor = std::make_shared<const UniqueFd>(::fcntl(connection->socket(), F_DUPFD_CLOEXEC, 0));
  if (!*task.descriptor) return connection->end(DisconnectCause::Error);
  const ConversationLimits& limits = connection->limits();
  try {
    auto future = m_pool.submit<&converseInWorker>(task, connection->id().value(), std::int64_t{limits.write.count()},
                                                   std::int64_t{limits.idle ? limits.idle->count() : -1});
    connection->servedBy([future] { return future.running(); });
    future.addDoneCallback(
        [connection](const Future<std::uint32_t>& done) { connection->end(causeOf(done, *connection)); });
  } catch (const ExecutorShutdown&) {
    connection->end(DisconnectCause::ServerStop);
  } catch (const std::exception&) { // the pool is broken, or cannot start its thread
    connection->end(DisconnectCause::Error);
  }
}

} // namespace

std::unique_ptr<Serving> makeProcessPool(const EchoServerOptions& options, EventLog* log) {
  registerEchoTasks();
  return std::make_unique<ProcessPoolServing>(options, log);
}

void registerEchoTasks() {
  static const bool once = [] {
    registerTask<&converseInWorker>("poolscope.converse");
    return true;
  }();
  static_cast<void>(once);
}

} // namespace poolscope
