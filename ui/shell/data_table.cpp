#include "ui/shell/data_table.h"

#include "ui/accessible/names.h"
#include "ui/models/session_model.h"
#include "ui/session/session.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHeaderView>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>

namespace poolscope::ui {

namespace {
constexpr int kRowHeight = 22;
constexpr int kWidest = 520; // a wider column pushes its neighbours out of sight
constexpr int kLeast = 64;
} // namespace

DataTable::DataTable(const char* name, Session& session, SessionModel& model, QWidget* parent)
    : QTableView(parent), m_session(session), m_model(model) {
  nameWidget(this, name);
  setModel(&model);
  nameScrollBars(this);
  setSelectionBehavior(SelectRows);
  setSelectionMode(ExtendedSelection);
  setEditTriggers(NoEditTriggers);
  setFrameShape(QFrame::NoFrame);
  setShowGrid(false);
  setWordWrap(false);
  setTabKeyNavigation(false);
  setHorizontalScrollMode(ScrollPerPixel);
  verticalHeader()->hide();
  const int last = model.columnCount() - 1; // numbers that stand at their right edge stay beside their neighbours
  const int align = model.headerData(last, Qt::Horizontal, Qt::TextAlignmentRole).toInt();
  horizontalHeader()->setStretchLastSection((align & Qt::AlignRight) == 0);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setResizeContentsPrecision(0); // only what is in sight is measured, ten times a second
  horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  fitToTexts();
  connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& now) {
    if (now.isValid() && !m_model.isTakingRows()) m_session.select(m_model.selectionAt(now.row()));
  });
  connect(&m_session, &Session::selectionChanged, this, &DataTable::showSelection);
  connect(&m_model, &QAbstractItemModel::dataChanged, this, &DataTable::growColumns);
  connect(&m_model, &QAbstractItemModel::rowsInserted, this, &DataTable::growColumns); // a file's come all at once
}

void DataTable::setEmptyText(const QString& sentence, const QString& more) {
  m_emptySentence = sentence, m_emptyMore = more;
  viewport()->update();
}

void DataTable::showSelection() {
  const int row = m_model.rowOf(m_session.selection());
  if (row < 0) return clearSelection();
  if (currentIndex().row() != row || !selectionModel()->isRowSelected(row)) selectRow(row);
}

/// Rows as high as the text, columns as wide as their headers: at first, and when font or language change.
void DataTable::fitToTexts() {
  verticalHeader()->setMinimumSectionSize(px(kRowHeight));
  verticalHeader()->setDefaultSectionSize(px(kRowHeight));
  for (int column = 0; column < m_model.columnCount(); ++column)
    setColumnWidth(column, qMax(px(kLeast), horizontalHeader()->sectionSizeHint(column)));
  growColumns();
}

QSize DataTable::minimumSizeHint() const {
  return {px(160), horizontalHeader()->sizeHint().height() + 2 * px(kRowHeight)};
}

void DataTable::changeEvent(QEvent* event) {
  QTableView::changeEvent(event);
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::FontChange) fitToTexts();
}

/// A cell that is cut, its text; else what the model tells of it.
bool DataTable::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QTableView::viewportEvent(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const QModelIndex index = indexAt(help->pos());
  if (!index.isValid() || sizeHintForIndex(index).width() <= visualRect(index).width())
    return QTableView::viewportEvent(event);
  QToolTip::showText(help->globalPos(), index.data().toString().toHtmlEscaped(), viewport(), visualRect(index));
  return true;
}

/// Columns only grow, so that nothing moves to and fro under the pointer while figures change.
void DataTable::growColumns() {
  if (!isVisible() || m_model.rowCount() == 0) return;
  const int columns = m_model.columnCount() - (horizontalHeader()->stretchLastSection() ? 1 : 0);
  for (int column = 0; column < columns; ++column) {
    const int wanted = qMin(kWidest, sizeHintForColumn(column) + 12);
    if (wanted > columnWidth(column)) setColumnWidth(column, wanted);
  }
}

void DataTable::showEvent(QShowEvent* event) {
  QTableView::showEvent(event);
  growColumns();
}

void DataTable::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) return copy();
  QTableView::keyPressEvent(event);
}

void DataTable::contextMenuEvent(QContextMenuEvent* event) {
  const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
  const QModelIndex index = byKey ? currentIndex() : indexAt(viewport()->mapFromGlobal(event->globalPos()));
  if (!index.isValid()) return;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Copy"), this, &DataTable::copy)->setShortcut(QKeySequence::Copy);
  if (m_commands) m_commands(*menu, m_model.selectionAt(index.row()));
  menu->popup(byKey ? viewport()->mapToGlobal(visualRect(index).bottomLeft()) : event->globalPos());
}

void DataTable::copy() const {
  QString text;
  QModelIndexList rows = selectionModel()->selectedRows();
  std::ranges::sort(rows, {}, &QModelIndex::row);
  for (const QModelIndex& row : rows) {
    for (int column = 0; column < m_model.columnCount(); ++column)
      text += (column ? QStringLiteral("\t") : QString()) + row.siblingAtColumn(column).data().toString();
    text += QLatin1Char('\n');
  }
  if (!text.isEmpty()) QApplication::clipboard()->setText(text);
}

void DataTable::paintEvent(QPaintEvent* event) {
  QTableView::paintEvent(event);
  if (m_model.rowCount() > 0 || m_emptySentence.isEmpty()) return;
  QPainter painter(viewport());
  const Theme& theme = Theme::instance();
  const QRect all = viewport()->rect();
  const int line = px(24), top = all.center().y() - (m_emptyMore.isEmpty() ? line / 2 : line);
  painter.setFont(theme.font(FontRole::Base, m_emptySentence));
  painter.setPen(theme.color(ColorRole::Text));
  painter.drawText(QRect(0, top, all.width(), line), Qt::AlignCenter,
                   painter.fontMetrics().elidedText(m_emptySentence, Qt::ElideRight, all.width()));
  painter.setFont(theme.font(FontRole::Label, m_emptyMore));
  painter.setPen(theme.color(ColorRole::Muted));
  painter.drawText(QRect(0, top + line, all.width(), line), Qt::AlignCenter,
                   painter.fontMetrics().elidedText(m_emptyMore, Qt::ElideRight, all.width()));
}

} // namespace poolscope::ui
