#include "ui/shell/key_overlay.h"

#include "ui/accessible/names.h"
#include "ui/shell/screen_fit.h"
#include "ui/theme/theme.h"

#include <QAction>
#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>
#include <QShortcut>
#include <QVBoxLayout>

namespace poolscope::ui {

namespace {

struct Keys {
  QString keys, meaning;
};

QWidget* makeColumn(const QString& title, const QList<Keys>& rows) {
  auto* column = new QWidget;
  auto* grid = new QGridLayout(column);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(20);
  grid->setVerticalSpacing(5);
  const auto label = [&](const QString& text, FontRole font, int row, int at) {
    auto* made = new QLabel(text);
    made->setTextFormat(Qt::PlainText);
    made->setFont(Theme::instance().font(font, text));
    grid->addWidget(made, row, at, 1, row == 0 ? 2 : 1);
  };
  label(title, FontRole::Title, 0, 0);
  int row = 1;
  for (const Keys& entry : rows) {
    label(entry.keys, FontRole::Bold, row, 0);
    label(entry.meaning, FontRole::Base, row, 1);
    ++row;
  }
  grid->setRowStretch(row, 1);
  grid->setColumnStretch(1, 1);
  return column;
}

} // namespace

KeyOverlay::KeyOverlay(const QList<QAction*>& commands, bool recorded, QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Keys"));
  nameWidget(this, "Keys");
  setAttribute(Qt::WA_DeleteOnClose);
  QList<Keys> everywhere;
  for (const QAction* action : commands) {
    if (recorded && !action->isEnabled()) continue;
    QStringList keys;
    for (const QKeySequence& sequence : action->shortcuts())
      keys << sequence.toString(QKeySequence::NativeText);
    if (!keys.isEmpty()) everywhere << Keys{keys.join(QStringLiteral(", ")), action->text().remove(u'&')};
  }
  QList<Keys> timeline{
      {tr("W, S, Ctrl+wheel, +, −"), tr("zoom at the pointer")},
      {tr("A, D, Shift+wheel, ←, →"), tr("move in time")},
      {tr("drag"), tr("select a time range")},
      {QStringLiteral("F"), tr("centre the selection, again to fit")},
      {QStringLiteral("Z"), tr("fit the selected range")},
      {QStringLiteral(". ,"), tr("next, previous span in the lane")},
      {QStringLiteral("L, End"), recorded ? tr("show the end of the recording") : tr("follow the live edge")},
      {QStringLiteral("Alt+←, Alt+→"), tr("from event to event")},
      {QStringLiteral("Esc"), tr("clear the selection")},
  };
  QList<Keys> elsewhere{{tr("Ctrl+C in a table"), tr("copy the selected rows")}};
  if (!recorded) {
    timeline << Keys{tr("Space"), tr("freeze or unfreeze the view")};
    elsewhere << Keys{tr("Enter in a chat window"), tr("send the line")};
  }
  auto* content = new QWidget;
  auto* columns = new QHBoxLayout(content);
  columns->setContentsMargins(24, 20, 24, 20);
  columns->setSpacing(40);
  columns->addWidget(makeColumn(tr("Everywhere"), everywhere), 1);
  auto* right = new QVBoxLayout;
  right->setSpacing(16);
  right->addWidget(makeColumn(tr("In the timeline"), timeline));
  right->addWidget(makeColumn(tr("Elsewhere"), elsewhere));
  right->addStretch(1);
  columns->addLayout(right, 1);
  auto* scroll = new QScrollArea; // on a low screen
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setWidget(content);
  nameScrollBars(scroll);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(scroll);
  resize(content->sizeHint().boundedTo(roomOnScreen(*this)));
  connect(new QShortcut(QKeySequence(Qt::Key_F1), this), &QShortcut::activated, this, &QDialog::close);
  connect(new QShortcut(QKeySequence(Qt::Key_Question), this), &QShortcut::activated, this, &QDialog::close);
}

} // namespace poolscope::ui
