#include "core/event/event.h"

#include <array>
#include <iterator>

namespace poolscope {

namespace {

using enum FieldPlace;
using enum FieldType;

struct KindInfo {
  std::string_view name;
  std::array<EventField, 7> fields;
  std::size_t count;
};

template <class... F> constexpr KindInfo kind(std::string_view name, F... fields) {
  return {name, {fields...}, sizeof...(fields)};
}

/// A flag whose greatest value is `last`.
template <class Enum> constexpr EventField flag(std::string_view name, Enum last) {
  return {name, Flag, Number, static_cast<std::uint8_t>(last)};
}

constexpr EventField kTask{"task", Task}, kSlot{"slot", Slot}, kCaller{"caller", B}, kClient{"client", D},
    kLag{"lag", CD}, kShortLag{"lag", C}, kPoint{"point", Flag}, kBytes{"bytes", AB};
constexpr EventField kBy = flag("by", By::Timeout), kCall = flag("call", CallKind::Shutdown);

/// In the order of EventKind.
constexpr KindInfo kKinds[] = {
    kind("PoolOpened", flag("kind", WorkerKind::Process), EventField{"prefix", A, Text}, EventField{"target", B},
         EventField{"label", C, Text}),
    kind("PoolClosed"),
    kind("PoolResized", EventField{"from", A}, EventField{"to", B}, kBy),
    kind("PoolSpawnFailed", kSlot, EventField{"errno", A}, EventField{"retryAt", CD}),
    kind("PoolShutdownBegun", flag("mode", 3), kCaller, EventField{"deadline", CD}),
    kind("PoolShutdownStage", flag("stage", ShutdownStage::Done), EventField{"queued", A}, EventField{"running", B}),
    kind("PoolHeld", kPoint),
    kind("PoolReleased", kPoint),
    kind("Submitted", kTask, flag("kind", TaskKind::Readable), EventField{"priority", Slot, Priority},
         EventField{"name", A, Text}, kCaller, EventField{"parent", C}, kClient),
    kind("Dispatched", kTask, kSlot),
    kind("Started", kTask, kSlot, kLag),
    kind("Blocked", kTask, kSlot, flag("reason", BlockReason::Lock), EventField{"detail", A, Text}, kLag),
    kind("Unblocked", kTask, kSlot, kLag),
    kind("Finished", kTask, kSlot, flag("outcome", Outcome::Unknown), EventField{"text", A, Text}, kLag),
    kind("Cancelled", kTask, kBy, kCaller),
    kind("Moved", kTask, EventField{"key", AB}),
    kind("Requeued", kTask, kSlot),
    kind("StopRequested", kTask, kBy),
    kind("CallbacksEnded", kTask, kSlot, EventField{"errors", A}),
    kind("ResultRead", kTask, kCaller),
    kind("Log", kTask, kSlot, EventField{"text", A, Text}, kLag),
    kind("WorkerStarting", kSlot, EventField{"generation", A}),
    kind("WorkerReady", kSlot, EventField{"pid", A}, EventField{"tid", B}, EventField{"name", C, Text},
         EventField{"comm", D, Text}),
    kind("WorkerIdle", kSlot),
    kind("WorkerRetiring", kSlot, flag("reason", RetireReason::Stays)),
    kind("WorkerExited", kSlot, flag("signalled", 1), EventField{"code", A}),
    kind("WorkerSlotFailed", kSlot, EventField{"reason", A, Text}),
    kind("WorkerSampled", kSlot, EventField{"told", Flag, Number, kSampledDelay | kSampledOutside},
         EventField{"cpu", AB}, EventField{"rss", C}, EventField{"delay", Task}, EventField{"lag", D}),
    kind("CallerNamed", kCaller, EventField{"name", A, Text}),
    kind("CallerBlocked", kCaller, kCall, kTask),
    kind("CallerResumed", kCaller, kCall),
    kind("ServerListening", flag("mode", 3), EventField{"host", A, Text}, EventField{"port", B}),
    kind("ServerStopped"),
    kind("ClientConnected", kClient, EventField{"peer", A, Text}),
    kind("ClientNamed", kClient, EventField{"name", A, Text}),
    kind("ClientQueued", kClient, kTask),
    kind("ClientServed", kClient, kTask, kSlot),
    kind("ClientReceived", kClient, kBytes, EventField{"messages", Task}, kShortLag),
    kind("ClientSent", kClient, kBytes, kShortLag),
    kind("ClientDisconnected", kClient, flag("cause", DisconnectCause::Cancelled)),
    kind("ClockSync", EventField{"ticks", Task}, EventField{"boottime", AB}),
    kind("Dropped", EventField{"ring", A}, EventField{"count", CD}),
    kind("SnapshotBegin", EventField{"done", Task}, EventField{"failed", AB}, EventField{"cancelled", CD}),
    kind("SnapshotEnd"),
};
static_assert(std::size(kKinds) == kEventKindCount);

} // namespace

std::string_view eventKindName(EventKind kind) {
  return kKinds[static_cast<std::size_t>(kind)].name;
}

std::span<const EventField> eventFields(EventKind kind) {
  const KindInfo& info = kKinds[static_cast<std::size_t>(kind)];
  return {info.fields.data(), info.count};
}

} // namespace poolscope
