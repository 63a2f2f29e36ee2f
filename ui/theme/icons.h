#pragma once

#include "ui/theme/state_role.h"

#include <QColor>
#include <QIcon>
#include <QRectF>

class QPainter;

namespace poolscope::ui {

/// A small sign drawn as a path, because many fonts lack these characters. The first six are the states' own.
enum class Glyph : std::uint8_t {
  Dots,     ///< queued
  Triangle, ///< running; run, start
  Bars,     ///< blocked; freeze
  Check,    ///< done
  Cross,    ///< failed
  Slashed,  ///< cancelled
  Step,
  Stop,
  Power,
  Chat,
  Folder,
  Live, ///< to the live edge
  ArrowRight,
  ArrowDown,
  ArrowUp,
};
inline constexpr int kGlyphCount = static_cast<int>(Glyph::ArrowUp) + 1;

/// Draws the glyph centred in `box`, as large as its smaller side allows; the grid is 16 by 16, so that it is crisp
/// when that side is 8, 16 or 32 device pixels.
void paintGlyph(QPainter& painter, Glyph glyph, const QRectF& box, const QColor& color);

/// The glyph of a state; idle has none: empty.
constexpr bool hasGlyph(StateRole role) {
  return role != StateRole::Idle;
}
constexpr Glyph glyphOf(StateRole role) {
  return static_cast<Glyph>(role);
}
static_assert(glyphOf(StateRole::Queued) == Glyph::Dots && glyphOf(StateRole::Cancelled) == Glyph::Slashed);

/// An icon for actions and buttons: text colour, muted when disabled, white on the primary button; follows the theme.
QIcon glyphIcon(Glyph glyph);

/// A state's badge as in the legend: fill, pattern and glyph. For tables and tree rows.
QIcon stateIcon(StateRole role);

} // namespace poolscope::ui
