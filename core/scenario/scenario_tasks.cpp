#include "core/scenario/scenario_tasks.h"

#include "core/pool/executor.h"
#include "core/pool/process/serialize.h"

#include <optional>
#include <unistd.h>

namespace poolscope {

namespace {

void replace(std::string& line, std::string_view what, const std::string& by) {
  if (const std::size_t at = line.find(what); at != std::string::npos) line.replace(at, what.size(), by);
}

std::string spoken(std::string line) {
  replace(line, "{worker}", currentWorkerName());
  replace(line, "{pid}", std::to_string(::getpid()));
  return line;
}

} // namespace

void runSpokenTask(const SpokenTask& task, const std::function<void(std::string_view)>& say,
                   const SleepControl& sleeps) {
  say(spoken(task.before));
  sleeps.sleepSeconds(task.seconds);
  if (!task.after.empty()) say(spoken(task.after));
}

void speakAndSleep(const std::string& before, int seconds, const std::string& after, const std::string& sleeps) {
  // A worker process serves one pool of one run; it opens that run's page once.
  static std::string openPath;
  static std::optional<SleepControl> control;
  if (!control || openPath != sleeps) control.emplace(SleepControl::adopt(sleeps)), openPath = sleeps;
  runSpokenTask({before, seconds, after}, logFromTask, *control);
}

void registerScenarioTasks() {
  static const bool once = [] {
    registerTask<&speakAndSleep>("poolscope.speakAndSleep");
    return true;
  }();
  static_cast<void>(once);
}

} // namespace poolscope
