#include "app/trace_option.h"

#include "app/signals.h"

#include <chrono>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {
using namespace std::chrono_literals;

/// A pipe or a terminal takes what its reader reads; only a file can be expected to hold everything.
bool isRegularFile(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

} // namespace

TraceOption::TraceOption(const std::string& path, std::string_view goesOn, std::function<void(std::string_view)> say)
    : m_path(path), m_say(std::move(say)) {
  if (path.empty()) return;
  m_log = std::make_unique<EventLog>();
  m_file = std::make_unique<TraceFile>(*m_log, path, [say = m_say, after = std::string(goesOn)](const std::string& error) {
    say("--trace: " + error + "; " + after + " without it");
  });
  if (ok())
    m_sampler.emplace(*m_log);
  else
    m_say("--trace: " + m_file->error());
}

void TraceOption::finish(const Signals& signals, const std::function<void()>& lastly) {
  if (!m_file) return;
  m_sampler.reset();
  while (!m_file->finish(50ms)) {
    if (signals.first() == 0 || signals.sinceFirst() < kGiveUp) continue;
    m_say("--trace: " + m_path + ": the recording is not whole: it could not be written in time");
    lastly();
    // Its thread is stuck in a write, which only the end of the program ends. Who does not read has asked for no more;
    // a file that lacks its end is a failure.
    ::_exit(signals.code() == 0 && isRegularFile(m_path) ? 1 : signals.code());
  }
}

} // namespace poolscope
