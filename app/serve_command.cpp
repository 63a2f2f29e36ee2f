#include "app/serve_command.h"

#include "app/ending_signals.h"
#include "core/echo/address.h"
#include "core/event/event_log.h"
#include "core/event/trace_file.h"
#include "core/pool/worker_sampler.h"

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace poolscope {

namespace {

void say(std::string_view sentence) {
  std::fprintf(stderr, "poolscope: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
}

bool isLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

} // namespace

int runServer(const ServeCommand& command) {
  EndingSignals::watch({SIGINT, SIGTERM, SIGHUP}, true);
  std::signal(SIGPIPE, SIG_IGN);

  std::unique_ptr<EventLog> log; // only what is asked for is recorded
  std::unique_ptr<TraceFile> trace;
  if (!command.traceFile.empty()) {
    log = std::make_unique<EventLog>();
    trace = std::make_unique<TraceFile>(*log, command.traceFile, [](const std::string& error) {
      say("--trace: " + error + "; the server goes on without it");
    });
    if (const std::string error = trace->error(); !error.empty()) {
      say("--trace: " + error);
      return 1;
    }
  }
  std::optional<WorkerSampler> sampler; // so that the recording knows who computed
  if (log) sampler.emplace(*log);
  EchoServerOptions options;
  options.mode = command.mode, options.maxWorkers = command.workers;
  options.host = command.host, options.port = command.port;
  options.log = log.get(), options.note = say;
  EchoServer server(std::move(options));
  try {
    server.start();
  } catch (const std::system_error& error) {
    say(error.what());
    return 3;
  }
  if (!isLoopback(command.host)) say("reachable from the network: whoever can reach " + command.host + " is answered");
  std::printf("listening on %s\n", addressText(command.host, server.port()).c_str());
  std::fflush(stdout);

  EndingSignals::wait();
  server.stop();
  sampler.reset();
  if (trace) trace->finish();
  return trace && !trace->error().empty() ? 1 : 0;
}

} // namespace poolscope
