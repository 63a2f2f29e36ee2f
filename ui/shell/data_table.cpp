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
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>

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
  connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, [this](const QItemSelection& added) {
    if (!m_showing && !m_model.isTakingRows()) tellSelection(added);
    Q_EMIT highlightChanged();
  });
  connect(&m_session, &Session::selectionChanged, this, &DataTable::showSelection);
  connect(&m_model, &QAbstractItemModel::rowsInserted, this, &DataTable::followInserted);
  connect(&m_model, &QAbstractItemModel::rowsRemoved, this, &DataTable::followRemoved);
  connect(&m_model, &QAbstractItemModel::layoutAboutToBeChanged, this, [this] { m_first = m_model.index(m_top, 0); });
  connect(&m_model, &QAbstractItemModel::layoutChanged, this, [this] {
    if (m_top > 0) m_top = m_first.row();
  });
  connect(&m_model, &SessionModel::rowsTaken, this, &DataTable::keepPlace);
  connect(verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int row) {
    if (!m_model.isTakingRows()) m_top = row;
  });
  connect(&m_model, &QAbstractItemModel::dataChanged, this, &DataTable::growColumns);
  connect(&m_model, &QAbstractItemModel::rowsInserted, this, &DataTable::growColumns); // a file's come all at once
}

void DataTable::setEmptyText(const QString& sentence, const QString& more) {
  m_emptySentence = sentence, m_emptyMore = more;
  viewport()->update();
}

// --- Selection

/// `added`: what a person highlighted just now; the last of it is what the inspector shows.
void DataTable::tellSelection(const QItemSelection& added) {
  std::vector<Selection> all = highlighted();
  const int chosen = added.isEmpty() ? currentIndex().row() : added.last().bottom();
  if (chosen >= 0 && selectionModel()->isRowSelected(chosen)) {
    const auto last = std::ranges::find(all, m_model.selectionAt(chosen));
    std::rotate(last, last + 1, all.end());
  }
  m_telling = true;
  m_session.selectAll(std::move(all));
  m_telling = false;
}

std::vector<Selection> DataTable::highlighted() const {
  std::vector<int> rows;
  for (const QItemSelectionRange& range : selectionModel()->selection())
    for (int row = range.top(); row <= range.bottom(); ++row)
      rows.push_back(row);
  std::ranges::sort(rows);
  std::vector<Selection> all;
  for (const int row : rows)
    all.push_back(m_model.selectionAt(row));
  return all;
}

bool DataTable::shows(const Selection& selection) const {
  return m_model.rowOf(selection) >= 0;
}

void DataTable::showSelection() {
  if (m_telling) return;
  QItemSelection wanted;
  const std::vector<int> rows = m_model.selectedRows();
  const int last = m_model.columnCount() - 1;
  for (std::size_t i = 0, first = 0; i < rows.size(); ++i) {
    if (i + 1 < rows.size() && rows[i + 1] == rows[i] + 1) continue;
    wanted.append({m_model.index(rows[first], 0), m_model.index(rows[i], last)});
    first = i + 1;
  }
  m_showing = true;
  selectionModel()->select(wanted, QItemSelectionModel::ClearAndSelect);
  if (const int row = m_model.rowOf(m_session.selection()); row >= 0 && row != currentIndex().row())
    selectionModel()->setCurrentIndex(m_model.index(row, qMax(0, currentIndex().column())),
                                      QItemSelectionModel::NoUpdate);
  m_showing = false;
}

/// The keyboard's place moves on when its row goes, but the table does not scroll to it.
void DataTable::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
  const bool scrolls = hasAutoScroll();
  if (m_model.isTakingRows()) setAutoScroll(false);
  QTableView::currentChanged(current, previous);
  setAutoScroll(scrolls);
}

// --- Rows that come and go

/// What is selected and has no row may get one: at another cursor, in another pool, at the head of the queue.
void DataTable::followInserted(const QModelIndex&, int first, int last) {
  if (m_top > 0 && first <= m_top) m_top += last - first + 1;
  if (m_session.selected().empty()) return;
  for (int row = first; row <= last; ++row)
    if (m_session.isSelected(m_model.selectionAt(row)))
      selectionModel()->select(m_model.index(row, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
}

void DataTable::followRemoved(const QModelIndex&, int first, int last) {
  if (first < m_top) m_top -= qMin(m_top, last + 1) - first;
}

void DataTable::keepPlace() {
  if (m_top != verticalScrollBar()->value()) {
    updateGeometries(); // its range is that of the rows before
    verticalScrollBar()->setValue(m_top);
  }
  m_top = verticalScrollBar()->value();
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
  const bool steps = event->key() == Qt::Key_Up || event->key() == Qt::Key_Down;
  if (steps && event->modifiers() == Qt::NoModifier && currentIndex().isValid() && !selectionModel()->hasSelection())
    return selectRow(currentIndex().row()); // where Tab put the keyboard; the next one goes on from there
  QTableView::keyPressEvent(event);
}

void DataTable::mousePressEvent(QMouseEvent* event) {
  setAutoScroll(false); // it would bring a row that is cut into sight a moment later: another is under the pointer then
  QTableView::mousePressEvent(event);
  setAutoScroll(true);
  if (indexAt(event->position().toPoint()).isValid()) tellSelection({}); // also when only other views lose something
}

void DataTable::contextMenuEvent(QContextMenuEvent* event) {
  const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
  const QModelIndex index = byKey ? currentIndex() : indexAt(viewport()->mapFromGlobal(event->globalPos()));
  if (!index.isValid()) return;
  if (!byKey && !selectionModel()->isRowSelected(index.row())) selectRow(index.row());
  setFocus(byKey ? Qt::OtherFocusReason : Qt::MouseFocusReason); // the commands are about this table's rows
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->setToolTipsVisible(true);
  QAction* copyRows = menu->addAction(tr("Copy"), this, &DataTable::copy);
  copyRows->setShortcut(QKeySequence::Copy);
  copyRows->setEnabled(selectionModel()->hasSelection());
  menu->addActions(m_commands);
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
