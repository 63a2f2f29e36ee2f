#include "app/run_command.h"

#include "app/console.h"
#include "app/signals.h"
#include "app/trace_option.h"
#include "core/base/complain.h"

#include <string>

namespace poolscope {

namespace {

/// Until the run has ended. The first signal, or an output that nobody takes any more, interrupts it.
void waitForEnd(ScenarioRun& run, Signals& signals, Output& output) {
  bool interrupted = false;
  while (!run.ended()) {
    signals.wait(10); // ms: the program's end is noticed at once for a person
    signals.take();
    if (!interrupted && (signals.first() != 0 || !output.ok())) {
      interrupted = true;
      run.interrupt();
    }
    if (signals.sinceFirst() > kGiveUp / 2) output.giveUp(); // a task that waits for a reader of its line
  }
}

} // namespace

int runScenario(const RunCommand& command) {
  Signals signals(Signals::kByNumber);
  Output output;
  signals.endAtOnce(true); // while the trace is opened
  TraceOption trace(command.traceFile, "the run goes on", complain);
  signals.endAtOnce(false);
  if (!trace.ok()) return 1;
  const ScenarioInfo& info = *findScenario(command.scenario);
  ScenarioOptions options;
  options.log = trace.log();
  options.workers = command.workers, options.tasks = command.tasks, options.seed = command.seed;
  options.speed = command.speed, options.language = command.language.value_or(localeLanguage()),
  options.closingShutdown = [&] {
    return ShutdownOptions{.wait = info.shutdown.wait && !command.noWait,
                           .cancelFutures = info.shutdown.cancelFutures || command.cancelFutures};
  };
  options.line = [&](std::string_view line) { output.write(std::string(line) + "\n"); };

  std::string failure;
  {
    ScenarioRun run(info, std::move(options));
    waitForEnd(run, signals, output);
    failure = run.failure();
  }
  trace.finish(signals);
  if (signals.first() != 0) return signals.code();
  if (!output.ok()) failure = output.why();
  if (!failure.empty()) complain(failure);
  return failure.empty() && trace.ok() ? 0 : 1;
}

} // namespace poolscope
