#pragma once

#include "core/base/ids.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace poolscope {

/// What can happen. The order of the list is not stored anywhere: a file names kinds by eventKindName().
enum class EventKind : std::uint8_t {
  // pool
  PoolOpened,        ///< flag = WorkerKind, a = prefix, b = target, c = label (what the pool is for)
  PoolClosed,        ///< every worker has ended and nothing is queued
  PoolResized,       ///< a = from, b = to, flag = By
  PoolSpawnFailed,   ///< slot, a = errno, (c,d) = retryAt ns
  PoolShutdownBegun, ///< flag = bit 0 wait, bit 1 cancel queued; (c,d) = deadline ns, 0 = none; b = caller
  PoolShutdownStage, ///< flag = ShutdownStage, a = tasks still queued, b = tasks still running
  PoolHeld,          ///< flag = hold point (step mode)
  PoolReleased,      ///< flag = hold point (step mode)
  // task
  TaskSubmitted,      ///< task, flag = TaskKind, slot = priority as int16, a = name, b = caller, c = parent task, d = client
  TaskDispatched,     ///< task, slot: handed to a worker process, not yet executing
  TaskStarted,        ///< task, slot (none: its submitter runs it, the queue was full); (c,d) = lag
  TaskBlocked,        ///< task, slot, flag = BlockReason, a = what it waits for; (c,d) = lag
  TaskUnblocked,      ///< task, slot; (c,d) = lag
  TaskFinished,       ///< task, slot, flag = Outcome, a = error text; (c,d) = lag
  TaskCancelled,      ///< task, flag = By, b = caller
  TaskMoved,          ///< task, (a,b) = new queue key
  TaskRequeued,       ///< task, slot: its worker died before it started; it goes back to the head once
  TaskStopRequested,  ///< task, flag = By
  TaskCallbacksEnded, ///< task, slot, a = number of callbacks that threw
  TaskResultRead,     ///< task, b = caller
  TaskLog,            ///< task, slot, a = text; (c,d) = lag
  // worker
  WorkerStarting,   ///< slot, a = generation
  WorkerReady,      ///< slot, a = pid, b = tid, c = full name, d = the name the kernel shows (15 bytes)
  WorkerIdle,       ///< slot
  WorkerRetiring,   ///< slot, flag = RetireReason: it leaves after its task, or at once when idle
  WorkerExited,     ///< slot, flag = 1 when a signal ended it, a = exit code or signal
  WorkerSlotFailed, ///< slot, a = reason text: no more restarts in this slot
  WorkerSampled,    ///< slot, flag = SampledBits, (a,b) = processor time ns, task = run delay ns, c = resident KiB; d = lag
  // caller
  CallerNamed,   ///< b = caller, a = name
  CallerBlocked, ///< b = caller, flag = CallKind, task when in result
  CallerResumed, ///< b = caller, flag = CallKind
  // server; pool = the pool that serves, or the server's own id where there is no pool
  ServerListening,    ///< flag = serve mode, a = host, b = port
  ServerStopped,      ///<
  ClientConnected,    ///< d = client, a = peer "127.0.0.1:PORT"
  ClientNamed,        ///< d = client, a = name
  ClientQueued,       ///< d = client, task
  ClientServed,       ///< d = client, task, slot
  ClientReceived,     ///< d = client, (a,b) = bytes, task = messages (reads that gave some); c = lag, at most 4.29 s
  ClientSent,         ///< d = client, (a,b) = bytes; c = lag, at most 4.29 s
  ClientDisconnected, ///< d = client, flag = DisconnectCause
  // log
  ClockSync,     ///< t = monotonic, task = ticks, (a,b) = boottime ns
  Dropped,       ///< a = ring, (c,d) = number of events
  SnapshotBegin, ///< pool; task = done, (a,b) = failed, (c,d) = cancelled so far
  SnapshotEnd,   ///< pool
};
inline constexpr std::size_t kEventKindCount = static_cast<std::size_t>(EventKind::SnapshotEnd) + 1;

