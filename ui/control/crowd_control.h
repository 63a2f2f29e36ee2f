#pragma once

#include "core/echo/crowd.h"
#include "ui/control/command_thread.h"

#include <QObject>
#include <QString>

#include <memory>
#include <optional>

namespace poolscope::ui {

/// The window's crowd: one at a time, made and ended off the GUI thread.
/// Made and owned by the PoolController. Threads: GUI thread.
class CrowdControl : public QObject {
  Q_OBJECT
 public:
  explicit CrowdControl(QObject* parent = nullptr);
  ~CrowdControl() override;
  void start(const CrowdOptions& options); ///< the one before is ended
  void stop();
  bool running() const;
  std::optional<CrowdFigures> figures() const; ///< of the last one, also after its end

 Q_SIGNALS:
  void changed();
  void failed(const QString& sentence);

 private:
  std::shared_ptr<Crowd> m_crowd;
  CommandThread m_commands; // the last member: it ends before what its commands touch
};

} // namespace poolscope::ui
