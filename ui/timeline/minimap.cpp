#include "ui/timeline/minimap.h"

#include "ui/session/session.h"
#include "ui/theme/format.h"
#include "ui/theme/theme.h"

#include <QPainter>

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr int kGrip = 5;                              // px on either side of an edge that take hold of it
constexpr int kLeastWindow = 8;                       // px: a frame that can be seen and held
constexpr std::int64_t kLeastSession = 1'000'000'000; // the first second does not stretch
} // namespace

void Minimap::place(const Session& session, const QRect& area, const TimeAxis& shown) {
  m_area = area;
  m_axis.begin = session.origin();
  m_axis.span = std::max(session.end() - session.origin(), kLeastSession);
  m_axis.width = std::max(1, area.width());
  const int left = std::clamp(m_axis.pixel(shown.begin), 0, m_axis.width - kLeastWindow);
  const int right = std::clamp(m_axis.pixel(shown.end()), left + kLeastWindow, m_axis.width);
  m_window = QRect(area.left() + left, area.top(), right - left, area.height());
}

Minimap::Part Minimap::partAt(const QPoint& point) const {
  if (!m_area.contains(point)) return Part::Outside;
  if (std::abs(point.x() - m_window.left()) <= kGrip) return Part::LeftEdge;
  if (std::abs(point.x() - m_window.right()) <= kGrip) return Part::RightEdge;
  return m_window.contains(point) ? Part::Window : Part::Outside;
}

void Minimap::paint(QPainter& painter, const Session& session) const {
  painter.fillRect(m_area, themeColor(ColorRole::Panel));
  const SessionProfile profile = session.lanes().profile().until(session.end());
  const std::vector<SessionProfile::Bin>& bins = profile.bins();
  const QColor computing = themeState(StateRole::Running).fill, blocked = themeState(StateRole::Blocked).fill;
  const int height = m_area.height() - 4;
  const int lastPixel = std::min(m_axis.width, m_axis.pixel(session.end()) + 1);
  for (int x = 0; x < lastPixel && !bins.empty(); ++x) {
    const auto placeOf = [&](int pixel) {
      const std::int64_t t = m_axis.time(pixel);
      return t < profile.begin() ? -1 : static_cast<std::int64_t>((t - profile.begin()) / profile.width());
    };
    const std::int64_t from = std::max<std::int64_t>(placeOf(x), 0);
    const std::int64_t to = std::min(std::max(placeOf(x + 1), from + 1), static_cast<std::int64_t>(bins.size()));
    float c = 0, b = 0, all = 0;
    for (std::int64_t i = from; i < to && placeOf(x + 1) >= 0; ++i) {
      const SessionProfile::Bin& bin = bins[static_cast<std::size_t>(i)];
      c += bin.computing, b += bin.blocked, all += bin.capacity;
    }
    if (c + b <= 0 || all <= 0) continue;
    const int high = std::clamp(static_cast<int>(std::lround((c + b) / all * float(height))), 1, height);
    const int low = c > 0 ? std::clamp(static_cast<int>(std::lround(c / all * float(height))), 1, high) : 0;
    const int bottom = m_area.bottom() + 1;
    if (high > low) painter.fillRect(m_area.left() + x, bottom - high, 1, high - low, blocked);
    if (low > 0) painter.fillRect(m_area.left() + x, bottom - low, 1, low, computing);
  }
  painter.setFont(Theme::instance().font(FontRole::Label));
  QColor veil = themeColor(ColorRole::Panel);
  veil.setAlphaF(0.55f); // what lies outside the window is there, and not shown above
  painter.fillRect(QRect(m_area.topLeft(), QPoint(m_window.left() - 1, m_area.bottom())), veil);
  painter.fillRect(QRect(QPoint(m_window.right() + 1, m_area.top()), m_area.bottomRight()), veil);
  const int cursor = m_axis.pixel(session.isLive() ? session.end() : session.now());
  painter.fillRect(m_area.left() + std::clamp(cursor, 0, m_axis.width - 2), m_area.top(), session.isLive() ? 1 : 2,
                   m_area.height(), themeColor(ColorRole::Text));
  painter.setPen(QPen(themeColor(ColorRole::Text), 2));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(m_window.adjusted(1, 1, -1, -1));
}

} // namespace poolscope::ui
