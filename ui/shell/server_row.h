#pragma once

#include "core/base/ids.h"
#include "ui/shell/control_row.h"

#include <optional>
#include <vector>

class QLabel;

namespace poolscope::ui {

class AddressLabel;
class PoolController;
class PoolRow;
class Session;

/// The row of the echo server: how it serves, start, stop, where it listens and how many are there, a new client; at
/// the right, which pool the controls above are about.
///
/// Made by the window; borrows what it is given, which outlives it. Threads: GUI thread.
class ServerRow : public ControlRow {
  Q_OBJECT
 public:
  ServerRow(Session& session, PoolController& controller, QWidget* parent = nullptr);
  void setMode(int mode);
  std::optional<int> chosenMode() const { return m_chosenMode; } ///< by a person

 public Q_SLOTS:
  void startServer();
  void stopServer();
  void closeHolders(); ///< those of the clients whom others wait for that have nothing unanswered

 Q_SIGNALS:
  void chatWanted();
  void canCloseIdle(bool can); ///< whether closeHolders() has whom to close

 protected:
  void retranslate() override;
  void showWords(int words) override;

 private:
  void addControls();
  void showServer();
  void showRecorded();
  static QString clientWords(std::uint64_t count);
  void showHolders();
  void showCurrentPool();

  Session& m_session;
  PoolController& m_controller;
  QComboBox* m_mode;
  std::optional<int> m_chosenMode;
  QPushButton *m_start, *m_stop, *m_chat, *m_closeIdle;
  std::optional<std::uint64_t> m_wish; // a person asked for the server that opens next: its pool becomes current
  PoolId m_held;                   // whose workers they hold
  std::vector<ClientId> m_holders; // the clients whom others wait for
  AddressLabel* m_address;
  QLabel* m_currentPool;
  QString m_failure; // why it does not listen; empty when nobody asked it to
  QString m_note;    // what a person should know about the server that listens
};

} // namespace poolscope::ui
