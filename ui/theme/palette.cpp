#include "ui/theme/palette.h"

namespace poolscope::ui {

namespace {

struct RoleValue {
  ColorRole role;
  QRgb light, dark;
};

constexpr RoleValue kRoles[] = {
    {ColorRole::Window, 0xFFFFFFFF, 0xFF15191E},        {ColorRole::Panel, 0xFFF6F7F9, 0xFF1B2027},
    {ColorRole::Text, 0xFF101418, 0xFFE6EAEE},          {ColorRole::Muted, 0xFF5B6470, 0xFF9AA3AD},
    {ColorRole::Disabled, 0xFF858D98, 0xFF6B747E},      {ColorRole::Grid, 0xFFDDE1E6, 0xFF2A3038},
    {ColorRole::Dash, 0xFFA3ABB5, 0xFF59626C},          {ColorRole::ControlFill, 0xFFFFFFFF, 0xFF232A32},
    {ColorRole::ControlHover, 0xFFEFF2F5, 0xFF2B333C},  {ColorRole::ControlPressed, 0xFFE1E5EA, 0xFF353E48},
    {ColorRole::ControlBorder, 0xFFC5CBD3, 0xFF3C444E}, {ColorRole::PopupEdge, 0xFF868E98, 0xFF6B747E},
    {ColorRole::Accent, 0xFF0B4FA3, 0xFF1A6FC4},        {ColorRole::AccentHover, 0xFF0D5AB8, 0xFF2478CC},
    {ColorRole::AccentEdge, 0xFF072F63, 0xFF6FAEF0},    {ColorRole::AccentText, 0xFFFFFFFF, 0xFFFFFFFF},
    {ColorRole::Link, 0xFF0B4FA3, 0xFF8CBEF5},          {ColorRole::LinkVisited, 0xFF6B3FA0, 0xFFC4A7EC},
    {ColorRole::Zebra, 0xFFFAFBFC, 0xFF181D23},         {ColorRole::SelectedRow, 0xFFE3E8EE, 0xFF2E3741},
    {ColorRole::Bar, 0xFFB8C0CA, 0xFF49525C},           {ColorRole::Depth, 0xFFF3DF97, 0xFF5D5838},
    {ColorRole::FindingBar, 0xFFFFF3CC, 0xFF3A2F00},    {ColorRole::FindingText, 0xFF101418, 0xFFFFE08A},
    {ColorRole::FindingEdge, 0xFFE3B505, 0xFFF5DC5A},
};
static_assert(std::size(kRoles) == kColorRoleCount);

struct StateValue {
  StateRole role;
  QRgb lightFill, lightEdge, darkFill, darkEdge, lightText, darkText;
};

// The values of the design: the smallest difference between two states is 14.0 (light) and 16.1 (dark) in CIEDE2000 for
// normal vision and for the three colour-vision deficiencies. tst_palette computes it from here.
constexpr StateValue kStates[] = {
    {StateRole::Queued, 0xFFE3B505, 0xFF8A6A00, 0xFFF5DC5A, 0xFFFFF2B0, 0xFF101418, 0xFF101418},
    {StateRole::Running, 0xFF0B4FA3, 0xFF072F63, 0xFF1A6FC4, 0xFF6FAEF0, 0xFFFFFFFF, 0xFFFFFFFF},
    {StateRole::Blocked, 0xFF56B4E9, 0xFF1E6E9F, 0xFFA6D3F5, 0xFFE2F2FF, 0xFF101418, 0xFF101418},
    {StateRole::Done, 0xFF12916C, 0xFF0A5B44, 0xFF3DAE83, 0xFF7FD8B4, 0xFF101418, 0xFF101418},
    {StateRole::Failed, 0xFFC93C0B, 0xFF7F2205, 0xFFF2521B, 0xFFFFA387, 0xFFFFFFFF, 0xFF101418},
    {StateRole::Cancelled, 0xFF5A6068, 0xFF33383E, 0xFF72777F, 0xFFA3A9B1, 0xFFFFFFFF, 0xFFFFFFFF},
    {StateRole::Idle, 0xFFFFFFFF, 0xFFDDE1E6, 0xFF15191E, 0xFF2A3038, 0xFF5B6470, 0xFF9AA3AD},
};
static_assert(std::size(kStates) == kStateRoleCount);

} // namespace

Palette::Palette(bool dark) : m_dark(dark) {
  for (const RoleValue& v : kRoles) {
    m_colors[static_cast<int>(v.role)] = QColor::fromRgb(dark ? v.dark : v.light);
  }
  for (const StateValue& v : kStates) {
    m_states[static_cast<int>(v.role)] = {QColor::fromRgb(dark ? v.darkFill : v.lightFill),
                                          QColor::fromRgb(dark ? v.darkEdge : v.lightEdge),
                                          QColor::fromRgb(dark ? v.darkText : v.lightText)};
  }
}

const Palette& Palette::light() {
  static const Palette palette(false);
  return palette;
}

const Palette& Palette::dark() {
  static const Palette palette(true);
  return palette;
}

QPalette Palette::toQPalette() const {
  QPalette p;
  const auto set = [&](QPalette::ColorRole role, ColorRole color) { p.setColor(role, this->color(color)); };
  set(QPalette::Window, ColorRole::Panel);
  set(QPalette::WindowText, ColorRole::Text);
  set(QPalette::Base, ColorRole::Window);
  set(QPalette::AlternateBase, ColorRole::Zebra);
  set(QPalette::Text, ColorRole::Text);
  set(QPalette::BrightText, ColorRole::AccentText);
  set(QPalette::Button, ColorRole::ControlFill);
  set(QPalette::ButtonText, ColorRole::Text);
  set(QPalette::Light, ColorRole::ControlHover);
  set(QPalette::Midlight, ColorRole::Grid);
  set(QPalette::Mid, ColorRole::ControlBorder);
  set(QPalette::Dark, ColorRole::Dash);
  set(QPalette::Shadow, ColorRole::Muted);
  set(QPalette::Highlight, ColorRole::Accent);
  set(QPalette::HighlightedText, ColorRole::AccentText);
  set(QPalette::Link, ColorRole::Link);
  set(QPalette::LinkVisited, ColorRole::LinkVisited);
  set(QPalette::ToolTipBase, ColorRole::Panel);
  set(QPalette::ToolTipText, ColorRole::Text);
  set(QPalette::PlaceholderText, ColorRole::Muted);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::PlaceholderText}) {
    p.setColor(QPalette::Disabled, role, color(ColorRole::Disabled));
  }
  p.setColor(QPalette::Disabled, QPalette::Highlight, color(ColorRole::ControlBorder));
  p.setColor(QPalette::Disabled, QPalette::HighlightedText, color(ColorRole::Disabled));
  p.setColor(QPalette::Disabled, QPalette::Base, color(ColorRole::Panel));
  p.setColor(QPalette::Disabled, QPalette::Button, color(ColorRole::Panel));
  return p;
}

} // namespace poolscope::ui
