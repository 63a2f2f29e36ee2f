#pragma once

#include "ui/theme/palette.h"

#include <QWidget>

namespace poolscope::ui {

/// The line above a zone: its title in small bold capitals, and what is going on there in words, muted.
///
/// Its size does not depend on its texts, so a text that changes every frame costs a small repaint and no layout. For
/// screen readers it has a fixed name, and the summary as its description.
/// Threads: GUI thread.
class ZoneHead : public QWidget {
  Q_OBJECT
 public:
  explicit ZoneHead(const char* accessibleName, QWidget* parent = nullptr);
  void setTexts(const QString& title, const QString& summary);
  void setMargin(int px) { m_margin = px; }
  void setBackground(ColorRole role) { m_background = role; }
  const QString& summary() const { return m_summary; }
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  virtual int takenAtRight() const { return 0; } ///< px that the summary leaves free

 private:
  QString m_title, m_summary;
  int m_margin;
  ColorRole m_background = ColorRole::Window;
};

/// The timeline's head line: with the six states' badges at the right, as many with words as there is room for.
class TimelineHead : public ZoneHead {
  Q_OBJECT
 public:
  explicit TimelineHead(QWidget* parent = nullptr);

 protected:
  void paintEvent(QPaintEvent* event) override;
  int takenAtRight() const override;

 private:
  int legendWidth(bool words) const;
  bool hasWords() const;
};

} // namespace poolscope::ui
