#include "ui/views/inspector.h"

#include "ui/accessible/names.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/views/fact_grid.h"
#include "ui/views/fact_label.h"
#include "ui/views/latency_panel.h"
#include "ui/views/time_bar.h"
#include "ui/views/zone_head.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

namespace poolscope::ui {

namespace {

constexpr int kPauseMs = 100;
constexpr int kMargin = 14;

/// `name`: what it always says, for screen readers; the text is then its description. Null: it is its own name.
QLabel* plainLabel(QWidget* parent, const char* name = nullptr) {
  auto* label = new QLabel(parent);
  if (name != nullptr) nameWidget(label, name);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  return label;
}

void setLine(QLabel* label, const QString& text) {
  if (label->text() != text) label->setText(text);
  if (!label->accessibleName().isEmpty() && label->accessibleDescription() != text)
    label->setAccessibleDescription(text);
  label->setVisible(!text.isEmpty());
}

} // namespace

Inspector::Inspector(Session* session, QWidget* parent) : QDockWidget(parent), m_session(session) {
  setObjectName(QStringLiteral("Inspector"));
  nameWidget(this, "Inspector");
  setAllowedAreas(Qt::LeftDockWidgetArea | Qt::RightDockWidgetArea);
  setFocusPolicy(Qt::ClickFocus);
  makeTitle();
  setWidget(makeContent());
  m_pause.setSingleShot(true);
  m_pause.setInterval(kPauseMs);
  connect(&m_pause, &QTimer::timeout, this, [this] {
    if (m_stale) later();
  });
  connect(session, &Session::changed, this, &Inspector::later);
  connect(session, &Session::selectionChanged, this, &Inspector::refresh); // an answer to a click comes at once
  connect(&Theme::instance(), &Theme::changed, this, &Inspector::retranslate);
  retranslate();
}

void Inspector::makeTitle() {
  auto* bar = new QWidget(this);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(kMargin, 4, 6, 0);
  row->setSpacing(4);
  m_head = new ZoneHead("Inspector head", bar);
  m_head->setMargin(0);
  m_head->setBackground(ColorRole::Panel);
  row->addWidget(m_head, 1);
  auto* close = new QToolButton(bar);
  nameWidget(close, "Close inspector");
  close->setIcon(glyphIcon(Glyph::Cross));
  close->setIconSize(px(QSize(12, 12)));
  close->setAutoRaise(true);
  close->setFixedSize(px(QSize(22, 22)));
  connect(close, &QToolButton::clicked, this, &QDockWidget::close);
  row->addWidget(close);
  setTitleBarWidget(bar);
}

QWidget* Inspector::makeContent() {
  auto* content = new QWidget;
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(kMargin, 6, kMargin, kMargin);
  column->setSpacing(6);
  auto* titleRow = new QHBoxLayout;
  titleRow->setSpacing(6);
  m_title = plainLabel(content, "Selected");
  m_badge = new QLabel(content);
  nameWidget(m_badge, "State badge");
  m_state = plainLabel(content, "State of the selected");
  m_state->setWordWrap(false);
  titleRow->addWidget(m_title, 1);
  titleRow->addWidget(m_badge);
  titleRow->addWidget(m_state);
  column->addLayout(titleRow);
  m_subtitle = plainLabel(content, "About the selected");
  column->addWidget(m_subtitle);
  m_bar = new TimeBar(content);
  column->addWidget(m_bar);
  m_barText = plainLabel(content, "Shares of time");
  column->addWidget(m_barText);
  m_facts = new FactGrid(content);
  column->addWidget(m_facts);
  m_note = new FactLabel(content);
  column->addWidget(m_note);
  auto* line = new QFrame(content);
  line->setFrameShape(QFrame::HLine);
  nameWidget(line, "Separator");
  column->addSpacing(4);
  column->addWidget(line);
  m_latency = new LatencyPanel(m_session, content);
  column->addWidget(m_latency);
  column->addStretch(1);
  auto* scroll = new QScrollArea;
  nameWidget(scroll, "Inspector content");
  scroll->setFrameShape(QFrame::NoFrame);
  nameScrollBars(scroll);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setMinimumWidth(px(220));
  scroll->setBackgroundRole(QPalette::Window);
  scroll->setWidget(content);
  return scroll;
}

void Inspector::later() {
  if (!isVisible() || m_pause.isActive()) {
    m_stale = true;
    return;
  }
  refresh();
}

void Inspector::refresh() {
  m_stale = false;
  if (!isVisible()) return;
  m_page = InspectorPage::of(*m_session);
  showFacts();
  if (!m_latency->refresh()) m_stale = true;
  m_pause.start();
}

void Inspector::showFacts() {
  setUpdatesEnabled(false);
  const std::size_t tasks = m_session->history().tasks().size();
  const std::size_t selected = m_session->selected().size();
  m_head->setTexts(tr("INSPECTOR"), selected > 1 ? tr("the last of %1 selected").arg(formatCount(selected))
                                    : m_session->selection().kind == Selection::Kind::Task
                                        ? tr("1 of %1 tasks").arg(formatCount(tasks))
                                        : QString());
  setLine(m_title, m_page.title);
  setLine(m_subtitle, m_page.subtitle);
  setLine(m_state, m_page.state);
  m_badge->setVisible(m_page.badge.has_value());
  if (m_page.badge) {
    m_badge->setPixmap(stateIcon(*m_page.badge).pixmap(px(QSize(16, 14)), devicePixelRatioF()));
    m_badge->setAccessibleDescription(m_page.state);
  }
  m_bar->setVisible(!m_page.bar.empty());
  m_bar->setParts(m_page.bar, m_page.end, m_page.barText);
  setLine(m_barText, m_page.barText);
  m_facts->setFacts(m_page.facts);
  m_note->setFact({tr("Note"), m_page.note, m_page.note});
  m_note->setVisible(!m_page.note.isEmpty());
  setUpdatesEnabled(true);
}

void Inspector::retranslate() {
  setWindowTitle(tr("Inspector"));
  setLabelLook(m_title, FontRole::Title, ColorRole::Text);
  setLabelLook(m_state, FontRole::Base, ColorRole::Text);
  setLabelLook(m_subtitle, FontRole::Label, ColorRole::Muted);
  setLabelLook(m_barText, FontRole::Label, ColorRole::Muted);
  setLabelLook(m_note, FontRole::Label, ColorRole::Text);
  m_facts->applyTheme();
  m_latency->retranslate();
  refresh();
}

QString Inspector::asText() const {
  QString text = m_page.title + QLatin1Char('\n');
  for (const QString& line : {m_page.subtitle, m_page.state})
    if (!line.isEmpty()) text += line + QLatin1Char('\n');
  for (const Fact& fact : m_page.facts)
    text += fact.label + QLatin1Char('\t') + fact.exact + QLatin1Char('\n');
  if (!m_page.note.isEmpty()) text += m_page.note + QLatin1Char('\n');
  return text;
}

void Inspector::showEvent(QShowEvent* event) {
  QDockWidget::showEvent(event);
  refresh();
}

void Inspector::changeEvent(QEvent* event) {
  QDockWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

void Inspector::keyPressEvent(QKeyEvent* event) {
  if (!event->matches(QKeySequence::Copy)) return QDockWidget::keyPressEvent(event);
  copy();
}

void Inspector::copy() const {
  QApplication::clipboard()->setText(asText());
}

} // namespace poolscope::ui
