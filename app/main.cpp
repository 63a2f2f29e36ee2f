#include "app/chat_command.h"
#include "app/command_line.h"
#include "app/run_command.h"
#include "app/serve_command.h"

#include <cstdio>
#include <string>
#include <vector>

namespace {

template <class... F> struct Cases : F... { using F::operator()...; };

} // namespace

int main(int argc, char** argv) {
  using namespace poolscope;
  const Command command = parseCommandLine(std::vector<std::string>(argv + 1, argv + argc));
  return std::visit(Cases{[](const UsageError& error) {
                            std::fprintf(stderr, "poolscope: %s\n", error.text.c_str());
                            return 2;
                          },
                          [](const HelpCommand&) {
                            std::fputs(helpText().c_str(), stdout);
                            return 0;
                          },
                          [](const VersionCommand&) {
                            std::puts("poolscope " POOLSCOPE_VERSION);
                            return 0;
                          },
                          [](const ScenariosCommand&) {
                            for (const ScenarioInfo& info : scenarios())
                              std::printf("%-27s %s\n", std::string(info.name).c_str(),
                                          std::string(info.sentence).c_str());
                            return 0;
                          },
                          [](const RunCommand& run) { return runScenario(run); },
                          [](const ServeCommand& serve) { return runServer(serve); },
                          [](const ChatCommand& chat) { return runChat(chat); },
                          [&](const WindowCommand& window) { return ui::runWindow(argc, argv, window.options); }},
                    command);
}
