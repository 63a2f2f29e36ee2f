#pragma once

#include <QObject>
#include <QString>
#include <QTranslator>

class QApplication;

namespace poolscope::ui {

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
  QTranslator m_ours, m_qts;
};

} // namespace poolscope::ui
