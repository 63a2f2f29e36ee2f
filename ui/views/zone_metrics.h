#pragma once

#include "ui/theme/theme.h"

namespace poolscope::ui {

/// Pixels that the zones share, so that heads, cards, chips and buttons stand on the same lines.
inline constexpr int kZoneMargin = 12;
inline int zoneHeadHeight() { ///< grows with the text
  return px(24);
}
inline constexpr int kHeadGap = 10; ///< between a zone's title and its summary

} // namespace poolscope::ui
