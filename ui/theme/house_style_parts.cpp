#include "ui/theme/house_style_parts.h"

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QPainter>

namespace poolscope::ui {

namespace {

bool enabled(const QStyleOption& option) {
  return option.state & QStyle::State_Enabled;
}

/// Half a device pixel in logical ones: where a cosmetic hairline lies so that it covers exactly one row of pixels.
QRectF hairlineRect(const QRect& rect) {
  return QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5);
}

QColor textColor(const QStyleOption& option) {
  return themeColor(enabled(option) ? ColorRole::Text : ColorRole::Disabled);
}

} // namespace

void drawControlPanel(QPainter& painter, const QRect& rect, QStyle::State state, ControlLook look) {
  const bool isEnabled = state & QStyle::State_Enabled;
  const bool hovered = isEnabled && (state & QStyle::State_MouseOver);
  const bool pressed = isEnabled && (state & (QStyle::State_Sunken | QStyle::State_On));
  ColorRole fill = ColorRole::ControlFill, edge = ColorRole::ControlBorder;
  if (look == ControlLook::Primary && isEnabled) {
    fill = pressed ? ColorRole::AccentEdge : hovered ? ColorRole::AccentHover : ColorRole::Accent;
    if (pressed && Theme::instance().isDark()) fill = ColorRole::Accent;
    edge = ColorRole::AccentEdge;
  } else if (look == ControlLook::Flat && !hovered && !pressed) {
    return;
  } else if (pressed && look != ControlLook::Field) {
    fill = ColorRole::ControlPressed;
  } else if (hovered && look != ControlLook::Field) {
    fill = ColorRole::ControlHover;
  } else if (!isEnabled) {
    fill = ColorRole::Panel;
  }
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(themeColor(edge), 1));
  painter.setBrush(themeColor(fill));
  painter.drawRoundedRect(hairlineRect(rect), kCornerRadius, kCornerRadius);
  painter.restore();
}

void drawFocusRing(QPainter& painter, const QRect& rect) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(themeColor(Theme::instance().isDark() ? ColorRole::AccentEdge : ColorRole::Accent), 2));
  painter.setBrush(Qt::NoBrush);
  painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), kCornerRadius, kCornerRadius);
  painter.restore();
}

void drawPushButtonLabel(QPainter& painter, const QStyleOptionButton& option, const QStyle& style, bool primary) {
  const bool isEnabled = enabled(option);
  const QColor color = primary && isEnabled ? themeColor(ColorRole::AccentText) : textColor(option);
  constexpr int kGap = 8;
  const QFontMetrics metrics = option.fontMetrics;
  const int textWidth = option.text.isEmpty() ? 0 : metrics.size(Qt::TextShowMnemonic, option.text).width();
  const int iconSide = option.icon.isNull() ? 0 : option.iconSize.height();
  const int gap = iconSide != 0 && textWidth != 0 ? kGap : 0;
  int x = option.rect.x() + (option.rect.width() - textWidth - iconSide - gap) / 2;
  if (iconSide != 0) {
    const QIcon::Mode mode = !isEnabled ? QIcon::Disabled : primary ? QIcon::Selected : QIcon::Normal;
    option.icon.paint(&painter, QRect(x, option.rect.y() + (option.rect.height() - iconSide) / 2, iconSide, iconSide),
                      Qt::AlignCenter, mode, option.state & QStyle::State_On ? QIcon::On : QIcon::Off);
    x += iconSide + gap;
  }
  QPalette palette = option.palette;
  palette.setColor(QPalette::All, QPalette::ButtonText, color);
  style.drawItemText(&painter, QRect(x, option.rect.y(), textWidth + 2, option.rect.height()),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextShowMnemonic, palette, isEnabled, option.text,
                     QPalette::ButtonText);
}

