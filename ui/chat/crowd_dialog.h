#pragma once

#include "ui/chat/chat_window.h"

#include <QDialog>
#include <QTimer>

class QComboBox;
class QFormLayout;
class QLabel;
class QPushButton;
class QSpinBox;

namespace poolscope::ui {

class CrowdControl;

/// A crowd of clients to be let loose on the server: how many, how they behave, and their own figures, which are what
/// the clients see. What the server sees of them is in `Clients` and in the timeline, like any other client.
///
/// Made by the window when it is first wanted; borrows the control. Threads: GUI thread.
class CrowdDialog : public QDialog {
  Q_OBJECT
 public:
  CrowdDialog(CrowdControl& control, std::function<ServerAddress()> address, QWidget* parent);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void retranslate();
  void start();
  void showFigures();

  CrowdControl& m_control;
  std::function<ServerAddress()> m_address;
  QFormLayout* m_form;
  QSpinBox *m_clients, *m_bytes, *m_think;
  QComboBox* m_pattern;
  QPushButton *m_start, *m_stop;
  QLabel *m_figures, *m_sentence;
  QString m_failure;
  QTimer m_tick;
};

} // namespace poolscope::ui
