#include "ui/session/saves.h"

#include "core/base/complain.h"
#include "core/base/loose_thread.h"
#include "ui/session/save_recording.h"

#include <QStringList>

#include <algorithm>
#include <atomic>
#include <utility>

namespace poolscope::ui {

/// Shared by its thread and the list.
struct Saves::Save {
  std::shared_ptr<const Recording> recording;
  QString path;
  std::uint32_t processId = 0;
  QPointer<const QObject> asker; // GUI thread
  std::stop_source stop;
  QString error;                 // of the thread until `done`
  std::atomic<bool> done{false}; // set by the thread, last
};

Saves::Saves() : m_writer(&saveRecording) {
  m_timer.setInterval(16); // a frame at 60 Hz
  connect(&m_timer, &QTimer::timeout, this, &Saves::look);
}

/// Never destroyed: a thread that ends late needs it as little as it needs that.
Saves& Saves::instance() {
  static auto* const one = new Saves;
  return *one;
}

void Saves::setWriter(Writer writer) {
  m_writer = std::move(writer);
}

void Saves::start(std::shared_ptr<const Recording> recording, const QString& path, std::uint32_t processId,
                  const QObject* asker) {
  const auto& save = m_all.emplace_back(std::make_shared<Save>());
  save->recording = std::move(recording), save->path = path, save->processId = processId, save->asker = asker;
  LooseThread::start([save, write = m_writer] {
    save->error = write(*save->recording, save->path, save->processId, save->stop.get_token());
    save->done.store(true, std::memory_order_release);
  });
  m_timer.start();
}

bool Saves::isWriting(const QString& path) const {
  return std::ranges::any_of(m_all, [&](const auto& save) { return save->path == path; });
}

QStringList Saves::paths() const {
  QStringList paths;
  for (const auto& save : m_all)
    paths << save->path;
  return paths;
}

void Saves::cancel() {
  for (const auto& save : m_all)
    save->stop.request_stop();
}

bool Saves::cancelOf(const QObject* asker) {
  bool any = false;
  for (const auto& save : m_all)
    if (save->asker == asker) any = save->stop.request_stop() || any;
  return any;
}

void Saves::giveUp() {
  for (const auto& save : std::exchange(m_all, {}))
    complain(tr("%1 was not written: it took too long").arg(save->path).toStdString());
  m_timer.stop();
}

void Saves::look() {
  for (const auto& save : std::vector(m_all)) { // whoever is told may start the next
    if (!save->done.load(std::memory_order_acquire)) continue;
    std::erase(m_all, save);
    if (!save->error.isEmpty() && (save->asker.isNull() || save->stop.stop_requested()))
      complain(save->error.toStdString());
    Q_EMIT ended(save->asker, save->path, save->error);
  }
  if (m_all.empty()) m_timer.stop();
}

} // namespace poolscope::ui
