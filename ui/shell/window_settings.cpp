#include "ui/shell/window_settings.h"

#include "core/pool/executor.h"

#include <QFile>
#include <QLoggingCategory>
#include <QSettings>

#include <algorithm>

namespace poolscope::ui {

namespace {

Q_LOGGING_CATEGORY(settingsLog, "poolscope.settings")

constexpr qint64 kLargest = 1 << 20; // ours is a few kilobytes
constexpr int kServeModes = 4, kThemes = 3;

int within(const QVariant& value, int least, int most, int otherwise) {
  bool isNumber = false;
  const int number = value.toInt(&isNumber);
  return isNumber && number >= least && number <= most ? number : otherwise;
}

/// Why the file cannot be used; empty when it can.
QString complaint(const QString& path) {
  QFile file(path);
  if (!file.exists()) return {};
  if (!file.open(QIODevice::ReadOnly)) return file.errorString();
  if (file.size() > kLargest) return QStringLiteral("too large");
  const QByteArray bytes = file.readAll();
  const bool isText = std::ranges::none_of(bytes, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x7F || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t');
  });
  if (!isText) return QStringLiteral("not a settings file");
  const QSettings settings;
  if (settings.status() != QSettings::NoError) return QStringLiteral("not a settings file");
  if (!settings.allKeys().isEmpty() && within(settings.value(QStringLiteral("version")), 1, 1 << 20, 0) == 0)
    return QStringLiteral("not of this program");
  if (settings.value(QStringLiteral("version"), 0).toInt() > WindowSettings::kVersion)
    return QStringLiteral("of a newer version");
  return {};
}

} // namespace

void WindowSettings::mend() {
  const QString path = QSettings().fileName();
  const QString why = complaint(path);
  if (why.isEmpty()) return;
  QFile::remove(path + QStringLiteral(".bak"));
  const bool kept = QFile::rename(path, path + QStringLiteral(".bak"));
  QSettings().clear();
  qCWarning(settingsLog).noquote() << path << "is" << why << "- defaults are used"
                                   << (kept ? "and the old file is kept as .bak" : "");
}

WindowSettings WindowSettings::load() {
  const QSettings settings;
  WindowSettings loaded;
  loaded.geometry = settings.value(QStringLiteral("window/geometry")).toByteArray();
  loaded.layout = settings.value(QStringLiteral("window/layout")).toByteArray();
  loaded.poolSize = within(settings.value(QStringLiteral("pool/size")), 1, static_cast<int>(kMostWorkers), 4);
  loaded.serverMode = within(settings.value(QStringLiteral("server/mode")), 0, kServeModes - 1, 1);
  loaded.theme = within(settings.value(QStringLiteral("window/theme")), 0, kThemes - 1, 0);
  const QString language = settings.value(QStringLiteral("window/language")).toString();
  if (language == QLatin1String("en") || language == QLatin1String("zh_CN")) loaded.language = language;
  return loaded;
}

void WindowSettings::save() const {
  QSettings settings;
  settings.setValue(QStringLiteral("version"), kVersion);
  settings.setValue(QStringLiteral("window/geometry"), geometry);
  settings.setValue(QStringLiteral("window/layout"), layout);
  settings.setValue(QStringLiteral("pool/size"), poolSize);
  settings.setValue(QStringLiteral("server/mode"), serverMode);
  settings.setValue(QStringLiteral("window/theme"), theme);
  settings.setValue(QStringLiteral("window/language"), language);
}

} // namespace poolscope::ui
