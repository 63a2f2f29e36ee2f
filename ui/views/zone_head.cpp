#include "ui/views/zone_head.h"

#include "ui/accessible/names.h"
#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"
#include "ui/views/zone_metrics.h"

#include <QPainter>

namespace poolscope::ui {

namespace {

constexpr int kBadge = 16, kBadgeGap = 6, kEntryGap = 16;
constexpr StateRole kLegend[] = {StateRole::Queued, StateRole::Running, StateRole::Blocked,
                                 StateRole::Done,   StateRole::Failed,  StateRole::Cancelled};

QString legendWord(StateRole role) {
  switch (role) {
  case StateRole::Queued:
    return ZoneHead::tr("queued");
  case StateRole::Running:
    return ZoneHead::tr("running");
  case StateRole::Blocked:
    return ZoneHead::tr("blocked");
  case StateRole::Done:
    return ZoneHead::tr("done");
  case StateRole::Failed:
    return ZoneHead::tr("failed");
  case StateRole::Cancelled:
    return ZoneHead::tr("cancelled");
  case StateRole::Idle:
    break;
  }
  return {};
}

} // namespace

ZoneHead::ZoneHead(const char* accessibleName, QWidget* parent) : QWidget(parent), m_margin(kZoneMargin) {
  nameWidget(this, accessibleName);
  connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ZoneHead::setTexts(const QString& title, const QString& summary) {
  if (title == m_title && summary == m_summary) return;
  m_title = title;
  m_summary = summary;
  setAccessibleDescription(summary);
  setToolTip(summary.toHtmlEscaped());
  update();
}

QSize ZoneHead::sizeHint() const {
  return {120, zoneHeadHeight()};
}

void ZoneHead::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme& theme = Theme::instance();
  painter.fillRect(rect(), theme.color(m_background));
  QRect line = rect().adjusted(m_margin, 0, -m_margin - takenAtRight(), 0);
  painter.setFont(theme.font(FontRole::Heading, m_title));
  painter.setPen(theme.color(ColorRole::Text));
  painter.drawText(line, Qt::AlignVCenter | Qt::TextSingleLine, m_title);
  line.setLeft(line.left() + painter.fontMetrics().horizontalAdvance(m_title) + kHeadGap);
  painter.setFont(theme.font(FontRole::Label, m_summary));
  painter.setPen(theme.color(ColorRole::Muted));
  painter.drawText(line, Qt::AlignVCenter | Qt::TextSingleLine,
                   painter.fontMetrics().elidedText(m_summary, Qt::ElideRight, line.width()));
}

TimelineHead::TimelineHead(QWidget* parent) : ZoneHead("Timeline head", parent) {}

int TimelineHead::legendWidth(bool words) const {
  const QFontMetrics metrics(Theme::instance().font(FontRole::Label));
  int width = 0;
  for (const StateRole role : kLegend)
    width += kBadge + (words ? kBadgeGap + metrics.horizontalAdvance(legendWord(role)) + kEntryGap : kBadgeGap);
  return width - (words ? kEntryGap : kBadgeGap);
}

bool TimelineHead::hasWords() const {
  return width() - legendWidth(true) >= 260; // what the summary needs
}

int TimelineHead::takenAtRight() const {
  return legendWidth(hasWords()) + kEntryGap;
}

void TimelineHead::paintEvent(QPaintEvent* event) {
  ZoneHead::paintEvent(event);
  QPainter painter(this);
  const Theme& theme = Theme::instance();
  const bool words = hasWords();
  painter.setFont(theme.font(FontRole::Label));
  painter.setPen(theme.color(ColorRole::Muted));
  int x = width() - kZoneMargin - legendWidth(words);
  for (const StateRole role : kLegend) {
    paintStateBadge(painter, QRect(x, (height() - 14) / 2, kBadge, 14), role);
    x += kBadge + kBadgeGap;
    if (!words) continue;
    const QString word = legendWord(role);
    const int wide = painter.fontMetrics().horizontalAdvance(word);
    painter.drawText(QRect(x, 0, wide + 2, height()), Qt::AlignVCenter | Qt::TextSingleLine, word);
    x += wide + kEntryGap;
  }
}

} // namespace poolscope::ui
