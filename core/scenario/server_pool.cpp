#include "core/scenario/server_pool.h"

#include <utility>

namespace poolscope {

namespace {

EchoServerOptions serverOptions(ServeMode mode, const ProgramPool::Surroundings& surroundings) {
  EchoServerOptions options;
  options.mode = mode, options.maxWorkers = surroundings.workers;
  options.label = surroundings.label, options.log = surroundings.log;
  options.waitsForThreads = false; // a program ends; a server would wait
  options.broken = surroundings.broke;
  return options;
}

} // namespace

ServerPool::ServerPool(ServeMode mode, const Surroundings& surroundings) : m_server(serverOptions(mode, surroundings)) {
  m_server.start();
}

bool ServerPool::closed() const {
  return !m_server.listening() && m_server.clientCount() == 0 && m_server.threadCount() == 0;
}

void ServerPool::shutdown(ShutdownOptions options, std::stop_token giveUpWaiting) {
  const std::stop_callback stop(std::move(giveUpWaiting), [this] { m_server.stop(); });
  m_server.shutdown(options);
}

} // namespace poolscope
