#include "core/base/syscall.h"
#include "core/base/system_calls.h"
#include "core/echo/address.h"
#include "core/scenario/program.h"
#include "core/scenario/server_pool.h"

#include <algorithm>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <vector>

namespace poolscope {

namespace {

constexpr std::size_t kMostClients = 500; // each is a thread here, and two descriptors
constexpr int kPatienceMs = 300;          // a reply on one machine comes within one; later there is a reason for it

/// The tutorial's client, scripted: it connects, types a line, thinks, types another, idles and leaves.
/// Threads: owner (its own thread).
class ScriptedClient {
 public:
  ScriptedClient(ProgramContext& context, std::size_t number, std::uint16_t port)
      : m_context(context), m_number(number), m_port(port) {}

  void run() {
    ::pthread_setname_np(::pthread_self(), ("client " + std::to_string(m_number)).c_str());
    try {
      m_socket = connectTo("127.0.0.1", m_port);
    } catch (const std::system_error& error) {
      return say(error.what());
    }
    if (!ask("hello, I am client " + std::to_string(m_number))) return;
    m_context.sleepSeconds(m_context.randomSeconds(m_number, 1, 3));
    if (!ask("still here")) return;
    m_context.sleepSeconds(m_context.randomSeconds(m_number + kMostClients, 1, 2));
    m_socket.reset();
    say(m_context.chinese() ? "离开" : "leaves");
  }

 private:
  void say(std::string_view words) {
    m_context.print((m_context.chinese() ? "客户端" : "client ") + std::to_string(m_number) + " " + std::string(words));
  }

  /// False when the server has ended the conversation.
  bool ask(const std::string& line) {
    say(">>>:" + line);
    const auto sent = sysCall([&] { return ::send(m_socket.get(), line.data(), line.size(), MSG_NOSIGNAL); });
    std::string reply;
    pollfd ready{m_socket.get(), POLLIN, 0};
    if (sent && sysCall([&] { return ::poll(&ready, 1, kPatienceMs); }).value == 0)
      say(m_context.chinese() ? "在等待：没有空闲的工作者" : "waits: no worker is free");
    while (sent && reply.size() < line.size()) {
      char buffer[1024];
      const auto got = sysCall([&] { return ::recv(m_socket.get(), buffer, sizeof buffer, 0); });
      if (!got || got.value == 0) break;
      reply.append(buffer, static_cast<std::size_t>(got.value));
    }
    if (reply.size() < line.size()) {
      say(m_context.chinese() ? "：服务器关闭了连接" : "was closed by the server");
      return false;
    }
    say(reply);
    return true;
  }

  ProgramContext& m_context; // outlives it
  const std::size_t m_number;
  const std::uint16_t m_port;
  UniqueFd m_socket;
};

/// The tutorial's server and as many of its clients as there are tasks. They come one after the other and stay a while,
/// mostly silent: so those that the workers hold keep the others waiting, where a client holds a worker.
void serveScriptedClients(ProgramContext& context, ServeMode mode, const char* label) {
  ServerPool& pool = context.openServer(mode, label);
  const std::uint16_t port = pool.server().port();
  const std::string where = addressText(pool.server().host(), port);
  context.print(context.chinese() ? "服务端 " + where : "the server listens on " + where);
  std::vector<std::thread> clients;
  std::string failure;
  for (std::size_t i = 1; i <= std::min(context.tasks, kMostClients) && pool.server().listening(); ++i) {
    try {
      clients.push_back(g_systemCalls.makeThread([&context, i, port] { ScriptedClient(context, i, port).run(); }));
    } catch (const std::system_error& error) {
      failure = "client " + std::to_string(i) + " could not be made: " + error.code().message();
      break;
    }
    context.sleepSeconds(0.3);
  }
  for (std::thread& client : clients)
    client.join();
  context.close(pool);
  if (!failure.empty()) throw std::runtime_error(failure);
  context.print(context.chinese() ? "主线程" : "main thread");
}

Program echoProgram(std::string_view name, std::string_view sentence, WorkerKind kind, void (*main)(ProgramContext&)) {
  return {.info = {.name = name,
                   .sentence = sentence,
                   .workerKind = kind,
                   .workers = 4,
                   .tasks = 6,
                   .shutdown = {.wait = true, .cancelFutures = false}},
          .main = main};
}

} // namespace

Program echoThreadPerConnectionProgram() {
  return echoProgram(
      "echo-thread-per-connection",
      "The tutorial's server: a new thread for each of six clients, so nobody waits and nothing bounds it.",
      WorkerKind::Thread, [](ProgramContext& context) {
        serveScriptedClients(context, ServeMode::ThreadPerConnection, "echo-thread-per-connection");
      });
}

Program echoThreadPoolProgram() {
  return echoProgram(
      "echo-thread-pool", "The same server on four worker threads: six clients come, two wait until a worker is free.",
      WorkerKind::Thread,
      [](ProgramContext& context) { serveScriptedClients(context, ServeMode::ThreadPool, "echo-thread-pool"); });
}

Program echoProcessPoolProgram() {
  return echoProgram(
      "echo-process-pool", "The same server on four worker processes: each client's socket is passed to one of them.",
      WorkerKind::Process,
      [](ProgramContext& context) { serveScriptedClients(context, ServeMode::ProcessPool, "echo-process-pool"); });
}

Program echoReactorProgram() {
  return echoProgram(
      "echo-reactor", "The same clients, but idle ones hold no worker: each message is a short task, so nobody waits.",
      WorkerKind::Thread,
      [](ProgramContext& context) { serveScriptedClients(context, ServeMode::Reactor, "echo-reactor"); });
}

} // namespace poolscope
