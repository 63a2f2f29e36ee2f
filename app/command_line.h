#pragma once

#include "core/scenario/scenario.h"
#include "ui/window_options.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace poolscope {

struct HelpCommand {};
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
struct UsageError {
  std::string text; ///< one line that names the wrong word
};
using Command = std::variant<UsageError, HelpCommand, VersionCommand, ScenariosCommand, WindowCommand, RunCommand>;

/// What the words after the program's name ask for. Touches nothing outside its arguments.
Command parseCommandLine(const std::vector<std::string>& words);
std::string helpText();
/// Chinese where the locale (LC_ALL, LC_MESSAGES, LANG) is, else English.
Language localeLanguage();

} // namespace poolscope
