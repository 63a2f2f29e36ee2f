#include "ui/control/crowd_control.h"

#include <exception>

namespace poolscope::ui {

CrowdControl::CrowdControl(QObject* parent) : QObject(parent) {}

CrowdControl::~CrowdControl() {
  stop();
}

void CrowdControl::start(const CrowdOptions& options) {
  m_commands.post([this, options, before = std::exchange(m_crowd, nullptr)]() mutable {
    before.reset(); // blocks until its connections are gone
    try {
      auto crowd = std::make_shared<Crowd>(options);
      QMetaObject::invokeMethod(
          this,
          [this, crowd = std::move(crowd)] {
            m_crowd = crowd;
            Q_EMIT changed();
          },
          Qt::QueuedConnection);
    } catch (const std::exception& error) {
      const QString sentence = QString::fromUtf8(error.what());
      QMetaObject::invokeMethod(
          this, [this, sentence] { Q_EMIT failed(sentence); }, Qt::QueuedConnection);
    }
  });
}

void CrowdControl::stop() {
  if (!m_crowd) return;
  m_commands.post([this, crowd = m_crowd] {
    crowd->stop();
    QMetaObject::invokeMethod(
        this, [this] { Q_EMIT changed(); }, Qt::QueuedConnection);
  });
}

bool CrowdControl::running() const {
  return m_crowd && m_crowd->running();
}

std::optional<CrowdFigures> CrowdControl::figures() const {
  if (!m_crowd) return {};
  return m_crowd->figures();
}

} // namespace poolscope::ui