void drawTabShape(QPainter& painter, const QStyleOptionTab& option) {
  const QRect r = option.rect;
  const bool selected = option.state & QStyle::State_Selected;
  const bool hovered = enabled(option) && option.state & QStyle::State_MouseOver;
  painter.fillRect(r, themeColor(selected ? ColorRole::Window : hovered ? ColorRole::ControlHover : ColorRole::Panel));
  const QColor grid = themeColor(ColorRole::Grid);
  painter.fillRect(QRect(r.x(), r.y(), r.width(), 1), grid);
  if (selected) {
    painter.fillRect(QRect(r.x(), r.y(), 1, r.height()), grid);
    painter.fillRect(QRect(r.right(), r.y(), 1, r.height()), grid);
    painter.fillRect(QRect(r.x(), r.y(), r.width(), 2), themeColor(ColorRole::Text));
  } else {
    painter.fillRect(QRect(r.x(), r.bottom(), r.width(), 1), grid);
  }
  if (option.state & QStyle::State_HasFocus) drawFocusRing(painter, r.adjusted(2, 3, -2, -2));
}

void drawTabLabel(QPainter& painter, const QStyleOptionTab& option) {
  const bool selected = option.state & QStyle::State_Selected;
  painter.save();
  QFont font = painter.font();
  font.setBold(selected);
  painter.setFont(font);
  painter.setPen(enabled(option) ? themeColor(selected ? ColorRole::Text : ColorRole::Muted)
                                 : themeColor(ColorRole::Disabled));
  painter.drawText(option.rect, Qt::AlignCenter | Qt::TextShowMnemonic | Qt::TextSingleLine, option.text);
  painter.restore();
}

void drawHeaderSection(QPainter& painter, const QStyleOptionHeader& option) {
  const bool hovered = enabled(option) && option.state & QStyle::State_MouseOver;
  painter.fillRect(option.rect, themeColor(hovered ? ColorRole::ControlHover : ColorRole::Window));
  painter.fillRect(QRect(option.rect.x(), option.rect.bottom(), option.rect.width(), 1), themeColor(ColorRole::Grid));
}

void drawCheckIndicator(QPainter& painter, const QStyleOption& option, bool round) {
  const bool on = option.state & QStyle::State_On;
  const bool partly = option.state & QStyle::State_NoChange;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const bool filled = (on || partly) && enabled(option);
  painter.setPen(QPen(themeColor(filled ? ColorRole::AccentEdge : ColorRole::ControlBorder), 1));
  painter.setBrush(themeColor(filled ? ColorRole::Accent : ColorRole::ControlFill));
  const QRectF box = hairlineRect(option.rect);
  const qreal radius = round ? box.width() / 2 : 2.5;
  painter.drawRoundedRect(box, radius, radius);
  painter.restore();
  const QColor mark = themeColor(enabled(option) ? ColorRole::AccentText : ColorRole::Disabled);
  if (round && on) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(mark);
    painter.drawEllipse(box.center(), box.width() / 4.5, box.width() / 4.5);
    painter.restore();
  } else if (on) {
    paintGlyph(painter, Glyph::Check, QRectF(option.rect).adjusted(2, 2, -2, -2), mark);
  } else if (partly) {
    painter.fillRect(option.rect.adjusted(4, option.rect.height() / 2 - 1, -4, -(option.rect.height() / 2 - 1)), mark);
  }
}

void drawComboBox(QPainter& painter, const QStyleOptionComboBox& option) {
  drawControlPanel(painter, option.rect, option.state & ~QStyle::State_On, ControlLook::Normal);
  const QRect r = option.rect;
  paintGlyph(painter, Glyph::ArrowDown, QRectF(r.right() - px(19), r.y() + (r.height() - px(11)) / 2.0, px(11), px(11)),
             themeColor(enabled(option) ? ColorRole::Muted : ColorRole::Disabled));
  if (option.state & QStyle::State_HasFocus && option.state & QStyle::State_KeyboardFocusChange) {
    drawFocusRing(painter, r);
  }
}

