#pragma once

#include <QColor>

#include <algorithm>
#include <array>
#include <cmath>

/// Colour differences and contrast as the literature defines them, for tst_palette.
namespace poolscope::ui::colors {

enum class Vision : std::uint8_t { Normal, Protanopia, Deuteranopia, Tritanopia };

using Triple = std::array<double, 3>;

inline double toLinear(double c) {
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

inline Triple linearRgb(const QColor& color) {
  return {toLinear(color.redF()), toLinear(color.greenF()), toLinear(color.blueF())};
}

/// Machado, Oliveira, Fernandes 2009, severity 1.0, applied to linear light.
inline Triple simulate(const Triple& rgb, Vision vision) {
  static constexpr double kMatrix[3][3][3] = {
      {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
      {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
      {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};
  if (vision == Vision::Normal) return rgb;
  const auto& m = kMatrix[static_cast<int>(vision) - 1];
  Triple out{};
  for (int i = 0; i < 3; ++i) {
    out[i] = std::clamp(m[i][0] * rgb[0] + m[i][1] * rgb[1] + m[i][2] * rgb[2], 0.0, 1.0);
  }
  return out;
}

/// CIE L*a*b* under D65.
inline Triple toLab(const Triple& rgb) {
  const double x = 0.4124564 * rgb[0] + 0.3575761 * rgb[1] + 0.1804375 * rgb[2];
  const double y = 0.2126729 * rgb[0] + 0.7151522 * rgb[1] + 0.0721750 * rgb[2];
  const double z = 0.0193339 * rgb[0] + 0.1191920 * rgb[1] + 0.9503041 * rgb[2];
  const auto f = [](double t) { return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116; };
  const double fx = f(x / 0.95047), fy = f(y), fz = f(z / 1.08883);
  return {116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)};
}

/// Sharma, Wu, Dalal 2005.
inline double ciede2000(const Triple& one, const Triple& two) {
  constexpr double kPi = 3.14159265358979323846;
  const auto deg = [](double d) { return d * kPi / 180; };
  const double c1 = std::hypot(one[1], one[2]), c2 = std::hypot(two[1], two[2]);
  const double c7 = std::pow((c1 + c2) / 2, 7);
  const double g = 0.5 * (1 - std::sqrt(c7 / (c7 + std::pow(25.0, 7))));
  const double a1 = (1 + g) * one[1], a2 = (1 + g) * two[1];
  const double p1 = std::hypot(a1, one[2]), p2 = std::hypot(a2, two[2]);
  const auto hue = [&](double b, double a) {
    if (a == 0 && b == 0) return 0.0;
    const double h = std::atan2(b, a) * 180 / kPi;
    return h < 0 ? h + 360 : h;
  };
  const double h1 = hue(one[2], a1), h2 = hue(two[2], a2);
  const double dL = two[0] - one[0], dC = p2 - p1;
  double dh = h2 - h1;
  if (p1 * p2 == 0)
    dh = 0;
  else if (dh > 180)
    dh -= 360;
  else if (dh < -180)
    dh += 360;
  const double dH = 2 * std::sqrt(p1 * p2) * std::sin(deg(dh / 2));
  const double l = (one[0] + two[0]) / 2, c = (p1 + p2) / 2;
  double h = h1 + h2;
  if (p1 * p2 != 0) {
    if (std::abs(h1 - h2) <= 180)
      h /= 2;
    else
      h = h < 360 ? (h + 360) / 2 : (h - 360) / 2;
  }
  const double t = 1 - 0.17 * std::cos(deg(h - 30)) + 0.24 * std::cos(deg(2 * h)) + 0.32 * std::cos(deg(3 * h + 6)) -
                   0.20 * std::cos(deg(4 * h - 63));
  const double theta = 30 * std::exp(-std::pow((h - 275) / 25, 2));
  const double p7 = std::pow(c, 7);
  const double rc = 2 * std::sqrt(p7 / (p7 + std::pow(25.0, 7)));
  const double sl = 1 + 0.015 * std::pow(l - 50, 2) / std::sqrt(20 + std::pow(l - 50, 2));
  const double sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
  const double rt = -std::sin(deg(2 * theta)) * rc;
  return std::sqrt(std::pow(dL / sl, 2) + std::pow(dC / sc, 2) + std::pow(dH / sh, 2) + rt * (dC / sc) * (dH / sh));
}

/// WCAG 2: 1 … 21.
inline double contrast(const QColor& one, const QColor& two) {
  const auto luminance = [](const QColor& color) {
    const Triple rgb = linearRgb(color);
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
  };
  const double a = luminance(one), b = luminance(two);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

} // namespace poolscope::ui::colors
