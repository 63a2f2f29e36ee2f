#include "core/scenario/program.h"

#include <vector>

namespace poolscope {

std::span<const Program> programs() {
  static const std::vector<Program> all{processPoolProgram(),
                                        threadPoolProgram(),
                                        mapProgram(),
                                        poolInALoopProgram(),
                                        echoThreadPerConnectionProgram(),
                                        echoThreadPoolProgram(),
                                        echoProcessPoolProgram(),
                                        echoReactorProgram()};
  return all;
}

} // namespace poolscope
