#include "core/pool/thread_pool_executor.h"
#include "core/scenario/program.h"

#include <numeric>
#include <string>
#include <unistd.h>
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
            ThreadPoolExecutor& pool = context.openPool("map");
            std::vector<std::size_t> names(context.tasks); // Clang 14 cannot compile libstdc++'s views
            std::iota(names.begin(), names.end(), 0);
            pool.map(
                [&context](std::size_t name) {
                  const std::string who = std::to_string(name);
                  context.print(who + " is runing,it is pid " + std::to_string(getpid())); // spelled as in the tutorial
                  context.sleepSeconds(context.randomSeconds(name, 3, 10));
                  context.print(who + " is done");
                },
                names);
            context.close(pool);
            context.print(context.chinese() ? "主线程" : "main thread");
          }};
}

} // namespace poolscope
