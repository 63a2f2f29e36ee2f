#pragma once

#include "core/analysis/reply_latency.h"
#include "ui/models/client_status.h"
#include "ui/models/session_model.h"

#include <vector>

namespace poolscope::ui {

/// The clients that are connected at the cursor, in order of connection; a client that leaves takes its row along.
/// Threads: GUI thread.
class ClientsModel : public SessionModel {
  Q_OBJECT
 public:
  enum Column { Name, Peer, State, Worker, Received, Sent, Messages, P50, P99 };
  using SessionModel::SessionModel;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Selection selectionAt(int row) const override;
  int rowOf(const Selection& selection) const override;

 protected:
  QStringList headers() const override;
  void takeRows() override;
  void refresh() override;

 private:
  struct Row {
    ClientRow client;
    ClientStatus status;
  };
  static QString whatIsMeasured(int column);
  QString reply(const ClientRow& client, double share) const;

  std::vector<Row> m_clients; // by id, which is the order of connection
  ReplyLatency m_replies;
};

} // namespace poolscope::ui
