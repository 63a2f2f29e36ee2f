#include "core/pool/process/wire.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <type_traits>

namespace poolscope::wire {

namespace {

// Numbers are copied as they lie in memory: both ends run on one machine.
static_assert(std::endian::native == std::endian::little);

// 64 KiB: one read takes what a worker has ready; a buffer that a large frame has blown up is let go above 1 MiB.
constexpr std::size_t kUsualBytes = 64 * 1024, kKeptBytes = 1024 * 1024;

/// Appends one frame: the header first, its length when the frame is whole.
class Writer {
 public:
  Writer(std::string& out, Tag tag) : m_out(out), m_start(out.size()) {
    m_out.append(kHeaderBytes, '\0');
    number(static_cast<std::uint8_t>(tag));
  }
  ~Writer() {
    const std::size_t length = m_out.size() - m_start - kHeaderBytes;
    assert(length <= kMostFrameBytes && "the caller bounds what it sends");
    const auto stored = static_cast<std::uint32_t>(length);
    std::memcpy(m_out.data() + m_start, &stored, sizeof stored);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  template <class N> Writer& number(N value) {
    static_assert(std::is_integral_v<N>);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    m_out.append(bytes, sizeof value);
    return *this;
  }
  Writer& text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    m_out.append(text);
    return *this;
  }
  Writer& rest(std::string_view bytes) {
    m_out.append(bytes);
    return *this;
  }
  Writer& function(const FunctionRef& function) {
    return text(function.name).text(function.image).number(function.offset);
  }

 private:
  std::string& m_out;
  std::size_t m_start;
};

/// Reads a body's fields in order; once a field is missing it stays bad.
class Reader {
 public:
  explicit Reader(std::string_view body) : m_rest(body) {}

  template <class N> Reader& number(N& value) {
    if (m_rest.size() < sizeof value) return fail();
    std::memcpy(&value, m_rest.data(), sizeof value);
    m_rest.remove_prefix(sizeof value);
    return *this;
  }
  Reader& text(std::string_view& text) {
    std::uint32_t size = 0;
    number(size);
    if (m_rest.size() < size) return fail();
    text = m_rest.substr(0, size);
    m_rest.remove_prefix(size);
    return *this;
  }
  Reader& rest(std::string_view& bytes) {
    bytes = m_rest;
    m_rest = {};
    return *this;
  }
  Reader& function(FunctionRef& function) { return text(function.name).text(function.image).number(function.offset); }
  /// The message, when its body held all of it and nothing else.
  template <class M> std::optional<M> whole(const M& message) const {
    if (m_bad || !m_rest.empty()) return std::nullopt;
    return message;
  }

