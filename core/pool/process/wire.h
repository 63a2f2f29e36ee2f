#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What the pool and a worker process say to each other over their socket: frames of
///   length (4 bytes, little endian, of what follows) · tag (1) · body
/// Bodies are fixed fields in little endian and texts with a length; arguments and results inside them are msgpack
/// (core/pool/process/serialize.h). The decoders accept exactly what the encoders write: an unknown tag, a length of 0
/// or above kMostFrameBytes, a body that is too short or too long is a protocol error, and whoever sees it hangs up. A
/// frame's length allocates nothing by itself: buffers grow with the bytes that have arrived.
///
/// Order: Hello from the worker, Hello from the pool, then (only with an initializer) Result or Error of ticket 0;
/// then Task frames one way, and for each task that begins Started, any Blocked, Unblocked, Log, Client, Sampled, and
/// one Result or Error the other way. Bye from the pool: end when you have done what you have. Stamps are nanoseconds
/// of CLOCK_MONOTONIC, which all processes of a machine share.
namespace poolscope::wire {

inline constexpr std::uint32_t kVersion = 3;
inline constexpr std::size_t kMostFrameBytes = std::size_t{16} << 20; ///< of tag and body
inline constexpr std::size_t kHeaderBytes = 4;

enum class Tag : std::uint8_t {
  Hello = 1, ///< both ways, first
  Task,      ///< pool → worker
  Started,   ///< worker → pool, as are the next five
  Blocked,
  Unblocked,
  Log,
  Client,
  Result,
  Error,
  Cancel,     ///< pool → worker: forget a task that you have not started
  Bye,        ///< pool → worker: no more tasks. Worker → pool: I end now
  Descriptor, ///< pool → worker, before the Task it belongs to: its first byte brings the descriptor (SCM_RIGHTS)
  Sampled,    ///< worker → pool: how much processor time its process has used
};

/// Counts the tasks that one worker was given, from 1; 0 is the initializer.
using Ticket = std::uint64_t;

/// A function by name, or by its distance from the start of the program or library with that build id.
struct FunctionRef {
  std::string_view name;  ///< when not empty, it alone counts
  std::string_view image; ///< build id; empty: the worker's own program
  std::uint64_t offset = 0;
  friend bool operator==(const FunctionRef&, const FunctionRef&) = default;
};

// The messages. Texts refer to the buffer that they were decoded from.
struct Hello {
  std::uint32_t version = kVersion;
  std::uint32_t pid = 0;
  std::string_view image;                 ///< build id of the sender's program
  std::optional<FunctionRef> initializer; ///< pool → worker
};
struct Task {
  Ticket ticket = 0;
  FunctionRef function;
  std::string_view arguments;
};
struct Started {
  Ticket ticket = 0;
  std::int64_t stamp = 0;
};
struct Blocked {
  Ticket ticket = 0;
  std::int64_t stamp = 0;
  std::uint8_t reason = 0;
};
struct Unblocked {
  Ticket ticket = 0;
  std::int64_t stamp = 0;
};
struct Log {
  Ticket ticket = 0;
  std::int64_t stamp = 0;
  std::string_view text;
};
struct Client {
  Ticket ticket = 0;
  std::int64_t stamp = 0;
  std::uint32_t client = 0;
  std::uint64_t received = 0, sent = 0; ///< bytes since the last such frame
  std::uint64_t messages = 0;           ///< reads that gave some
};
struct Sampled {
  Ticket ticket = 0;
  std::int64_t stamp = 0;
  std::int64_t cpu = 0; ///< ns
};
struct Result {
  Ticket ticket = 0;
  std::int64_t stamp = 0;
  std::string_view value;
};
struct Error {
  Ticket ticket = 0;
  std::int64_t stamp = 0;
  std::string_view type, what, trace; ///< trace: what nested exceptions said, a line each
};
struct Cancel {
  Ticket ticket = 0;
};
struct Bye {
  std::uint8_t reason = 0;
};
struct Descriptor {
  Ticket ticket = 0;
};

// Encoders append one whole frame. The caller keeps a frame within kMostFrameBytes; an assert says so.
void append(std::string& out, const Hello& message);
void append(std::string& out, const Task& message);
void append(std::string& out, const Started& message);
void append(std::string& out, const Blocked& message);
void append(std::string& out, const Unblocked& message);
void append(std::string& out, const Log& message);
void append(std::string& out, const Client& message);
void append(std::string& out, const Sampled& message);
void append(std::string& out, const Result& message);
void append(std::string& out, const Error& message);
void append(std::string& out, const Cancel& message);
void append(std::string& out, const Bye& message);
void append(std::string& out, const Descriptor& message);

/// The bytes of a Task frame beside its function's texts and its arguments, and of a Result frame beside its value.
inline constexpr std::size_t kTaskOverhead = 64, kResultOverhead = 64;

// A Task frame in two parts: its body, which may be large, is made once and sent from where it lies, to whichever
// worker.
inline constexpr std::size_t kTaskHeadBytes = kHeaderBytes + sizeof(Tag) + sizeof(Ticket);
/// `bodyBytes`: of what follows, at most kMostTaskBody.
std::array<char, kTaskHeadBytes> taskHead(Ticket ticket, std::size_t bodyBytes);
inline constexpr std::size_t kMostTaskBody = kMostFrameBytes - sizeof(Tag) - sizeof(Ticket);
/// The body's beginning; the arguments come behind it.
void appendFunction(std::string& body, const FunctionRef& function);

// Decoders of a body. Empty where it is not exactly one.
std::optional<Hello> decodeHello(std::string_view body);
std::optional<Task> decodeTask(std::string_view body);
std::optional<Started> decodeStarted(std::string_view body);
std::optional<Blocked> decodeBlocked(std::string_view body);
std::optional<Unblocked> decodeUnblocked(std::string_view body);
std::optional<Log> decodeLog(std::string_view body);
std::optional<Client> decodeClient(std::string_view body);
std::optional<Sampled> decodeSampled(std::string_view body);
std::optional<Result> decodeResult(std::string_view body);
std::optional<Error> decodeError(std::string_view body);
std::optional<Cancel> decodeCancel(std::string_view body);
std::optional<Bye> decodeBye(std::string_view body);
std::optional<Descriptor> decodeDescriptor(std::string_view body);

struct Frame {
  Tag tag{};
  std::string_view body;
};

/// Cuts a stream of bytes into frames.
///
/// Order: room() and filled() put bytes in, next() takes whole frames out until it has none. A frame's body refers to
/// the buffer and lives until the next call of room(). After a protocol error next() gives nothing for ever.
/// Threads: owner.
class FrameReader {
 public:
  /// Where the next bytes go: at least `atLeast` of them.
  std::span<char> room(std::size_t atLeast);
  void filled(std::size_t count);
  std::optional<Frame> next();
  /// Empty while the stream is sound, else what was wrong with it.
  const std::string& error() const { return m_error; }
  /// Bytes that belong to a frame whose rest has not come.
  std::size_t pending() const { return m_end - m_begin; }

 private:
  std::string m_buffer;
  std::size_t m_begin = 0, m_end = 0; // what is not read yet
  std::string m_error;
};

} // namespace poolscope::wire
