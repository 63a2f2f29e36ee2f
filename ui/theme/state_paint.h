#pragma once

#include "ui/theme/state_role.h"

#include <QPixmap>
#include <QRectF>

class QPainter;

namespace poolscope::ui {

/// Narrower than this a hatch is noise: plain fill.
inline constexpr int kHatchLeastWidth = 8;

/// The pattern of a state as a tile, for QPainter::drawTiledPixmap; null where the state has none. Blocked: 45°, lines
/// 7 px apart. Cancelled: the other way and twice as sparse.
const QPixmap& stateHatch(StateRole role, qreal devicePixelRatio);

/// Fill and pattern, without an edge. `phase` moves the pattern to the left: what scrolls takes its hatch along.
void paintStateFill(QPainter& painter, const QRect& rect, StateRole role, int phase = 0);

/// Only the pattern.
void paintStateHatch(QPainter& painter, const QRect& rect, StateRole role, int phase = 0);

/// Fill, pattern, edge and glyph: the legend's square, a table's state column.
void paintStateBadge(QPainter& painter, const QRect& rect, StateRole role);

} // namespace poolscope::ui