enum class WorkerKind : std::uint8_t { Thread, Process };
/// Of a WorkerSampled event. Its run delay counts only with the bit Delay: files of before have none. Outside: it was
/// not the worker that read its clock but a WorkerSampler, who looks again and again and is silent while nothing moves.
enum SampledBits : std::uint8_t { kSampledDelay = 1, kSampledOutside = 2 };
enum class By : std::uint8_t { Caller, Person, Shutdown, Timeout };
enum class TaskKind : std::uint8_t { Call, MapElement, Connection, Readable };
enum class BlockReason : std::uint8_t { Other, Recv, Send, Sleep, Result, Lock };
enum class Outcome : std::uint8_t { None, Ok, Error, Timeout, WorkerDied, Cancelled, Unknown };
enum class RetireReason : std::uint8_t { Resize, MaxTasks, Shutdown, Stays }; ///< Stays: kept after all, the pool grew again
enum class ShutdownStage : std::uint8_t { Draining, CancelQueued, Terminate, Kill, Done };
enum class CallKind : std::uint8_t { Submit, Result, Wait, Map, Shutdown };
enum class DisconnectCause : std::uint8_t { EndOfStream, Reset, ServerStop, SlowReader, Idle, Lost, Error, WorkerDied, Cancelled }; ///< Cancelled: while it waited in the queue

/// One small thing that happened: the unit of everything that is shown, measured, saved or replayed (EventKind tells
/// which fields a kind uses; eventFields() says the same to code).
///
/// `t` is a stamp: clock ticks while the event lies in a ring, nanoseconds of CLOCK_MONOTONIC in a Recording.
/// `order` counts the decisions of one pool under its lock; 0 where no lock was held. Merge key: (t, order, ring, place).
/// 48 bytes, trivially copyable. Threads: immutable once appended.
struct Event {
  std::int64_t t = 0;
  std::uint64_t order = 0;
  std::uint64_t task = 0;
  PoolId pool;
  SlotIndex slot = kNoSlot;
  EventKind kind{};
  std::uint8_t flag = 0;
  std::uint32_t a = 0, b = 0, c = 0, d = 0;

  TaskId taskId() const { return TaskId{task}; }
  TextId text() const { return TextId{a}; }
  CallerId caller() const { return CallerId{b}; }
  ClientId client() const { return ClientId{d}; }
  std::int64_t ab() const { return static_cast<std::int64_t>(std::uint64_t{b} << 32 | a); }
  std::int64_t cd() const { return static_cast<std::int64_t>(std::uint64_t{d} << 32 | c); }
  void setAb(std::int64_t v) { a = static_cast<std::uint32_t>(v), b = static_cast<std::uint32_t>(static_cast<std::uint64_t>(v) >> 32); }
  void setCd(std::int64_t v) { c = static_cast<std::uint32_t>(v), d = static_cast<std::uint32_t>(static_cast<std::uint64_t>(v) >> 32); }
  friend bool operator==(const Event&, const Event&) = default;
};
static_assert(sizeof(Event) == 48 && std::is_trivially_copyable_v<Event>);

/// Where a field of an event lies, and how it is to be read.
enum class FieldPlace : std::uint8_t { Task, Slot, Flag, A, B, C, D, AB, CD };
enum class FieldType : std::uint8_t { Number, Text, Priority };
struct EventField {
  std::string_view name; ///< as in a file's "args"
  FieldPlace place;
  FieldType type = FieldType::Number;
  std::uint8_t most = 255; ///< of a Flag: its last enumerator, beyond which a file is damaged or newer
};

/// The kind's name in a file: "Submitted", "PoolOpened", … (one word, unique).
std::string_view eventKindName(EventKind kind);
/// The fields that the kind uses beside t, order and pool, in the order a file shows them.
std::span<const EventField> eventFields(EventKind kind);

} // namespace poolscope
