#pragma once

namespace poolscope::ui {

/// Pixels that the parts of the timeline share.
inline constexpr int kLabelColumn = 184; ///< the lanes' names
inline constexpr int kRulerHeight = 22;
inline constexpr int kStepRowHeight = 34; ///< pool size, and queue depth
inline constexpr int kHeadHeight = kRulerHeight + 2 * kStepRowHeight;
inline constexpr int kLaneHeight = 18;
inline constexpr int kLeastLaneHeight = 14; ///< where there are many: 11-px text still fits
inline constexpr int kLabelLeft = 28;       ///< of a lane's name; a heading's fold sign stands before it
inline constexpr int kGlyphSize = 11;

} // namespace poolscope::ui
