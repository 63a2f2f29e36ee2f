#pragma once

#include <memory>
#include <string>

namespace poolscope::ui {

/// Writes lines to a descriptor that may be a pipe which nobody reads: on a thread of its own, so that the window never
/// waits for it.
///
/// Made by runWindow(); the destructor gives what is left a second, then leaves it. After the first failed write it
/// writes no more. Threads: GUI thread.
class LineWriter {
 public:
  explicit LineWriter(int fd);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  void write(std::string line); ///< without its newline

 private:
  struct Queue;
  std::shared_ptr<Queue> m_queue; // shared with the thread
};

} // namespace poolscope::ui
