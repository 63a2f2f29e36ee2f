#pragma once

#include "core/echo/connection.h"
#include "core/pool/executor.h"
#include "core/pool/future.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <sys/types.h>

namespace poolscope {

class EventLog;
class ThreadPoolExecutor;
struct EchoServerOptions;

/// What a mode tells its server, on any thread, holding no lock.
struct ServingHooks {
  enum class Kind : std::uint8_t { Threads, Workers, Clients };
  std::function<void(Kind, std::string_view)> note;  ///< one sentence for a person
  std::function<void(std::string_view)> broken;      ///< nobody can be served any more: why
};

/// How one mode serves: what becomes of a connection once it is accepted.
///
/// Made by a server at its start, ended with it, after join().
/// Threads: any thread; serve(): the accepting thread. join() blocks.
class Serving {
 public:
  virtual ~Serving() = default;
  virtual PoolId pool() const = 0;
  /// Takes the client over; never waits for anybody. Tells ClientQueued.
  virtual void serve(std::shared_ptr<Connection> connection) = 0;
  virtual void resize(std::size_t maxWorkers) = 0;
  virtual std::size_t maxWorkers() const = 0;
  virtual PoolStats stats() const = 0;
  /// Whether there are clients that wait until a worker has nobody else.
  virtual bool queues() const { return true; }
  /// As a pool's, but never waits: no more clients come; those that are here stay as long as they want, with
  /// cancelFutures only the served ones (the reactor then ends all). A pool that is not its own is left open.
  virtual void shutdown(ShutdownOptions options) = 0;
  /// Until every worker of an own pool has ended; after shutdown(), on a given pool after the last client has left.
  /// `shown`: as a caller of shutdown(wait).
  virtual void join(bool shown) = 0;
  /// Ends workers that do not end by themselves, where that is possible.
  virtual void kill() {}
  /// A person's wish about a client's task that is queued; false when it is not, or the mode has no queue.
  virtual bool cancelTask(TaskId) { return false; }
  virtual bool moveToFront(TaskId) { return false; }
  virtual bool killWorker(SlotIndex, pid_t) { return false; } ///< worker processes only; pid 0: whoever is there
};

/// With a pool, or with a thread for each client. `given`: another's pool, null: its own.
std::unique_ptr<Serving> makeThreads(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given,
                                     const ServingHooks& hooks);
std::unique_ptr<Serving> makeProcessPool(const EchoServerOptions& options, EventLog* log, const ServingHooks& hooks);
std::unique_ptr<Serving> makeReactor(const EchoServerOptions& options, EventLog* log, ThreadPoolExecutor* given,
                                     const ServingHooks& hooks);
/// Tells that the pool is broken if it was this task's submission that broke it: no first worker could be made.
void noticeBreak(const Future<void>& submitted, const ServingHooks& hooks);
/// For a pool of threads: that one could not be made.
std::function<void(int)> spawnFailureNote(const ServingHooks& hooks);

} // namespace poolscope
