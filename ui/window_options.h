#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace poolscope::ui {

/// What the command line asks of the window (`poolscope --help`). Checked values only: names exist, numbers are in
/// range.
struct WindowOptions {
  std::string file;           ///< a recording to open; empty: none
  std::string scenario;       ///< started at once; empty: none
  std::string language;       ///< "en", "zh_CN" or empty: the settings', else the locale's
  std::string theme;          ///< "system", "light", "dark" or empty: the settings'
  std::string screenshotFile; ///< saved, then the program quits; empty: none
  std::optional<std::size_t> workers;
  std::optional<std::uint64_t> seed;
  double speed = 1;
  std::optional<double> afterSeconds; ///< when to take the screenshot; none: when the scenario has ended
};

/// Shows the window until it is closed; the program's exit code. Needs a display.
int runWindow(int& argc, char** argv, const WindowOptions& options);

} // namespace poolscope::ui
