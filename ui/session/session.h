#pragma once

#include "core/event/state_history.h"
#include "ui/session/selection.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <optional>

namespace poolscope::ui {

/// A recording and a cursor: the only thing that views and models read. Live is the cursor at the end; frozen, it
/// stands still while the recording grows.
///
/// Made by the app over the log's recording, or over an opened file's. It folds what the feed announces, at most 4 ms a
/// frame, and emits changed() at most once a frame.
/// Order: state() and now() change only just before changed(); between two emissions every view sees one moment.
/// Threads: GUI thread.
class Session : public QObject {
  Q_OBJECT
 public:
  /// Log: the recording grows with the clock. File: what is there is all there will be, and no clock runs.
  enum class Source { Log, File };
  explicit Session(const Recording& recording, QObject* parent = nullptr, Source source = Source::Log);
  ~Session() override;

  const PoolState& state() const;     ///< at the cursor
  const PoolState& liveState() const; ///< at the end, whatever the cursor
  const TaskHistory& history() const;
  const Recording& recording() const;
  /// The cursor's time, ns of CLOCK_MONOTONIC: running spans grow up to here. Live: the clock, never before
  /// state().time.
  std::int64_t now() const;
  /// Where the time axis begins: the first event, or the session's start while there is none.
  std::int64_t origin() const;
  bool isRecorded() const { return m_source == Source::File; } ///< there is no pool to command
  bool isLive() const;
  bool isCatchingUp() const; ///< live, but not everything recorded is folded yet
  bool isBusy() const;       ///< something is running, queued or starting: the picture changes with time alone

  void setFrozen(bool frozen);
  const Selection& selection() const { return m_selection; }
  void select(const Selection& selection);
  /// The pool the person selected while it is open, else the newest that is open, else the newest.
  PoolId currentPool() const;
  void selectPool(PoolId pool);

  QString text(TextId id) const;

 public Q_SLOTS:
  void fold(); ///< the feed: there are new events. Also at every frame while isBusy().

 Q_SIGNALS:
  void changed();
  void selectionChanged();
  void currentPoolChanged();
  void frozenChanged(bool frozen);

 private:
  const Source m_source;
  StateHistory m_history;
  std::optional<PoolState> m_frozen;
  std::int64_t m_origin;
  std::int64_t m_now = 0;
  Selection m_selection;
  PoolId m_chosenPool;
  PoolId m_currentPool;
  bool m_caughtUp = true;
};

} // namespace poolscope::ui
