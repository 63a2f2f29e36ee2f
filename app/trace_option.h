#pragma once

#include "core/event/event_log.h"
#include "core/event/trace_file.h"
#include "core/pool/worker_sampler.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace poolscope {

class Signals;

/// What --trace asks of a command: a log, and the file that follows it. Without it there is neither.
/// Made before what is recorded, finished after it. Threads: owner.
class TraceOption {
 public:
  /// An empty path: not asked for. `say`: told of a failure, later ones on the file's thread; `goesOn`: what goes on
  /// without the file.
  TraceOption(const std::string& path, std::string_view goesOn, std::function<void(std::string_view)> say);
  bool ok() const { return !m_file || m_file->error().empty(); }
  EventLog* log() const { return m_log.get(); } ///< null: nothing is recorded
  /// Writes the rest. After a signal it has a limit; where that is not enough the program ends here, with a sentence and
  /// after `lastly`.
  void finish(const Signals& signals, const std::function<void()>& lastly = [] {});

 private:
  const std::string m_path;
  const std::function<void(std::string_view)> m_say;
  std::unique_ptr<EventLog> m_log;
  std::unique_ptr<TraceFile> m_file;
  std::optional<WorkerSampler> m_sampler; // so that the recording knows who computed
};

} // namespace poolscope
