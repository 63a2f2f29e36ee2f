#include "app/run_command.h"

#include "app/ending_signals.h"
#include "core/event/event_log.h"
#include "core/event/trace_file.h"
#include "core/pool/worker_sampler.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {

constexpr std::chrono::milliseconds kLook{10}; // the program's end is noticed at once for a person

/// The whole line or nothing more: false when nobody reads any longer.
bool writeLine(std::string line) {
  line += '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(STDOUT_FILENO, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

} // namespace

int runScenario(const RunCommand& command) {
  EndingSignals::watch({SIGINT, SIGTERM}, false);
  std::signal(SIGPIPE, SIG_IGN);

  std::unique_ptr<EventLog> log; // only what is asked for is recorded
  std::unique_ptr<TraceFile> trace;
  if (!command.traceFile.empty()) {
    const auto complain = [](const std::string& error) {
      std::fprintf(stderr, "poolscope: --trace: %s\n", error.c_str());
    };
    log = std::make_unique<EventLog>();
    trace = std::make_unique<TraceFile>(
        *log, command.traceFile, [=](const std::string& error) { complain(error + "; the run goes on without it"); });
    if (const std::string error = trace->error(); !error.empty()) {
      complain(error);
      return 1;
    }
  }
  const ScenarioInfo& info = *findScenario(command.scenario);
  std::atomic<bool> stdoutGone{false};
  ScenarioOptions options;
  options.log = log.get();
  options.workers = command.workers, options.tasks = command.tasks, options.seed = command.seed;
  options.speed = command.speed, options.language = command.language.value_or(localeLanguage()),
  options.closingShutdown = [&] {
    return ShutdownOptions{.wait = info.shutdown.wait && !command.noWait,
                           .cancelFutures = info.shutdown.cancelFutures || command.cancelFutures};
  };
  options.line = [&](std::string_view line) {
    if (!stdoutGone && !writeLine(std::string(line))) stdoutGone = true;
  };

  std::string failure;
  {
    std::optional<WorkerSampler> sampler; // so that the recording knows who computed
    if (log) sampler.emplace(*log);
    ScenarioRun run(info, std::move(options));
    for (bool interrupted = false; !run.ended();) {
      std::this_thread::sleep_for(kLook);
      const bool wanted = stdoutGone || EndingSignals::received() != 0;
      if (wanted && !std::exchange(interrupted, true)) run.interrupt();
    }
    failure = run.failure();
  }
  if (trace) trace->finish();
  if (const int number = EndingSignals::received()) return 128 + number;
  if (stdoutGone) {
    std::fprintf(stderr, "poolscope: the output could not be written\n");
    return 1;
  }
  if (!failure.empty()) {
    std::fprintf(stderr, "poolscope: %s\n", failure.c_str());
    return 1;
  }
  return trace && !trace->error().empty() ? 1 : 0;
}

} // namespace poolscope
