#include "core/scenario/program.h"

#include <string>
#include <utility>
#include <vector>

namespace poolscope {

/// The tutorial's map: ten elements on two workers, 3 to 10 s each; nobody waits, so the main thread goes on at once.
Program mapProgram() {
  return {.info = {.name = "map",
                   .sentence = "map() gives ten elements to two worker threads; the main thread does not wait.",
                   .workerKind = WorkerKind::Thread,
                   .workers = 2,
                   .tasks = 10,
                   .shutdown = {.wait = false, .cancelFutures = false}},
          .main = [](ProgramContext& context) {
            ProgramPool& pool = context.openPool("map");
            std::vector<SpokenTask> elements;
            for (std::size_t i = 0; i < context.tasks; ++i) {
              const std::string name = std::to_string(i);
              elements.push_back({.before = name + " is runing,it is pid {pid}", // spelled as in the tutorial
                                  .seconds = context.randomSeconds(i, 3, 10),
                                  .after = name + " is done"});
            }
            pool.map(std::move(elements));
            context.close(pool);
            context.print(context.chinese() ? "主线程" : "main thread");
          }};
}

} // namespace poolscope
