#pragma once

#include "ui/theme/icons.h"

#include <QList>
#include <QWidget>

class QComboBox;
class QHBoxLayout;
class QLabel;
class QPushButton;

namespace poolscope::ui {

/// Below this width the window gives up the words beside its controls.
inline constexpr int kNarrow = 1300;

/// A row of controls above the zones that always fits its window: it gives up its words before a control. Subclasses
/// fill it from left to right, say their texts in retranslate(), and what each width shows in showWords().
///
/// Made by the window. Order: fit() shows the richest of the looks 3 (all words), 2 (what is dear is left out), 1 (no
/// captions), 0 (icons alone) that fits.
/// Threads: GUI thread.
class ControlRow : public QWidget {
  Q_OBJECT
 public:
  explicit ControlRow(const char* name, QWidget* parent = nullptr);
  QSize minimumSizeHint() const override;
  /// Greys the row out for good; the tooltips of its controls say why (QT_TRANSLATE_NOOP("ControlRow", "…")).
  void disable(const char* why);

 protected:
  QComboBox* addCombo(const char* name); ///< with a caption before it
  QPushButton* addButton(const char* name, Glyph glyph);
  void addCaptioned(QWidget* widget);
  void addWidget(QWidget* widget);
  void addSeparator();
  void addStretch();
  void setCaption(const QWidget* widget, const QString& text);
  void fit();

  virtual void retranslate() = 0; ///< sets every text and tooltip
  virtual void showWords(int words) = 0;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QHBoxLayout* m_layout;
  void sayWhyDisabled();

  QList<QLabel*> m_captions;
  const char* m_whyDisabled = nullptr;
};

} // namespace poolscope::ui
