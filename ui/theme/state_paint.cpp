#include "ui/theme/state_paint.h"

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QPainter>

#include <map>
#include <tuple>

namespace poolscope::ui {

namespace {

// 10 px along the axis are 7 px across a line of 45°. The tile holds two periods, so that its side is a whole number of
// device pixels at a ratio of 1.25, 1.5 or 1.75 too.
constexpr int kPeriod = 10;
constexpr int kTile = 2 * kPeriod;

QPixmap makeHatch(StateRole role, qreal ratio) {
  const bool reverse = role == StateRole::Cancelled;
  QPixmap tile(QSize(kTile, kTile) * ratio);
  tile.setDevicePixelRatio(ratio);
  tile.fill(Qt::transparent);
  QPainter painter(&tile);
  painter.setRenderHint(QPainter::Antialiasing);
  QColor color = themeState(role).edge;
  color.setAlphaF(reverse ? 0.9f : 0.62f);
  painter.setPen(QPen(color, 1.15));
  const int period = reverse ? kTile : kPeriod;
  for (int x = -kTile; x <= 2 * kTile; x += period) {
    if (reverse) {
      painter.drawLine(x, 0, x + kTile, kTile);
    } else {
      painter.drawLine(x + kTile, 0, x, kTile);
    }
  }
  return tile;
}

} // namespace

const QPixmap& stateHatch(StateRole role, qreal devicePixelRatio) {
  static const QPixmap none;
  if (role != StateRole::Blocked && role != StateRole::Cancelled) return none;
  static std::map<std::tuple<StateRole, bool, int>, QPixmap> tiles; // GUI thread only, as all painting
  auto [it, isNew] =
      tiles.try_emplace({role, Theme::instance().isDark(), int(std::lround(devicePixelRatio * 100))}, QPixmap());
  if (isNew) it->second = makeHatch(role, devicePixelRatio);
  return it->second;
}

void paintStateHatch(QPainter& painter, const QRect& rect, StateRole role, int phase) {
  const QPixmap& tile = stateHatch(role, painter.device()->devicePixelRatioF());
  if (tile.isNull()) return;
  const auto wrap = [](int v) { return ((v % kTile) + kTile) % kTile; };
  painter.drawTiledPixmap(rect, tile, QPoint(wrap(rect.x() + phase), wrap(rect.y())));
}

void paintStateFill(QPainter& painter, const QRect& rect, StateRole role, int phase) {
  painter.fillRect(rect, themeState(role).fill);
  if (rect.width() >= kHatchLeastWidth) paintStateHatch(painter, rect, role, phase);
}

void paintStateBadge(QPainter& painter, const QRect& rect, StateRole role) {
  const StateColors& colors = themeState(role);
  painter.fillRect(rect, colors.edge);
  const QRect inner = rect.adjusted(1, 1, -1, -1);
  painter.fillRect(inner, colors.fill);
  paintStateHatch(painter, inner, role);
  if (!hasGlyph(role)) return;
  const qreal side = std::min(inner.width(), inner.height()) - 4;
  QRectF box(0, 0, side, side);
  box.moveCenter(QRectF(rect).center());
  if (role == StateRole::Blocked)
    painter.fillRect(box.adjusted(-1, -1, 1, 1), colors.fill); // the bars stand clear of the hatch
  paintGlyph(painter, glyphOf(role), box, colors.text);
}

} // namespace poolscope::ui
