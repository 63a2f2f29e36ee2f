#include "ui/models/session_model.h"

#include "ui/accessible/names.h"

namespace poolscope::ui {

namespace {
constexpr std::chrono::milliseconds kRefresh{100};
}

SessionModel::SessionModel(Session* session, QObject* parent) : QAbstractTableModel(parent), m_session(session) {
  m_nextRefresh.setSingleShot(true);
  connect(&m_nextRefresh, &QTimer::timeout, this, [this] {
    m_sinceRefresh.start();
    refresh();
  });
  connect(session, &Session::changed, this, &SessionModel::update);
}

QVariant SessionModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) return role == Qt::AccessibleTextRole ? spoken(index(section, 0)) : QVariant();
  if (section >= headers().size()) return {};
  if (role == Qt::AccessibleTextRole) return accessibleText([&] { return headers().at(section); });
  return role == Qt::DisplayRole ? headers().at(section) : QVariant();
}

QVariant SessionModel::spoken(const QModelIndex& index) const {
  return accessibleText([&] { return data(index, Qt::DisplayRole); });
}

void SessionModel::update() {
  if (m_takingRows) return; // a view's answer to a row that goes must not change rows in its midst
  m_takingRows = true;
  takeRows();
  m_takingRows = false;
  if (m_nextRefresh.isActive()) return;
  const auto due = m_sinceRefresh.isValid() ? kRefresh - std::chrono::milliseconds(m_sinceRefresh.elapsed())
                                            : std::chrono::milliseconds(0);
  if (due > std::chrono::milliseconds(0)) return m_nextRefresh.start(due);
  m_sinceRefresh.start();
  refresh();
}

void SessionModel::refreshSoon() {
  if (!m_nextRefresh.isActive()) m_nextRefresh.start(kRefresh);
}

void SessionModel::takeRows() {
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
}

void SessionModel::refresh() {
  const int first = firstChangedRow();
  if (first < m_rows) Q_EMIT dataChanged(index(first, 0), index(m_rows - 1, columnCount() - 1));
}

} // namespace poolscope::ui
