// The bytes go through RapidJSON's iterative parser (no recursion, whatever the nesting) into TraceHandler, which keeps
// the members of one event object at a time and rebuilds an Event from each of our `i` lines. Everything in a file is
// treated as if an enemy had written it: what the fold and the views rely on (times that do not fall, flags that are
// enumerators, slots that exist) is checked here, once.

#include "core/event/chrome_trace_reader.h"

#include "core/base/syscall.h"
#include "core/event/event.h"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <optional>
#include <string_view>
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

/// The parser's view of a stream. It ends early at a stop, and in a token that is too long.
class Bytes {
 public:
  using Ch = char;
  Bytes(std::istream& in, const TraceReadOptions& options) : m_in(in), m_options(options) { fill(); }

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
    if (m_stopped || !m_in) return;
    m_in.read(m_buffer.data(), static_cast<std::streamsize>(m_buffer.size()));
    m_size = static_cast<std::size_t>(m_in.gcount());
    if (m_options.bytesRead != nullptr) m_options.bytesRead->store(m_before + m_size, std::memory_order_relaxed);
  }

  std::istream& m_in;
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

/// Receives the parser's tokens. A false answer ends the parsing; `wrong` then says why.
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
    if (length > kMostTextBytes) return fail("a text is longer than 1 MiB");
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

  std::string wrong;
  std::uint64_t events = 0, unknown = 0;
  bool isOurs = false; ///< a line was seen that only Poolscope writes
  std::uint32_t processId = 0;
  bool showingFirst = false; ///< a bound was reached, the file is well
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

  bool fail(std::string why) {
    if (wrong.empty()) wrong = std::move(why);
    return false;
  }
  bool enter() {
    m_bytes.tokenDone();
    if (++m_depth > kMostDepth) return fail("the nesting is deeper than 64");
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
      if (version != nullptr && version->value != "1") return fail("it was written by a newer version of Poolscope");
      parse(m_line.pid, processId);
      isOurs = true;
    }
    return isOurs || ++m_foreign < kForeignAfter;
  }

  bool ours() {
    isOurs = true;
    std::uint64_t q = 0;
    const Arg* sequence = m_line.find("q");
    if (sequence == nullptr || !parse(sequence->value, q)) return fail("an event has no number");
    if (m_any && q != m_nextQ) return fail("event " + std::to_string(m_nextQ) + " is missing");
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
    if (!time || *time < m_last || *time > kFarthest)
      return fail("the time of event " + std::to_string(q) + " is none, or before that of the event before it");
    event.t = m_last = *time;
    if (!fields(event)) return fail("a field of event " + std::to_string(q) + " is none, or out of its range");
    if (!slotsFit(event)) return fail("the pools have too many slots");
    if (m_textBytes > kMostTextsBytes || !m_into.append(event)) {
      showingFirst = true;
      return fail("the rest does not fit in memory");
    }
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

std::string kept(std::uint64_t events) {
  return std::to_string(events) + (events == 1 ? " event" : " events") + " kept";
}

/// What is to be said of a reading that came to its end or stopped; empty: all is well.
std::string sentence(const Bytes& bytes, const TraceHandler& handler, const rapidjson::ParseResult& parsed) {
  const std::string at = "stopped at byte " + std::to_string(bytes.Tell()) + ": ";
  const bool broken = parsed.IsError();
  if (bytes.stopped()) return "reading was stopped; " + kept(handler.events);
  if (handler.showingFirst) return "showing the first " + std::to_string(handler.events) + " events: " + handler.wrong;
  if (!handler.wrong.empty()) return at + handler.wrong + ", " + kept(handler.events);
  if (bytes.tooLong()) return at + "a text is longer than 1 MiB, " + kept(handler.events);
  if (parsed.Code() == rapidjson::kParseErrorDocumentEmpty && bytes.atEnd()) return "the file is empty";
  const bool ended = !broken || parsed.Code() == rapidjson::kParseErrorTermination || handler.betweenEvents();
  if (!handler.isOurs && ended)
    return "this is no recording of Poolscope: it has none of its own lines, and only from those it can be opened";
  if (broken && bytes.atEnd())
    return handler.betweenEvents() ? "" : at + "the file ends in the middle of an event, " + kept(handler.events);
  if (broken) {
    std::string why = rapidjson::GetParseError_En(parsed.Code());
    if (why.ends_with('.')) why.pop_back();
    return at + why + ", " + kept(handler.events);
  }
  if (handler.unknown > 0)
    return std::to_string(handler.unknown) + " events of kinds that this version does not know were left out";
  return {};
}

} // namespace

TraceReadResult readChromeTrace(std::istream& in, Recording& into, const TraceReadOptions& options) {
  using namespace rapidjson;
  constexpr unsigned kFlags =
      kParseIterativeFlag | kParseNumbersAsStringsFlag | kParseStopWhenDoneFlag | kParseTrailingCommasFlag;
  Bytes bytes(in, options);
  TraceHandler handler(bytes, into);
  Reader reader;
  const ParseResult parsed = reader.Parse<kFlags>(bytes, handler);
  into.publish();

  TraceReadResult result;
  result.events = handler.events;
  result.processId = handler.processId;
  result.closed = !parsed.IsError();
  result.error = sentence(bytes, handler, parsed);
  if (parsed.IsError() && !result.error.empty()) result.stoppedAt = bytes.Tell();
  return result;
}

TraceReadResult readChromeTrace(const std::string& path, Recording& into, const TraceReadOptions& options) {
  std::ifstream file(path, std::ios::binary);
  TraceReadResult result;
  if (!file || (file.peek(), file.bad()))
    result.error = path + " cannot be read: " + errorText(errno);
  else {
    file.clear();
    result = readChromeTrace(file, into, options);
    if (!result.error.empty()) result.error = path + ": " + result.error;
  }
  return result;
}

} // namespace poolscope
