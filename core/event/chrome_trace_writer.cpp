// What is written, and when. Every event gives its `i` line at once: these alone make the file lossless. The lines for
// other viewers follow from the fold (PoolState, TaskHistory), so that they tell what the window shows: a task's `X`
// comes with its end, a counter's `C` when the time moves on (several changes at one time give one line), a `submit`
// slice when its caller submits again, so that two slices of one lane never overlap.
//
// The comma stands before a line, never after it: a file that ends without its bracket needs nothing but that bracket.

#include "core/event/chrome_trace_writer.h"

#include "core/base/syscall.h"
#include "core/base/unique_fd.h"
#include "core/event/event.h"
#include "core/event/pool_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unordered_map>
#include <utility>

namespace poolscope {

namespace {

constexpr std::size_t kPartBytes = std::size_t{256} << 10; // handed on at once
constexpr std::int64_t kSubmitSliceNs = 1000;              // long enough to be seen, where nothing follows sooner

/// The calling process's file. After a failed write it is cut behind its last whole line.
class FileSink {
 public:
  explicit FileSink(int fd) : m_fd(fd) {}
  int operator()(std::string_view part) {
    for (std::size_t done = 0; done < part.size();) {
      const auto wrote = sysCall([&] { return ::write(m_fd.get(), part.data() + done, part.size() - done); });
      if (!wrote) {
        const std::size_t whole = part.substr(0, done).rfind(",\n");
        const std::uint64_t keep = m_size + (whole == std::string_view::npos ? 0 : whole);
        [[maybe_unused]] const int cut = ::ftruncate(m_fd.get(), static_cast<off_t>(keep)); // a pipe cannot be cut
        return wrote.error;
      }
      done += static_cast<std::size_t>(wrote.value);
    }
    m_size += part.size();
    return 0;
  }

 private:
  UniqueFd m_fd;
  std::uint64_t m_size = 0;
};

/// Where a line is drawn.
struct Lane {
  std::uint32_t pid = 0, tid = 0;
};

void appendNumber(std::string& out, auto value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

/// Nanoseconds as microseconds with three decimals.
void appendMicroseconds(std::string& out, std::int64_t ns) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(ns);
  if (ns < 0) out += '-', magnitude = 0 - magnitude;
  appendNumber(out, magnitude / 1000);
  const auto rest = static_cast<unsigned>(magnitude % 1000);
  out += '.';
  out += static_cast<char>('0' + rest / 100);
  out += static_cast<char>('0' + rest / 10 % 10);
  out += static_cast<char>('0' + rest % 10);
}

/// A JSON string; the text is valid UTF-8.
void appendText(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (c == '\n')
      out += "\\n";
    else if (byte < 0x20 || byte == 0x7F)
      out += "\\u00", out += kHex[byte >> 4], out += kHex[byte & 15];
    else
      out += c;
  }
  out += '"';
}

/// One line, built from left to right: members, then "args", then the end of its life.
class Line {
 public:
  Line(std::string& out, bool& first, char phase, std::string_view name, std::string_view category) : m_out(out) {
    m_out += std::exchange(first, false) ? "{\"name\":" : ",\n{\"name\":";
    appendText(m_out, name);
    if (!category.empty()) m_out += ",\"cat\":\"", m_out += category, m_out += '"';
    m_out += ",\"ph\":\"", m_out += phase, m_out += '"';
  }
  ~Line() { m_out += m_inArgs ? "}}" : "}"; }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Line& time(std::string_view key, std::int64_t ns) {
    member(key);
    appendMicroseconds(m_out, ns);
    return *this;
  }
  Line& on(Lane lane) { return number("pid", lane.pid).number("tid", lane.tid); }
  Line& number(std::string_view key, auto value) {
    member(key);
    appendNumber(m_out, value);
    return *this;
  }
  Line& text(std::string_view key, std::string_view value) {
    member(key);
    appendText(m_out, value);
    return *this;
  }
  Line& args() {
    m_out += ",\"args\":{";
    m_inArgs = true;
    return *this;
  }

