#include "ui/session/recording_loader.h"

#include "core/base/loose_thread.h"

#include <QFile>

namespace poolscope::ui {

RecordingLoader::RecordingLoader(const QString& path, QObject* parent)
    : QObject(parent), m_path(path), m_reading(std::make_shared<Reading>()) {
  m_timer.setInterval(16); // a frame at 60 Hz
  connect(&m_timer, &QTimer::timeout, this, &RecordingLoader::look);
  m_timer.start();
  LooseThread::start([reading = m_reading, name = QFile::encodeName(path).toStdString(), stop = m_stop.get_token()] {
    reading->result =
        readChromeTrace(name, reading->recording, {.stop = stop, .bytesRead = &reading->bytes, .fileSize = &reading->of});
    reading->done.store(true, std::memory_order_release);
  });
}

RecordingLoader::~RecordingLoader() {
  m_stop.request_stop();
}

std::shared_ptr<const Recording> RecordingLoader::sharedRecording() const {
  return {m_reading, &m_reading->recording};
}

double RecordingLoader::progress() const {
  const auto bytes = static_cast<double>(m_reading->bytes.load(std::memory_order_relaxed));
  const auto of = static_cast<double>(m_reading->of.load(std::memory_order_relaxed));
  return of > 0 ? qMin(1.0, bytes / of) : 0;
}

void RecordingLoader::look() {
  m_ended = m_reading->done.load(std::memory_order_acquire);
  if (m_ended) m_timer.stop();
  if (recording().size() != m_seen) {
    m_seen = recording().size();
    Q_EMIT grew();
  }
  if (m_ended) Q_EMIT ended();
}

} // namespace poolscope::ui
