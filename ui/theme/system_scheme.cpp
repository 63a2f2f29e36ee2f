#include "ui/theme/system_scheme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCall>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace poolscope::ui {

namespace {
const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString kGroup = QStringLiteral("org.freedesktop.appearance");
const QString kKey = QStringLiteral("color-scheme");
} // namespace

SystemScheme::SystemScheme(QObject* parent) : QObject(parent) {
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  bus.connect(kService, kPath, kInterface, QStringLiteral("SettingChanged"), this,
              SLOT(settingChanged(QString, QString, QDBusVariant)));
  QDBusMessage ask = QDBusMessage::createMethodCall(kService, kPath, kInterface, QStringLiteral("Read"));
  ask << kGroup << kKey;
  auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(ask), this);
  connect(watcher, &QDBusPendingCallWatcher::finished, this, &SystemScheme::answered);
}

void SystemScheme::answered(QDBusPendingCallWatcher* watcher) {
  watcher->deleteLater();
  const QDBusPendingReply<QDBusVariant> reply = *watcher;
  if (reply.isValid()) take(reply.value().variant());
}

void SystemScheme::settingChanged(const QString& group, const QString& key, const QDBusVariant& value) {
  if (group == kGroup && key == kKey) take(value.variant());
}

void SystemScheme::take(const QVariant& value) {
  // Read() answers a variant in a variant, SettingChanged a plain one.
  QVariant inner = value;
  while (inner.canConvert<QDBusVariant>()) {
    inner = inner.value<QDBusVariant>().variant();
  }
  bool isNumber = false;
  const uint scheme = inner.toUInt(&isNumber);
  std::optional<bool> dark; // 0 and what we do not know: no preference
  if (isNumber && (scheme == 1 || scheme == 2)) dark = scheme == 1;
  if (dark == m_dark) return;
  m_dark = dark;
  Q_EMIT changed();
}

} // namespace poolscope::ui
