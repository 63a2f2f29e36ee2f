#include "ui/models/clients_model.h"

#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/theme/icons.h"

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr std::uint64_t kMostEvents = 500'000; // of one refresh: a few milliseconds
}

QStringList ClientsModel::headers() const {
  return {tr("name"), tr("peer"),     tr("state"), tr("worker"), tr("received"),
          tr("sent"), tr("messages"), tr("p50"),   tr("p99")};
}

QString ClientsModel::whatIsMeasured(int column) {
  switch (column) {
  case Received:
    return tr("Bytes that the server received from it");
  case Sent:
    return tr("Bytes that the server sent to it");
  case Messages:
    return tr("How many times the server read something from it: for a chat client, its lines");
  case P50:
    return tr("The server's replies to it: half took no longer, from having read what it sent to having sent the whole "
              "answer. What that waited before, in the queue or in its socket, is not in it.");
  case P99:
    return tr("The server's replies to it: 99 of 100 took no longer, from having read what it sent to having sent the "
              "whole answer. What that waited before, in the queue or in its socket, is not in it.");
  }
  return {};
}

QVariant ClientsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Horizontal && role == Qt::ToolTipRole && section >= Received) return whatIsMeasured(section);
  if (orientation == Qt::Horizontal && role == Qt::TextAlignmentRole && section >= Received)
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  return SessionModel::headerData(section, orientation, role);
}

QString ClientsModel::reply(const ClientRow& client, double share) const {
  const LatencyHistogram* replies = m_replies.of(client.id);
  return replies ? formatDuration(replies->percentile(share)) : QString();
}

void ClientsModel::takeRows() {
  const PoolState& state = session().state();
  for (std::size_t i = m_clients.size(); i-- > 0;) { // who left: from the end, whole stretches at a time
    if (state.clients.contains(m_clients[i].client.id)) continue;
    std::size_t first = i;
    while (first > 0 && !state.clients.contains(m_clients[first - 1].client.id))
      --first;
    beginRemoveRows({}, static_cast<int>(first), static_cast<int>(i));
    m_clients.erase(m_clients.begin() + static_cast<std::ptrdiff_t>(first),
                    m_clients.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    m_rows = static_cast<int>(m_clients.size());
    endRemoveRows();
    i = first;
  }
  // Whoever is not here yet; at an earlier cursor that may be clients between those that are.
  std::vector<ClientRow> fresh;
  for (const auto& [id, client] : state.clients) {
    const auto place = std::ranges::lower_bound(m_clients, id, {}, [](const Row& row) { return row.client.id; });
    if (place == m_clients.end() || place->client.id != id) fresh.push_back(client);
  }
  std::ranges::sort(fresh, {}, &ClientRow::id);
  for (const ClientRow& client : fresh) {
    const auto place = std::ranges::lower_bound(m_clients, client.id, {}, [](const Row& row) { return row.client.id; });
    const int row = static_cast<int>(place - m_clients.begin());
    beginInsertRows({}, row, row);
    m_clients.insert(place, {client, {}});
    m_rows = static_cast<int>(m_clients.size());
    endInsertRows();
  }
  if (!fresh.empty()) refresh(); // a new row says at once what it is
}

void ClientsModel::refresh() {
  const PoolState& state = session().state();
  QueuePositions positions(state, session().history());
  for (Row& row : m_clients) {
    const auto now = state.clients.find(row.client.id);
    if (now == state.clients.end()) continue; // it leaves with the next moment
    row.client = now->second;
    row.status = ClientStatus::of(row.client, state, session().history(), session().now(), positions);
  }
  if (!m_replies.advance(session().recording(), state.seq, kMostEvents)) refreshSoon();
  if (m_rows > 0) Q_EMIT dataChanged(index(0, 0), index(m_rows - 1, columnCount() - 1));
}

QVariant ClientsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& [client, status] = m_clients[static_cast<std::size_t>(index.row())];
  const int column = index.column();
  if (role == Qt::DecorationRole && column == Name) return stateIcon(status.role);
  if (role == Qt::TextAlignmentRole && column >= Received) return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role == Qt::ToolTipRole && column >= Received) return whatIsMeasured(column);
  if (role == Qt::AccessibleTextRole) return spoken(index);
  if (role != Qt::DisplayRole) return {};
  switch (column) {
  case Name:
    return plainLine(session().text(client.name ? client.name : client.peer));
  case Peer:
    return plainLine(session().text(client.peer));
  case State:
    return Words::of(status, session().now());
  case Worker:
    return status.worker ? plainLine(session().text(status.worker)) : tr("none");
  case Received:
    return formatCount(client.received);
  case Sent:
    return formatCount(client.sent);
  case Messages:
    return formatCount(client.messages);
  case P50:
    return reply(client, 0.5);
  case P99:
    return reply(client, 0.99);
  }
  return {};
}

Selection ClientsModel::selectionAt(int row) const {
  const ClientRow& client = m_clients[static_cast<std::size_t>(row)].client;
  return Selection::ofClient(client.pool, client.id);
}

int ClientsModel::rowOf(const Selection& selection) const {
  if (selection.kind != Selection::Kind::Client) return -1;
  const auto place =
      std::ranges::lower_bound(m_clients, selection.client, {}, [](const Row& row) { return row.client.id; });
  return place != m_clients.end() && place->client.id == selection.client ? static_cast<int>(place - m_clients.begin())
                                                                          : -1;
}

} // namespace poolscope::ui
