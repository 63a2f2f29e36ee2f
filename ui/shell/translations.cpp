#include "ui/shell/translations.h"

#include "ui/accessible/names.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QLibraryInfo>
#include <QLocale>

#include <cstring>

namespace poolscope::ui {

QString OurTranslator::translate(const char* context, const char* text, const char* note, int n) const {
  if (InEnglish::active()) return {};
  QString found = QTranslator::translate(context, text, note, n);
  const char* last = context ? std::strrchr(context, ':') : nullptr;
  if (found.isEmpty() && last) found = QTranslator::translate(last + 1, text, note, n);
  if (found.isEmpty()) found = QTranslator::translate("poolscope::ui", text, note, n); // of free functions
  return found;
}

Translations::Translations(QObject* parent) : QObject(parent) {}

Translations& Translations::instance() {
  static Translations* one = new Translations(qApp);
  return *one;
}

void Translations::choose(const QString& code) {
  m_code = code;
  const QLocale locale = code.isEmpty() ? QLocale::system()
                         : code == QLatin1String("en")
                             ? QLocale(QLocale::English)
                             : QLocale(QLocale::Chinese, QLocale::SimplifiedHanScript, QLocale::China);
  QLocale::setDefault(locale);
  QCoreApplication::removeTranslator(&m_ours);
  QCoreApplication::removeTranslator(&m_qts);
  Theme::instance().setLocale(locale);
  // The later one is asked first.
  if (locale.language() == QLocale::Chinese) {
    if (m_qts.load(QStringLiteral("qtbase_zh_CN"), QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
      QCoreApplication::installTranslator(&m_qts);
    if (m_ours.load(QStringLiteral(":/i18n/poolscope_zh_CN.qm"))) QCoreApplication::installTranslator(&m_ours);
  }
  renameWidgets();
}

} // namespace poolscope::ui
