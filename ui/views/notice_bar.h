#pragma once

#include <QFrame>

class QLabel;
class QPushButton;

namespace poolscope::ui {

/// One sentence above the zones that stays until it is dismissed or replaced: what could not be done and why, or what
/// is being looked at. Plain text: nothing of a file or a client is ever interpreted.
/// Threads: GUI thread.
class NoticeBar : public QFrame {
  Q_OBJECT
 public:
  explicit NoticeBar(QWidget* parent = nullptr);
  void say(const QString& sentence); ///< empty: hides it
  QString sentence() const;

 protected:
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void retranslate();
  void recolor();

  QLabel* m_text;
  QPushButton* m_dismiss;
};

} // namespace poolscope::ui
