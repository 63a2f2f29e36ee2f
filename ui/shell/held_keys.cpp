#include "ui/shell/held_keys.h"

#include <QApplication>
#include <QKeyEvent>
#include <QWindow>

namespace poolscope::ui {

namespace {
HeldKeys* g_one = nullptr; // the application's; written once, by install()
}

void HeldKeys::install() {
  if (g_one == nullptr) qApp->installEventFilter(g_one = new HeldKeys(qApp));
}

bool HeldKeys::isRepeating() {
  return g_one != nullptr && g_one->m_repeating;
}

bool HeldKeys::follows(const QKeyEvent& press) const {
  return press.timestamp() != 0 && press.timestamp() == m_releasedAt && press.key() == m_released;
}

bool HeldKeys::eventFilter(QObject* object, QEvent* event) {
  switch (event->type()) {
  case QEvent::KeyRelease: {
    const auto* release = static_cast<QKeyEvent*>(event);
    m_released = release->key(), m_releasedAt = release->timestamp();
    m_repeating = false;
    return false;
  }
  case QEvent::ShortcutOverride:
    m_repeating = follows(*static_cast<QKeyEvent*>(event));
    return false;
  case QEvent::KeyPress: {
    const auto* press = static_cast<QKeyEvent*>(event);
    if (press->isAutoRepeat() || !follows(*press) || qobject_cast<QWindow*>(object) == nullptr) return false;
    QKeyEvent again(QEvent::KeyPress, press->key(), press->modifiers(), press->nativeScanCode(),
                    press->nativeVirtualKey(), press->nativeModifiers(), press->text(), true,
                    static_cast<quint16>(press->count()));
    again.setTimestamp(press->timestamp());
    QCoreApplication::sendEvent(object, &again);
    event->setAccepted(again.isAccepted());
    return true;
  }
  default:
    return false;
  }
}

} // namespace poolscope::ui
