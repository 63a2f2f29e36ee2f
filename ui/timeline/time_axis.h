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
  double x(std::int64_t t) const { return double(t - begin) * width / double(span); }
  std::int64_t time(double pixel) const { return begin + static_cast<std::int64_t>(pixel * double(span) / width); }

  /// The same moment stays under `pixel`; factor < 1 shows less time.
  TimeAxis zoomed(double factor, double pixel) const {
    TimeAxis axis = *this;
    const std::int64_t fixed = time(pixel);
    axis.span = std::clamp(static_cast<std::int64_t>(double(span) * factor), kLeast, kMost);
    axis.begin = fixed - static_cast<std::int64_t>(pixel * double(axis.span) / width);
    return axis;
  }
  TimeAxis panned(double pixels) const {
    TimeAxis axis = *this;
    axis.begin += static_cast<std::int64_t>(pixels * double(span) / width);
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
};

} // namespace poolscope::ui
