#pragma once

#include <QObject>

#include <optional>

class QDBusPendingCallWatcher;
class QDBusVariant;

namespace poolscope::ui {

/// Whether the desktop asks for dark windows, as the portal org.freedesktop.portal.Settings says; asked asynchronously,
/// because a first call may start the portal and take long.
///
/// Made and owned by Theme. Before the answer, without a portal, and where it has no preference, dark() is empty: then
/// the lightness of the platform's palette decides. Threads: GUI thread.
class SystemScheme : public QObject {
  Q_OBJECT
 public:
  explicit SystemScheme(QObject* parent = nullptr);
  std::optional<bool> dark() const { return m_dark; }

 Q_SIGNALS:
  void changed();

 private Q_SLOTS:
  void settingChanged(const QString& group, const QString& key, const QDBusVariant& value);

 private:
  void answered(QDBusPendingCallWatcher* watcher);
  void take(const QVariant& value);

  std::optional<bool> m_dark;
};

} // namespace poolscope::ui
