#include "ui/models/session_model.h"

namespace poolscope::ui {

SessionModel::SessionModel(Session* session, QObject* parent) : QAbstractTableModel(parent), m_session(session) {
  connect(session, &Session::changed, this, &SessionModel::update);
}

QVariant SessionModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section >= headers().size()) return {};
  return headers().at(section);
}

void SessionModel::update() {
  const int rows = prepareRows();
  if (rows < m_rows) {
    beginRemoveRows({}, rows, m_rows - 1);
    commitRows();
    m_rows = rows;
    endRemoveRows();
  } else if (rows > m_rows) {
    beginInsertRows({}, m_rows, rows - 1);
    commitRows();
    m_rows = rows;
    endInsertRows();
  } else {
    commitRows();
  }
  const int first = firstChangedRow();
  if (first < m_rows) Q_EMIT dataChanged(index(first, 0), index(m_rows - 1, columnCount() - 1));
}

} // namespace poolscope::ui
