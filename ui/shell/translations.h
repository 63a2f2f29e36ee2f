#pragma once

#include <QObject>
#include <QString>
#include <QTranslator>

class QApplication;

namespace poolscope::ui {

/// Our texts. A class in a namespace asks by its full name, but lupdate files its texts under the class's own name, as
/// it does not see through `namespace a::b {`. Threads: GUI thread.
class OurTranslator : public QTranslator {
  Q_OBJECT
 public:
  QString translate(const char* context, const char* text, const char* note, int n) const override;
};

/// The window's language: English, in which the texts are written, or Simplified Chinese from the program's own
/// resources, with Qt's texts beside it. A change reaches every widget as a LanguageChange event.
///
/// One for the program, owned by the application object. Threads: GUI thread.
class Translations : public QObject {
  Q_OBJECT
 public:
  static Translations& instance();
  /// "en", "zh_CN", or empty: the locale's language where there are texts for it, else English.
  void choose(const QString& code);
  QString chosen() const { return m_code; } ///< as asked for; empty: the locale's

 private:
  explicit Translations(QObject* parent);
  QString m_code;
  OurTranslator m_ours;
  QTranslator m_qts;
};

} // namespace poolscope::ui
