#pragma once

#include "ui/theme/palette.h"

#include <QFont>
#include <QLocale>
#include <QObject>
#include <QSize>

#include <array>

class QApplication;

namespace poolscope::ui {

class SystemScheme;

/// What a text is for. Sizes in pixels, as the zones' measures are, where the desktop's font has 13 px or fewer; where
/// it is larger they grow with it, and so does everything given in px().
enum class FontRole : std::uint8_t {
  Base,    ///< 13 px: names, controls
  Bold,    ///< 13 px bold: a worker's name
  Label,   ///< 11 px: labels of lanes and axes, secondary facts (12 px where the text is Chinese, Japanese, Korean)
  Heading, ///< 11 px bold: WORKERS, QUEUE, TIMELINE
  Figures, ///< 12 px, every digit equally wide: a number that changes in place
  Title,   ///< 15 px bold: what a page or a large button is about
};
inline constexpr int kFontRoleCount = static_cast<int>(FontRole::Title) + 1;

/// The look of the whole window: light or dark, palette, fonts, style. Every painter asks it and nobody else.
///
/// One for the program, made at the first instance() and owned by the application object. install() gives the
/// application our style, palette and font; without it (a painter's test) colours and fonts can be asked all the same.
/// Order: a change of choice, desktop or language sets everything, then emits changed() once; views repaint on it.
/// Threads: GUI thread.
class Theme : public QObject {
  Q_OBJECT
 public:
  enum class Choice : std::uint8_t { System, Light, Dark };

  static Theme& instance();
  ~Theme() override;

  void install(QApplication& app);
  Choice choice() const { return m_choice; }
  void setChoice(Choice choice);
  /// Labels grow to 12 px under a language written in Chinese, Japanese or Korean characters.
  void setLocale(const QLocale& locale);

  /// So many pixels beside text of the usual size, at the size that text has now.
  int px(int usual) const { return qRound(usual * m_scale); }
  /// For a desktop whose font has so many pixels; 0: as the desktop says.
  void setTextSize(int px);

  bool isDark() const { return m_palette->isDark(); }
  const Palette& palette() const { return *m_palette; }
  const QColor& color(ColorRole role) const { return m_palette->color(role); }
  const StateColors& state(StateRole role) const { return m_palette->state(role); }
  const QFont& font(FontRole role) const { return m_fonts[static_cast<int>(role)]; }
  /// The same, never under 12 px when the text itself has such characters (a task's name under an English window).
  const QFont& font(FontRole role, const QString& text) const;

  bool eventFilter(QObject* object, QEvent* event) override;

 Q_SIGNALS:
  void changed();

 private:
  explicit Theme(QObject* parent);
  void readTextSize();
  void makeFonts();
  void update();
  bool systemIsDark() const;
  void apply();

  QApplication* m_app = nullptr; // set by install(); it owns this object
  SystemScheme* m_scheme = nullptr;
  Choice m_choice = Choice::System;
  const Palette* m_palette = &Palette::light();
  bool m_platformDark = false; // lightness of the platform's own palette
  bool m_readingPlatform = false;
  bool m_cjkLocale = false;
  int m_textSize = 0; // set by hand; 0: the desktop's
  double m_scale = 1; // of all texts and what is measured beside them
  std::array<QFont, kFontRoleCount> m_fonts, m_cjkFonts;
};

/// Shorthands for painters.
inline const QColor& themeColor(ColorRole role) {
  return Theme::instance().color(role);
}
inline const StateColors& themeState(StateRole role) {
  return Theme::instance().state(role);
}

inline int px(int usual) {
  return Theme::instance().px(usual);
}
inline QSize px(const QSize& usual) {
  return {px(usual.width()), px(usual.height())};
}

} // namespace poolscope::ui
