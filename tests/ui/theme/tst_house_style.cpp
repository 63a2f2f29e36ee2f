#include "ui/theme/house_style.h"
#include "ui/theme/palette.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QComboBox>
#include <QCompleter>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QStringListModel>
#include <QStyleOption>
#include <QTest>
#include <QToolTip>

using namespace poolscope::ui;

namespace {

constexpr QSize kArea{120, 40};

template <class Option> std::shared_ptr<QStyleOption> made() {
  return std::make_shared<Option>();
}

/// An option of every class, as a painter that knows no widget would make it. Shared pointers know what they delete: the
/// class has no virtual destructor.
std::vector<std::shared_ptr<QStyleOption>> everyOption() {
  std::vector<std::shared_ptr<QStyleOption>> all;
  all.push_back(made<QStyleOption>());
  all.push_back(made<QStyleOptionButton>());
  all.push_back(made<QStyleOptionTab>());
  all.push_back(made<QStyleOptionTabBarBase>());
  all.push_back(made<QStyleOptionTabWidgetFrame>());
  all.push_back(made<QStyleOptionHeaderV2>());
  all.push_back(made<QStyleOptionViewItem>());
  all.push_back(made<QStyleOptionMenuItem>());
  all.push_back(made<QStyleOptionFrame>());
  all.push_back(made<QStyleOptionToolBar>());
  all.push_back(made<QStyleOptionDockWidget>());
  all.push_back(made<QStyleOptionProgressBar>());
  all.push_back(made<QStyleOptionRubberBand>());
  all.push_back(made<QStyleOptionFocusRect>());
  all.push_back(made<QStyleOptionToolBox>());
  all.push_back(made<QStyleOptionComplex>());
  all.push_back(made<QStyleOptionSlider>());
  all.push_back(made<QStyleOptionSpinBox>());
  all.push_back(made<QStyleOptionComboBox>());
  all.push_back(made<QStyleOptionToolButton>());
  all.push_back(made<QStyleOptionGroupBox>());
  all.push_back(made<QStyleOptionTitleBar>());
  all.push_back(made<QStyleOptionSizeGrip>());
  for (const auto& option : all) {
    option->rect = QRect(QPoint(0, 0), kArea);
    option->palette = qApp->palette();
    option->state = QStyle::State_Enabled | QStyle::State_HasFocus | QStyle::State_KeyboardFocusChange;
  }
  return all;
}

/// Every element of every kind, measured and drawn for that widget.
void drawEverything(const QStyle& style, QPainter& painter, const QWidget* widget) {
  for (const auto& option : everyOption()) {
    for (int i = 0; i <= int(QStyle::PE_IndicatorTabTearRight); ++i)
      style.drawPrimitive(static_cast<QStyle::PrimitiveElement>(i), option.get(), &painter, widget);
    for (int i = 0; i <= int(QStyle::CE_ShapedFrame); ++i)
      style.drawControl(static_cast<QStyle::ControlElement>(i), option.get(), &painter, widget);
    for (int i = 0; i <= int(QStyle::SE_TabBarTearIndicatorRight); ++i) {
      const auto element = static_cast<QStyle::SubElement>(i); // without a widget Qt's own styles know but a few
      if (widget != nullptr || element == QStyle::SE_LineEditContents || element == QStyle::SE_HeaderLabel)
        style.subElementRect(element, option.get(), widget);
    }
    for (int i = 0; i <= int(QStyle::CT_ItemViewItem); ++i)
      style.sizeFromContents(static_cast<QStyle::ContentsType>(i), option.get(), {40, 20}, widget);
    for (int i = 0; i <= int(QStyle::PM_TitleBarButtonSize); ++i)
      style.pixelMetric(static_cast<QStyle::PixelMetric>(i), option.get(), widget);
    const auto* complex = qstyleoption_cast<const QStyleOptionComplex*>(option.get());
    for (int i = 0; complex != nullptr && i <= int(QStyle::CC_MdiControls); ++i) {
      const auto control = static_cast<QStyle::ComplexControl>(i);
      style.drawComplexControl(control, complex, &painter, widget);
      for (unsigned part = 1; part != 0 && control != QStyle::CC_Dial; part <<= 1) // Qt's know no part of a dial
        style.subControlRect(control, complex, static_cast<QStyle::SubControl>(part), widget);
    }
  }
  for (int i = 0; i <= int(QStyle::PM_TitleBarButtonSize); ++i)
    style.pixelMetric(static_cast<QStyle::PixelMetric>(i), nullptr, widget);
  for (int i = 0; i <= int(QStyle::SH_ComboBox_AllowWheelScrolling); ++i)
    style.styleHint(static_cast<QStyle::StyleHint>(i), nullptr, widget, nullptr);
}

/// The colours along the widget's outline, its corners left out: they may be rounded.
QSet<QRgb> outline(QWidget& widget) {
  const QImage image = widget.grab().toImage();
  QSet<QRgb> colors;
  for (int x = 4; x < image.width() - 4; ++x)
    colors << image.pixel(x, 0) << image.pixel(x, image.height() - 1);
  for (int y = 4; y < image.height() - 4; ++y)
    colors << image.pixel(0, y) << image.pixel(image.width() - 1, y);
  return colors;
}

} // namespace

