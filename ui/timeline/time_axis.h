#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace poolscope::ui {

/// Time to pixels and back: the visible range lies over `width` pixels. Pure: no widget, no clock.
/// Times are ns of CLOCK_MONOTONIC; pixels count from the axis' left end and may lie outside it.
struct TimeAxis {
  std::int64_t begin = 0;
  std::int64_t span = 10'000'000'000; ///< ns visible, at least kLeast
  int width = 1;

  static constexpr std::int64_t kLeast = 1'000;             ///< 1 µs: below it stamps say nothing
  static constexpr std::int64_t kMost = 86'400'000'000'000; ///< a day
  std::int64_t end() const { return begin + span; }
  double x(std::int64_t t) const { return double(distance(t)) * width / double(span); }
  /// The pixel in which t lies, held near the axis: a span of a day zoomed to microseconds does not fit an int.
  int pixel(std::int64_t t) const { return static_cast<int>(std::floor(std::clamp(x(t), -1e6, 1e6))); }
  std::int64_t time(double pixel) const { return begin + static_cast<std::int64_t>(pixel * double(span) / width); }
  std::int64_t perPixel() const { return std::max<std::int64_t>(span / std::max(1, width), 1); } ///< ns

  /// The same moment stays under `pixel`; factor < 1 shows less time.
  TimeAxis zoomed(double factor, double pixel) const {
    TimeAxis axis = *this;
    const std::int64_t fixed = time(pixel);
    axis.span = static_cast<std::int64_t>(std::clamp(double(span) * factor, double(kLeast), double(kMost)));
    axis.begin = fixed - static_cast<std::int64_t>(pixel * double(axis.span) / width);
    return axis;
  }
  TimeAxis panned(double pixels) const {
    TimeAxis axis = *this;
    axis.begin += static_cast<std::int64_t>(pixels * double(span) / width);
    return axis;
  }
  /// Shows [from, to) with a margin of a twentieth on either side.
  TimeAxis showing(std::int64_t from, std::int64_t to) const {
    TimeAxis axis = *this;
    const std::int64_t length = std::max<std::int64_t>(to - from, 0);
    axis.span = std::clamp(length + length / 10, kLeast, kMost);
    axis.begin = from - (axis.span - length) / 2;
    return axis;
  }
  /// The same span with t in the middle.
  TimeAxis centred(std::int64_t t) const {
    TimeAxis axis = *this;
    axis.begin = t - span / 2;
    return axis;
  }
  /// On the way from this axis to `target`, 0 … 1: zoom steps are felt as ratios, so the span goes geometrically.
  TimeAxis towards(const TimeAxis& target, double share) const {
    if (share >= 1) return target;
    TimeAxis axis = *this;
    const double from = double(span), to = double(target.span), now = from * std::pow(to / from, share);
    axis.span = std::clamp(static_cast<std::int64_t>(now), kLeast, kMost);
    // One moment stands still while the span changes; the way to it goes as the span does.
    const double done = std::abs(to - from) < 1 ? share : (now - from) / (to - from);
    axis.begin = begin + static_cast<std::int64_t>(double(target.begin - begin) * done);
    return axis;
  }
  /// The distance of ticks that leaves at least `pixels` between two: 1, 2 or 5 times a power of ten, in ns.
  std::int64_t tickStep(int pixels) const {
    const double wanted = double(span) * pixels / std::max(1, width);
    const double power = std::pow(10, std::floor(std::log10(std::max(1.0, wanted))));
    for (const int factor : {1, 2, 5})
      if (power * factor >= wanted) return static_cast<std::int64_t>(power * factor);
    return static_cast<std::int64_t>(power * 10);
  }
  /// t − begin, without overflow: t may be the end of all time.
  std::int64_t distance(std::int64_t t) const {
    std::int64_t result;
    if (__builtin_sub_overflow(t, begin, &result)) return t > begin ? INT64_MAX : INT64_MIN;
    return result;
  }
  friend bool operator==(const TimeAxis&, const TimeAxis&) = default;
};

} // namespace poolscope::ui
