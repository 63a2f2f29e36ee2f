#pragma once

#include "core/analysis/waiting.h"
#include "ui/models/session_model.h"

#include <vector>

namespace poolscope::ui {

/// One row a slot of the current pool, which is another row when another worker takes the slot. Threads: GUI thread.
class WorkersModel : public KeyedModel {
  Q_OBJECT
 public:
  enum Column { Slot, Name, Pid, Tid, State, Task, Elapsed, Done };
  using KeyedModel::KeyedModel;
  QVariant data(const QModelIndex& index, int role) const override;

 protected:
  QStringList headers() const override;
  std::vector<Selection> rowsNow() override;
};

/// The queued tasks of the current pool, head first; at most kMost, the rest is in the strip's count. Threads: GUI
/// thread.
class QueueModel : public KeyedModel {
  Q_OBJECT
 public:
  enum Column { Position, Task, Kind, Waiting, Why };
  static constexpr std::size_t kMost = 10'000;
  using KeyedModel::KeyedModel;
  QVariant data(const QModelIndex& index, int role) const override;

 protected:
  QStringList headers() const override;
  std::vector<Selection> rowsNow() override;

 private:
  poolscope::Waiting m_waiting; // why they do
};

/// Every task of every pool, in order of submission, so rows come and go at the end only; they are read from the
/// history, none is copied. Threads: GUI thread.
class TasksModel : public SessionModel {
  Q_OBJECT
 public:
  enum Column { Id, Name, State, Worker, Waited, Ran, Outcome };
  using SessionModel::SessionModel;
  QVariant data(const QModelIndex& index, int role) const override;
  Selection selectionAt(int row) const override;
  int rowOf(const Selection& selection) const override;
  std::vector<int> selectedRows() const override;

 protected:
  QStringList headers() const override;
  void takeRows() override;
  int firstChangedRow() const override { return m_firstLive; }

 private:
  int m_firstLive = 0; // no row before it can change any more
};

} // namespace poolscope::ui
