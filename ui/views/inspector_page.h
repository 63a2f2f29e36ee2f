#pragma once

#include "ui/session/session.h"
#include "ui/theme/state_role.h"

#include <QString>

#include <optional>
#include <vector>

namespace poolscope::ui {

/// One line of the inspector. `exact` is what copying gives: every nanosecond where the shown value is rounded.
struct Fact {
  QString label, value, exact;
};

/// One part of the bar that says where the time went.
struct BarPart {
  StateRole role;
  std::int64_t ns = 0;
  QString text; ///< "waited 4.00 s"
};

/// What the inspector shows about the selection at the session's cursor. Pure: facts only, no widget.
struct InspectorPage {
  QString title;                  ///< "Task #26"
  QString subtitle;               ///< "task() · ThreadPoolExecutor-1 · thread-pool"
  std::optional<StateRole> badge; ///< none: nothing to be in a state
  QString state;                  ///< "done"
  std::vector<BarPart> bar;
  StateRole end = StateRole::Idle; ///< the bar's cap: how it ended; Idle: it has not
  QString barText; ///< "waited 67 % · computing 0 % · blocked 33 %"; "running" where nobody read the clock
  std::vector<Fact> facts;
  QString note; ///< an error's text, or what to do when nothing is selected

  static InspectorPage of(const Session& session);
};

} // namespace poolscope::ui
