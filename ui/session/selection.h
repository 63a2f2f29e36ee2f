#pragma once

#include "core/base/ids.h"

#include <cstdint>

namespace poolscope::ui {

/// What the person selected. Selecting anywhere selects everywhere: every view shows the one Selection of the Session.
struct Selection {
  enum class Kind : std::uint8_t { None, Task, Worker, Client, Caller, Pool };
  Kind kind = Kind::None;
  PoolId pool{};
  TaskId task{};
  SlotIndex slot = kNoSlot;
  ClientId client{};
  CallerId caller{};

  static Selection none() { return {}; }
  static Selection ofTask(PoolId p, TaskId t) { return {.kind = Kind::Task, .pool = p, .task = t}; }
  static Selection ofWorker(PoolId p, SlotIndex s) { return {.kind = Kind::Worker, .pool = p, .slot = s}; }
  static Selection ofClient(PoolId p, ClientId c) { return {.kind = Kind::Client, .pool = p, .client = c}; }
  static Selection ofCaller(CallerId c) { return {.kind = Kind::Caller, .caller = c}; }
  static Selection ofPool(PoolId p) { return {.kind = Kind::Pool, .pool = p}; }
  friend bool operator==(const Selection&, const Selection&) = default;
};

} // namespace poolscope::ui
