#pragma once

#include <QTableView>

#include <functional>

class QMenu;

namespace poolscope::ui {

class Session;
class SessionModel;
struct Selection;

/// A table over one of the session's models: whole rows, Ctrl+C copies the selected ones as tab-separated text, columns
/// grow to what they show, and an empty table says in a sentence what will stand in it. Its current row is the
/// session's selection, both ways.
///
/// Made by the window; borrows the session and the model, which outlive it. Threads: GUI thread.
class DataTable : public QTableView {
  Q_OBJECT
 public:
  DataTable(const char* name, Session& session, SessionModel& model, QWidget* parent = nullptr);
  /// What an empty table says: one sentence, and a second one in a quieter voice.
  void setEmptyText(const QString& sentence, const QString& more = {});
  /// Adds to a row's context menu what can be done with it.
  using AddCommands = std::function<void(QMenu& menu, const Selection& row)>;
  void setCommands(AddCommands commands) { m_commands = std::move(commands); }
  QSize minimumSizeHint() const override;

 public Q_SLOTS:
  void copy() const; ///< the selected rows, as tab-separated text

 protected:
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

  Session& m_session;
  SessionModel& m_model;
  QString m_emptySentence, m_emptyMore;
  AddCommands m_commands;
};

} // namespace poolscope::ui
