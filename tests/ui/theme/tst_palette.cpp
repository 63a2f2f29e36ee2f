#include "tests/ui/theme/color_science.h"
#include "ui/theme/palette.h"

#include <QTest>

using namespace poolscope::ui;
using colors::Vision;

namespace {
constexpr double kLeastDifference = 14; // to a tenth, as the design measured it
constexpr double kLeastContrast = 4.5;
double toTenth(double v) {
  return std::round(v * 10) / 10;
}
} // namespace

class tst_Palette : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void theFormulaAgreesWithItsPublishedExamples() {
    // Sharma, Wu, Dalal 2005, table 1: pairs 1, 7, 13 and 25.
    QVERIFY(std::abs(colors::ciede2000({50, 2.6772, -79.7751}, {50, 0, -82.7485}) - 2.0425) < 1e-4);
    QVERIFY(std::abs(colors::ciede2000({50, 0, 0}, {50, -1, 2}) - 2.3669) < 1e-4);
    QVERIFY(std::abs(colors::ciede2000({50, -0.001, 2.49}, {50, 0.0009, -2.49}) - 4.8045) < 1e-4);
    QVERIFY(std::abs(colors::ciede2000({60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}) - 1.2644) < 1e-4);
  }

  void anyTwoStatesDifferForEveryVision_data() { addPalettes(); }
  void anyTwoStatesDifferForEveryVision() {
    QFETCH(bool, dark);
    const Palette& palette = dark ? Palette::dark() : Palette::light();
    double least = 1000;
    for (const Vision vision : {Vision::Normal, Vision::Protanopia, Vision::Deuteranopia, Vision::Tritanopia}) {
      for (int i = 0; i < static_cast<int>(StateRole::Idle); ++i) {
        for (int k = i + 1; k < static_cast<int>(StateRole::Idle); ++k) {
          const double difference = toTenth(colors::ciede2000(lab(palette, i, vision), lab(palette, k, vision)));
          QVERIFY2(
              difference >= kLeastDifference,
              qPrintable(
                  QStringLiteral("states %1 and %2, vision %3: %4").arg(i).arg(k).arg(int(vision)).arg(difference)));
          least = std::min(least, difference);
        }
      }
    }
    qInfo("smallest difference %.1f", least);
  }

  void textOnEveryFillCanBeRead_data() { addPalettes(); }
  void textOnEveryFillCanBeRead() {
    QFETCH(bool, dark);
    const Palette& p = dark ? Palette::dark() : Palette::light();
    for (int i = 0; i < kStateRoleCount; ++i) {
      const StateColors& state = p.state(static_cast<StateRole>(i));
      QVERIFY2(colors::contrast(state.text, state.fill) >= kLeastContrast, qPrintable(QString::number(i)));
    }
    using R = ColorRole;
    const std::pair<R, R> pairs[] = {{R::Text, R::Window},
                                     {R::Text, R::Panel},
                                     {R::Text, R::ControlFill},
                                     {R::Text, R::ControlHover},
                                     {R::Text, R::Zebra},
                                     {R::Text, R::ControlPressed},
                                     {R::Text, R::SelectedRow},
                                     {R::Muted, R::Window},
                                     {R::Muted, R::Panel},
                                     {R::Muted, R::Zebra},
                                     {R::Muted, R::SelectedRow},
                                     {R::AccentText, R::Accent},
                                     {R::AccentText, R::AccentHover},
                                     {R::FindingText, R::FindingBar},
                                     {R::Link, R::Window},
                                     {R::LinkVisited, R::Window},
                                     {R::Text, R::Depth}};
    for (const auto& [text, fill] : pairs) {
      const double contrast = colors::contrast(p.color(text), p.color(fill));
      QVERIFY2(contrast >= kLeastContrast,
               qPrintable(QStringLiteral("role %1 on %2: %3").arg(int(text)).arg(int(fill)).arg(contrast)));
    }
  }

  void theEdgeOfAMenuStandsOutFromWhatLiesBelow_data() { addPalettes(); }
  void theEdgeOfAMenuStandsOutFromWhatLiesBelow() {
    QFETCH(bool, dark);
    const Palette& p = dark ? Palette::dark() : Palette::light();
    for (const ColorRole below : {ColorRole::Window, ColorRole::Panel, ColorRole::ControlFill})
      QVERIFY(colors::contrast(p.color(ColorRole::PopupEdge), p.color(below)) >= 3); // as WCAG asks of what bounds
  }

  void theValuesAreTheDesigns() {
    QCOMPARE(Palette::light().state(StateRole::Blocked).fill, QColor(0x56, 0xB4, 0xE9));
    QCOMPARE(Palette::dark().state(StateRole::Blocked).fill, QColor(0xA6, 0xD3, 0xF5));
    QCOMPARE(Palette::light().color(ColorRole::Panel), QColor(0xF6, 0xF7, 0xF9));
    QCOMPARE(Palette::dark().color(ColorRole::Window), QColor(0x15, 0x19, 0x1E));
  }

  void qtsPaletteHasNoColourOfThePlatform() {
    const QPalette dark = Palette::dark().toQPalette();
    QCOMPARE(dark.color(QPalette::Link), Palette::dark().color(ColorRole::Link));
    QCOMPARE(dark.color(QPalette::LinkVisited), Palette::dark().color(ColorRole::LinkVisited));
    QCOMPARE(dark.color(QPalette::Disabled, QPalette::ButtonText), Palette::dark().color(ColorRole::Disabled));
    for (int role = 0; role < QPalette::NColorRoles; ++role) {
      if (role == QPalette::NoRole) continue;
      QVERIFY2(dark.isBrushSet(QPalette::Active, QPalette::ColorRole(role)), qPrintable(QString::number(role)));
    }
  }

 private:
  static void addPalettes() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  static colors::Triple lab(const Palette& palette, int state, Vision vision) {
    return colors::toLab(
        colors::simulate(colors::linearRgb(palette.state(static_cast<StateRole>(state)).fill), vision));
  }
};

QTEST_APPLESS_MAIN(tst_Palette)
#include "tst_palette.moc"