 private:
  void member(std::string_view key) {
    if (m_out.back() != '{') m_out += ',';
    m_out += '"', m_out += key, m_out += "\":";
  }
  std::string& m_out;
  bool m_inArgs = false;
};

std::string_view outcomeWord(Outcome outcome) {
  switch (outcome) {
  case Outcome::Ok:
    return "ok";
  case Outcome::Cancelled:
    return "cancelled";
  case Outcome::WorkerDied:
    return "worker_died";
  case Outcome::Error:
  case Outcome::Timeout:
    return "error";
  case Outcome::None:
  case Outcome::Unknown:
    break;
  }
  return "unknown";
}

std::string_view blockWord(BlockReason reason) {
  constexpr std::array<std::string_view, 6> kWords{"blocked", "recv", "send", "sleeping", "result", "lock"};
  const auto at = static_cast<std::size_t>(reason);
  return kWords[at < kWords.size() ? at : 0];
}

/// When it began on its worker, by the worker's own clock, and never before it left the queue.
std::int64_t startOf(const TaskRow& row) {
  const std::int64_t left = row.dispatched != kNever ? row.dispatched : row.submitted;
  return row.started == kNever ? left : std::max(row.started - row.startLag, left == kNever ? row.started : left);
}

/// A number of a pool that is drawn as a curve.
struct Counter {
  std::string_view name;
  std::uint64_t value = UINT64_MAX; ///< UINT64_MAX: none yet
  std::int64_t changedAt = 0;
  bool written = true;
};

} // namespace

struct ChromeTraceWriter::Impl {
  Impl(const Recording& r, TraceSink s, std::uint32_t pid) : recording(r), sink(std::move(s)), processId(pid) {}

  const Recording& recording; // borrowed: outlives the writer
  TraceSink sink;
  std::uint32_t processId;
  std::string path; // empty: the sink knows
  std::string error;
  std::string buffer = "[\n";
  bool first = true, finished = false;
  PoolState state;
  TaskHistory history;

  struct Submit {
    TaskId task;
    std::int64_t t;
  };
  std::map<CallerId, Submit> submits;                          // the last of each caller, not yet written
  std::unordered_map<PoolId, std::array<Counter, 3>> counters; // size, depth, busy
  std::vector<PoolId> changed;                                 // pools with a counter that is not written

  Line line(char phase, std::string_view name, std::string_view category) {
    return Line(buffer, first, phase, name, category);
  }
  std::string_view text(TextId id) const { return recording.texts().text(id); }
  Lane processLane() const { return {processId, processId}; }
  Lane callerLane(CallerId caller) const { return {processId, caller ? caller.value() : processId}; }
  Lane workerLane(PoolId pool, SlotIndex slot) const {
    const WorkerState* worker = state.worker(pool, slot);
    return worker != nullptr && worker->pid != 0 ? Lane{worker->pid, worker->tid} : Lane{processId, slot};
  }
  std::string nameOf(const TaskRow& row) const {
    return row.name ? std::string(text(row.name)) : "task " + std::to_string(row.id.value());
  }

  void flush() {
    if (error.empty() && !buffer.empty())
      if (const int failed = sink(buffer)) fail(failed);
    buffer.clear();
  }
  void fail(int number) { error = (path.empty() ? "" : path + " cannot be written: ") + errorText(number); }

  void header() {
    line('M', "poolscope", {}).on(processLane()).args().number("version", 1).text("clock", "CLOCK_MONOTONIC");
    name(processLane(), "process_name", "poolscope");
  }
  void name(Lane lane, std::string_view what, std::string_view value) {
    line('M', what, {}).on(lane).args().text("name", value);
  }

  // --- The lossless line

  void lossless(const Event& event, std::uint64_t q) {
    Line line(buffer, first, 'i', eventKindName(event.kind), "poolscope");
    line.text("s", "p").time("ts", event.t).on(processLane()).args().number("q", q);
    line.number("order", event.order).number("pool", event.pool.value());
    for (const EventField& field : eventFields(event.kind))
      switch (field.place) {
      case FieldPlace::Task:
        line.number(field.name, event.task);
        break;
      case FieldPlace::Slot:
        if (field.type == FieldType::Priority)
          line.number(field.name, static_cast<std::int16_t>(event.slot));
        else
          line.number(field.name, event.slot);
        break;
      case FieldPlace::Flag:
        line.number(field.name, event.flag);
        break;
      case FieldPlace::AB:
        line.number(field.name, event.ab());
        break;
      case FieldPlace::CD:
        line.number(field.name, event.cd());
        break;
      case FieldPlace::A:
      case FieldPlace::B:
      case FieldPlace::C:
      case FieldPlace::D: {
        const std::uint32_t value = field.place == FieldPlace::A   ? event.a
                                    : field.place == FieldPlace::B ? event.b
                                    : field.place == FieldPlace::C ? event.c
                                                                   : event.d;
        if (field.type == FieldType::Text)
          line.text(field.name, text(TextId{value}));
        else
          line.number(field.name, value);
        break;
      }
      }
  }

  // --- Lines for every viewer

