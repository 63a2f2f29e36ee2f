#pragma once

#include "core/event/state_history.h"
#include "ui/session/selection.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

namespace poolscope::ui {

/// A stretch of time that the person marked, ns of CLOCK_MONOTONIC; begin < end.
struct TimeRange {
  std::int64_t begin = 0, end = 0;
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

/// A recording and a cursor: the only thing that views and models read. Live is the cursor at the end; frozen, it
/// stands still while the recording grows; seek() puts it at any recorded moment. An opened file is the same with a
/// recording that is complete.
///
/// Made by the app over the log's recording, or over an opened file's. It folds what the feed announces, at most 4 ms a
/// frame, and emits changed() at most once a frame, also while a person drags the cursor.
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
  const Lanes& lanes() const; ///< what everybody did, over the whole recording
  const Recording& recording() const;
  /// The cursor's time, ns of CLOCK_MONOTONIC: running spans grow up to here. Live: the clock, never before
  /// state().time.
  std::int64_t now() const;
  /// Where the time axis begins: the first event, or the session's start while there is none.
  std::int64_t origin() const;
  /// Where the picture of the session ends: the live edge; when frozen or in the past, where that was at the freeze.
  std::int64_t end() const;
  bool isRecorded() const { return m_source == Source::File; } ///< there is no pool to command
  bool isLive() const;
  bool isCatchingUp() const; ///< live, but not everything recorded is folded yet
  bool isBusy() const;       ///< something is running, queued or starting: the picture changes with time alone

  void setFrozen(bool frozen);
  /// All views show the moment `time`, which lies between origin() and end(). The session is frozen there, until
  /// setFrozen(false) returns to the live edge. Many calls in one frame are one.
  void seek(std::int64_t time);
  void seekEvent(int steps); ///< to the next event after the cursor, or with −1 to the one before it
  const std::optional<TimeRange>& timeRange() const { return m_timeRange; }
  void setTimeRange(std::optional<TimeRange> range);
  /// What is selected: things of one kind, the one that was chosen last at the end.
  const std::vector<Selection>& selected() const { return m_selected; }
  const Selection& selection() const { return m_selection; } ///< the last of selected(), or none
  bool isSelected(const Selection& selection) const { return m_marked.contains(selection); }
  void select(const Selection& selection);
  void selectAll(std::vector<Selection> all);
  /// Adds it to what is selected, or takes it out again; what is of another kind is let go.
  void toggleSelected(const Selection& selection);
  /// The pool that was asked for, also after it has closed; else the newest that is open, else the newest. Of a file:
  /// the first in which something happened.
  PoolId currentPool() const;
  void selectPool(PoolId pool); ///< a person asks for this one
  /// Something was asked for that opens a pool later, a run or a server: fulfil() makes that pool the current one,
  /// unless another was asked for meanwhile. Pools that open by themselves are not wished for and take nothing over.
  std::uint64_t wishForPool();
  void fulfil(std::uint64_t wish, PoolId pool);

  QString text(TextId id) const;

 public Q_SLOTS:
  void fold(); ///< the feed: there are new events. Also at every frame while isBusy().

 Q_SIGNALS:
  void changed();
  void selectionChanged();
  void currentPoolChanged();
  void frozenChanged(bool frozen);
  void timeRangeChanged();

 private:
  void showMoment();
  void findCurrentPool();
  PoolId firstUsedPool() const;
  PoolId newestPool() const;
  std::int64_t liveEdge() const;

  const Source m_source;
  StateHistory m_history;
  std::optional<PoolState> m_past;      ///< the state at the cursor, when that is not the live edge
  std::int64_t m_pastEnd = 0;           ///< where the live edge was when the view was frozen
  std::optional<std::int64_t> m_wanted; ///< a moment asked for and not yet shown
  QTimer m_seekFrame;                   ///< runs for a frame after a moment was shown
  std::optional<TimeRange> m_timeRange;
  std::int64_t m_origin;
  std::int64_t m_now = 0;
  std::vector<Selection> m_selected;
  std::unordered_set<Selection, SelectionHash> m_marked; // the same, to be asked for each row
  Selection m_selection;
  PoolId m_chosenPool;
  std::uint64_t m_wishes = 0; ///< a number for everything that was asked for
  PoolId m_currentPool;
  bool m_caughtUp = true;
};

} // namespace poolscope::ui
