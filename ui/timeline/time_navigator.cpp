#include "ui/timeline/time_navigator.h"

#include "ui/session/session.h"

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr int kGlide = 200;   // ms
constexpr int kOneMove = 500; // ms: turns of the wheel that follow each other so closely are one move to undo
constexpr std::size_t kMostPlaces = 100;
} // namespace

TimeNavigator::TimeNavigator(Session* session, QObject* parent)
    : QObject(parent), m_session(session), m_whole(session->isRecorded()) {
  m_axis.begin = session->origin();
  m_glide.setDuration(kGlide);
  m_glide.setStartValue(0.0);
  m_glide.setEndValue(1.0);
  m_glide.setEasingCurve(QEasingCurve::OutCubic);
  connect(&m_glide, &QVariantAnimation::valueChanged, this, [this](const QVariant& share) {
    if (m_glide.state() != QAbstractAnimation::Running) return;
    const TimeAxis target = m_target.follow ? following() : m_target.axis; // the live edge goes on meanwhile
    m_axis = m_from.axis.towards(target, share.toDouble());
    Q_EMIT changed();
  });
  connect(&m_glide, &QVariantAnimation::finished, this, [this] { take(m_target.axis, m_target.follow); });
}

void TimeNavigator::setWidth(int pixels) {
  pixels = std::max(pixels, kRightMargin + 1);
  if (pixels == m_axis.width) return;
  m_glide.stop();
  // What a pixel is worth stays: a wider window shows more. Before the first width, the span does.
  if (m_axis.width > 1)
    m_axis.span = std::clamp(static_cast<std::int64_t>(double(m_axis.span) * pixels / m_axis.width), TimeAxis::kLeast,
                             TimeAxis::kMost);
  m_axis.width = pixels;
  take(m_axis, m_follow);
}

/// The first stretch fills from the left; later the live edge stays at the right.
TimeAxis TimeNavigator::following() const {
  if (m_whole) return m_axis.showing(m_session->origin(), m_session->end());
  TimeAxis axis = m_target.follow && m_glide.state() == QAbstractAnimation::Running ? m_target.axis : m_axis;
  const std::int64_t shown = axis.time(axis.width - kRightMargin) - axis.begin;
  axis.begin = std::max(m_session->origin(), m_session->end() - shown);
  return axis;
}

void TimeNavigator::update() {
  if (!m_follow || m_glide.state() == QAbstractAnimation::Running) return;
  const TimeAxis axis = following();
  if (axis == m_axis) return;
  m_axis = axis;
  Q_EMIT changed();
}

/// Some of the recording stays in sight.
TimeAxis TimeNavigator::clamped(TimeAxis axis) const {
  const std::int64_t first = m_session->origin(), last = std::max(m_session->end(), first);
  axis.begin = std::clamp(axis.begin, first - axis.span * 9 / 10, last - axis.span / 10);
  return axis;
}

void TimeNavigator::set(const TimeAxis& wanted, How how) {
  remember(how);
  const TimeAxis axis = clamped(wanted);
  const std::int64_t end = m_session->end();
  const bool edgeVisible = axis.end() >= end && axis.begin < end;
  go(axis, m_session->isLive() && edgeVisible, how);
}

void TimeNavigator::reveal(std::int64_t t) {
  if (t >= m_axis.begin && t <= m_axis.end()) return;
  centre(t);
}

void TimeNavigator::goLive() {
  remember(How::Glide);
  if (!m_session->isLive()) m_session->setFrozen(false);
  go(m_axis, true, How::Glide);
}

void TimeNavigator::remember(How how) {
  m_whole = false;
  const bool same = how == How::AtOnce && m_lastMove.isValid() && m_lastMove.elapsed() < kOneMove && !m_undo.empty();
  m_lastMove.start();
  if (same) return;
  m_undo.push_back({m_axis, m_follow});
  if (m_undo.size() > kMostPlaces) m_undo.erase(m_undo.begin());
  m_redo.clear();
}

void TimeNavigator::undo() {
  if (m_undo.empty()) return;
  m_redo.push_back({m_axis, m_follow});
  const Place place = m_undo.back();
  m_undo.pop_back();
  m_lastMove.invalidate();
  go(place.axis, place.follow, How::Glide);
}

void TimeNavigator::redo() {
  if (m_redo.empty()) return;
  m_undo.push_back({m_axis, m_follow});
  const Place place = m_redo.back();
  m_redo.pop_back();
  m_lastMove.invalidate();
  go(place.axis, place.follow, How::Glide);
}

void TimeNavigator::go(const TimeAxis& axis, bool follow, How how) {
  m_glide.stop();
  TimeAxis target = axis;
  target.width = m_axis.width; // an older place may have had another
  if (how == How::AtOnce) return take(target, follow);
  m_from = {m_axis, m_follow};
  m_target = {target, follow};
  m_follow = follow;
  m_glide.start();
  Q_EMIT changed();
}

void TimeNavigator::take(const TimeAxis& axis, bool follow) {
  m_axis = axis;
  m_follow = follow;
  if (follow) m_axis = following();
  Q_EMIT changed();
}

} // namespace poolscope::ui
