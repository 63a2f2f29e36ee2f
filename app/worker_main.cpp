#include "core/pool/process/worker_main.h"
#include "core/echo/worker_tasks.h"
#include "core/scenario/scenario_tasks.h"

#include <cstdio>

/// The worker process of the window's own pools: small, without Qt, and so started in half a millisecond.
int main(int argc, char** argv) {
  poolscope::registerEchoTasks();
  poolscope::registerScenarioTasks();
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  std::fputs(
      "poolscope-worker runs tasks for a pool of worker processes, which starts it; `poolscope --help` says more\n",
      stderr);
  return 2;
}
