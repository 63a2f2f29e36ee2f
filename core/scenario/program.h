#pragma once

#include "core/scenario/program_pool.h"
#include "core/scenario/scenario.h"
#include "core/scenario/server_pool.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace poolscope {

/// What a scenario's program may ask of the run it plays in.
/// Threads: any thread.
class ProgramContext {
 public:
  virtual ~ProgramContext() = default;
  /// Of the kind and size asked for; lives as long as the run. Its tasks' sleeps are scaled by the speed, shown as
  /// sleeping, ended by an interrupt.
  virtual ProgramPool& openPool(std::string label) = 0;
  /// A server on any free port, of the size asked for; std::system_error when it cannot listen. A pool of threads
  /// becomes one of processes, and the other way round, where that kind was asked for.
  virtual ServerPool& openServer(ServeMode mode, std::string label) = 0;
  virtual void sleepSeconds(double seconds) = 0; ///< of the program's own threads; as its tasks sleep
  virtual void print(std::string_view line) = 0;
  virtual void close(ProgramPool& pool) = 0; ///< the program's closing shutdown, as the person chose it

  bool chinese() const { return language == Language::SimplifiedChinese; }
  /// random.randint(low, high) for task number `task`: depends on the seed and that number alone, not on any timing.
  int randomSeconds(std::size_t task, int low, int high) const {
    std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                           static_cast<std::uint32_t>(task)};
    std::minstd_rand engine(sequence);
    return low +
           static_cast<int>(engine() % static_cast<unsigned>(high - low + 1)); // a plain rule: the same everywhere
  }

  std::size_t workers = 4, tasks = 10;
  std::uint64_t seed = 0;
  Language language = Language::English;
};

/// A scenario: what it is, and the main() of its program.
struct Program {
  ScenarioInfo info;
  void (*main)(ProgramContext&);
};

/// All programs, in the order of the list. Each one is a file of its own.
std::span<const Program> programs();

Program processPoolProgram();
Program threadPoolProgram();
Program mapProgram();
Program poolInALoopProgram();
Program echoThreadPerConnectionProgram();
Program echoThreadPoolProgram();
Program echoProcessPoolProgram();
Program echoReactorProgram();

} // namespace poolscope
