#pragma once

#include "core/event/recording.h"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>

namespace poolscope {

/// Writes a recording as Chrome Trace Event JSON, array form, one event a line (CONTRACT.md section 5): the lines that
/// every viewer shows, and for each event a lossless `i` line from which readChromeTrace() rebuilds it.
///
/// Follows a recording that grows: update() writes what came since, and flushes; the closing bracket is written by
/// finish(). A failed write ends the writing; the file stays readable up to there.
/// Threads: owner.
class ChromeTraceWriter {
 public:
  /// Opens (creates or truncates) the file at once; error() is set when that fails.
  ChromeTraceWriter(std::string path, const Recording& recording);
  ~ChromeTraceWriter(); ///< finish()
  void update();
  void finish();
  const std::string& error() const; ///< empty, or one sentence with the path and the system's reason

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

struct TraceReadResult {
  std::uint64_t events = 0;   ///< events that were rebuilt
  std::uint64_t stoppedAt = 0; ///< byte where reading ended early, 0 when the file was whole
  std::string error;          ///< empty, or one sentence: what is wrong and what was kept
};

/// Rebuilds the events of a file into an empty recording. A file cut by a crash gives what is whole.
TraceReadResult readChromeTrace(std::istream& in, Recording& into);
TraceReadResult readChromeTrace(const std::string& path, Recording& into);

} // namespace poolscope
