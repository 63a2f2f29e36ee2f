// The bytes go through RapidJSON's iterative parser (no recursion, whatever the nesting) into TraceHandler, which keeps
// the members of one event object at a time and rebuilds an Event from each of our `i` lines. Everything in a file is
// treated as if an enemy had written it: what the fold and the views rely on (times that do not fall, flags that are
// enumerators, slots that exist) is checked here, once.

#include "core/event/chrome_trace_reader.h"

#include "core/base/syscall.h"
#include "core/base/unique_fd.h"
#include "core/event/event.h"

#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <istream>
#include <optional>
#include <poll.h>
#include <span>
#include <stop_token>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unordered_map>
#include <vector>

namespace poolscope {

namespace {

constexpr int kMostDepth = 64;
constexpr std::size_t kMostTextBytes = std::size_t{1} << 20;
constexpr std::size_t kMostTokenBytes = 6 * kMostTextBytes + 64; // each byte as \u0000
constexpr std::size_t kMostTextsBytes = std::size_t{256} << 20;  // of all different texts
constexpr std::size_t kMostArgs = 16;                            // more than any kind has
constexpr std::size_t kMostKeyBytes = 32;
constexpr std::uint32_t kMostSlots = 4096;           // of a pool: the executors' bound
constexpr std::uint64_t kMostSlotsOfAll = 4'000'000; // of all pools: a session with so many would not fit in memory
constexpr std::int64_t kFarthest = std::int64_t{1} << 62; // ns, keys: sums and differences of such stay in range
constexpr std::uint64_t kForeignAfter = 1000;             // events without one of ours
constexpr std::uint64_t kPublishEvery = 4096;

/// Where the bytes come from: puts the next ones into the place and says how many; 0 at the end.
using ByteSource = std::function<std::size_t(std::span<char>)>;

/// The parser's view of the bytes. It ends early at a stop, and in a token that is too long.
class Bytes {
 public:
  using Ch = char;
  Bytes(const ByteSource& source, const TraceReadOptions& options) : m_source(source), m_options(options) { fill(); }

  char Peek() const { return m_at < m_size && !m_tooLong ? m_buffer[m_at] : '\0'; }
  char Take() {
    if (m_at >= m_size || m_tooLong) return '\0';
    const char c = m_buffer[m_at++];
    if (m_at == m_size) fill();
    if (m_before + m_at - m_tokenStart > kMostTokenBytes) m_tooLong = true;
    return c;
  }
  std::size_t Tell() const { return m_before + m_at; }
  // The parser writes nowhere.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  std::size_t PutEnd(char*) { return 0; }

  void tokenDone() { m_tokenStart = Tell(); }
  bool atEnd() const { return m_at >= m_size; }
  bool tooLong() const { return m_tooLong; }
  bool stopped() const { return m_stopped; }

 private:
  void fill() {
    m_before += m_size;
    m_at = m_size = 0;
    m_stopped = m_options.stop.stop_requested();
    if (m_stopped) return;
    m_size = m_source(m_buffer);
    m_stopped = m_size == 0 && m_options.stop.stop_requested();
    if (m_options.bytesRead != nullptr) m_options.bytesRead->store(m_before + m_size, std::memory_order_relaxed);
  }