/// The style where it is asked by code that is not ours: for no widget, for one that hangs nowhere, in a popup.
class TestHouseStyle : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { Theme::instance().install(*qApp); }

  void everythingIsDrawnWhereverAWidgetHangs_data() { addThemes(); }
  void everythingIsDrawnWhereverAWidgetHangs() {
    chooseTheme();
    QImage image(kArea, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    const QStyle& style = *qApp->style();
    drawEverything(style, painter, nullptr);
    const QWidget plain;
    const QListView list;
    QListView popup;
    popup.setWindowFlag(Qt::Popup);
    const QPushButton button;
    const QComboBox combo;
    for (const QWidget* widget : std::initializer_list<const QWidget*>{&plain, &list, &popup, &button, &combo})
      drawEverything(style, painter, widget);
    QVERIFY(painter.isActive());
  }

  void menusHaveAnEdge_data() { addThemes(); }
  void menusHaveAnEdge() {
    chooseTheme();
    QMenu menu;
    menu.addAction(QStringLiteral("One"));
    menu.addAction(QStringLiteral("Another one"))->setShortcut(Qt::CTRL | Qt::Key_A);
    QMenu inner;
    inner.addAction(QStringLiteral("Three"));
    menu.addMenu(&inner)->setText(QStringLiteral("More"));
    menu.popup({10, 10});
    QTRY_VERIFY(menu.isVisible());
    menu.setActiveAction(menu.actions().front()); // the highlight lies inside the edge
    QCOMPARE(outline(menu), QSet<QRgb>{themeColor(ColorRole::PopupEdge).rgb()});
  }

  void theListOfAComboBoxHasAnEdge_data() { addThemes(); }
  void theListOfAComboBoxHasAnEdge() {
    chooseTheme();
    QComboBox combo;
    combo.addItems({QStringLiteral("one"), QStringLiteral("two"), QStringLiteral("three")});
    combo.show();
    combo.showPopup();
    QTRY_VERIFY(combo.view()->isVisible());
    QCOMPARE(outline(*combo.view()->window()), QSet<QRgb>{themeColor(ColorRole::PopupEdge).rgb()});
    combo.hidePopup();
  }

  void theListOfACompleterHasAnEdgeAndNoParent_data() { addThemes(); }
  void theListOfACompleterHasAnEdgeAndNoParent() {
    chooseTheme();
    QLineEdit field;
    QStringListModel words(QStringList{QStringLiteral("alpha"), QStringLiteral("alps")});
    QCompleter completer(&words);
    field.setCompleter(&completer);
    field.show();
    QTest::keyClicks(&field, QStringLiteral("al"));
    QTRY_VERIFY(completer.popup()->isVisible());
    QVERIFY(completer.popup()->parentWidget() == nullptr);
    completer.popup()->setCurrentIndex(completer.completionModel()->index(0, 0));
    QCOMPARE(outline(*completer.popup()), QSet<QRgb>{themeColor(ColorRole::PopupEdge).rgb()});
  }

  void tooltipsHaveAnEdge_data() { addThemes(); }
  void tooltipsHaveAnEdge() {
    chooseTheme();
    QWidget window;
    window.show();
    QToolTip::showText({20, 20}, QStringLiteral("What this does"), &window);
    const auto tip = [] {
      for (QWidget* widget : QApplication::topLevelWidgets())
        if (widget->inherits("QTipLabel") && widget->isVisible()) return widget;
      return static_cast<QWidget*>(nullptr);
    };
    QTRY_VERIFY(tip());
    QCOMPARE(outline(*tip()), QSet<QRgb>{themeColor(ColorRole::PopupEdge).rgb()});
    QToolTip::hideText();
  }

  void theFarEdgesOfAPopupAreSeenWhereItsWindowEndsWithinAPixel() {
    QMenu popup; // any of that kind
    for (const auto element : {QStyle::PE_FrameMenu, QStyle::PE_Frame, QStyle::PE_PanelTipLabel}) {
      QStyleOption option;
      option.rect = QRect(0, 0, 71, 71); // 88.75 pixels
      QImage image(88, 88, QImage::Format_RGB32);
      image.setDevicePixelRatio(1.25);
      image.fill(Qt::magenta);
      QPainter painter(&image);
      HouseStyle().drawPrimitive(element, &option, &painter, &popup);
      painter.end();
      for (const QPoint at : {QPoint(40, 87), QPoint(87, 40), QPoint(40, 0), QPoint(0, 40)})
        QCOMPARE(image.pixel(at), themeColor(ColorRole::PopupEdge).rgb());
      QVERIFY(image.pixel(40, 84) != themeColor(ColorRole::PopupEdge).rgb());
    }
  }

 private:
  static void addThemes() {
    QTest::addColumn<int>("choice");
    QTest::newRow("light") << static_cast<int>(Theme::Choice::Light);
    QTest::newRow("dark") << static_cast<int>(Theme::Choice::Dark);
  }
  static void chooseTheme() {
    QFETCH(int, choice);
    Theme::instance().setChoice(static_cast<Theme::Choice>(choice));
  }
};

QTEST_MAIN(TestHouseStyle)
#include "tst_house_style.moc"
