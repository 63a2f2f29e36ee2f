#include "ui/theme/house_style.h"

#include "ui/theme/house_style_parts.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QAbstractItemView>
#include <QAbstractScrollArea>
#include <QComboBox>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QTabBar>
#include <QToolButton>

#include <cmath>

namespace poolscope::ui {

namespace {

constexpr int kComboLeft = 9, kSpinLeft = 6; // px before the text
int comboArrow() {
  return px(24);
}
int spinButtons() {
  return px(22);
}

bool isPrimary(const QWidget* widget) {
  return widget != nullptr && widget->property(kPrimaryProperty).toBool();
}

/// A menu, a combo box's list, a completer's: it lies over the window and hangs anywhere, or nowhere.
bool isInPopup(const QWidget* widget) {
  return widget != nullptr && widget->window()->windowType() == Qt::Popup;
}

/// At a scale like 1.25 a popup's window may end within its last row and column of pixels: its edge reaches one further in.
bool endsWithinAPixel(qreal scale) {
  return scale != std::floor(scale);
}

void drawPopupEdge(QPainter& painter, const QRect& r) {
  const qreal scale = painter.device()->devicePixelRatioF();
  const qreal far = endsWithinAPixel(scale) ? 1 + 1 / scale : 1;
  const QColor color = themeColor(ColorRole::PopupEdge);
  painter.fillRect(QRectF(r.left(), r.top(), r.width(), 1), color);
  painter.fillRect(QRectF(r.left(), r.top(), 1, r.height()), color);
  painter.fillRect(QRectF(r.left(), r.top() + r.height() - far, r.width(), far), color);
  painter.fillRect(QRectF(r.left() + r.width() - far, r.top(), far, r.height()), color);
}

bool keyboardFocus(const QStyleOption* option) {
  return option->state & QStyle::State_HasFocus && option->state & QStyle::State_KeyboardFocusChange;
}

} // namespace

HouseStyle::HouseStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void HouseStyle::polish(QWidget* widget) {
  QProxyStyle::polish(widget);
  if (qobject_cast<QAbstractButton*>(widget) != nullptr || qobject_cast<QComboBox*>(widget) != nullptr ||
      qobject_cast<QTabBar*>(widget) != nullptr || qobject_cast<QHeaderView*>(widget) != nullptr ||
      qobject_cast<QScrollBar*>(widget) != nullptr || widget->inherits("QAbstractSpinBox") ||
      widget->inherits("QSlider")) {
    widget->setAttribute(Qt::WA_Hover);
  }
}

int HouseStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
  switch (metric) {
  case PM_HeaderMargin:
    return 6;
  case PM_FocusFrameHMargin: // cells begin where their header does
    if (qobject_cast<const QAbstractItemView*>(widget) != nullptr) return 5;
    return QProxyStyle::pixelMetric(metric, option, widget);
  case PM_ButtonMargin:
    return 12;
  case PM_ButtonShiftHorizontal:
  case PM_ButtonShiftVertical:
  case PM_ButtonDefaultIndicator:
  case PM_ToolBarFrameWidth:
  case PM_TabBarBaseOverlap:
  case PM_TabBarTabShiftVertical:
  case PM_TabBarTabShiftHorizontal:
  case PM_TabBarTabOverlap:
  case PM_ScrollView_ScrollBarSpacing:
  case PM_ScrollView_ScrollBarOverlap:
  case PM_MenuBarPanelWidth:
  case PM_MenuBarItemSpacing:
  case PM_MenuBarVMargin:
    return 0;
  case PM_MenuBarHMargin:
    return 8;
  case PM_DefaultFrameWidth: // what is listed lies inside the edge
  case PM_MenuPanelWidth:
    return isInPopup(widget) && endsWithinAPixel(widget->devicePixelRatioF()) ? 2 : 1;
  case PM_SmallIconSize:
  case PM_ButtonIconSize:
  case PM_ToolBarIconSize:
    return px(16);
  case PM_ToolBarItemSpacing:
    return 8;
  case PM_ToolBarItemMargin:
    return 5;
  case PM_ToolBarSeparatorExtent:
    return 9;
  case PM_ScrollBarExtent:
    return kScrollBarWidth;
  case PM_ScrollBarSliderMin:
    return 24;
  case PM_SliderLength:
    return px(14);
  case PM_SliderThickness:
  case PM_SliderControlThickness:
    return px(20);
  case PM_TabBarTabHSpace:
    return 26;
  case PM_TabBarTabVSpace:
    return 10;
  case PM_DockWidgetSeparatorExtent:
  case PM_SplitterWidth:
    return 5;
  case PM_DockWidgetFrameWidth:
    return 0;
  case PM_IndicatorWidth:
  case PM_IndicatorHeight:
  case PM_ExclusiveIndicatorWidth:
  case PM_ExclusiveIndicatorHeight:
    return px(15);
  default:
    return QProxyStyle::pixelMetric(metric, option, widget);
  }
}

int HouseStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                          QStyleHintReturn* data) const {
  switch (hint) {
  case SH_EtchDisabledText:
  case SH_DitherDisabledText:
    return 0;
  case SH_Header_ArrowAlignment:
    return Qt::AlignRight | Qt::AlignVCenter;
  case SH_ItemView_ShowDecorationSelected:
    return 1;
  case SH_TabBar_Alignment:
    return Qt::AlignLeft;
  case SH_ComboBox_Popup:
    return 0; // a list below the box, as in the pictures, not a menu over it
  case SH_Slider_AbsoluteSetButtons:
    return Qt::LeftButton; // a click on the groove goes there
  case SH_ToolTip_WakeUpDelay:
    return 500;
  case SH_Widget_Animation_Duration:
    return 0; // nothing fades
  default:
    return QProxyStyle::styleHint(hint, option, widget, data);
  }
}

QSize HouseStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                   const QWidget* widget) const {
  switch (type) {
  case CT_PushButton: {
    const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
    if (button == nullptr) break;
    const int text = button->fontMetrics.size(Qt::TextShowMnemonic, button->text).width();
    const int icon = button->icon.isNull() ? 0 : button->iconSize.width() + (button->text.isEmpty() ? 0 : 8);
    const int margin = button->text.isEmpty() ? 6 : 12;
    return {text + icon + 2 * margin, std::max(px(kControlHeight), size.height())};
  }
  case CT_ComboBox:
    return {size.width() + kComboLeft + comboArrow() + 3, std::max(px(kControlHeight), size.height() + 4)};
  case CT_SpinBox: // the field's own margins and its cursor are not in the size that the box asks for
    return {size.width() + kSpinLeft + spinButtons() + 8, std::max(px(kControlHeight), size.height())};
  case CT_LineEdit:
    return {size.width() + 12, std::max(px(kControlHeight), size.height() + 4)};
  case CT_ToolButton: {
    const QSize base = QProxyStyle::sizeFromContents(type, option, size, widget);
    return base.expandedTo({px(kControlHeight), px(kControlHeight)});
  }
  case CT_MenuBarItem:
    return {size.width() + 16, std::max(px(24), size.height() + 6)};
  case CT_HeaderSection: {
    const QSize base = QProxyStyle::sizeFromContents(type, option, size, widget);
    return {base.width() + 12, std::max(px(23), base.height())};
  }
  case CT_TabBarTab: {
    const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option);
    QFont bold = widget != nullptr ? widget->font() : QFont();
    bold.setBold(true); // the selected tab is bold: no tab moves when another is selected
    const int text = QFontMetrics(bold).size(Qt::TextShowMnemonic, tab != nullptr ? tab->text : QString()).width();
    return {std::max(size.width(), text + 26), px(28)};
  }
  default:
    break;
  }
  return QProxyStyle::sizeFromContents(type, option, size, widget);
}

