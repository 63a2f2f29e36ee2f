#include "ui/session/recording_loader.h"

#include <QFile>
#include <QFileInfo>

namespace poolscope::ui {

RecordingLoader::RecordingLoader(const QString& path, QObject* parent) : QObject(parent), m_path(path) {
  m_timer.setInterval(16); // a frame at 60 Hz
  connect(&m_timer, &QTimer::timeout, this, &RecordingLoader::look);
  m_timer.start();
  m_thread = std::jthread([this, name = QFile::encodeName(path).toStdString()](std::stop_token stop) {
    m_result = readChromeTrace(name, m_recording, {.stop = std::move(stop), .bytesRead = &m_bytes});
    m_done.store(true, std::memory_order_release);
  });
}

RecordingLoader::~RecordingLoader() = default; // the jthread asks for the stop and joins

double RecordingLoader::progress() const {
  const qint64 size = QFileInfo(m_path).size();
  return size > 0 ? qMin(1.0, static_cast<double>(m_bytes.load(std::memory_order_relaxed)) / static_cast<double>(size))
                  : 0;
}

void RecordingLoader::look() {
  const bool done = m_done.load(std::memory_order_acquire);
  if (done) {
    m_timer.stop();
    m_thread.join();
  }
  if (m_recording.size() != m_seen) {
    m_seen = m_recording.size();
    Q_EMIT grew();
  }
  if (done) Q_EMIT ended();
}

} // namespace poolscope::ui
