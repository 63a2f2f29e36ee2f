#pragma once

#include "core/event/chrome_trace_reader.h"

#include <QCoreApplication>
#include <QString>

namespace poolscope::ui {

/// What there is to say of a file that was read, and of what the system refused, in the window's language.
/// Threads: any thread while the language stays.
struct TraceWords {
  Q_DECLARE_TR_FUNCTIONS(TraceWords)
 public:
  /// One sentence with the file's path: what is wrong, where, and how much was kept. Empty when all is well.
  static QString of(const QString& path, const TraceReadResult& result);
  static QString systemError(int error);
};

} // namespace poolscope::ui
