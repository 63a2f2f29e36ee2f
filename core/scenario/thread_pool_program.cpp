#include "core/scenario/program.h"

namespace poolscope {

/// The tutorial's thread pool: ten tasks share four workers; each says who runs it and sleeps 1 to 5 s.
Program threadPoolProgram() {
  return {.info = {.name = "thread-pool",
                   .sentence = "Ten tasks share four worker threads; the main thread waits in shutdown(wait).",
                   .workerKind = WorkerKind::Thread,
                   .workers = 4,
                   .tasks = 10,
                   .shutdown = {.wait = true, .cancelFutures = false}},
          .main = [](ProgramContext& context) {
            ProgramPool& pool = context.openPool("thread-pool");
            for (std::size_t i = 0; i < context.tasks; ++i)
              pool.submit({.before = "{worker} is running, it is pid {pid}",
                           .seconds = context.randomSeconds(i, 1, 5),
                           .after = {}});
            context.close(pool);
            context.print(context.chinese() ? "主线程" : "main thread");
          }};
}

} // namespace poolscope
