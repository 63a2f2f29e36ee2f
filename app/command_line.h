#pragma once

#include "core/echo/echo_server.h"
#include "core/scenario/scenario.h"
#include "ui/window_options.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace poolscope {

struct HelpCommand {
  std::string about; ///< a command; empty: all
};
struct VersionCommand {};
struct ScenariosCommand {};
struct WindowCommand {
  ui::WindowOptions options;
};
struct RunCommand {
  std::string scenario;
  std::optional<std::size_t> workers, tasks;
  std::optional<std::uint64_t> seed;
  double speed = 1;
  bool noWait = false, cancelFutures = false;
  std::optional<Language> language; ///< none: the locale's
  std::string traceFile;            ///< empty: none
};
struct ServeCommand {
  ServeMode mode = ServeMode::ThreadPool;
  std::size_t workers = 4;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080; ///< the tutorial's; 0: any that is free
  std::string traceFile;     ///< empty: none
  bool verbose = false;
  std::size_t maxClients = 0; ///< 0: as many as there are descriptors for
  std::optional<std::chrono::milliseconds> idleLimit, writeDeadline, duration;
};
struct ChatCommand {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::vector<std::string> messages; ///< none: a conversation
};
struct UsageError {
  std::string text; ///< one line that names the wrong word
};
using Command = std::variant<UsageError, HelpCommand, VersionCommand, ScenariosCommand, WindowCommand, RunCommand,
                             ServeCommand, ChatCommand>;

/// What the words after the program's name ask for. Touches nothing outside its arguments.
Command parseCommandLine(const std::vector<std::string>& words);
/// `about`: a command; empty, or one that there is not: all.
std::string helpText(std::string_view about = {});
/// Chinese where the locale (LC_ALL, LC_MESSAGES, LANG) is, else English.
Language localeLanguage();

} // namespace poolscope
