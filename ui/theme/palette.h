#pragma once

#include "ui/theme/state_role.h"

#include <QColor>
#include <QPalette>

namespace poolscope::ui {

/// What a colour is for, beside the states. Paint code names a role, never a literal.
enum class ColorRole : std::uint8_t {
  Window,         ///< behind the views
  Panel,          ///< toolbars, cards, group headings, inspector
  Text,           ///< also arrows and selection outlines: these use no hue
  Muted,          ///< secondary text
  Disabled,       ///< text of a control that cannot be used now
  Grid,           ///< hairlines
  Dash,           ///< dashed outline of what is not there yet
  ControlFill,    ///< buttons, combo boxes, fields
  ControlHover,   ///< the same under the pointer
  ControlPressed, ///< the same while pressed, and a toggle that is on
  ControlBorder,  ///< their outline, and the groove of a slider
  PopupEdge,      ///< the outline of what lies over the window: menus, lists, tooltips
  Accent,         ///< the one primary button, the slider's filled part, the focus frame
  AccentHover,    ///< the primary button under the pointer
  AccentEdge,     ///< its outline
  AccentText,     ///< text on Accent
  Link,           ///< a link not followed yet
  LinkVisited,    ///< a link that was followed
  Zebra,          ///< every second row of a table
  SelectedRow,    ///< the selected row of a table; its text stays Text
  Bar,            ///< a neutral bar of a plot
  Depth,          ///< area under the queue depth line
  FindingBar,     ///< the sentence above the zones
  FindingText,    ///< text on FindingBar
  FindingEdge,    ///< its left edge
};
inline constexpr int kColorRoleCount = static_cast<int>(ColorRole::FindingEdge) + 1;

/// The three colours of a state: what fills, what bounds, what is written on the fill.
struct StateColors {
  QColor fill, edge, text;
};

/// All colours of the window in one of two lightnesses. There are exactly two palettes, fixed at build time.
/// Threads: immutable.
class Palette {
 public:
  static const Palette& light();
  static const Palette& dark();

  bool isDark() const { return m_dark; }
  const QColor& color(ColorRole role) const { return m_colors[static_cast<int>(role)]; }
  const StateColors& state(StateRole role) const { return m_states[static_cast<int>(role)]; }
  /// Every role and group of Qt's palette set, so that nothing of the platform's shines through.
  QPalette toQPalette() const;

 private:
  explicit Palette(bool dark);
  bool m_dark;
  QColor m_colors[kColorRoleCount];
  StateColors m_states[kStateRoleCount];
};

} // namespace poolscope::ui
