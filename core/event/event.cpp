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

constexpr EventField kTask{"task", Task}, kSlot{"slot", Slot}, kCaller{"caller", B}, kClient{"client", D},
    kLag{"lag", CD}, kPoint{"point", Flag}, kBy{"by", Flag}, kCall{"call", Flag}, kBytes{"bytes", AB};

/// In the order of EventKind.
constexpr KindInfo kKinds[] = {
    kind("PoolOpened", EventField{"kind", Flag}, EventField{"prefix", A, Text}, EventField{"target", B},
         EventField{"label", C, Text}),
    kind("PoolClosed"),
    kind("PoolResized", EventField{"from", A}, EventField{"to", B}, kBy),
    kind("PoolSpawnFailed", kSlot, EventField{"errno", A}, EventField{"retryAt", CD}),
    kind("PoolShutdownBegun", EventField{"mode", Flag}, kCaller, EventField{"deadline", CD}),
    kind("PoolShutdownStage", EventField{"stage", Flag}),
    kind("PoolHeld", kPoint),
    kind("PoolReleased", kPoint),
    kind("Submitted", kTask, EventField{"kind", Flag}, EventField{"priority", Slot, Priority},
         EventField{"name", A, Text}, kCaller, EventField{"parent", C}, kClient),
    kind("Dispatched", kTask, kSlot),
    kind("Started", kTask, kSlot, kLag),
    kind("Blocked", kTask, kSlot, EventField{"reason", Flag}, EventField{"detail", A, Text}, kLag),
    kind("Unblocked", kTask, kSlot, kLag),
    kind("Finished", kTask, kSlot, EventField{"outcome", Flag}, EventField{"text", A, Text}, kLag),
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
    kind("WorkerRetiring", kSlot, EventField{"reason", Flag}),
    kind("WorkerExited", kSlot, EventField{"signalled", Flag}, EventField{"code", A}),
    kind("WorkerSlotFailed", kSlot, EventField{"reason", A, Text}),
    kind("WorkerSampled", kSlot, EventField{"cpu", AB}, EventField{"rss", C}),
    kind("CallerNamed", kCaller, EventField{"name", A, Text}),
    kind("CallerBlocked", kCaller, kCall, kTask),
    kind("CallerResumed", kCaller, kCall),
    kind("ServerListening", EventField{"mode", Flag}, EventField{"host", A, Text}, EventField{"port", B}),
    kind("ServerStopped"),
    kind("ClientConnected", kClient, EventField{"peer", A, Text}),
    kind("ClientNamed", kClient, EventField{"name", A, Text}),
    kind("ClientQueued", kClient, kTask),
    kind("ClientServed", kClient, kTask, kSlot),
    kind("ClientReceived", kClient, kBytes),
    kind("ClientSent", kClient, kBytes),
    kind("ClientDisconnected", kClient, EventField{"cause", Flag}),
    kind("ClockSync", EventField{"ticks", Task}, EventField{"boottime", AB}),
    kind("Dropped", EventField{"ring", A}, EventField{"count", CD}),
    kind("SnapshotBegin"),
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
