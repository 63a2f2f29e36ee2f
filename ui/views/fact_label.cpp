#include "ui/views/fact_label.h"

#include "ui/theme/format.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>

namespace poolscope::ui {

FactLabel::FactLabel(QWidget* parent) : QLabel(parent) {
  setTextFormat(Qt::PlainText);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  setWordWrap(true);
  setFocusPolicy(Qt::ClickFocus); // a dozen stops would make Tab useless; the inspector copies all facts at once
}

bool FactLabel::setFact(const Fact& fact) {
  m_exact = fact.exact;
  if (accessibleName() != fact.label) setAccessibleName(fact.label);
  if (accessibleDescription() == fact.value) return false;
  const bool wasAll = hasSelectedText() && selectedText() == text();
  if (hasSelectedText() && !wasAll) return false; // a person is selecting: what grows waits
  setText(withWholeFigures(fact.value));
  setAccessibleDescription(fact.value);
  setToolTip(fact.exact == fact.value ? QString() : fact.exact.toHtmlEscaped());
  if (wasAll) setSelection(0, static_cast<int>(fact.value.size()));
  return true;
}

void FactLabel::copy() const {
  const bool part = hasSelectedText() && selectedText() != text();
  QApplication::clipboard()->setText(part ? selectedText().replace(QChar::Nbsp, u' ') : m_exact);
}

void FactLabel::keyPressEvent(QKeyEvent* event) {
  if (!event->matches(QKeySequence::Copy)) return QLabel::keyPressEvent(event);
  copy();
  event->accept();
}

void FactLabel::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  connect(menu->addAction(tr("Copy")), &QAction::triggered, this, &FactLabel::copy);
  connect(menu->addAction(tr("Select all")), &QAction::triggered, this,
          [this] { setSelection(0, static_cast<int>(text().size())); });
  menu->popup(event->globalPos());
}

} // namespace poolscope::ui