QRect HouseStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                                 const QWidget* widget) const {
  const QRect r = option->rect;
  if (control == CC_ComboBox) {
    const int arrow = comboArrow();
    if (part == SC_ComboBoxEditField) return visualRect(option->direction, r, r.adjusted(kComboLeft, 1, -arrow, -1));
    if (part == SC_ComboBoxArrow)
      return visualRect(option->direction, r, QRect(r.right() - arrow + 1, r.y(), arrow, r.height()));
  } else if (control == CC_SpinBox) {
    const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
    const bool buttons = spin != nullptr && spin->buttonSymbols != QAbstractSpinBox::NoButtons;
    const int width = buttons ? spinButtons() : 0;
    const int middle = r.y() + r.height() / 2;
    if (part == SC_SpinBoxFrame) return r;
    if (part == SC_SpinBoxEditField) return r.adjusted(kSpinLeft, 2, -2 - width, -2);
    if (part == SC_SpinBoxUp) return QRect(r.right() - width, r.y() + 2, width - 1, middle - r.y() - 2);
    if (part == SC_SpinBoxDown) return QRect(r.right() - width, middle, width - 1, r.bottom() - middle - 1);
  } else if (control == CC_ScrollBar) {
    // No arrow buttons: the whole length is groove.
    if (part == SC_ScrollBarAddLine || part == SC_ScrollBarSubLine) return {};
    const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (bar != nullptr && part != SC_ScrollBarFirst && part != SC_ScrollBarLast) {
      const bool horizontal = bar->orientation == Qt::Horizontal;
      const int length = horizontal ? r.width() : r.height();
      const std::int64_t range = std::int64_t(bar->maximum) - bar->minimum;
      int thumb = length;
      if (range > 0) thumb = int(std::int64_t(length) * bar->pageStep / (range + bar->pageStep));
      thumb = std::clamp(thumb, std::min(24, length), length);
      const int at =
          sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - thumb, bar->upsideDown);
      const auto part1 = [&](int from, int size) {
        return horizontal ? QRect(r.x() + from, r.y(), size, r.height()) : QRect(r.x(), r.y() + from, r.width(), size);
      };
      if (part == SC_ScrollBarSlider) return part1(at, thumb);
      if (part == SC_ScrollBarSubPage) return part1(0, at);
      if (part == SC_ScrollBarAddPage) return part1(at + thumb, length - at - thumb);
      if (part == SC_ScrollBarGroove) return r;
    }
  }
  return QProxyStyle::subControlRect(control, option, part, widget);
}

QRect HouseStyle::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const {
  if (element == SE_LineEditContents) {
    const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
    const bool inside = frame != nullptr && frame->lineWidth <= 0; // of a spin box, which has the margin
    return inside ? option->rect : option->rect.adjusted(6, 1, -6, -1);
  }
  if (element == SE_HeaderLabel) return option->rect.adjusted(6, 0, -6, 0);
  return QProxyStyle::subElementRect(element, option, widget);
}

void HouseStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                               const QWidget* widget) const {
  const QRect r = option->rect;
  switch (element) {
  case PE_PanelButtonCommand: {
    const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
    const bool flat = button != nullptr && button->features & QStyleOptionButton::Flat;
    drawControlPanel(*painter, r, option->state,
                     isPrimary(widget) ? ControlLook::Primary
                     : flat            ? ControlLook::Flat
                                       : ControlLook::Normal);
    if (keyboardFocus(option)) drawFocusRing(*painter, r);
    return;
  }
  case PE_PanelButtonTool: {
    const bool flat = option->state & State_AutoRaise;
    drawControlPanel(*painter, r, option->state,
                     isPrimary(widget) ? ControlLook::Primary
                     : flat            ? ControlLook::Flat
                                       : ControlLook::Normal);
    if (keyboardFocus(option)) drawFocusRing(*painter, r);
    return;
  }
  case PE_FrameFocusRect:
    if (qobject_cast<const QAbstractButton*>(widget) == nullptr || widget->inherits("QCheckBox") ||
        widget->inherits("QRadioButton")) {
      if (option->state & State_KeyboardFocusChange) drawFocusRing(*painter, r);
    }
    return;
  case PE_FrameDefaultButton:
  case PE_FrameStatusBarItem:
  case PE_PanelStatusBar:
  case PE_FrameDockWidget:
    return;
  case PE_PanelLineEdit: {
    const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
    if (frame != nullptr && frame->lineWidth <= 0) return; // the editor inside a spin box or a combo box
    drawControlPanel(*painter, r, option->state, ControlLook::Field);
    if (option->state & State_HasFocus) drawFocusRing(*painter, r);
    return;
  }
  case PE_FrameLineEdit:
    return;
  case PE_Frame:
    if (isInPopup(widget)) return drawPopupEdge(*painter, r);
    painter->save();
    painter->setPen(themeColor(ColorRole::Grid));
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(r.adjusted(0, 0, -1, -1));
    painter->restore();
    return;
  case PE_FrameTabBarBase:
    painter->fillRect(QRect(r.x(), r.y(), r.width(), 1), themeColor(ColorRole::Grid));
    return;
  case PE_FrameTabWidget:
    return;
  case PE_PanelMenu:
    painter->fillRect(r, themeColor(ColorRole::Window));
    return;
  case PE_FrameMenu:
    return drawPopupEdge(*painter, r);
  case PE_PanelTipLabel:
    painter->fillRect(r, themeColor(ColorRole::Panel));
    return drawPopupEdge(*painter, r);
  case PE_IndicatorToolBarSeparator:
    painter->fillRect(QRect(r.center().x(), r.center().y() - 10, 1, 20), themeColor(ColorRole::Grid));
    return;
  case PE_IndicatorDockWidgetResizeHandle: {
    const bool upright = r.height() > r.width();
    const QRect line =
        upright ? QRect(r.center().x(), r.y(), 1, r.height()) : QRect(r.x(), r.center().y(), r.width(), 1);
    painter->fillRect(line, themeColor(ColorRole::Grid));
    return;
  }
  case PE_IndicatorCheckBox:
  case PE_IndicatorItemViewItemCheck:
    drawCheckIndicator(*painter, *option, false);
    return;
  case PE_IndicatorRadioButton:
    drawCheckIndicator(*painter, *option, true);
    return;
  case PE_IndicatorHeaderArrow: {
    const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option);
    const bool up = header != nullptr && header->sortIndicator == QStyleOptionHeader::SortUp;
    QRectF box(0, 0, 10, 10);
    box.moveCenter(QRectF(r).center());
    paintGlyph(*painter, up ? Glyph::ArrowUp : Glyph::ArrowDown, box, themeColor(ColorRole::Muted));
    return;
  }
  case PE_IndicatorArrowDown:
  case PE_IndicatorArrowUp:
  case PE_IndicatorArrowRight: {
    const Glyph glyph = element == PE_IndicatorArrowDown ? Glyph::ArrowDown
                        : element == PE_IndicatorArrowUp ? Glyph::ArrowUp
                                                         : Glyph::ArrowRight;
    QRectF box(0, 0, 10, 10);
    box.moveCenter(QRectF(r).center());
    paintGlyph(*painter, glyph, box, themeColor(option->state & State_Enabled ? ColorRole::Muted : ColorRole::Dash));
    return;
  }
  default:
    QProxyStyle::drawPrimitive(element, option, painter, widget);
  }
}

void HouseStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                             const QWidget* widget) const {
  const QRect r = option->rect;
  switch (element) {
  case CE_PushButtonLabel:
    if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
      drawPushButtonLabel(*painter, *button, *proxy(), isPrimary(widget));
      return;
    }
    break;
  case CE_ToolButtonLabel:
    if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option);
        button != nullptr && isPrimary(widget) && option->state & State_Enabled) {
      QStyleOptionToolButton copy = *button;
      copy.palette.setColor(QPalette::ButtonText, themeColor(ColorRole::AccentText));
      const QPixmap icon =
          button->icon.pixmap(button->iconSize, painter->device()->devicePixelRatioF(), QIcon::Selected);
      copy.icon = QIcon(icon);
      QProxyStyle::drawControl(element, &copy, painter, widget);
      return;
    }
    break;
  case CE_ComboBoxLabel: // what has too little room is cut with a sign that it is
    if (const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
        combo != nullptr && !combo->editable && combo->currentIcon.isNull()) {
      const QRect text =
          proxy()->subControlRect(CC_ComboBox, combo, SC_ComboBoxEditField, widget).adjusted(1, 0, -1, 0);
      drawItemText(painter, text, Qt::AlignLeft | Qt::AlignVCenter, combo->palette, combo->state & State_Enabled,
                   painter->fontMetrics().elidedText(combo->currentText, Qt::ElideRight, text.width()),
                   QPalette::ButtonText);
      return;
    }
    break;
  case CE_TabBarTabShape:
    if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option);
        tab != nullptr && (tab->shape == QTabBar::RoundedNorth || tab->shape == QTabBar::RoundedSouth)) {
      drawTabShape(*painter, *tab);
      return;
    }
    break;
  case CE_TabBarTabLabel:
    if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option);
        tab != nullptr && (tab->shape == QTabBar::RoundedNorth || tab->shape == QTabBar::RoundedSouth)) {
      drawTabLabel(*painter, *tab);
      return;
    }
    break;
  case CE_HeaderSection:
    if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
      drawHeaderSection(*painter, *header);
      return;
    }
    break;
  case CE_HeaderLabel:
    if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
      painter->save();
      painter->setFont(Theme::instance().font(FontRole::Label, header->text));
      painter->setPen(themeColor(ColorRole::Muted));
      const QString text = painter->fontMetrics().elidedText(header->text, Qt::ElideRight, r.width());
      painter->drawText(r, int(header->textAlignment) | Qt::AlignVCenter | Qt::TextSingleLine, text);
      painter->restore();
      return;
    }
    break;
  case CE_HeaderEmptyArea:
    painter->fillRect(r, themeColor(ColorRole::Window));
    painter->fillRect(QRect(r.x(), r.bottom(), r.width(), 1), themeColor(ColorRole::Grid));
    return;
  case CE_ToolBar: {
    painter->fillRect(r, themeColor(ColorRole::Panel));
    painter->fillRect(QRect(r.x(), r.bottom(), r.width(), 1), themeColor(ColorRole::Grid));
    return;
  }
  case CE_MenuBarEmptyArea:
    painter->fillRect(r, themeColor(ColorRole::Panel));
    return;
  case CE_MenuBarItem:
    if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option)) {
      painter->fillRect(r, themeColor(ColorRole::Panel));
      const bool active = option->state & (State_Selected | State_Sunken) && option->state & State_Enabled;
      if (active) painter->fillRect(r, themeColor(ColorRole::ControlPressed));
      drawItemText(painter, r, Qt::AlignCenter | Qt::TextShowMnemonic | Qt::TextDontClip | Qt::TextSingleLine,
                   item->palette, option->state & State_Enabled, item->text, QPalette::WindowText);
      return;
    }
    break;
  case CE_ItemViewItem:
    if (const auto* item = qstyleoption_cast<const QStyleOptionViewItem*>(option);
        item != nullptr && qobject_cast<const QAbstractItemView*>(widget) != nullptr && !isInPopup(widget)) {
      // Selection is not a hue: a neutral row, the text as it was.
      QStyleOptionViewItem copy = *item;
      copy.palette.setColor(QPalette::All, QPalette::Highlight, themeColor(ColorRole::SelectedRow));
      copy.palette.setColor(QPalette::All, QPalette::HighlightedText, item->palette.color(QPalette::Text));
      copy.state &= ~State_HasFocus; // the current row is marked as a whole
      QProxyStyle::drawControl(element, &copy, painter, widget);
      return;
    }
    break;
  case CE_ShapedFrame: {
    const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
    if (frame == nullptr || (frame->frameShape != QFrame::HLine && frame->frameShape != QFrame::VLine)) break;
    painter->fillRect(frame->frameShape == QFrame::VLine ? QRect(r.center().x(), r.y(), 1, r.height())
                                                         : QRect(r.x(), r.center().y(), r.width(), 1),
                      themeColor(ColorRole::Grid));
    return;
  }
  case CE_Splitter: {
    const bool upright = option->state & State_Horizontal;
    painter->fillRect(r, themeColor(ColorRole::Window));
    painter->fillRect(upright ? QRect(r.center().x(), r.y(), 1, r.height())
                              : QRect(r.x(), r.center().y(), r.width(), 1),
                      themeColor(ColorRole::Grid));
    return;
  }
  default:
    break;
  }
  QProxyStyle::drawControl(element, option, painter, widget);
}

void HouseStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                    const QWidget* widget) const {
  if (control == CC_ComboBox) {
    if (const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option))
      return drawComboBox(*painter, *combo);
  } else if (control == CC_SpinBox) {
    if (const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option)) {
      return drawSpinBox(*painter, *spin, *proxy(), widget);
    }
  } else if (control == CC_Slider) {
    if (const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
        slider != nullptr && slider->tickPosition == QSlider::NoTicks) {
      return drawSlider(*painter, *slider, *proxy(), widget);
    }
  } else if (control == CC_ScrollBar) {
    if (const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option)) {
      return drawScrollBar(*painter, *bar, *proxy(), widget);
    }
  }
  QProxyStyle::drawComplexControl(control, option, painter, widget);
}

} // namespace poolscope::ui
