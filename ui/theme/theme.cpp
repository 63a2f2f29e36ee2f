#include "ui/theme/theme.h"

#include "ui/theme/format.h"
#include "ui/theme/house_style.h"
#include "ui/theme/system_scheme.h"

#include <QApplication>
#include <QEvent>
#include <QFontDatabase>
#include <QFontInfo>
#include <QPointer>
#include <QStyle>
#include <QToolTip>

namespace poolscope::ui {

namespace {

const QString kChineseFamily = QStringLiteral("Noto Sans CJK SC");
constexpr int kUsualPixels = 13, kMostPixels = 40;
constexpr int kCjkLeastPixels = 12; // below it strokes of Chinese characters run together

QPointer<Theme>& theOne() {
  static QPointer<Theme> theme;
  return theme;
}

/// The desktop's font. A Chinese face follows, so that characters which it lacks do not come in their Japanese forms.
QFont uiFont() {
  // By its real name: an alias like "Sans Serif" followed by a second family would be resolved to the second.
  const QString family = QFontInfo(QFontDatabase::systemFont(QFontDatabase::GeneralFont)).family();
  QFont font;
  font.setFamilies({family, kChineseFamily});
  // Where no font is set, fontconfig gives DejaVu Sans, which is very wide: its condensed face, drawn or computed.
  if (family == QLatin1String("DejaVu Sans")) font.setStretch(QFont::SemiCondensed);
  return font;
}

QFont figuresFont() {
  QFont font;
  font.setFamilies({QFontInfo(QFontDatabase::systemFont(QFontDatabase::FixedFont)).family(), kChineseFamily});
  font.setStyleHint(QFont::Monospace);
  return font;
}

bool isCjk(const QLocale& locale) {
  return locale.language() == QLocale::Chinese || locale.language() == QLocale::Japanese ||
         locale.language() == QLocale::Korean;
}

} // namespace

Theme& Theme::instance() {
  if (!theOne()) theOne() = new Theme(QCoreApplication::instance());
  return *theOne();
}

Theme::Theme(QObject* parent) : QObject(parent) {
  readTextSize();
  makeFonts();
}

Theme::~Theme() = default;

void Theme::readTextSize() {
  const int wanted =
      m_textSize != 0 ? m_textSize : QFontInfo(QFontDatabase::systemFont(QFontDatabase::GeneralFont)).pixelSize();
  m_scale = double(std::clamp(wanted, kUsualPixels, kMostPixels)) / kUsualPixels;
}

void Theme::setTextSize(int px) {
  m_textSize = px;
  readTextSize();
  makeFonts();
  apply();
  Q_EMIT changed();
}

void Theme::makeFonts() {
  struct Spec {
    FontRole role;
    int pixels;
    bool bold;
  };
  const QFont base = uiFont();
  const QFont figures = figuresFont();
  for (const Spec spec :
       {Spec{FontRole::Base, 13, false}, Spec{FontRole::Bold, 13, true}, Spec{FontRole::Label, 11, false},
        Spec{FontRole::Heading, 11, true}, Spec{FontRole::Figures, 12, false}, Spec{FontRole::Title, 15, true}}) {
    QFont font = spec.role == FontRole::Figures ? figures : base;
    font.setBold(spec.bold);
    font.setPixelSize(px(std::max(spec.pixels, m_cjkLocale ? kCjkLeastPixels : 0)));
    m_fonts[static_cast<int>(spec.role)] = font;
    font.setPixelSize(px(std::max(spec.pixels, kCjkLeastPixels)));
    m_cjkFonts[static_cast<int>(spec.role)] = font;
  }
}

const QFont& Theme::font(FontRole role, const QString& text) const {
  return hasCjk(text) ? m_cjkFonts[static_cast<int>(role)] : font(role);
}

void Theme::install(QApplication& app) {
  m_app = &app;
  m_platformDark = app.palette().color(QPalette::Window).lightness() < 128;
  app.setStyle(new HouseStyle);
  m_scheme = new SystemScheme(this);
  connect(m_scheme, &SystemScheme::changed, this, &Theme::update);
  m_palette = systemIsDark() ? &Palette::dark() : &Palette::light();
  readTextSize(); // the desktop's font may not have been known before
  makeFonts();
  apply();
  app.installEventFilter(this);
}

void Theme::setChoice(Choice choice) {
  m_choice = choice;
  update();
}

void Theme::setLocale(const QLocale& locale) {
  if (isCjk(locale) == m_cjkLocale) return;
  m_cjkLocale = isCjk(locale);
  makeFonts();
  apply();
  Q_EMIT changed();
}

bool Theme::systemIsDark() const {
  if (m_scheme != nullptr && m_scheme->dark()) return *m_scheme->dark();
  return m_platformDark;
}

void Theme::update() {
  const bool dark = m_choice == Choice::System ? systemIsDark() : m_choice == Choice::Dark;
  const Palette* palette = dark ? &Palette::dark() : &Palette::light();
  if (palette == m_palette) return;
  m_palette = palette;
  apply();
  Q_EMIT changed();
}

void Theme::apply() {
  if (m_app == nullptr) return;
  m_app->setPalette(m_palette->toQPalette());
  m_app->setFont(font(FontRole::Base));
  QToolTip::setPalette(m_palette->toQPalette());
  QToolTip::setFont(font(FontRole::Base));
}

bool Theme::eventFilter(QObject* object, QEvent* event) {
  // The platform's palette lies hidden below ours: when it says that it changed, look at it for a moment.
  if (event->type() == QEvent::ThemeChange && !m_readingPlatform) {
    m_readingPlatform = true;
    m_app->setPalette(QPalette());
    m_platformDark = m_app->palette().color(QPalette::Window).lightness() < 128;
    m_app->setPalette(m_palette->toQPalette());
    m_readingPlatform = false;
    update();
    const double before = m_scale;
    readTextSize();
    if (m_scale == before) return QObject::eventFilter(object, event);
    makeFonts();
    apply();
    Q_EMIT changed();
  }
  return QObject::eventFilter(object, event);
}

} // namespace poolscope::ui
