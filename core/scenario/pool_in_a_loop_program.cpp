#include "core/scenario/program.h"

#include <vector>

namespace poolscope {

/// What the tutorial warns of: a pool made inside the loop. Every turn opens a pool of its own for one task, so nothing
/// is shared and nothing is bounded: ten pools of four slots, one worker each.
Program poolInALoopProgram() {
  return {
      .info = {.name = "pool-in-a-loop",
               .sentence = "The mistake: a pool built inside the loop opens ten pools, so nothing bounds the threads.",
               .workerKind = WorkerKind::Thread,
               .workers = 4,
               .tasks = 10,
               .shutdown = {.wait = true, .cancelFutures = false}},
      .main = [](ProgramContext& context) {
        std::vector<ProgramPool*> pools;
        for (std::size_t i = 0; i < context.tasks; ++i) {
          pools.push_back(&context.openPool("pool-in-a-loop"));
          pools.back()->submit({.before = "{worker} is running, it is pid {pid}",
                                .seconds = context.randomSeconds(i, 1, 5),
                                .after = {}});
        }
        for (ProgramPool* pool : pools)
          context.close(*pool);
        context.print(context.chinese() ? "主线程" : "main thread");
      }};
}

} // namespace poolscope
