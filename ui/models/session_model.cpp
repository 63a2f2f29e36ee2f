#include "ui/models/session_model.h"

#include "ui/accessible/names.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_set>

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
  Q_EMIT rowsTaken();
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

std::vector<int> SessionModel::selectedRows() const {
  std::vector<int> rows;
  for (int row = 0; row < m_rows && !m_session->selected().empty(); ++row)
    if (m_session->isSelected(selectionAt(row))) rows.push_back(row);
  return rows;
}

void SessionModel::refresh() {
  const int first = firstChangedRow();
  if (first < m_rows) Q_EMIT dataChanged(index(first, 0), index(m_rows - 1, columnCount() - 1));
}

// --- Rows by what they show

int KeyedModel::rowOf(const Selection& selection) const {
  if (m_places.size() != m_keys.size())
    for (const Selection& each : m_keys)
      m_places.emplace(each, static_cast<int>(m_places.size()));
  const auto place = m_places.find(selection);
  return place == m_places.end() ? -1 : place->second;
}

void KeyedModel::takeRows() {
  const std::vector<Selection> next = rowsNow();
  if (next == m_keys) return;
  if (!moveOn(next)) turnInto(next);
  std::iota(m_ordinals.begin(), m_ordinals.end(), 1);
}

void KeyedModel::turnInto(const std::vector<Selection>& next) {
  const std::unordered_set<Selection, SelectionHash> stay(next.begin(), next.end());
  for (std::size_t end = m_keys.size(); end > 0;) { // who left: from the end, whole stretches at a time
    const std::size_t last = end--;
    if (stay.contains(m_keys[end])) continue;
    while (end > 0 && !stay.contains(m_keys[end - 1]))
      --end;
    remove(end, last - end);
  }
  const std::unordered_set<Selection, SelectionHash> here(m_keys.begin(), m_keys.end());
  std::vector<Selection> stayed;
  std::ranges::copy_if(next, std::back_inserter(stayed), [&](const Selection& each) { return here.contains(each); });
  if (stayed != m_keys) arrange(std::move(stayed));
  for (std::size_t row = 0; row < next.size(); ++row) { // who came
    const std::size_t first = row;
    while (row < next.size() && (first == m_keys.size() || next[row] != m_keys[first]))
      ++row;
    if (row > first) insert(first, next.data() + first, row - first);
  }
}

/// The usual change of a queue, without a search: some left at its head, some came at its end.
bool KeyedModel::moveOn(const std::vector<Selection>& next) {
  const auto head = next.empty() ? m_keys.end() : std::ranges::find(m_keys, next.front());
  const auto stay = static_cast<std::size_t>(m_keys.end() - head);
  if (stay == 0 || stay > next.size() || !std::equal(head, m_keys.end(), next.begin())) return false;
  if (stay < m_keys.size()) remove(0, m_keys.size() - stay);
  if (stay < next.size()) insert(stay, next.data() + stay, next.size() - stay);
  return true;
}

void KeyedModel::remove(std::size_t first, std::size_t count) {
  const auto from = m_keys.begin() + static_cast<std::ptrdiff_t>(first);
  beginRemoveRows({}, static_cast<int>(first), static_cast<int>(first + count) - 1);
  m_keys.erase(from, from + static_cast<std::ptrdiff_t>(count));
  m_ordinals.erase(m_ordinals.begin() + static_cast<std::ptrdiff_t>(first),
                   m_ordinals.begin() + static_cast<std::ptrdiff_t>(first + count));
  m_rows = static_cast<int>(m_keys.size());
  m_places.clear();
  endRemoveRows();
}

void KeyedModel::insert(std::size_t at, const Selection* keys, std::size_t count) {
  beginInsertRows({}, static_cast<int>(at), static_cast<int>(at + count) - 1);
  m_keys.insert(m_keys.begin() + static_cast<std::ptrdiff_t>(at), keys, keys + count);
  const auto newcomers = m_ordinals.insert(m_ordinals.begin() + static_cast<std::ptrdiff_t>(at), count, 0);
  std::iota(newcomers, newcomers + static_cast<std::ptrdiff_t>(count), static_cast<int>(at) + 1);
  m_rows = static_cast<int>(m_keys.size());
  m_places.clear();
  endInsertRows();
}

void KeyedModel::arrange(std::vector<Selection> keys) {
  Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
  m_keys.swap(keys);
  m_places.clear();
  const QModelIndexList before = persistentIndexList();
  QModelIndexList after;
  for (const QModelIndex& old : before)
    after << index(rowOf(keys[static_cast<std::size_t>(old.row())]), old.column());
  changePersistentIndexList(before, after);
  Q_EMIT layoutChanged({}, VerticalSortHint);
}

} // namespace poolscope::ui
