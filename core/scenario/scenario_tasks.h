#pragma once

#include "core/scenario/sleep_control.h"

#include <functional>
#include <string>
#include <string_view>

namespace poolscope {

/// The task of the tutorial's programs: say a line, sleep, perhaps say another. In the lines "{worker}" stands for the
/// name of the worker that runs it and "{pid}" for its process.
struct SpokenTask {
  std::string before;
  int seconds = 0;
  std::string after; ///< empty: nothing
};

/// Runs it in the calling worker.
void runSpokenTask(const SpokenTask& task, const std::function<void(std::string_view)>& say,
                   const SleepControl& sleeps);

/// The same as a task of a worker process: what it says goes to the pool's onLog; `sleeps` is the path of the run's
/// SleepControl.
void speakAndSleep(const std::string& before, int seconds, const std::string& after, const std::string& sleeps);

/// Makes all functions that scenarios run in worker processes known by name; once in each program that takes part.
void registerScenarioTasks();

} // namespace poolscope