 private:
  Reader& fail() {
    m_bad = true;
    m_rest = {};
    return *this;
  }
  std::string_view m_rest;
  bool m_bad = false;
};

} // namespace

void append(std::string& out, const Hello& m) {
  Writer frame(out, Tag::Hello);
  frame.number(m.version).number(m.pid).text(m.image).number(std::uint8_t{m.initializer.has_value()});
  if (m.initializer) frame.function(*m.initializer);
}
void append(std::string& out, const Task& m) {
  Writer(out, Tag::Task).number(m.ticket).function(m.function).rest(m.arguments);
}
void append(std::string& out, const Started& m) {
  Writer(out, Tag::Started).number(m.ticket).number(m.stamp);
}
void append(std::string& out, const Blocked& m) {
  Writer(out, Tag::Blocked).number(m.ticket).number(m.stamp).number(m.reason);
}
void append(std::string& out, const Unblocked& m) {
  Writer(out, Tag::Unblocked).number(m.ticket).number(m.stamp);
}
void append(std::string& out, const Log& m) {
  Writer(out, Tag::Log).number(m.ticket).number(m.stamp).rest(m.text);
}
void append(std::string& out, const Client& m) {
  Writer(out, Tag::Client)
      .number(m.ticket)
      .number(m.stamp)
      .number(m.client)
      .number(m.received)
      .number(m.sent)
      .number(m.messages);
}
void append(std::string& out, const Sampled& m) {
  Writer(out, Tag::Sampled).number(m.ticket).number(m.stamp).number(m.cpu);
}
void append(std::string& out, const Result& m) {
  Writer(out, Tag::Result).number(m.ticket).number(m.stamp).rest(m.value);
}
void append(std::string& out, const Error& m) {
  Writer(out, Tag::Error).number(m.ticket).number(m.stamp).text(m.type).text(m.what).text(m.trace);
}
void append(std::string& out, const Cancel& m) {
  Writer(out, Tag::Cancel).number(m.ticket);
}
void append(std::string& out, const Descriptor& m) {
  Writer(out, Tag::Descriptor).number(m.ticket);
}
void append(std::string& out, const Bye& m) {
  Writer(out, Tag::Bye).number(m.reason);
}

std::array<char, kTaskHeadBytes> taskHead(Ticket ticket, std::size_t bodyBytes) {
  assert(bodyBytes <= kMostTaskBody && "the caller bounds what it sends");
  const auto length = static_cast<std::uint32_t>(kTaskHeadBytes - kHeaderBytes + bodyBytes);
  std::array<char, kTaskHeadBytes> head;
  std::memcpy(head.data(), &length, kHeaderBytes);
  head[kHeaderBytes] = static_cast<char>(Tag::Task);
  std::memcpy(head.data() + kHeaderBytes + sizeof(Tag), &ticket, sizeof ticket);
  return head;
}
void appendFunction(std::string& body, const FunctionRef& function) {
  for (const std::string_view text : {function.name, function.image}) {
    const auto size = static_cast<std::uint32_t>(text.size());
    body.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
  }
  body.append(reinterpret_cast<const char*>(&function.offset), sizeof function.offset);
}

std::optional<Hello> decodeHello(std::string_view body) {
  Hello m;
  Reader reader(body);
  std::uint8_t hasInitializer = 0;
  reader.number(m.version).number(m.pid).text(m.image).number(hasInitializer);
  if (hasInitializer > 1) return std::nullopt;
  if (hasInitializer) reader.function(m.initializer.emplace());
  return reader.whole(m);
}
std::optional<Task> decodeTask(std::string_view body) {
  Task m;
  return Reader(body).number(m.ticket).function(m.function).rest(m.arguments).whole(m);
}
std::optional<Started> decodeStarted(std::string_view body) {
  Started m;
  return Reader(body).number(m.ticket).number(m.stamp).whole(m);
}
std::optional<Blocked> decodeBlocked(std::string_view body) {
  Blocked m;
  return Reader(body).number(m.ticket).number(m.stamp).number(m.reason).whole(m);
}
std::optional<Unblocked> decodeUnblocked(std::string_view body) {
  Unblocked m;
  return Reader(body).number(m.ticket).number(m.stamp).whole(m);
}
std::optional<Log> decodeLog(std::string_view body) {
  Log m;
  return Reader(body).number(m.ticket).number(m.stamp).rest(m.text).whole(m);
}
std::optional<Client> decodeClient(std::string_view body) {
  Client m;
  Reader reader(body);
  reader.number(m.ticket).number(m.stamp).number(m.client).number(m.received).number(m.sent).number(m.messages);
  return reader.whole(m);
}
std::optional<Sampled> decodeSampled(std::string_view body) {
  Sampled m;
  return Reader(body).number(m.ticket).number(m.stamp).number(m.cpu).whole(m);
}
std::optional<Result> decodeResult(std::string_view body) {
  Result m;
  return Reader(body).number(m.ticket).number(m.stamp).rest(m.value).whole(m);
}
std::optional<Error> decodeError(std::string_view body) {
  Error m;
  return Reader(body).number(m.ticket).number(m.stamp).text(m.type).text(m.what).text(m.trace).whole(m);
}
std::optional<Cancel> decodeCancel(std::string_view body) {
  Cancel m;
  return Reader(body).number(m.ticket).whole(m);
}
std::optional<Descriptor> decodeDescriptor(std::string_view body) {
  Descriptor m;
  return Reader(body).number(m.ticket).whole(m);
}
std::optional<Bye> decodeBye(std::string_view body) {
  Bye m;
  return Reader(body).number(m.reason).whole(m);
}

// --- FrameReader

std::span<char> FrameReader::room(std::size_t atLeast) {
  if (m_begin == m_end) {
    m_begin = m_end = 0;
    if (m_buffer.size() > kKeptBytes) m_buffer = std::string();
  }
  if (m_buffer.size() - m_end < atLeast && m_begin > 0) {
    std::memmove(m_buffer.data(), m_buffer.data() + m_begin, m_end - m_begin);
    m_end -= m_begin, m_begin = 0;
  }
  // By half as much again as has arrived: a large frame is copied a few times at most, and a length alone buys nothing.
  if (m_buffer.size() - m_end < atLeast) m_buffer.resize(std::max({m_end + atLeast, m_end + m_end / 2, kUsualBytes}));
  return {m_buffer.data() + m_end, m_buffer.size() - m_end};
}

void FrameReader::filled(std::size_t count) {
  assert(count <= m_buffer.size() - m_end);
  m_end += count;
}

std::optional<Frame> FrameReader::next() {
  if (!m_error.empty() || pending() < kHeaderBytes) return std::nullopt;
  std::uint32_t length;
  std::memcpy(&length, m_buffer.data() + m_begin, sizeof length);
  if (length == 0 || length > kMostFrameBytes) {
    m_error = "a frame of " + std::to_string(length) + " bytes";
    return std::nullopt;
  }
  if (pending() < kHeaderBytes + 1) return std::nullopt;
  const auto tag = static_cast<std::uint8_t>(m_buffer[m_begin + kHeaderBytes]);
  if (tag < static_cast<std::uint8_t>(Tag::Hello) || tag > static_cast<std::uint8_t>(Tag::Sampled)) {
    m_error = "a frame with the unknown tag " + std::to_string(tag);
    return std::nullopt;
  }
  if (pending() < kHeaderBytes + length) return std::nullopt;
  const Frame frame{static_cast<Tag>(tag), {m_buffer.data() + m_begin + kHeaderBytes + 1, length - 1}};
  m_begin += kHeaderBytes + length;
  return frame;
}

} // namespace poolscope::wire
