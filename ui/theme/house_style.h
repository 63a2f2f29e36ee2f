#pragma once

#include <QProxyStyle>

namespace poolscope::ui {

/// Set to true on a push or tool button that is the one main action of its window: filled with the accent.
inline constexpr char kPrimaryProperty[] = "primary";

/// Fusion with our measures and our colours: flat controls 28 px high with a hairline and corners of 4 px, slim scroll
/// bars, tabs with a line on top, quiet tables. What is not drawn here is Fusion's, in our palette.
///
/// Made by Theme::install(); owned by the application. Colours come from the Theme at each painting, so a change of
/// palette needs no polish.
/// Threads: GUI thread.
class HouseStyle : public QProxyStyle {
  Q_OBJECT
 public:
  HouseStyle();

  void polish(QWidget* widget) override;
  using QProxyStyle::polish;
  int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                QStyleHintReturn* data) const override;
  QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                         const QWidget* widget) const override;
  QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                       const QWidget* widget) const override;
  QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const override;
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                   const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                          const QWidget* widget) const override;
};

} // namespace poolscope::ui
