#pragma once

#include "ui/session/session.h"

#include <QAbstractTableModel>
#include <QElapsedTimer>
#include <QStringList>
#include <QTimer>

namespace poolscope::ui {

/// What the tables' models share: a session, headers, and rows that only grow or shrink at their end, so that nothing
/// moves under the pointer. A row's Selection links it with the other views.
/// Rows come and go with the session's moments, at most once a frame; what they say is announced ten times a second,
/// because a figure that changes sixty times a second cannot be read, and a screen reader hears of each change.
/// Threads: GUI thread.
class SessionModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit SessionModel(Session* session, QObject* parent = nullptr);
  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : m_rows; }
  int columnCount(const QModelIndex& parent = {}) const override {
    return parent.isValid() ? 0 : static_cast<int>(headers().size());
  }
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  virtual Selection selectionAt(int row) const = 0;
  virtual int rowOf(const Selection& selection) const = 0; ///< −1 when it has none
  bool isTakingRows() const { return m_takingRows; }       ///< what a view does now is not a person's doing

 protected:
  virtual QStringList headers() const = 0;
  /// How many rows there will be: reads the session, changes nothing that data() uses.
  virtual int prepareRows() = 0;
  /// Takes over what prepareRows() read; called between the begin and the end of the change.
  virtual void commitRows() {}
  virtual int firstChangedRow() const { return 0; }
  virtual void takeRows(); ///< the session has a new moment: rows come and go
  virtual void refresh();  ///< what the rows say has changed; at most every kRefresh
  QVariant spoken(const QModelIndex& index) const; ///< what a screen reader hears: Qt::AccessibleTextRole
  void refreshSoon();      ///< what the rows say needs another refresh, though the session has not changed
  Session& session() const { return *m_session; }

  int m_rows = 0;

 private:
  void update();

  Session* m_session; // outlives the model
  QElapsedTimer m_sinceRefresh;
  QTimer m_nextRefresh;
  bool m_takingRows = false;
};

} // namespace poolscope::ui
