#pragma once

#include "ui/session/session.h"

#include <QRect>

#include <map>
#include <vector>

namespace poolscope::ui {

/// One thing in the Workers zone: where it lies and what it shows.
struct WorkerBox {
  enum class Kind : std::uint8_t {
    PoolHead,   ///< the line above an open pool's workers; two lines beside them when it is folded
    Card,       ///< 206×66
    Chip,       ///< 96×40, above 12 workers or where the zone is dense
    Cell,       ///< 14×14, above 48
    Detail,     ///< the card beside the cells: the selected worker
    Compact,    ///< one line, of a folded pool
    More,       ///< "+5": workers of a folded pool for which there is no room
    ClosedHead, ///< the line above all closed pools
    ClosedPool, ///< a closed pool's line
  };
  Kind kind = Kind::PoolHead;
  QRect rect; ///< from the zone's top left corner, before scrolling
  PoolId pool;
  SlotIndex slot = kNoSlot;
  Selection worker = {};   ///< of workers: what it shows, and what a click selects
  bool folded = false;     ///< of heads
  bool selected = false;   ///< of workers: what is selected means this one, its task or its client
  std::uint32_t count = 0; ///< of More and ClosedHead: how many it stands for

  bool isHead() const { return kind == Kind::PoolHead || kind == Kind::ClosedHead || kind == Kind::ClosedPool; }
};

/// What the person folded or unfolded by hand: kept until the pool is gone. No pool: the list of closed pools.
using Folds = std::map<PoolId, bool>;

struct WorkerLayout {
  std::vector<WorkerBox> boxes; ///< in reading order
  int height = 0;
};

/// Boxes of all pools at the session's cursor, in order of opening, the closed ones last. The current pool is open
/// unless folded by hand, the others are folded. Dense: for a low window, chips instead of cards and folded pools of
/// one line. Pure: the same arguments give the same boxes.
WorkerLayout layoutWorkers(const Session& session, int width, const Folds& folds, bool dense = false);

/// The slot whose worker the last selected thing means (itself, or what its task or client is served by); kNoSlot: none
/// there.
SlotIndex selectedSlot(const Session& session, const PoolLive& pool);

} // namespace poolscope::ui
