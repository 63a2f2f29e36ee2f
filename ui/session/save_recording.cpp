#include "ui/session/save_recording.h"

#include "core/event/chrome_trace_writer.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QSaveFile>

#include <cerrno>
#include <csignal>
#include <unistd.h>

namespace poolscope::ui {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("saveRecording", text);
}

/// So that the last one, in commit(), is short: nothing can stop it.
constexpr std::size_t kSyncEvery = std::size_t{32} << 20;

/// A file that would be over the process's limit is an error to tell, not a signal to die of.
class NoFileSizeSignal {
 public:
  NoFileSizeSignal() {
    sigset_t tooLarge;
    sigemptyset(&tooLarge);
    sigaddset(&tooLarge, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &tooLarge, &m_before);
  }
  ~NoFileSizeSignal() {
    const timespec now{};
    sigset_t tooLarge;
    sigemptyset(&tooLarge);
    sigaddset(&tooLarge, SIGXFSZ);
    while (sigtimedwait(&tooLarge, nullptr, &now) > 0) {
    } // what came meanwhile
    pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
  }

 private:
  sigset_t m_before;
};

} // namespace

QString saveRecording(const Recording& recording, const QString& path, std::uint32_t processId,
                      const std::stop_token& stop) {
  const NoFileSizeSignal quiet;
  // Unbuffered, and every count checked: else a full disk would be noticed by nobody, and commit() would replace the
  // old file by a part of the new one.
  if (const QFileInfo there(path); there.exists() && !there.isFile())
    return tr("%1 cannot be written: it is no file that could be replaced").arg(path);
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
    return tr("%1 cannot be written: %2").arg(path, file.errorString());
  QString error;
  std::size_t unsynced = 0;
  const auto sink = [&](std::string_view part) {
    while (!part.empty()) {
      if (stop.stop_requested()) return ECANCELED;
      const qint64 wrote = file.write(part.data(), static_cast<qint64>(part.size()));
      if (wrote <= 0) {
        error = file.errorString();
        return EIO;
      }
      part.remove_prefix(static_cast<std::size_t>(wrote));
      unsynced += static_cast<std::size_t>(wrote);
      if (unsynced < kSyncEvery) continue;
      unsynced = 0;
      ::fdatasync(file.handle()); // what it finds wrong, the one of commit() finds too
    }
    return 0;
  };
  ChromeTraceWriter writer(recording, sink, processId);
  writer.finish();
  const bool written = writer.error().empty();
  if (!written) file.cancelWriting();
  if (stop.stop_requested()) return tr("%1 was not written: saving was stopped").arg(path);
  if (file.commit() && written) return {};
  if (error.isEmpty()) error = file.errorString();
  return tr("%1 cannot be written: %2").arg(path, error);
}

} // namespace poolscope::ui