  void waitBegins(const TaskRow& row, std::int64_t t) {
    line('b', nameOf(row), "queue")
        .number("id", row.id.value())
        .time("ts", t)
        .on(callerLane(row.caller))
        .args()
        .number("task", row.id.value());
  }
  void waitEnds(const TaskRow& row, std::int64_t t, std::string_view outcome) {
    Line line(buffer, first, 'e', nameOf(row), "queue");
    line.number("id", row.id.value()).time("ts", t).on(callerLane(row.caller)).args().number("task", row.id.value());
    if (!outcome.empty()) line.text("state", outcome);
  }

  /// The caller's last submit() as a short slice, which ends before `next`.
  void writeSubmit(CallerId caller, std::int64_t next) {
    const auto it = submits.find(caller);
    if (it == submits.end()) return;
    const auto [task, t] = it->second;
    submits.erase(it);
    line('X', "submit", "submit")
        .time("ts", t)
        .time("dur", std::clamp<std::int64_t>(next - t, 0, kSubmitSliceNs))
        .on(callerLane(caller))
        .args()
        .number("task", task.value());
    line('s', "submit", "submit").number("id", task.value()).time("ts", t).on(callerLane(caller));
  }

  void started(const TaskRow& row, Lane lane) {
    line('f', "submit", "submit").text("bp", "e").number("id", row.id.value()).time("ts", startOf(row)).on(lane);
  }

  void blockEnded(const TaskRow& row, const BlockedSpan& span, Lane lane) {
    const std::int64_t begin = std::max(span.begin - span.beginLag, startOf(row));
    Line line(buffer, first, 'X', blockWord(span.reason), "blocked");
    line.time("ts", begin).time("dur", std::max<std::int64_t>(span.end - span.endLag - begin, 0)).on(lane);
    line.args().number("task", row.id.value());
    if (span.detail) line.text("on", text(span.detail));
  }

  void ended(const TaskRow& row, SlotIndex slot, bool wasBlocked) {
    const std::string_view outcome = outcomeWord(row.outcome);
    if (row.started == kNever && row.dispatched == kNever) return waitEnds(row, row.finished, outcome);
    const Lane lane = workerLane(row.pool, slot == kNoSlot ? row.slot : slot);
    if (lane.tid != 0) writeSubmit(CallerId{lane.tid}, row.finished);
    if (wasBlocked) blockEnded(row, row.blocked.back(), lane);
    // One that its worker never started gets a run without length: so every task has its outcome.
    const std::int64_t begin = row.started == kNever ? row.finished : startOf(row);
    {
      Line line(buffer, first, 'X', nameOf(row), "task");
      line.time("ts", begin).time("dur", std::max<std::int64_t>(row.finished - row.finishLag - begin, 0)).on(lane);
      line.args().number("task", row.id.value()).text("state", outcome);
      if (row.error) line.text("error", text(row.error));
    }
    if (row.started != kNever) started(row, lane);
  }

  void taskLines(const Event& event, bool wasBlocked, bool wasOver) {
    const TaskRow* row = history.find(event.taskId());
    if (row == nullptr) return;
    switch (event.kind) {
    case EventKind::TaskSubmitted:
      if (row->submitted != event.t) break; // a snapshot tells it again
      writeSubmit(row->caller, event.t);
      waitBegins(*row, event.t);
      submits[row->caller] = {row->id, event.t};
      break;
    case EventKind::TaskRequeued:
      waitBegins(*row, event.t);
      break;
    case EventKind::TaskDispatched:
      waitEnds(*row, event.t, {});
      break;
    case EventKind::TaskStarted:
      if (row->started == event.t && row->dispatched == kNever) waitEnds(*row, startOf(*row), {});
      break;
    case EventKind::TaskUnblocked:
      if (wasBlocked) blockEnded(*row, row->blocked.back(), workerLane(row->pool, event.slot));
      break;
    case EventKind::TaskFinished:
    case EventKind::TaskCancelled:
      if (!wasOver) ended(*row, event.slot, wasBlocked);
      break;
    default:
      break;
    }
  }

  void clientLines(const Event& event) {
    const ClientRow* row = history.findClient(event.client());
    if (row == nullptr) return;
    const bool begins = event.kind == EventKind::ClientConnected;
    if (!begins && event.kind != EventKind::ClientDisconnected) return;
    Line line(buffer, first, begins ? 'b' : 'e', text(row->peer), "client");
    line.number("id", row->id.value()).time("ts", event.t).on(processLane()).args();
    line.number("client", row->id.value());
    if (!begins) line.number("received", row->received).number("sent", row->sent);
  }

  void nameLines(const Event& event) {
    if (event.kind == EventKind::CallerNamed)
      return name(callerLane(event.caller()), "thread_name", text(event.text()));
    const std::string_view full = text(TextId{event.c});
    const Lane lane{event.a, event.b};
    const PoolLive* pool = state.pool(event.pool);
    if (pool != nullptr && pool->kind == WorkerKind::Process) name(lane, "process_name", full);
    name(lane, "thread_name", full);
  }

