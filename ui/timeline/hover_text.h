#pragma once

#include "ui/timeline/lane_layout.h"

#include <QString>

namespace poolscope::ui {

/// What the card under the pointer says, as plain text: the same numbers as the tables have.
QString taskHover(const Session& session, const TaskRow& task);
/// The same for what lies at time t on a lane; empty where nothing does.
QString laneHover(const Session& session, const Lane& lane, std::int64_t t);
/// The marked range's figures in one line a figure.
QString rangeHover(const Session& session, const TimeRange& range);
/// The task that a worker's lane shows at t, or within `reach` ns of it.
const TaskRow* taskNear(const Session& session, const Lane& lane, std::int64_t t, std::int64_t reach);

} // namespace poolscope::ui
