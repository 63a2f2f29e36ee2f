#include "core/echo/echo_server.h"
#include "core/echo/serving.h"
#include "core/echo/worker_tasks.h"
#include "core/pool/process/worker_main.h"
#include "core/pool/process_pool_executor.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {

/// What a worker process tells of its client: bytes go to the pool, which makes events of them.
class ToPool final : public Conversation::Listener {
 public:
  explicit ToPool(ClientId client) : m_client(client) {}
  void traffic(const Traffic& since) override {
    reportClientBytes(m_client, since.received, since.sent, since.messages);
    all += since;
  }
  void waits(bool) override {}

  Traffic all;

 private:
  const ClientId m_client;
};

/// How a conversation in a worker process went: its DisconnectCause; bytes received, sent, and messages.
using Conversed = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t>;

/// In a worker process: serves the client whose socket came with the task.
Conversed converseInWorker(std::uint32_t client, std::int64_t writeMs, std::int64_t idleMs) {
  const UniqueFd socket = takeTaskDescriptor();
  if (!socket) throw std::runtime_error("the task came without the client's socket");
  ConversationLimits limits;
  limits.write = std::chrono::milliseconds(writeMs);
  if (idleMs >= 0) limits.idle = std::chrono::milliseconds(idleMs);
  ToPool listener{ClientId{client}};
  const DisconnectCause cause = Conversation(socket.get(), limits, listener).run();
  return {static_cast<std::uint32_t>(cause), listener.all.received, listener.all.sent, listener.all.messages};
}

/// A connection is one task of a worker process, which is passed its socket and holds it as long as the client stays.
/// This side keeps the socket, too: to shut it down. A worker that dies takes its client along and no other.
/// Threads: any thread.
class ProcessPoolServing final : public Serving {
 public:
  ProcessPoolServing(const EchoServerOptions& options, EventLog* log, const ServingHooks& hooks)
      : m_hooks(hooks), m_pool(poolOptions(options, log, hooks)) {
    if (::access(m_pool.workerProgram().c_str(), X_OK) != 0)
      throw std::system_error(errno, std::generic_category(),
                              "the worker processes cannot be started: " + m_pool.workerProgram());
  }

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
  static ProcessPoolOptions poolOptions(const EchoServerOptions& options, EventLog* log, const ServingHooks& hooks) {
    ProcessPoolOptions pool;
    pool.maxWorkers = options.maxWorkers, pool.label = options.label, pool.log = log;
    pool.onWorkerDeath = [note = hooks.note](std::string_view death) {
      note(ServingHooks::Kind::Workers, std::string(death) + "; its client is closed, and another takes its place");
    };
    return pool;
  }
  void ended(const Future<Conversed>& future, Connection& connection) const;

  const ServingHooks m_hooks;
  ProcessPoolExecutor m_pool; // last: its callbacks use what is above
};

/// A task has its outcome: so has its client.
void ProcessPoolServing::ended(const Future<Conversed>& future, Connection& connection) const {
  DisconnectCause cause = DisconnectCause::Error;
  try {
    const auto& [why, received, sent, messages] = future.result();
    connection.count({received, sent, messages});
    cause = static_cast<DisconnectCause>(why);
  } catch (const CancelledError&) {
    cause = connection.causeOfDrop();
  } catch (const WorkerDied&) { // noted
    cause = DisconnectCause::WorkerDied;
  } catch (const BrokenProcessPool& error) {
    cause = DisconnectCause::WorkerDied;
    m_hooks.broken(error.what());
  } catch (const std::exception& error) {
    m_hooks.note(ServingHooks::Kind::Clients, "the client " + connection.peer() + " was closed: " + error.what());
  }
  connection.end(cause);
}

void ProcessPoolServing::serve(std::shared_ptr<Connection> connection) {
  if (!connection->takeOver()) return;
  TaskOptions task;
  task.name = connection->taskName(), task.kind = TaskKind::Connection, task.client = connection->id();
  task.descriptor = connection->sharedSocket(); // until the worker has it: this side may close earlier
  task.onStarted = [connection] { connection->noteServed(); };
  const ConversationLimits& limits = connection->limits();
  try {
    auto future = m_pool.submit<&converseInWorker>(task, connection->id().value(), std::int64_t{limits.write.count()},
                                                   std::int64_t{limits.idle ? limits.idle->count() : -1});
    connection->servedBy([future] { return future.running(); });
    connection->queuedAs([future]() mutable { return future.cancel(); });
    future.addDoneCallback([this, connection](const Future<Conversed>& done) { ended(done, *connection); });
  } catch (const ExecutorShutdown&) {
    connection->end(DisconnectCause::ServerStop);
  } catch (const BrokenProcessPool& error) {
    connection->end(DisconnectCause::WorkerDied);
    m_hooks.broken(error.what());
  } catch (const std::exception& error) { // the pool cannot start its thread
    connection->end(DisconnectCause::Error);
    m_hooks.note(ServingHooks::Kind::Clients, "the client " + connection->peer() + " was closed: " + error.what());
  }
}

} // namespace

std::unique_ptr<Serving> makeProcessPool(const EchoServerOptions& options, EventLog* log, const ServingHooks& hooks) {
  registerEchoTasks();
  return std::make_unique<ProcessPoolServing>(options, log, hooks);
}

void registerEchoTasks() {
  static const bool once = [] {
    registerTask<&converseInWorker>("poolscope.converse");
    return true;
  }();
  static_cast<void>(once);
}

} // namespace poolscope
