#pragma once

#include <QTableView>

#include <vector>

namespace poolscope::ui {

class Session;
class SessionModel;
struct Selection;

/// A table over one of the session's models: whole rows, Ctrl+C copies the highlighted ones as tab-separated text,
/// columns grow to what they show, and an empty table says in a sentence what will stand in it.
///
/// Its highlighted rows are what the session has selected, as far as it has rows of it, both ways; Ctrl+click and
/// Shift+click take several. They stay with what they show: a row that goes is highlighted no longer, and no other
/// takes its place. The rows in sight stay in sight when others come and go above them.
///
/// Made by the window; borrows the session and the model, which outlive it. Threads: GUI thread.
class DataTable : public QTableView {
  Q_OBJECT
 public:
  DataTable(const char* name, Session& session, SessionModel& model, QWidget* parent = nullptr);
  /// What an empty table says: one sentence, and a second one in a quieter voice.
  void setEmptyText(const QString& sentence, const QString& more = {});
  /// What can be done with the highlighted rows, for the context menu.
  void setCommands(QList<QAction*> commands) { m_commands = std::move(commands); }
  std::vector<Selection> highlighted() const;   ///< from the top row to the bottom row
  bool shows(const Selection& selection) const; ///< it has a row of that
  QSize minimumSizeHint() const override;

 public Q_SLOTS:
  void copy() const; ///< the highlighted rows, as tab-separated text

 Q_SIGNALS:
  void highlightChanged();

 protected:
  void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  void fitToTexts();
  void growColumns();
  void showSelection();
  void tellSelection(const QItemSelection& added);
  void followInserted(const QModelIndex& parent, int first, int last);
  void followRemoved(const QModelIndex& parent, int first, int last);
  void keepPlace();

  Session& m_session;
  SessionModel& m_model;
  QString m_emptySentence, m_emptyMore;
  QList<QAction*> m_commands;
  int m_top = 0;                             // the first row in sight while the model takes rows
  QPersistentModelIndex m_first;             // the same, while they change their order
  bool m_telling = false, m_showing = false; // the session learns from the table; the table learns from the session
};

} // namespace poolscope::ui
