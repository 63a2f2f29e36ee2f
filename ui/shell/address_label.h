#pragma once

#include <QLabel>

namespace poolscope::ui {

/// Where the server listens, as the window's label `Server address`: a dot, the address in figures that can be read and
/// copied, and in a quieter voice what goes on there. Threads: GUI thread.
class AddressLabel : public QLabel {
  Q_OBJECT
 public:
  explicit AddressLabel(QWidget* parent = nullptr);
  void show(bool listening, const QString& address, const QString& words);
  using QLabel::show;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  bool m_listening = false;
  QString m_address, m_words;
};

} // namespace poolscope::ui
