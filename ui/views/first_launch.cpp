#include "ui/views/first_launch.h"

#include "ui/accessible/names.h"
#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/house_style.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QEvent>
#include <QStyleOptionButton>
#include <QStylePainter>

namespace poolscope::ui {

namespace {
constexpr int kButtonWidth = 640, kButtonHeight = 64, kGap = 16, kMargin = 12;
constexpr int kLow = 52; // px; a lower button carries its title alone
} // namespace

// --- LaunchButton

LaunchButton::LaunchButton(Glyph glyph, const char* title, QWidget* parent) : QPushButton(parent), m_glyph(glyph) {
  nameWidget(this, title);
  setAutoDefault(false);
}

void LaunchButton::setTexts(const QString& title, const QString& sentence) {
  if (title == m_title && sentence == m_sentence) return;
  m_title = title;
  m_sentence = sentence;
  setAccessibleDescription(sentence);
  setToolTip(sentence);
  update();
}

QSize LaunchButton::sizeHint() const {
  return {px(kButtonWidth), px(kButtonHeight)};
}

void LaunchButton::paintEvent(QPaintEvent*) {
  QStylePainter painter(this);
  QStyleOptionButton option;
  initStyleOption(&option);
  painter.drawControl(QStyle::CE_PushButtonBevel, option);
  const Theme& theme = Theme::instance();
  const bool primary = property(kPrimaryProperty).toBool() && isEnabled();
  const bool low = height() < px(kLow), narrow = width() < 300;
  const int side = low || narrow ? 16 : 24, left = narrow ? 12 : 20;
  const QColor ink = theme.color(primary ? ColorRole::AccentText : isEnabled() ? ColorRole::Text : ColorRole::Disabled);
  paintGlyph(painter, m_glyph, QRectF(left, (height() - side) / 2.0, side, side), ink);
  QRect text = rect().adjusted(left + side + (narrow ? 10 : 20), 0, -12, 0);
  painter.setPen(ink);
  painter.setFont(theme.font(low || narrow ? FontRole::Bold : FontRole::Title, m_title));
  if (low) {
    painter.drawText(text, Qt::AlignVCenter | Qt::TextSingleLine,
                     painter.fontMetrics().elidedText(m_title, Qt::ElideRight, text.width()));
    return;
  }
  const int title =
      painter.fontMetrics().boundingRect(QRect(0, 0, text.width(), 1000), Qt::TextWordWrap, m_title).height();
  const QFont small = theme.font(FontRole::Label, m_sentence);
  const QFontMetrics metrics(small);
  const QRect bound = metrics.boundingRect(QRect(0, 0, text.width(), 1000), Qt::TextWordWrap, m_sentence);
  const int sentence = std::min(bound.height(), height() - title - 12);
  text.setTop((height() - title - 4 - sentence) / 2);
  painter.drawText(text, Qt::AlignTop | Qt::TextWordWrap, m_title);
  text.setTop(text.top() + title + 4);
  text.setHeight(sentence);
  if (!primary) painter.setPen(theme.color(isEnabled() ? ColorRole::Muted : ColorRole::Disabled));
  painter.setFont(small);
  painter.drawText(text, Qt::AlignTop | Qt::TextWordWrap, m_sentence);
}

// --- FirstLaunch

FirstLaunch::FirstLaunch(Session* session, Actions actions, QWidget* parent) : QWidget(parent), m_session(session) {
  nameWidget(this, "First launch");
  m_watch = add(Glyph::Triangle, "Watch 10 tasks share 4 workers", std::move(actions.watch));
  m_watch->setProperty(kPrimaryProperty, true);
  m_chat = add(Glyph::Chat, "Chat with the echo server", std::move(actions.chat));
  m_open = add(Glyph::Folder, "Open a recording", std::move(actions.open));
  connect(session, &Session::changed, this, &FirstLaunch::retranslate);
  connect(&Theme::instance(), &Theme::changed, this, [this] {
    place();
    update();
  });
  retranslate();
}

bool FirstLaunch::isWanted() const {
  return m_session->history().tasks().empty() && m_session->history().clients().empty();
}

LaunchButton* FirstLaunch::add(Glyph glyph, const char* title, std::function<void()> action) {
  auto* button = new LaunchButton(glyph, title, this);
  button->setVisible(action != nullptr);
  if (action) connect(button, &QPushButton::clicked, this, std::move(action));
  return button;
}

void FirstLaunch::retranslate() {
  if (!isWanted()) return;
  QString address;
  for (const ServerLive& server : m_session->state().servers)
    if (server.listening) address = QStringLiteral("%1:%2").arg(m_session->text(server.host)).arg(server.port);
  m_address = plainLine(address);
  m_watch->setTexts(tr("Watch 10 tasks share 4 workers"),
                    tr("Runs the scenario thread-pool in a pool of its own. Drag Pool size while it runs."));
  m_chat->setTexts(tr("Chat with the echo server"),
                   m_address.isEmpty()
                       ? tr("Opens a chat window. Open a fifth one and see why it waits.")
                       : tr("Opens a chat window on %1. Open a fifth one and see why it waits.").arg(m_address));
  m_open->setTexts(tr("Open a recording"), tr("Shows a saved *.pooltrace.json and replays it; no pool is started."));
}

/// One below the other; where that is too high, beside each other.
void FirstLaunch::place() {
  QList<LaunchButton*> shown;
  for (LaunchButton* button : {m_watch, m_chat, m_open})
    if (!button->isHidden()) shown << button;
  const int count = static_cast<int>(shown.size());
  if (count == 0) return;
  const QRect room = rect().adjusted(kMargin, 8, -kMargin, -8);
  const int gap = room.height() >= count * px(kButtonHeight) + (count - 1) * kGap ? kGap : 8;
  int high = std::min(px(kButtonHeight), (room.height() - (count - 1) * gap) / count);
  const bool beside = high < px(kLow) && room.width() / count >= 180;
  const int wide =
      beside ? (std::min(room.width(), 3 * 320) - (count - 1) * gap) / count : std::min(px(kButtonWidth), room.width());
  if (beside) high = std::min(room.height(), px(kButtonHeight) + 32);
  const int left = room.left() + (room.width() - (beside ? count * wide + (count - 1) * gap : wide)) / 2;
  const int top = room.top() + (room.height() - (beside ? high : count * high + (count - 1) * gap)) / 2;
  for (int i = 0; i < count; ++i)
    shown[i]->setGeometry(left + (beside ? i * (wide + gap) : 0), top + (beside ? 0 : i * (high + gap)), wide, high);
}

void FirstLaunch::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), themeColor(ColorRole::Window));
  painter.fillRect(0, 0, width(), 1, themeColor(ColorRole::Grid));
}

void FirstLaunch::resizeEvent(QResizeEvent*) {
  place();
}

void FirstLaunch::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

} // namespace poolscope::ui
