#pragma once

#include "core/event/pool_state.h"

#include <cstdint>

namespace poolscope::ui {

/// The seven looks that a worker or a task can have: colour, pattern and glyph always together.
enum class StateRole : std::uint8_t { Queued, Running, Blocked, Done, Failed, Cancelled, Idle };
inline constexpr int kStateRoleCount = static_cast<int>(StateRole::Idle) + 1;

/// The look of a worker. Vacant and starting slots are drawn as dashed outlines by their view; their role is Idle.
constexpr StateRole stateRoleOf(WorkerPhase phase) {
  switch (phase) {
  case WorkerPhase::Running:
    return StateRole::Running;
  case WorkerPhase::Blocked:
    return StateRole::Blocked;
  case WorkerPhase::Failed:
    return StateRole::Failed;
  case WorkerPhase::Vacant:
  case WorkerPhase::Starting:
  case WorkerPhase::Idle:
    break;
  }
  return StateRole::Idle;
}

/// The look of a task. A task whose end is not known, and one not submitted yet, are Idle: an empty outline.
constexpr StateRole stateRoleOf(TaskPhase phase) {
  switch (phase) {
  case TaskPhase::Queued:
  case TaskPhase::Dispatched:
    return StateRole::Queued;
  case TaskPhase::Running:
    return StateRole::Running;
  case TaskPhase::Blocked:
    return StateRole::Blocked;
  case TaskPhase::Done:
    return StateRole::Done;
  case TaskPhase::Failed:
    return StateRole::Failed;
  case TaskPhase::Cancelled:
    return StateRole::Cancelled;
  case TaskPhase::Unborn:
  case TaskPhase::Unknown:
    break;
  }
  return StateRole::Idle;
}

} // namespace poolscope::ui
