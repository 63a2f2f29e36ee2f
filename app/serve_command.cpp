#include "app/serve_command.h"

#include "app/console.h"
#include "app/serve_text.h"
#include "app/signals.h"
#include "app/trace_option.h"
#include "core/base/mutex.h"
#include "core/base/unique_fd.h"
#include "core/echo/address.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {

using Clock = std::chrono::steady_clock;

/// Why the server can serve nobody any more; told by its threads, waited for by the command. Threads: any thread.
class Breakage {
 public:
  void tell(std::string_view why) {
    {
      MutexLock lock(m_mutex);
      if (!m_why.empty()) return;
      m_why = why;
    }
    const std::uint64_t one = 1;
    static_cast<void>(!::write(m_told.get(), &one, sizeof one));
  }
  std::string why() const {
    MutexLock lock(m_mutex);
    return m_why;
  }
  int fd() const { return m_told.get(); }

 private:
  const UniqueFd m_told{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  mutable Mutex m_mutex{LockRank::Leaf};
  std::string m_why GUARDED_BY(m_mutex);
};

std::string sinceText(Clock::time_point start) {
  char text[32];
  std::snprintf(text, sizeof text, "%9.3f s  ", std::chrono::duration<double>(Clock::now() - start).count());
  return text;
}

/// Until a signal, the end of the duration or of its pool.
void serveOn(const ServeCommand& command, const EchoServer& server, Signals& signals, const Breakage& broken,
             Notes& notes, Clock::time_point start) {
  while (signals.first() == 0 && broken.why().empty()) {
    int timeout = -1;
    if (command.duration) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(start + *command.duration - Clock::now()).count();
      if (left <= 0) return;
      timeout = static_cast<int>(std::min<std::int64_t>(left, 3'600'000));
    }
    pollfd ready[] = {{signals.fd(), POLLIN, 0}, {broken.fd(), POLLIN, 0}};
    ::poll(ready, 2, timeout); // a signal interrupts it, and is looked at
    for (int number; (number = signals.take()) != 0;)
      if (number == SIGUSR1)
        for (const std::string& line : stateText(server, Clock::now() - start))
          notes.say(line);
  }
}

/// Lets who is here go: their answers first.
void drain(EchoServer& server, const Signals& signals, Notes& notes) {
  std::string text = "the server ends";
  if (const std::size_t here = server.clientCount(); here > 0)
    text += ": " + std::to_string(here) + (here == 1 ? " client is" : " clients are") + " answered and closed";
  if (signals.first() != 0) text += "; once more ends it at once";
  notes.say(text);
  server.stop();
}

} // namespace

int runServer(const ServeCommand& command) {
  Signals signals(0, true);
  Output output;
  Notes notes;
  const auto note = [&notes](std::string_view sentence) { notes.say(sentence); };
  signals.endAtOnce(true); // while the trace is opened and the host's name is looked up
  TraceOption trace(command.traceFile, "the server goes on", note);
  if (!trace.ok()) return 1;
  const auto start = Clock::now();
  Breakage broken;
  EchoServerOptions options;
  options.mode = command.mode, options.maxWorkers = command.workers;
  options.host = command.host, options.port = command.port;
  options.maxClients = command.maxClients, options.idleLimit = command.idleLimit;
  if (command.writeDeadline) options.writeDeadline = *command.writeDeadline;
  options.log = trace.log(), options.note = note;
  options.broken = [&broken](std::string_view why) { broken.tell(why); };
  if (command.verbose)
    options.news = [&notes, start](const ClientNews& news) { notes.say(sinceText(start) + newsText(news)); };
  EchoServer server(std::move(options));
  try {
    server.start();
  } catch (const AddressError& error) {
    notes.say(error.what());
    return 3;
  }
  signals.endAtOnce(false);
  output.write("listening on " + addressText(command.host, server.port()) + "\n");
  notes.say(startText(server));
  if (server.reachableFromNetwork())
    notes.say("reachable from the network: whoever can reach " + command.host + " is answered");
  if (!output.ok()) broken.tell(output.why());

  serveOn(command, server, signals, broken, notes, start);
  if (const std::string why = broken.why(); !why.empty()) notes.say(why);
  drain(server, signals, notes);
  notes.say(summaryText(server.totals(), Clock::now() - start));
  trace.finish(signals, [&notes] { notes.finish(); });
  return trace.ok() && broken.why().empty() ? 0 : 1;
}

} // namespace poolscope
