#pragma once

#include "ui/session/session.h"

#include <QAbstractTableModel>
#include <QElapsedTimer>
#include <QStringList>
#include <QTimer>

#include <unordered_map>
#include <vector>

namespace poolscope::ui {

/// What the tables' models share: a session, headers, and rows that are known by what they show, never by their place:
/// a row that goes is told as gone, so that the highlight, the keyboard's place and the scroll bar stay with theirs.
/// A row's Selection links it with the other views.
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
  virtual std::vector<int> selectedRows() const;           ///< of all that the session has selected, ascending
  bool isTakingRows() const { return m_takingRows; }       ///< what a view does now is not a person's doing

 Q_SIGNALS:
  void rowsTaken(); ///< after all changes of one moment

 protected:
  virtual QStringList headers() const = 0;
  virtual int firstChangedRow() const { return 0; }
  virtual void takeRows() = 0;                     ///< the session has a new moment: rows come and go
  virtual void refresh();                          ///< what the rows say has changed; at most every kRefresh
  QVariant spoken(const QModelIndex& index) const; ///< what a screen reader hears: Qt::AccessibleTextRole
  void refreshSoon(); ///< what the rows say needs another refresh, though the session has not changed
  Session& session() const { return *m_session; }

  int m_rows = 0;

 private:
  void update();

  Session* m_session; // outlives the model
  QElapsedTimer m_sinceRefresh;
  QTimer m_nextRefresh;
  bool m_takingRows = false;
};

/// A model whose rows are a list of Selections; what a row says is read from the session when it is asked.
/// Threads: GUI thread.
class KeyedModel : public SessionModel {
  Q_OBJECT
 public:
  using SessionModel::SessionModel;
  Selection selectionAt(int row) const override { return m_keys[static_cast<std::size_t>(row)]; }
  int rowOf(const Selection& selection) const override;

 protected:
  virtual std::vector<Selection> rowsNow() = 0; ///< no two are the same
  void takeRows() override;
  const Selection& key(const QModelIndex& index) const { return m_keys[static_cast<std::size_t>(index.row())]; }
  /// The row's place from 1: as it was before, while rows come and go around it.
  int ordinal(const QModelIndex& index) const { return m_ordinals[static_cast<std::size_t>(index.row())]; }

 private:
  void turnInto(const std::vector<Selection>& next);
  bool moveOn(const std::vector<Selection>& next);
  void remove(std::size_t first, std::size_t count);
  void insert(std::size_t at, const Selection* keys, std::size_t count);
  void arrange(std::vector<Selection> keys);

  std::vector<Selection> m_keys;
  std::vector<int> m_ordinals;                                        // by row
  mutable std::unordered_map<Selection, int, SelectionHash> m_places; // of m_keys, when it was asked for since
};

} // namespace poolscope::ui
