#include "core/scenario/program.h"

#include <string>

namespace poolscope {

/// The tutorial's process pool: ten tasks share four worker processes; each says its number and process and sleeps 1 to
/// 5 s.
Program processPoolProgram() {
  return {.info = {.name = "process-pool",
                   .sentence = "Ten tasks share four worker processes; the main process waits in shutdown(wait).",
                   .workerKind = WorkerKind::Process,
                   .workers = 4,
                   .tasks = 10,
                   .shutdown = {.wait = true, .cancelFutures = false}},
          .main = [](ProgramContext& context) {
            ProgramPool& pool = context.openPool("process-pool");
            const std::string child = context.chinese() ? "子进程" : "child process ";
            for (std::size_t i = 0; i < context.tasks; ++i)
              pool.submit({.before = child + std::to_string(i) + " is running, it is pid {pid}",
                           .seconds = context.randomSeconds(i, 1, 5),
                           .after = {}});
            context.close(pool);
            context.print(context.chinese() ? "主进程" : "main process");
          }};
}

} // namespace poolscope
