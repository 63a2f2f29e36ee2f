#pragma once

#include "core/echo/echo_server.h"
#include "core/scenario/program_pool.h"

namespace poolscope {

/// An echo server of a program, on any free port, as its run commands it: the server's pool is the run's pool.
/// Made and owned by a run; listens from its construction on. Threads: any thread; what is said to block does.
class ServerPool final : public ProgramPool {
 public:
  /// std::system_error when it cannot listen.
  ServerPool(ServeMode mode, const Surroundings& surroundings);

  EchoServer& server() { return m_server; }

  void submit(SpokenTask) override {} ///< its tasks are its clients
  void map(std::vector<SpokenTask>) override {}
  PoolId id() const override { return m_server.pool(); }
  bool closed() const override;
  void resize(std::size_t maxWorkers) override { m_server.resize(maxWorkers); }
  void shutdown(ShutdownOptions options, std::stop_token giveUpWaiting) override; ///< giving up stops the server
  void drain() override { m_server.stop(); }
  bool cancelTask(TaskId task, By) override { return m_server.cancelTask(task); }
  bool moveToFront(TaskId task) override { return m_server.moveToFront(task); }
  bool killWorker(SlotIndex slot, pid_t pid) override { return m_server.killWorker(slot, pid); }

 private:
  EchoServer m_server;
};

} // namespace poolscope
