#pragma once

#include <QStyleOption>

class QPainter;
class QWidget;

namespace poolscope::ui {

/// What HouseStyle draws with: each function one part of a control. Only for house_style*.cpp.
inline constexpr int kControlHeight = 28; // beside text of the usual size, as all measures here: see px()
inline constexpr qreal kCornerRadius = 3.5;
inline constexpr int kScrollBarWidth = 10;

enum class ControlLook : std::uint8_t { Normal, Primary, Flat, Field };

/// A rounded rectangle with a hairline exactly on device pixels.
void drawControlPanel(QPainter& painter, const QRect& rect, QStyle::State state, ControlLook look);
void drawFocusRing(QPainter& painter, const QRect& rect);

void drawPushButtonLabel(QPainter& painter, const QStyleOptionButton& option, const QStyle& style, bool primary);
void drawTabShape(QPainter& painter, const QStyleOptionTab& option);
void drawTabLabel(QPainter& painter, const QStyleOptionTab& option);
void drawHeaderSection(QPainter& painter, const QStyleOptionHeader& option);
void drawCheckIndicator(QPainter& painter, const QStyleOption& option, bool round);

void drawComboBox(QPainter& painter, const QStyleOptionComboBox& option);
void drawSpinBox(QPainter& painter, const QStyleOptionSpinBox& option, const QStyle& style, const QWidget* widget);
void drawSlider(QPainter& painter, const QStyleOptionSlider& option, const QStyle& style, const QWidget* widget);
void drawScrollBar(QPainter& painter, const QStyleOptionSlider& option, const QStyle& style, const QWidget* widget);

} // namespace poolscope::ui
