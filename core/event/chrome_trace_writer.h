#pragma once

#include "core/event/recording.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace poolscope {

/// Takes the next part of a file: 0, or the errno that ends the writing.
using TraceSink = std::function<int(std::string_view)>;

/// Writes a recording as Chrome Trace Event JSON, array form, one event a line (resources/docs/manual/recordings.md):
/// the lines that every viewer shows, and for each event a lossless `i` line from which readChromeTrace() rebuilds it.
///
/// Follows a recording that grows: update() writes what came since, and hands it on; the closing bracket is written by
/// finish(). A failed write ends the writing; the file stays readable up to there.
/// Threads: owner.
class ChromeTraceWriter {
 public:
  /// Creates or truncates the file at once; error() is set when that fails.
  ChromeTraceWriter(const Recording& recording, const std::string& path);
  /// `processId`: the process that the recording tells of.
  ChromeTraceWriter(const Recording& recording, TraceSink sink, std::uint32_t processId);
  ~ChromeTraceWriter(); ///< finish()
  void update();
  void finish();
  std::uint64_t written() const; ///< events written so far
  const std::string&
  error() const; ///< empty, or what went wrong: with the path where there is one, and the system's reason

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace poolscope
