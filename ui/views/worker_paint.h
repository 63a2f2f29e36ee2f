#pragma once

#include "ui/session/session.h"
#include "ui/theme/state_role.h"

#include <QPixmap>
#include <QRect>
#include <QString>

class QPainter;

namespace poolscope::ui {

/// What a worker's card, chip or cell shows, as texts and looks. Threads: GUI thread.
struct WorkerLook {
  enum class Outline : std::uint8_t { Solid, Dashed };
  StateRole role = StateRole::Idle;
  Outline outline = Outline::Solid; ///< dashed: nobody is there yet
  bool struck = false;              ///< it leaves: the name is struck through
  QString name, shortName;
  QString id;      ///< "tid 48210", "pid 1205"; or what stands in its place
  QString doing;   ///< current task, "idle", "retiring after #27", why the slot failed
  QString load;    ///< "computing 3 % · waits for a processor 95 %"; empty: it does not run
  QString until;   ///< "retires after ana": the client that a retiring worker waits for
  QString elapsed; ///< how long it has been doing that

  static WorkerLook of(const Session& session, const PoolLive& pool, const WorkerState& worker);
};

void paintWorkerCard(QPainter& painter, const QRect& rect, const WorkerLook& look); ///< three lines
void paintWorkerChip(QPainter& painter, const QRect& rect, const WorkerLook& look); ///< two lines, without the time
void paintWorkerLine(QPainter& painter, const QRect& rect, const WorkerLook& look); ///< one line, of a folded pool
/// Pictures of the grid's cells, one a look, made for one painter's device: a thousand cells cost what a thousand small
/// copies do. Threads: GUI thread.
class WorkerCells {
 public:
  explicit WorkerCells(qreal devicePixelRatio) : m_ratio(devicePixelRatio) {}
  void paint(QPainter& painter, const QRect& rect, StateRole role, WorkerLook::Outline outline);

 private:
  qreal m_ratio;
  QPixmap m_cells[kStateRoleCount][2]; // made when first needed
};

} // namespace poolscope::ui
