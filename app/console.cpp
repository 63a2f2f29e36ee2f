#include "app/console.h"

#include "core/base/syscall.h"
#include "core/base/system_calls.h"
#include "core/event/utf8.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <utility>

namespace poolscope {

namespace {

constexpr std::size_t kMostNotes = 256 * 1024;  // bytes that wait
constexpr std::size_t kAtOnce = PIPE_BUF;       // a pipe that says it takes something takes so much without blocking

std::string noteLine(std::string_view sentence) {
  return "poolscope: " + std::string(sentence) + "\n";
}

/// Whether the direction of writing changes at this character, or its line ends.
bool turnsWriting(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

char32_t codePoint(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  char32_t c = sequence.size() == 1   ? byte(0)
               : sequence.size() == 2 ? byte(0) & 0x1F
               : sequence.size() == 3 ? byte(0) & 0x0F
                                      : byte(0) & 0x07;
  for (std::size_t i = 1; i < sequence.size(); ++i)
    c = c << 6 | (byte(i) & 0x3F);
  return c;
}

void appendHex(std::string& text, const char* form, unsigned value) {
  char hex[16];
  std::snprintf(hex, sizeof hex, form, value);
  text += hex;
}

} // namespace

void openStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) // open() takes the least that is free: this one
      static_cast<void>(!::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

std::string escaped(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = utf8LengthAt(bytes);
    const char32_t c = length == 0 ? 0 : codePoint(bytes.substr(0, length));
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
    if (length == 0 || control)
      for (std::size_t i = 0; i < std::max<std::size_t>(length, 1); ++i)
        appendHex(text, "\\x%02x", static_cast<unsigned char>(bytes[i]));
    else if (turnsWriting(c))
      appendHex(text, "\\u%04x", c);
    else
      text += bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

std::size_t cutCharacter(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const auto lead = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if (lead < 0x80) return 0;
    if (lead < 0xC0) continue; // the middle of one
    return back < (lead < 0xE0 ? 2u : lead < 0xF0 ? 3u : 4u) ? back : 0;
  }
  return 0;
}

// --- Output

Output::Output(int fd, int interrupt)
    : m_fd(fd), m_interrupt(interrupt), m_gaveUp(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

bool Output::write(std::string_view text) {
  while (!text.empty() && ok()) {
    pollfd ready[] = {{m_fd, POLLOUT, 0}, {m_gaveUp.get(), POLLIN, 0}, {m_interrupt, POLLIN, 0}};
    if (const auto polled = sysCall([&] { return ::poll(ready, 3, -1); }); !polled)
      return fail(errorText(polled.error));
    if (ready[0].revents == 0) return fail("nobody reads it");
    const auto wrote =
        sysCall([&] { return g_systemCalls.write(m_fd, text.data(), std::min(text.size(), kAtOnce)); });
    if (wrote)
      text.remove_prefix(static_cast<std::size_t>(wrote.value));
    else if (wrote.error != EAGAIN)
      return fail(errorText(wrote.error));
  }
  return ok();
}

bool Output::fail(const std::string& reason) {
  MutexLock lock(m_mutex);
  if (m_why.empty()) m_why = "the output could not be written: " + reason;
  return false;
}

bool Output::ok() const {
  MutexLock lock(m_mutex);
  return m_why.empty();
}

std::string Output::why() const {
  MutexLock lock(m_mutex);
  return m_why;
}

void Output::giveUp() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(m_gaveUp.get(), &one, sizeof one));
}

// --- Notes

struct Notes::State {
  Output stream{STDERR_FILENO};
  Mutex mutex{LockRank::Leaf};
  Condition changed;
  std::deque<std::string> waiting GUARDED_BY(mutex);
  std::size_t bytes GUARDED_BY(mutex) = 0; // of them, and of the one that is being written
  std::size_t lost GUARDED_BY(mutex) = 0;
  bool ending GUARDED_BY(mutex) = false, ended GUARDED_BY(mutex) = false;

  void run() {
    MutexLock lock(mutex);
    for (;;) {
      while (waiting.empty() && !ending)
        changed.wait(lock);
      if (waiting.empty()) break;
      std::string line = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      stream.write(line);
      lock.lock();
      bytes -= line.size();
      if (const std::size_t missed = std::exchange(lost, 0); missed > 0 && waiting.empty()) {
        waiting.push_back(noteLine(std::to_string(missed) + " more notes were not read in time"));
        bytes += waiting.back().size();
      } else {
        lost = missed;
      }
    }
    ended = true;
    changed.notifyAll();
  }
};

Notes::Notes() : m_state(std::make_shared<State>()) {
  makeServiceThread("notes", [state = m_state] { state->run(); }).detach();
}

Notes::~Notes() {
  finish();
}

void Notes::say(std::string_view sentence) {
  State& state = *m_state;
  MutexLock lock(state.mutex);
  if (state.ending) return;
  std::string line = noteLine(sentence);
  if (state.bytes + line.size() > kMostNotes) {
    ++state.lost;
    return;
  }
  state.bytes += line.size();
  state.waiting.push_back(std::move(line));
  state.changed.notifyAll();
}

void Notes::finish(std::chrono::milliseconds most) {
  State& state = *m_state;
  const auto deadline = std::chrono::steady_clock::now() + most;
  MutexLock lock(state.mutex);
  state.ending = true;
  state.changed.notifyAll();
  while (!state.ended && state.changed.wait(lock, deadline)) {
  }
  state.stream.giveUp();
}

} // namespace poolscope
