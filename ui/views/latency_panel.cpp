#include "ui/views/latency_panel.h"

#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/theme.h"
#include "ui/views/fact_label.h"
#include "ui/views/zone_head.h"
#include "ui/views/zone_metrics.h"
#include "ui/views/zone_text.h"

#include <QGridLayout>
#include <QLabel>

namespace poolscope::ui {

namespace {
constexpr std::uint64_t kEventsALook = 200'000; // a few milliseconds, ten times a second
constexpr double kShares[] = {0.5, 0.95, 0.99};
} // namespace

LatencyPanel::LatencyPanel(Session* session, QWidget* parent)
    : QWidget(parent), m_session(session), m_head(new ZoneHead("Latency head", this)), m_empty(new QLabel(this)) {
  m_head->setBackground(ColorRole::Panel);
  m_head->setMargin(0);
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(5);
  grid->addWidget(m_head, 0, 0, 1, 4);
  m_empty->setTextFormat(Qt::PlainText);
  m_empty->setWordWrap(true);
  grid->addWidget(m_empty, 1, 0, 1, 4);
  for (int column = 0; column < 3; ++column) {
    m_columns[column] = new QLabel(this);
    m_columns[column]->setText(QStringLiteral("p%1").arg(static_cast<int>(kShares[column] * 100)));
    m_columns[column]->setAlignment(Qt::AlignRight);
    grid->addWidget(m_columns[column], 2, column + 1);
    grid->setColumnStretch(column + 1, 1);
  }
  for (int row = 0; row < 4; ++row) {
    m_rows[row] = new QLabel(this);
    m_rows[row]->setTextFormat(Qt::PlainText);
    grid->addWidget(m_rows[row], row + 3, 0);
    for (int column = 0; column < 3; ++column) {
      FactLabel* cell = m_cells[row][column] = new FactLabel(this);
      cell->setWordWrap(false);
      cell->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
      grid->addWidget(cell, row + 3, column + 1);
    }
  }
  retranslate();
}

QString LatencyPanel::cell(int row, int column) const {
  return m_cells[row][column]->accessibleDescription();
}

void LatencyPanel::retranslate() {
  const QString rows[] = {tr("waited"), tr("running"), tr("blocked"), tr("total")};
  const Theme& theme = Theme::instance();
  QPalette muted = palette();
  muted.setColor(QPalette::WindowText, theme.color(ColorRole::Muted));
  for (int row = 0; row < 4; ++row) {
    m_rows[row]->setText(rows[row]);
    m_rows[row]->setFont(theme.font(FontRole::Label));
    m_rows[row]->setPalette(muted);
    for (int column = 0; column < 3; ++column) {
      m_cells[row][column]->setFont(theme.font(FontRole::Figures));
      m_cells[row][column]->setAccessibleName(m_columns[column]->text() + u' ' + rows[row]);
    }
  }
  for (QLabel* column : m_columns)
    column->setFont(theme.font(FontRole::Label)), column->setPalette(muted);
  m_empty->setText(m_session->isRecorded() ? tr("Up to this moment of the recording no task of this pool has ended.")
                                           : tr("Percentiles appear when the first task has ended."));
  m_empty->setFont(theme.font(FontRole::Label));
  m_empty->setPalette(muted);
  refresh();
}

bool LatencyPanel::refresh() {
  const PoolId selected = m_session->selection().pool; // a closed pool can be looked at too
  const bool all =
      m_latency.advance(m_session->recording(), m_session->history(), selected ? selected : m_session->currentPool(),
                        m_session->state().seq, kEventsALook);
  const std::uint64_t count = m_latency.total.count();
  m_head->setTexts(tr("LATENCY"),
                   count == 0 ? QString()
                              : ZoneText::counted(count, tr("1 task that has ended"), tr("%1 tasks that have ended")));
  m_empty->setVisible(count == 0);
  for (QLabel* column : m_columns)
    column->setVisible(count > 0);
  const LatencyHistogram* rows[] = {&m_latency.waited, &m_latency.running, &m_latency.blocked, &m_latency.total};
  for (int row = 0; row < 4; ++row) {
    m_rows[row]->setVisible(count > 0);
    for (FactLabel* cell : m_cells[row])
      cell->setVisible(count > 0);
    if (count == 0) continue;
    for (int column = 0; column < 3; ++column) {
      const std::int64_t ns = rows[row]->percentile(kShares[column]);
      m_cells[row][column]->setFact(
          {m_columns[column]->text() + u' ' + m_rows[row]->text(), formatDuration(ns), formatExact(ns)});
    }
  }
  return all;
}

} // namespace poolscope::ui