  // --- Counters

  void count(PoolId id, std::int64_t t) {
    const PoolLive* pool = state.pool(id);
    if (pool == nullptr || pool->inSnapshot) return;
    auto [it, fresh] = counters.try_emplace(id);
    auto& three = it->second;
    if (fresh) three[0].name = "pool size", three[1].name = "queue depth", three[2].name = "busy";
    const std::uint64_t values[] = {pool->target, pool->counters.queued, pool->counters.running};
    bool dirty = false;
    for (std::size_t i = 0; i < 3; ++i) {
      if (values[i] == three[i].value) continue;
      three[i].value = values[i], three[i].changedAt = t, three[i].written = false;
      dirty = true;
    }
    if (dirty) changed.push_back(id);
  }
  void writeCounters() {
    for (const PoolId id : changed)
      for (Counter& counter : counters[id]) {
        if (std::exchange(counter.written, true)) continue;
        const PoolLive* pool = state.pool(id);
        line('C', counter.name, {})
            .text("id", pool != nullptr && pool->prefix ? text(pool->prefix) : std::to_string(id.value()))
            .time("ts", counter.changedAt)
            .on(processLane())
            .args()
            .number("value", counter.value);
      }
    changed.clear();
  }

  // --- One event

  void write(const Event& event) {
    if (event.t != state.time) writeCounters();
    lossless(event, state.seq);
    bool wasBlocked = false, wasOver = false;
    if (const TaskRow* row = event.task != 0 ? history.find(event.taskId()) : nullptr) {
      wasBlocked = !row->blocked.empty() && row->blocked.back().end == kNever;
      wasOver = row->outcome != Outcome::None;
    }
    StateFold::extend(state, history, event);
    if (event.kind >= EventKind::TaskSubmitted && event.kind <= EventKind::TaskLog)
      taskLines(event, wasBlocked, wasOver);
    else if (event.kind == EventKind::CallerNamed || event.kind == EventKind::WorkerReady)
      nameLines(event);
    else if (event.kind >= EventKind::ClientConnected && event.kind <= EventKind::ClientDisconnected)
      clientLines(event);
    if (event.pool) count(event.pool, event.t);
    if (buffer.size() >= kPartBytes) flush();
  }

  void writeSubmits() {
    while (!submits.empty())
      writeSubmit(submits.begin()->first, INT64_MAX);
  }

  /// Tasks that run now have no end: a `B` without its `E`.
  void writeRunning() {
    for (const PoolLive& pool : state.pools)
      for (const WorkerState& worker : pool.slots) {
        const TaskRow* row = worker.task ? history.find(worker.task) : nullptr;
        if (row == nullptr) continue;
        const Lane lane = workerLane(pool.id, worker.slot);
        line('B', nameOf(*row), "task").time("ts", startOf(*row)).on(lane).args().number("task", row->id.value());
        started(*row, lane);
      }
  }
};

ChromeTraceWriter::ChromeTraceWriter(const Recording& recording, TraceSink sink, std::uint32_t processId)
    : m_impl(std::make_unique<Impl>(recording, std::move(sink), processId)) {
  m_impl->header();
}

ChromeTraceWriter::ChromeTraceWriter(const Recording& recording, const std::string& path)
    : ChromeTraceWriter(recording, TraceSink{}, static_cast<std::uint32_t>(::getpid())) {
  const auto opened = sysCall([&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644); });
  m_impl->path = path;
  if (opened) // a std::function is copyable, the descriptor is not
    m_impl->sink = [file = std::make_shared<FileSink>(opened.value)](std::string_view part) { return (*file)(part); };
  else
    m_impl->fail(opened.error);
}

ChromeTraceWriter::~ChromeTraceWriter() {
  finish();
}

void ChromeTraceWriter::update() {
  Impl& impl = *m_impl;
  if (impl.finished) return;
  while (impl.error.empty()) {
    const std::span<const Event> events = impl.recording.from(impl.state.seq);
    if (events.empty()) break;
    for (const Event& event : events) {
      impl.write(event);
      if (!impl.error.empty()) return;
    }
  }
  impl.writeCounters();
  impl.writeSubmits();
  impl.flush();
}

void ChromeTraceWriter::finish() {
  if (m_impl->finished) return;
  update();
  m_impl->finished = true;
  m_impl->writeRunning();
  m_impl->buffer += "\n]\n";
  m_impl->flush();
}

std::uint64_t ChromeTraceWriter::written() const {
  return m_impl->state.seq;
}

const std::string& ChromeTraceWriter::error() const {
  return m_impl->error;
}

} // namespace poolscope
