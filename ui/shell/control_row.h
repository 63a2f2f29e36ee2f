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

/// A row of controls above the zones that always fits its window: it gives up its words before a control, and nothing
/// is cut unless all of them are given up. Subclasses fill it from left to right, say their texts in retranslate(), and
/// what else each width shows in showWords().
///
/// A combo box is as wide as its longest item where there is room, and never narrower than the one that it shows.
/// Made by the window. Order: fit() shows the richest look that fits: 3 (all words), 2 (what is dear is left out), 1
/// (no captions), 0 (few words), -1 (icons alone), -2 (combo boxes cut what they show, and say it where one points).
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
  /// Whether the control can be used now; its tooltip says what it does, else why it cannot.
  void allow(QWidget* control, bool can, const QString& tip, const QString& why);
  void setCaption(const QWidget* widget, const QString& text);
  /// What the button says in the looks from `least` on; in barer ones it is its icon.
  void setWords(QPushButton* button, const QString& words, int least);
  void fit();

  virtual void retranslate() = 0; ///< sets every text and tooltip
  virtual void showWords(int) {}  ///< the look changes
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Words {
    QPushButton* button;
    QString text;
    int least;
  };
  void show(int look);
  void sayWhyDisabled();

  QHBoxLayout* m_layout;
  QList<QLabel*> m_captions;
  QList<QComboBox*> m_combos;
  QList<Words> m_words;
  const char* m_whyDisabled = nullptr;
};

} // namespace poolscope::ui
