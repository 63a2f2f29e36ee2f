#pragma once

#include <QString>

#include <cstdint>

namespace poolscope::ui {

/// A span of time as a person reads it: three significant digits and a unit ("12.1 ms", "5.60 s"), from a minute on
/// "01:12", from an hour on "1:01:12". Negative values are taken as zero.
QString formatDuration(std::int64_t ns);

/// A span that still grows, calm enough to be read while it changes: tenths below a minute ("14.2 s"), then as above.
QString formatElapsed(std::int64_t ns);

/// Every nanosecond, grouped: "70.012 318 004 s". For the inspector and for copying.
QString formatExact(std::int64_t ns);

/// A point on the time axis whose ticks stand `stepNs` apart: just as many decimals as tell neighbours apart.
QString formatTick(std::int64_t ns, std::int64_t stepNs);

/// "1,204": groups of three, the same in every language (they stand beside figures of logs and commands).
QString formatCount(std::uint64_t n);

/// "3 %" of a share 0 … 1; what is not nothing is never shown as 0 %, what is not all never as 100 %.
QString formatPercent(double share);

/// The text with figures that do not break from their unit or between their groups where it wraps ("5.9 s",
/// "74.000 000 s"); apart from that it looks the same.
QString withWholeFigures(QString text);

/// Text of tasks, threads and clients made fit for one painted line: control characters and line breaks become visible
/// pictures, characters that turn the writing direction are taken out, and no more than `most` characters remain.
QString plainLine(const QString& text, int most = 200);

/// A name that core gives in English ("main thread", "echo server") in the user's language; any other as plainLine().
QString knownName(const QString& text);

/// True when the text has Chinese, Japanese or Korean characters, which need 12 px to be read.
bool hasCjk(const QString& text);

} // namespace poolscope::ui
