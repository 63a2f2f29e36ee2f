#include "ui/chat/transcript.h"

#include "ui/accessible/names.h"
#include "ui/theme/format.h"
#include "ui/theme/theme.h"

#include <QScrollBar>
#include <QTextBlock>
#include <QTextOption>

namespace poolscope::ui {

namespace {

constexpr int kWhoWidth = 56;

QTextCharFormat formatOf(FontRole font, const QColor& color, const QString& text = {}) {
  QTextCharFormat format;
  format.setFont(Theme::instance().font(font, text));
  format.setForeground(color);
  return format;
}

struct Look {
  FontRole font;
  QColor color;
};

Look lookOf(Transcript::Kind kind) {
  const Theme& theme = Theme::instance();
  switch (kind) {
  case Transcript::Kind::You:
    return {FontRole::Base, theme.color(ColorRole::Text)};
  case Transcript::Kind::Server:
    return {FontRole::Bold, theme.color(ColorRole::Text)};
  case Transcript::Kind::Note:
    return {FontRole::Label, theme.color(ColorRole::Muted)};
  case Transcript::Kind::Waiting: // the edge is the one readable on the window's colour
    return {FontRole::Base, theme.state(StateRole::Queued).edge};
  case Transcript::Kind::Read:
    return {FontRole::Base, theme.state(StateRole::Running).edge};
  }
  return {};
}

} // namespace

Transcript::Transcript(QWidget* parent) : QPlainTextEdit(parent) {
  nameWidget(this, "Transcript");
  setReadOnly(true);
  nameScrollBars(this);
  setUndoRedoEnabled(false);
  setFrameShape(QFrame::NoFrame);
  setMaximumBlockCount(kLinesKept);
  setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setTabChangesFocus(true);
  document()->setDocumentMargin(10);
  connect(&Theme::instance(), &Theme::changed, this, &Transcript::recolor);
}

template <class Change> void Transcript::keepingTheEnd(Change change) {
  const bool atEnd = verticalScrollBar()->value() >= verticalScrollBar()->maximum();
  QTextCursor cursor(document());
  cursor.movePosition(QTextCursor::End);
  cursor.beginEditBlock();
  change(cursor);
  cursor.endEditBlock();
  if (atEnd) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void Transcript::addLine(Kind kind, const QString& who, const QString& text, const QString& figure) {
  QString shown = plainLine(text.left(kShown), kShown);
  if (text.size() > kShown) shown += tr("… (%1 characters)").arg(formatCount(static_cast<std::uint64_t>(text.size())));
  keepingTheEnd([&](QTextCursor& cursor) {
    if (m_underWay) { // it stays the last
      cursor.movePosition(QTextCursor::StartOfBlock);
      cursor.insertBlock();
      cursor.movePosition(QTextCursor::PreviousBlock);
      cursor.block().next().setUserState(static_cast<int>(m_underWayKind));
    } else if (!document()->isEmpty()) {
      cursor.insertBlock();
    }
    write(cursor, kind, who, shown, figure);
  });
}

void Transcript::setUnderWay(Kind kind, const QString& text, const QString& figure) {
  if (text.isEmpty() && !m_underWay) return;
  const QString whole = text + u'\t' + figure;
  if (m_underWay && whole == m_underWayText) return;
  m_underWayText = whole;
  keepingTheEnd([&](QTextCursor& cursor) {
    if (m_underWay) {
      cursor.movePosition(QTextCursor::StartOfBlock, QTextCursor::KeepAnchor);
      cursor.removeSelectedText();
      if (text.isEmpty() && document()->blockCount() > 1) cursor.deletePreviousChar();
    } else if (!document()->isEmpty()) {
      cursor.insertBlock();
    }
    m_underWay = !text.isEmpty();
    m_underWayKind = kind;
    if (m_underWay) write(cursor, kind, {}, text, figure);
  });
}

void Transcript::write(QTextCursor& cursor, Kind kind, const QString& who, const QString& text, const QString& figure) {
  const Theme& theme = Theme::instance();
  const Look look = lookOf(kind);
  cursor.block().setUserState(static_cast<int>(kind));
  if (kind != Kind::Note) cursor.insertText(who + u'\t', formatOf(FontRole::Label, theme.color(ColorRole::Muted)));
  cursor.insertText(text, formatOf(look.font, look.color, text));
  if (!figure.isEmpty()) cursor.insertText(u'\t' + figure, formatOf(FontRole::Figures, theme.color(ColorRole::Muted)));
}

/// Colours are in the text itself, so a change of theme writes them anew.
void Transcript::recolor() {
  for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
    const QString text = block.text();
    const Look look = lookOf(static_cast<Kind>(qMax(0, block.userState())));
    const bool isNote = block.userState() == static_cast<int>(Kind::Note);
    const int first = isNote ? 0 : static_cast<int>(text.indexOf(u'\t')) + 1;
    const int last = static_cast<int>(text.lastIndexOf(u'\t'));
    QTextCursor cursor(block);
    cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
    cursor.setCharFormat(formatOf(FontRole::Label, Theme::instance().color(ColorRole::Muted)));
    cursor.setPosition(block.position() + first);
    cursor.setPosition(block.position() + (last >= first ? last : static_cast<int>(text.size())),
                       QTextCursor::KeepAnchor);
    cursor.setCharFormat(formatOf(look.font, look.color, text));
  }
}

void Transcript::setTabs() {
  QTextOption option = document()->defaultTextOption();
  const qreal right = viewport()->width() - 2 * document()->documentMargin();
  option.setTabs({{qreal(px(kWhoWidth)), QTextOption::LeftTab}, {right, QTextOption::RightTab}});
  document()->setDefaultTextOption(option);
}

void Transcript::resizeEvent(QResizeEvent* event) {
  const bool atEnd = verticalScrollBar()->value() >= verticalScrollBar()->maximum();
  QPlainTextEdit::resizeEvent(event);
  setTabs();
  if (atEnd) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

} // namespace poolscope::ui
