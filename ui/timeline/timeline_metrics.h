#pragma once

#include "ui/theme/theme.h"

namespace poolscope::ui {

/// Pixels that the parts of the timeline share; they grow with the text.
inline int labelColumn() { ///< the lanes' names
  return px(184);
}
inline int rulerHeight() {
  return px(22);
}
inline int stepRowHeight() { ///< pool size, and queue depth
  return px(34);
}
inline int headHeight() {
  return rulerHeight() + 2 * stepRowHeight();
}
inline int laneHeight() {
  return px(18);
}
inline int leastLaneHeight() { ///< where there are many: labels still fit
  return px(14);
}
inline constexpr int kLabelLeft = 28; ///< of a lane's name; a heading's fold sign stands before it
inline constexpr int kGlyphSize = 11;

} // namespace poolscope::ui
