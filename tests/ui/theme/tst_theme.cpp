#include "ui/theme/icons.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QFontMetrics>
#include <QPainter>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace poolscope::ui;

namespace {
/// A thin stroke has few pixels that are wholly covered.
bool nearly(const QColor& one, const QColor& two) {
  return std::abs(one.red() - two.red()) + std::abs(one.green() - two.green()) + std::abs(one.blue() - two.blue()) <
         120;
}
} // namespace

class tst_Theme : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    Theme::instance().install(*qApp);
    Theme::instance().setChoice(Theme::Choice::Light);
  }
  void init() { Theme::instance().setChoice(Theme::Choice::Light); }

  void aChoiceChangesEverythingAndSaysSoOnce() {
    Theme& theme = Theme::instance();
    QSignalSpy changed(&theme, &Theme::changed);
    theme.setChoice(Theme::Choice::Dark);
    QCOMPARE(changed.count(), 1);
    QVERIFY(theme.isDark());
    QCOMPARE(qApp->palette().color(QPalette::Base), Palette::dark().color(ColorRole::Window));
    theme.setChoice(Theme::Choice::Dark);
    QCOMPARE(changed.count(), 1);
  }

  void labelsGrowUnderChinese() {
    Theme& theme = Theme::instance();
    QCOMPARE(theme.font(FontRole::Label).pixelSize(), 11);
    QCOMPARE(theme.font(FontRole::Label, QStringLiteral("子进程0")).pixelSize(), 12);
    theme.setLocale(QLocale(QStringLiteral("zh_CN")));
    QCOMPARE(theme.font(FontRole::Label).pixelSize(), 12);
    QCOMPARE(theme.font(FontRole::Base).pixelSize(), 13);
    theme.setLocale(QLocale::c());
    QCOMPARE(theme.font(FontRole::Label).pixelSize(), 11);
  }

  void figuresAreEquallyWide() {
    const QFontMetrics metrics(Theme::instance().font(FontRole::Figures));
    for (char digit = '1'; digit <= '9'; ++digit) {
      QCOMPARE(metrics.horizontalAdvance(QLatin1Char(digit)), metrics.horizontalAdvance(u'0'));
    }
  }

  void everyGlyphLeavesInkAndStaysInItsBox_data() {
    QTest::addColumn<qreal>("ratio");
    QTest::newRow("1x") << 1.0;
    QTest::newRow("2x") << 2.0;
  }
  void everyGlyphLeavesInkAndStaysInItsBox() {
    QFETCH(qreal, ratio);
    for (int i = 0; i < kGlyphCount; ++i) {
      QImage image(QSize(24, 24) * ratio, QImage::Format_ARGB32_Premultiplied);
      image.setDevicePixelRatio(ratio);
      image.fill(Qt::transparent);
      {
        QPainter painter(&image);
        paintGlyph(painter, static_cast<Glyph>(i), QRectF(4, 4, 16, 16), Qt::black);
        QVERIFY(!painter.testRenderHint(QPainter::Antialiasing));
      }
      int ink = 0, outside = 0;
      for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
          if (qAlpha(image.pixel(x, y)) == 0) continue;
          ++ink;
          if (!QRectF(4, 4, 16, 16).contains(QPointF(x + 0.5, y + 0.5) / ratio)) ++outside;
        }
      }
      QVERIFY2(ink > 20, qPrintable(QStringLiteral("glyph %1").arg(i)));
      QVERIFY2(outside == 0, qPrintable(QStringLiteral("glyph %1").arg(i)));
    }
  }

  void barsAreSharp() {
    QImage image(16, 16, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    paintGlyph(painter, Glyph::Bars, QRectF(0, 0, 16, 16), Qt::black);
    for (int x = 0; x < 16; ++x) {
      const int alpha = qAlpha(image.pixel(x, 8));
      QVERIFY(alpha == 0 || alpha == 255);
    }
  }

  void aBadgeHasFillEdgeAndGlyph() {
    for (const StateRole role : {StateRole::Queued, StateRole::Running, StateRole::Blocked, StateRole::Done,
                                 StateRole::Failed, StateRole::Cancelled}) {
      const QImage image = stateIcon(role).pixmap(16).toImage();
      QCOMPARE(image.pixelColor(0, 8), themeState(role).edge);
      bool fill = false, glyph = false;
      for (int i = 1; i < 15; ++i) {
        for (int k = 1; k < 15; ++k) {
          fill = fill || image.pixelColor(i, k) == themeState(role).fill;
          glyph = glyph || nearly(image.pixelColor(i, k), themeState(role).text);
        }
      }
      QVERIFY2(fill && glyph, qPrintable(QString::number(int(role))));
    }
  }

  void onlyBlockedAndCancelledAreHatched() {
    QVERIFY(!stateHatch(StateRole::Blocked, 1).isNull());
    QVERIFY(!stateHatch(StateRole::Cancelled, 1).isNull());
    QVERIFY(stateHatch(StateRole::Running, 1).isNull());
    QCOMPARE(stateHatch(StateRole::Blocked, 1.25).width(), 25);
  }

  void controlsAreOfOneHeight() {
    QPushButton button(glyphIcon(Glyph::Triangle), QStringLiteral("Run scenario"));
    QSpinBox spin;
    QCOMPARE(button.sizeHint().height(), 28);
    QCOMPARE(spin.sizeHint().height(), 28);
  }

  void thePrimaryButtonHasTheAccent() {
    QPushButton button(QStringLiteral("Run scenario"));
    button.setProperty("primary", true);
    button.resize(120, 28);
    const QImage image = button.grab().toImage();
    QCOMPARE(image.pixelColor(6, 14), themeColor(ColorRole::Accent));
    button.setEnabled(false);
    QCOMPARE(button.grab().toImage().pixelColor(6, 14), themeColor(ColorRole::Panel));
  }
};

QTEST_MAIN(tst_Theme)
#include "tst_theme.moc"
