#include "ui/theme/format.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace poolscope::ui {

namespace {

constexpr std::int64_t kMicro = 1'000;
constexpr std::int64_t kMilli = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;

QString clockText(std::int64_t ns) {
  const std::int64_t s = ns / kSecond;
  const auto two = [](std::int64_t v) { return QString::number(v).rightJustified(2, u'0'); };
  if (ns < kHour) return two(s / 60) + u':' + two(s % 60);
  return QString::number(s / 3600) + u':' + two(s / 60 % 60) + u':' + two(s % 60);
}

/// Three significant digits, or the empty text when rounding reaches the next unit (999.6 → 1000).
QString threeDigits(double value) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  if (value >= 999.5) return {};
  return QString::number(value, 'f', decimals);
}

} // namespace

QString formatDuration(std::int64_t ns) {
  ns = std::max<std::int64_t>(ns, 0);
  if (ns >= kMinute) return clockText(ns);
  if (ns < kMicro) return QStringLiteral("%1 ns").arg(ns);
  if (const QString us = threeDigits(double(ns) / kMicro); !us.isEmpty()) return us + QStringLiteral(" µs");
  if (const QString ms = threeDigits(double(ns) / kMilli); !ms.isEmpty()) return ms + QStringLiteral(" ms");
  // The last 50 ms before a minute would read "60.0 s".
  if (ns >= kMinute - 50 * kMilli) return clockText(kMinute);
  return threeDigits(double(ns) / kSecond) + QStringLiteral(" s");
}

QString formatElapsed(std::int64_t ns) {
  ns = std::max<std::int64_t>(ns, 0);
  if (ns >= kMinute) return clockText(ns);
  // Cut, not rounded: a clock does not show a tenth before it has passed.
  const std::int64_t tenths = ns / (kSecond / 10);
  return QStringLiteral("%1.%2 s").arg(tenths / 10).arg(tenths % 10);
}

QString formatExact(std::int64_t ns) {
  const bool negative = ns < 0;
  const std::uint64_t value = negative ? std::uint64_t{0} - std::uint64_t(ns) : std::uint64_t(ns);
  const QString rest = QString::number(value % kSecond).rightJustified(9, u'0');
  return (negative ? QStringLiteral("−") : QString()) + QString::number(value / kSecond) + u'.' + rest.left(3) + u' ' +
         rest.mid(3, 3) + u' ' + rest.mid(6) + QStringLiteral(" s");
}

QString formatTick(std::int64_t ns, std::int64_t stepNs) {
  struct Unit {
    std::int64_t size;
    const char* name;
  };
  // Whole seconds up to ten minutes ("76 s"), then a clock; below, the unit in which the step is a whole number.
  if (stepNs >= kSecond) {
    const bool asClock = stepNs >= kMinute || ns >= 10 * kMinute;
    return asClock && ns > 0 ? clockText(ns) : QStringLiteral("%1 s").arg(ns / kSecond);
  }
  if (ns == 0) return QStringLiteral("0 s");
  if (std::abs(ns) >= kSecond) {
    int decimals = 0;
    for (std::int64_t unit = kSecond; unit > stepNs && decimals < 9; unit /= 10) {
      ++decimals;
    }
    return QString::number(double(ns) / kSecond, 'f', decimals) + QStringLiteral(" s");
  }
  for (const Unit unit : {Unit{kMilli, "ms"}, Unit{kMicro, "µs"}, Unit{1, "ns"}}) {
    if (stepNs >= unit.size || unit.size == 1) {
      return QStringLiteral("%1 %2").arg(ns / unit.size).arg(QString::fromUtf8(unit.name));
    }
  }
  return {};
}

QString formatCount(std::uint64_t n) {
  QString text = QString::number(n);
  for (qsizetype i = text.size() - 3; i > 0; i -= 3) {
    text.insert(i, u',');
  }
  return text;
}

QString formatPercent(double share) {
  share = std::clamp(share, 0.0, 1.0);
  if (share > 0 && share < 0.01) return QStringLiteral("< 1 %");
  if (share < 1 && share > 0.99) return QStringLiteral("99 %");
  return QStringLiteral("%1 %").arg(int(std::lround(share * 100)));
}

QString withWholeFigures(QString text) {
  static const QRegularExpression inside(QStringLiteral("(?<=[0-9]) (?=[0-9]{3}\\b|(ns|µs|ms|s|%)(?![A-Za-z]))"));
  return text.replace(inside, QString(QChar::Nbsp));
}

QString plainLine(const QString& text, int most) {
  QString line;
  line.reserve(std::min<qsizetype>(text.size(), most));
  for (const QChar c : text) {
    if (line.size() >= most) {
      if (line.back().isHighSurrogate()) line.chop(1);
      line.back() = u'…';
      break;
    }
    const char16_t u = c.unicode();
    if (u < 0x20) {
      line += QChar(0x2400 + u); // the picture of that control character
    } else if (u == 0x7f) {
      line += QChar(0x2421);
    } else if (u == 0x2028 || u == 0x2029) {
      line += QChar(0x240A);
    } else if ((u >= 0x80 && u < 0xa0) || u == 0x061c || u == 0x200e || u == 0x200f || (u >= 0x202a && u <= 0x202e) ||
               (u >= 0x2066 && u <= 0x2069) || u == 0xfeff) {
      continue; // turns the direction, or shows nothing
    } else {
      line += c;
    }
  }
  return line;
}

QString knownName(const QString& text) {
  static const char* const kNames[] = {
      QT_TRANSLATE_NOOP("Names", "main thread"), QT_TRANSLATE_NOOP("Names", "accept thread"),
      QT_TRANSLATE_NOOP("Names", "reactor thread"), QT_TRANSLATE_NOOP("Names", "echo server")};
  for (const char* name : kNames)
    if (text == QLatin1String(name)) return QCoreApplication::translate("Names", name);
  return plainLine(text);
}

bool hasCjk(const QString& text) {
  return std::any_of(text.begin(), text.end(), [](QChar c) { return c.unicode() >= 0x2e80 && c.unicode() < 0xfe70; });
}

} // namespace poolscope::ui