  const ByteSource& m_source;
  const TraceReadOptions& m_options;
  std::vector<char> m_buffer = std::vector<char>(std::size_t{64} << 10);
  std::size_t m_before = 0, m_at = 0, m_size = 0, m_tokenStart = 0;
  bool m_tooLong = false, m_stopped = false;
};

/// Microseconds as nanoseconds: exactly where there are at most three decimals, as a person's tool may have rewritten
/// them otherwise.
std::optional<std::int64_t> nanoseconds(const std::string& text) {
  if (text.find_first_of("eE") != std::string::npos) {
    const double us = std::strtod(text.c_str(), nullptr);
    if (!(us > -1e15 && us < 1e15)) return {};
    return static_cast<std::int64_t>(us * 1000);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits = text.substr(0, point);
  for (std::size_t i = point + 1; i < point + 4; ++i)
    digits += i < text.size() ? text[i] : '0';
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return value;
}

template <class Number> bool parse(const std::string& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

EventKind kindNamed(std::string_view name, bool& known) {
  static const std::unordered_map<std::string_view, EventKind> kinds = [] {
    std::unordered_map<std::string_view, EventKind> all;
    for (std::size_t i = 0; i < kEventKindCount; ++i)
      all.emplace(eventKindName(static_cast<EventKind>(i)), static_cast<EventKind>(i));
    return all;
  }();
  const auto it = kinds.find(name);
  known = it != kinds.end();
  return known ? it->second : EventKind{};
}

/// Receives the parser's tokens. A false answer ends the parsing; `fault` then says why.
class TraceHandler {
 public:
  TraceHandler(Bytes& bytes, Recording& into) : m_bytes(bytes), m_into(into) {}

  bool Null() { return value({}, false); }
  bool Bool(bool) { return value({}, false); }
  bool Int(int) { return false; } // numbers come as text
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) { return value({text, length}, false); }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    if (length > kMostTextBytes) return fail(TraceFault::TextTooLong);
    return value({text, length}, true);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    m_bytes.tokenDone();
    m_key.assign(text, std::min<std::size_t>(length, kMostKeyBytes));
    if (m_depth == 1 && m_eventDepth == 0) m_eventsFollow = m_key == "traceEvents";
    return true;
  }
  bool StartObject() {
    if (!enter()) return false;
    if (m_depth == m_eventDepth) m_line.clear();
    if (m_depth == m_eventDepth + 1 && m_key == "args") m_inArgs = true;
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    m_bytes.tokenDone();
    const int depth = m_depth--;
    if (depth == m_eventDepth + 1) m_inArgs = false;
    return depth == m_eventDepth && m_eventDepth > 0 ? eventDone() : true;
  }
  bool StartArray() {
    if (!enter()) return false;
    if (m_eventDepth == 0 && (m_depth == 1 || (m_depth == 2 && m_eventsFollow))) m_eventDepth = m_depth + 1;
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    m_bytes.tokenDone();
    --m_depth;
    return true;
  }

  TraceFault fault = TraceFault::None;
  std::uint64_t faultyEvent = 0; ///< its number
  std::uint64_t events = 0, unknown = 0;
  bool isOurs = false; ///< a line was seen that only Poolscope writes
  std::uint32_t processId = 0;
  bool betweenEvents() const { return m_depth >= 1 && m_depth == m_eventDepth - 1; }

 private:
  struct Arg {
    std::string key, value;
    bool isText = false;
  };
  struct LineParts {
    std::string name, category, phase, time, pid;
    std::array<Arg, kMostArgs> args;
    std::size_t count = 0;
    void clear() { name.clear(), category.clear(), phase.clear(), time.clear(), pid.clear(), count = 0; }
    const Arg* find(std::string_view key) const {
      for (std::size_t i = 0; i < count; ++i)
        if (args[i].key == key) return &args[i];
      return nullptr;
    }
  };

  bool fail(TraceFault why, std::uint64_t event = 0) {
    if (fault == TraceFault::None) fault = why, faultyEvent = event;
    return false;
  }
  bool enter() {
    m_bytes.tokenDone();
    if (++m_depth > kMostDepth) return fail(TraceFault::TooDeep);
    return true;
  }
  bool value(std::string_view text, bool isText) {
    m_bytes.tokenDone();
    if (m_eventDepth == 0) return true;
    if (m_depth == m_eventDepth) {
      if (m_key == "name")
        m_line.name = text;
      else if (m_key == "cat")
        m_line.category = text;
      else if (m_key == "ph")
        m_line.phase = text;
      else if (m_key == "ts")
        m_line.time = text;
      else if (m_key == "pid")
        m_line.pid = text;
    } else if (m_inArgs && m_depth == m_eventDepth + 1 && m_line.count < kMostArgs) {
      Arg& arg = m_line.args[m_line.count++];
      arg.key = m_key, arg.value = text, arg.isText = isText;
    }
    return true;
  }

  bool eventDone() {
    if (m_line.category == "poolscope" && m_line.phase == "i") return ours();
    if (m_line.phase == "M" && m_line.name == "poolscope") {
      const Arg* version = m_line.find("version");
      if (version != nullptr && version->value != "1") return fail(TraceFault::NewerVersion);
      parse(m_line.pid, processId);
      isOurs = true;
    }
    return isOurs || ++m_foreign < kForeignAfter;
  }

  bool ours() {
    isOurs = true;
    std::uint64_t q = 0;
    const Arg* sequence = m_line.find("q");
    if (sequence == nullptr || !parse(sequence->value, q)) return fail(TraceFault::EventWithoutNumber);
    if (m_any && q != m_nextQ) return fail(TraceFault::EventMissing, m_nextQ);
    m_any = true;
    m_nextQ = q + 1;
    bool known = false;
    Event event;
    event.kind = kindNamed(m_line.name, known);
    if (!known) {
      ++unknown; // of a newer version
      return true;
    }
    const auto time = nanoseconds(m_line.time);
    if (!time || *time < m_last || *time > kFarthest) return fail(TraceFault::BadTime, q);
    event.t = m_last = *time;
    if (!fields(event)) return fail(TraceFault::BadField, q);
    if (!slotsFit(event)) return fail(TraceFault::TooManySlots);
    if (m_textBytes > kMostTextsBytes || !m_into.append(event)) return fail(TraceFault::DoesNotFit);
    if (++events % kPublishEvery == 0) m_into.publish();
    return true;
  }

  bool fields(Event& event) {
    std::uint32_t pool = 0;
    if (!number("order", event.order) || event.order > static_cast<std::uint64_t>(kFarthest) || !number("pool", pool))
      return false;
    event.pool = PoolId{pool};
    for (const EventField& field : eventFields(event.kind))
      if (!this->field(event, field)) return false;
    return true;
  }

  template <class Number> bool number(std::string_view name, Number& into) const {
    const Arg* arg = m_line.find(name);
    return arg == nullptr || (!arg->isText && parse(arg->value, into));
  }

  bool field(Event& event, const EventField& field) {
    switch (field.place) {
    case FieldPlace::Task:
      return number(field.name, event.task);
    case FieldPlace::Slot: {
      std::int16_t priority = static_cast<std::int16_t>(event.slot);
      if (field.type != FieldType::Priority)
        return number(field.name, event.slot) && (event.slot < kMostSlots || event.slot == kNoSlot);
      if (!number(field.name, priority)) return false;
      event.slot = static_cast<SlotIndex>(priority);
      return true;
    }
    case FieldPlace::Flag:
      return number(field.name, event.flag) && event.flag <= field.most;
    case FieldPlace::AB:
    case FieldPlace::CD: {
      std::int64_t wide = 0;
      if (!number(field.name, wide) || wide < -kFarthest || wide > kFarthest) return false;
      field.place == FieldPlace::AB ? event.setAb(wide) : event.setCd(wide);
      return true;
    }
    case FieldPlace::A:
      return word(event.a, field);
    case FieldPlace::B:
      return word(event.b, field);
    case FieldPlace::C:
      return word(event.c, field);
    case FieldPlace::D:
      return word(event.d, field);
    }
    return false;
  }

  bool word(std::uint32_t& into, const EventField& field) {
    if (field.type != FieldType::Text) return number(field.name, into);
    const Arg* arg = m_line.find(field.name);
    if (arg == nullptr) return true;
    if (!arg->isText) return false;
    const std::uint32_t before = m_into.texts().size();
    into = m_into.texts().intern(arg->value).value();
    if (m_into.texts().size() != before) m_textBytes += arg->value.size() + 100; // 100: its place in the tables
    return true;
  }

  /// The fold keeps room for every slot of a pool: so the sum is bounded, whatever a file says.
  bool slotsFit(const Event& event) {
    std::uint32_t slots = event.kind == EventKind::PoolOpened || event.kind == EventKind::PoolResized ? event.b : 0;
    if (event.kind != EventKind::TaskSubmitted && event.slot != kNoSlot) slots = event.slot + 1u;
    if (slots == 0) return true;
    if (slots > kMostSlots) return false;
    std::uint32_t& known = m_slots[event.pool.value()];
    if (slots <= known) return true;
    m_allSlots += slots - known;
    known = slots;
    return m_allSlots <= kMostSlotsOfAll;
  }

  Bytes& m_bytes;
  Recording& m_into;
  LineParts m_line;
  std::string m_key;
  int m_depth = 0, m_eventDepth = 0; // 0: not known yet
  bool m_eventsFollow = false, m_inArgs = false, m_any = false;
  std::uint64_t m_nextQ = 0, m_foreign = 0;
  std::int64_t m_last = 0;
  std::size_t m_textBytes = 0;
  std::unordered_map<std::uint32_t, std::uint32_t> m_slots; // by pool
  std::uint64_t m_allSlots = 0;
};

/// What is to be said of a reading that came to its end or stopped.
TraceFault faultOf(const Bytes& bytes, const TraceHandler& handler, const rapidjson::ParseResult& parsed) {
  const bool broken = parsed.IsError();
  if (bytes.stopped()) return TraceFault::Stopped;
  if (handler.fault != TraceFault::None) return handler.fault;
  if (bytes.tooLong()) return TraceFault::TextTooLong;
  if (parsed.Code() == rapidjson::kParseErrorDocumentEmpty && bytes.atEnd()) return TraceFault::Empty;
  const bool ended = !broken || parsed.Code() == rapidjson::kParseErrorTermination || handler.betweenEvents();
  if (!handler.isOurs && ended) return TraceFault::Foreign;
  if (broken && bytes.atEnd()) return handler.betweenEvents() ? TraceFault::None : TraceFault::CutShort;
  if (broken) return TraceFault::BrokenSyntax;
  return handler.unknown > 0 ? TraceFault::UnknownKinds : TraceFault::None;
}

TraceReadResult read(const ByteSource& source, Recording& into, const TraceReadOptions& options) {
  using namespace rapidjson;
  constexpr unsigned kFlags =
      kParseIterativeFlag | kParseNumbersAsStringsFlag | kParseStopWhenDoneFlag | kParseTrailingCommasFlag;
  Bytes bytes(source, options);
  TraceHandler handler(bytes, into);
  Reader reader;
  const ParseResult parsed = reader.Parse<kFlags>(bytes, handler);
  into.publish();

  TraceReadResult result;
  result.events = handler.events;
  result.processId = handler.processId;
  result.closed = !parsed.IsError();
  result.fault = faultOf(bytes, handler, parsed);
  result.number = result.fault == TraceFault::UnknownKinds ? handler.unknown : handler.faultyEvent;
  if (parsed.IsError() && result.fault != TraceFault::None) result.stoppedAt = bytes.Tell();
  return result;
}

/// A file's bytes. What keeps a reader waiting, a pipe whose writer is silent, gives way to a stop; what does not answer
/// at all, a dead mount, cannot be made to.
class FileBytes {
 public:
  FileBytes(const std::string& path, const TraceReadOptions& options)
      : m_stop(options.stop), m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), m_onStop(options.stop, [this] {
          const std::uint64_t one = 1;
          [[maybe_unused]] const ssize_t told = ::write(m_wake.get(), &one, sizeof one);
        }) {
    // Not blocking: else a pipe would be opened only when somebody writes to it.
    const auto opened = sysCall([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); });
    m_error = opened.error;
    if (!opened) return;
    m_file = UniqueFd(opened.value);
    struct stat status = {};
    if (::fstat(m_file.get(), &status) != 0)
      m_error = errno;
    else if (S_ISDIR(status.st_mode))
      m_error = EISDIR;
    else if (S_ISREG(status.st_mode) && options.fileSize != nullptr)
      options.fileSize->store(static_cast<std::uint64_t>(status.st_size), std::memory_order_relaxed);
  }
  int error() const { return m_error; }

