#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace poolscope {

/// Lines that a person types at a terminal, with the keys of a shell: arrows, Ctrl-A, Ctrl-R through what was typed
/// before. (libedit; `~/.editrc` is obeyed.)
///
/// Made by a command whose stdin and stdout are a terminal. While it reads, the terminal gives single keys.
/// Threads: owner.
class LineEditor {
 public:
  /// `waitForKey` returns when one can be read from stdin, or false: then the line is not waited for any longer.
  LineEditor(std::string prompt, std::function<bool()> waitForKey);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Whether this terminal can do what editing needs.
  static bool isPossible();
  /// The next line, without its newline; none when the input has ended, or waitForKey() said so.
  std::optional<std::string> read();

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace poolscope
