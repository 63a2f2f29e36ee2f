#pragma once

#include "core/analysis/pool_latency.h"

#include <QWidget>

class QLabel;

namespace poolscope::ui {

class FactLabel;
class Session;
class ZoneHead;

/// The percentiles of the selected pool's ended tasks, else the current pool's, up to the session's cursor.
/// A look reads at most some 200,000 events, so that a long session is counted over several looks.
/// Threads: GUI thread.
class LatencyPanel : public QWidget {
  Q_OBJECT
 public:
  explicit LatencyPanel(Session* session, QWidget* parent = nullptr);
  bool refresh(); ///< false: there is more to count, look again soon
  /// Rows: waited, running, blocked, total. Columns: p50, p95, p99.
  QString cell(int row, int column) const;
  void retranslate();

 private:
  Session* m_session; // outlives the panel
  PoolLatency m_latency;
  ZoneHead* m_head;
  QLabel *m_empty, *m_columns[3], *m_rows[4];
  FactLabel* m_cells[4][3];
};

} // namespace poolscope::ui
