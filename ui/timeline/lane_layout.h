#pragma once

#include "ui/session/session.h"

#include <QString>

#include <vector>

namespace poolscope::ui {

/// One row of the timeline: a heading, a caller's lane or a worker slot's lane. Heights are pixels.
struct Lane {
  enum class Kind : std::uint8_t { Heading, Caller, Worker };
  Kind kind = Kind::Heading;
  PoolId pool;
  SlotIndex slot = kNoSlot;
  CallerId caller;
  QString label;
  QString state; ///< in words, for screen readers
  int y = 0;
  static constexpr int kHeight = 18;
};

/// The lanes at the session's cursor, from the top: callers, then each pool's slots, every slot that ever had a worker.
std::vector<Lane> layoutLanes(const Session& session);

} // namespace poolscope::ui