  std::size_t read(std::span<char> into) {
    while (m_error == 0 && !m_stop.stop_requested()) {
      pollfd ready[] = {{m_file.get(), POLLIN, 0}, {m_wake.get(), POLLIN, 0}};
      if (const auto woken = sysCall([&] { return ::poll(ready, 2, -1); }); !woken) m_error = woken.error;
      if (ready[0].revents == 0) continue;
      const auto got = sysCall([&] { return ::read(m_file.get(), into.data(), into.size()); });
      if (got) return static_cast<std::size_t>(got.value);
      if (got.error != EAGAIN) m_error = got.error;
    }
    return 0;
  }

 private:
  const std::stop_token m_stop;
  UniqueFd m_wake, m_file;
  int m_error = 0;
  std::stop_callback<std::function<void()>> m_onStop; // last: it uses what is above
};

} // namespace

TraceReadResult readChromeTrace(std::istream& in, Recording& into, const TraceReadOptions& options) {
  return read(
      [&in](std::span<char> place) {
        if (!in) return std::size_t{0};
        in.read(place.data(), static_cast<std::streamsize>(place.size()));
        return static_cast<std::size_t>(in.gcount());
      },
      into, options);
}

TraceReadResult readChromeTrace(const std::string& path, Recording& into, const TraceReadOptions& options) {
  FileBytes file(path, options);
  TraceReadResult result;
  if (file.error() == 0) result = read([&file](std::span<char> place) { return file.read(place); }, into, options);
  if (file.error() == 0) return result;
  result.fault = TraceFault::Unreadable, result.systemError = file.error();
  return result;
}

} // namespace poolscope
