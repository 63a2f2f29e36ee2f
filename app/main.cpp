#include "app/chat_command.h"
#include "app/command_line.h"
#include "app/console.h"
#include "app/run_command.h"
#include "app/serve_command.h"
#include "core/base/complain.h"

#include <csignal>
#include <exception>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace {

using namespace poolscope;

template <class... F> struct Cases : F... { using F::operator()...; };

int print(std::string_view text) {
  Output output;
  if (output.write(text)) return 0;
  complain(output.why());
  return 1;
}

int listScenarios() {
  std::string list;
  for (const ScenarioInfo& info : scenarios()) {
    std::string name(info.name);
    name.resize(std::max<std::size_t>(name.size(), 27), ' ');
    list += name + " " + std::string(info.sentence) + "\n";
  }
  return print(list);
}

/// A command without a window. What fails in it beyond its own handling is said, and ends with 1.
template <class F> int runCommand(F&& command) {
  // Ends of pipes and limits of files are errors of a write, which is looked at.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return command();
  } catch (const std::exception& error) {
    complain(error.what());
    return 1;
  }
}

/// As many clients and workers as the machine permits: each needs descriptors, and the usual limit is a small one for
/// programs that use select().
void raiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

int main(int argc, char** argv) {
  openStandardDescriptors();
  raiseDescriptorLimit();
  const Command command = parseCommandLine(std::vector<std::string>(argv + 1, argv + argc));
  return std::visit(Cases{[](const UsageError& error) {
                            complain(error.text);
                            return 2;
                          },
                          [](const HelpCommand& help) { return runCommand([&] { return print(helpText(help.about)); }); },
                          [](const VersionCommand&) {
                            return runCommand([] { return print("poolscope " POOLSCOPE_VERSION "\n"); });
                          },
                          [](const ScenariosCommand&) { return runCommand(listScenarios); },
                          [](const RunCommand& run) { return runCommand([&] { return runScenario(run); }); },
                          [](const ServeCommand& serve) { return runCommand([&] { return runServer(serve); }); },
                          [](const ChatCommand& chat) { return runCommand([&] { return runChat(chat); }); },
                          [&](const WindowCommand& window) { return ui::runWindow(argc, argv, window.options); }},
                    command);
}
