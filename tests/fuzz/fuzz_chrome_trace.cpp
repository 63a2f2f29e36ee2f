// Any bytes as a recording: the reader, the fold and the seeking bear them, and what was read survives being written.
#include "core/event/chrome_trace_reader.h"
#include "core/event/chrome_trace_writer.h"
#include "core/event/state_history.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

using namespace poolscope;

namespace {

constexpr std::size_t kRecordingBytes = std::size_t{1} << 20; // 21,845 events

void must(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "%s: %s\n", what, detail.c_str());
  std::abort();
}

TraceReadResult read(const std::string& file, Recording& into) {
  std::istringstream in(file);
  return readChromeTrace(in, into);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Recording recording(kRecordingBytes);
  const TraceReadResult result = read({reinterpret_cast<const char*>(data), size}, recording);
  must(result.events == recording.size(), "the count is not the recording's", std::to_string(result.events));
  if (recording.size() == 0) return 0;

  StateHistory states(recording, 16);
  states.advance();
  for (std::uint64_t count = 0; count <= recording.size(); count += recording.size() / 4 + 1)
    must(states.stateAfter(count).seq == count, "a cursor is not where it was put", std::to_string(count));

  std::string file;
  ChromeTraceWriter writer(
      recording, [&](std::string_view part) { return file += part, 0; }, result.processId);
  writer.finish();
  Recording again(kRecordingBytes);
  const TraceReadResult second = read(file, again);
  must(second.fault == TraceFault::None && second.closed, "what was written cannot be read",
       std::to_string(static_cast<int>(second.fault)));
  must(again.size() == recording.size(), "events were lost", std::to_string(again.size()));
  for (std::uint64_t q = 0; q < again.size(); ++q)
    must(again[q].t == recording[q].t && again[q].kind == recording[q].kind && again[q].task == recording[q].task,
         "an event has changed", std::to_string(q));
  return 0;
}
