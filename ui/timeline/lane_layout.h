#pragma once

#include "ui/session/session.h"
#include "ui/theme/state_role.h"

#include <QString>

#include <compare>
#include <cstdint>
#include <set>
#include <vector>

namespace poolscope::ui {

/// What a heading stands over. Pools are told apart by their id.
struct LaneGroup {
  enum class Kind : std::uint8_t { Callers, Pool, Clients };
  Kind kind = Kind::Callers;
  PoolId pool;
  friend auto operator<=>(const LaneGroup&, const LaneGroup&) = default;
};

/// One row of the timeline: a group's heading, or a lane under it. Holds only what it is about; what it says is asked
/// of the session when it is painted or read, so that a thousand lanes out of sight cost nothing.
struct Lane {
  enum class Kind : std::uint8_t { Heading, Caller, Worker, Client };
  Kind kind = Kind::Heading;
  LaneGroup group;
  SlotIndex slot = kNoSlot; ///< of a worker
  std::uint32_t place = 0;  ///< of a caller in Lanes::callers(), of a client in TaskHistory::clients()
  friend bool operator==(const Lane&, const Lane&) = default;
};

/// The rows from the top: callers, a group a pool, clients. Those in `folded` show their heading alone.
std::vector<Lane> layoutLanes(const Session& session, const std::set<LaneGroup>& folded);

/// What a lane says, at the session's cursor.
struct LaneText {
  QString label;
  StateRole state = StateRole::Idle; ///< the glyph beside it
  bool muted = false;                ///< it is over: a retired slot, a closed pool, a client that left
};
LaneText laneText(const Session& session, const Lane& lane, bool folded);

/// The same for a screen reader: "Worker 2, ThreadPoolExecutor-0_2, blocked: sleeping, task #26, 1.2 s".
QString laneDescription(const Session& session, const Lane& lane, bool folded);

/// The name of a thread that calls an executor.
QString callerName(const Session& session, CallerId caller);
/// A client's name, else its peer.
QString clientName(const Session& session, const ClientRow& client);
/// What a lane's span says: "#26 sleep", "#12 recv ← ana", "#7 square".
QString taskLabel(const Session& session, const TaskRow& task);
/// "blocked in shutdown(wait)".
QString callText(CallKind call);
/// What a click on this lane's label selects: the worker that is there now, or was there last; none for a heading.
Selection laneSelection(const Session& session, const Lane& lane);
/// What is selected is about this lane; of very many only the last ones are looked at.
bool isLaneSelected(const Session& session, const Lane& lane);
/// What a selection is about is shown by this lane.
bool laneShows(const Session& session, const Lane& lane, const Selection& selection);

} // namespace poolscope::ui