void drawSpinBox(QPainter& painter, const QStyleOptionSpinBox& option, const QStyle& style, const QWidget* widget) {
  drawControlPanel(painter, option.rect, option.state, ControlLook::Field);
  const auto arrow = [&](QStyle::SubControl part, Glyph glyph, QAbstractSpinBox::StepEnabledFlag step) {
    const QRect r = style.subControlRect(QStyle::CC_SpinBox, &option, part, widget);
    const bool usable = enabled(option) && option.stepEnabled & step;
    const bool active = usable && option.activeSubControls == part && option.state & QStyle::State_MouseOver;
    if (active) {
      const bool sunken = option.state & QStyle::State_Sunken;
      painter.fillRect(r, themeColor(sunken ? ColorRole::ControlPressed : ColorRole::ControlHover));
    }
    QRectF box(0, 0, 10, 10);
    box.moveCenter(QRectF(r).center());
    paintGlyph(painter, glyph, box, themeColor(usable ? ColorRole::Muted : ColorRole::Dash));
  };
  if (option.buttonSymbols != QAbstractSpinBox::NoButtons) {
    arrow(QStyle::SC_SpinBoxUp, Glyph::ArrowUp, QAbstractSpinBox::StepUpEnabled);
    arrow(QStyle::SC_SpinBoxDown, Glyph::ArrowDown, QAbstractSpinBox::StepDownEnabled);
  }
  if (option.state & QStyle::State_HasFocus) drawFocusRing(painter, option.rect);
}

void drawSlider(QPainter& painter, const QStyleOptionSlider& option, const QStyle& style, const QWidget* widget) {
  const QRect groove = style.subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderGroove, widget);
  const QRect handle = style.subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, widget);
  const bool horizontal = option.orientation == Qt::Horizontal;
  const ColorRole filled = enabled(option) ? ColorRole::Accent : ColorRole::ControlBorder;
  const QPoint c = handle.center();
  if (horizontal) {
    const int y = groove.center().y();
    painter.fillRect(QRect(groove.x(), y, groove.width(), 2), themeColor(ColorRole::ControlBorder));
    if (option.upsideDown) {
      painter.fillRect(QRect(c.x(), y, groove.right() - c.x() + 1, 2), themeColor(filled));
    } else {
      painter.fillRect(QRect(groove.x(), y, c.x() - groove.x(), 2), themeColor(filled));
    }
  } else {
    const int x = groove.center().x();
    painter.fillRect(QRect(x, groove.y(), 2, groove.height()), themeColor(ColorRole::ControlBorder));
    painter.fillRect(QRect(x, c.y(), 2, groove.bottom() - c.y() + 1), themeColor(filled));
  }
  const bool sunken = option.state & QStyle::State_Sunken && option.activeSubControls & QStyle::SC_SliderHandle;
  const bool hovered = enabled(option) && option.state & QStyle::State_MouseOver;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(themeColor(!enabled(option)     ? ColorRole::Bar
                              : hovered && !sunken ? ColorRole::AccentHover
                                                   : filled));
  const QPointF centre = QRectF(handle).center() + (horizontal ? QPointF(0, 0.5) : QPointF(0.5, 0));
  painter.drawEllipse(centre, 6.5, 6.5);
  if (option.state & QStyle::State_HasFocus) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(themeColor(Theme::instance().isDark() ? ColorRole::AccentEdge : ColorRole::Accent), 1.5));
    painter.drawEllipse(centre, 9, 9);
  }
  painter.restore();
}

void drawScrollBar(QPainter& painter, const QStyleOptionSlider& option, const QStyle& style, const QWidget* widget) {
  painter.fillRect(option.rect, themeColor(ColorRole::Window));
  if (option.minimum == option.maximum) return;
  QRect thumb = style.subControlRect(QStyle::CC_ScrollBar, &option, QStyle::SC_ScrollBarSlider, widget);
  thumb = thumb.adjusted(2, 2, -2, -2);
  const bool active = enabled(option) && option.state & (QStyle::State_MouseOver | QStyle::State_Sunken);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(themeColor(active ? ColorRole::Dash : ColorRole::ControlBorder));
  const qreal radius = std::min(thumb.width(), thumb.height()) / 2.0;
  painter.drawRoundedRect(QRectF(thumb), radius, radius);
  painter.restore();
}

} // namespace poolscope::ui
