#pragma once

#include "core/event/recording.h"

#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

namespace poolscope::ui {

/// The recordings that are being written, of all windows: each on a thread of its own, which nobody joins. So a disk
/// that does not answer holds up neither a window nor the program's end, and a window may go before its file is
/// written.
///
/// One for the program. Threads: GUI thread.
class Saves : public QObject {
  Q_OBJECT
 public:
  static Saves& instance();
  using Writer = std::function<QString(const Recording&, const QString&, std::uint32_t, const std::stop_token&)>;
  void setWriter(Writer writer); ///< saveRecording(), unless a test says otherwise

  /// `asker`: the window that is told what became of it. `recording` lives as long as the thread, at least.
  void start(std::shared_ptr<const Recording> recording, const QString& path, std::uint32_t processId,
             const QObject* asker);
  bool running() const { return !m_all.empty(); }
  bool isWriting(const QString& path) const;
  QStringList paths() const;

  // A file that is not written for one of these is named on stderr; what was there before is as it was.
  void cancel();                       ///< asks all to end; each is told by ended() as soon as it has
  bool cancelOf(const QObject* asker); ///< false when there is none
  void giveUp();                       ///< those that do not even answer to that are forgotten

 Q_SIGNALS:
  /// `asker` is null when that window is gone. `error`: empty, or one sentence.
  void ended(const QObject* asker, const QString& path, const QString& error);

 private:
  struct Save;
  Saves();
  void look();

  Writer m_writer;
  std::vector<std::shared_ptr<Save>> m_all;
  QTimer m_timer; // runs while there are any
};

} // namespace poolscope::ui
