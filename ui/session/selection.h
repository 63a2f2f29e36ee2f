#pragma once

#include "core/event/pool_state.h"

#include <cstdint>

namespace poolscope::ui {

/// One thing that a person can select, by what it is and never by where it stands: a row that shows another worker or
/// task is another Selection. Selecting anywhere selects everywhere: every view shows what the Session has selected.
struct Selection {
  enum class Kind : std::uint8_t { None, Task, Worker, Client, Caller, Pool };
  Kind kind = Kind::None;
  PoolId pool{};
  TaskId task{};
  SlotIndex slot = kNoSlot;
  std::uint32_t generation = 0; ///< which of the slot's workers, from 1; of a vacant slot, the one that will come
  ClientId client{};
  CallerId caller{};

  static Selection none() { return {}; }
  static Selection ofTask(PoolId p, TaskId t) { return {.kind = Kind::Task, .pool = p, .task = t}; }
  static Selection ofWorker(PoolId p, SlotIndex s, std::uint32_t g = 1) {
    return {.kind = Kind::Worker, .pool = p, .slot = s, .generation = g};
  }
  static Selection ofWorker(PoolId p, const WorkerState& worker) {
    return ofWorker(p, worker.slot, worker.generation + (worker.phase == WorkerPhase::Vacant ? 1 : 0));
  }
  static Selection ofClient(PoolId p, ClientId c) { return {.kind = Kind::Client, .pool = p, .client = c}; }
  static Selection ofCaller(CallerId c) { return {.kind = Kind::Caller, .caller = c}; }
  static Selection ofPool(PoolId p) { return {.kind = Kind::Pool, .pool = p}; }
  friend bool operator==(const Selection&, const Selection&) = default;
};

struct SelectionHash {
  std::size_t operator()(const Selection& s) const {
    std::size_t hash = static_cast<std::size_t>(s.kind);
    for (const std::uint64_t part :
         {std::uint64_t{s.pool.value()}, std::uint64_t{s.task.value()}, std::uint64_t{s.slot},
          std::uint64_t{s.generation}, std::uint64_t{s.client.value()}, std::uint64_t{s.caller.value()}})
      hash = (hash ^ part) * 0x9E3779B97F4A7C15; // 2⁶⁴ divided by the golden ratio: spreads neighbours
    return hash;
  }
};

} // namespace poolscope::ui
