#pragma once

#include "core/event/recording.h"

#include <QString>

#include <cstdint>
#include <stop_token>

namespace poolscope::ui {

/// Writes all events of the recording to a file that is there as a whole or not at all: until the last byte is on the
/// disk, what was there before stays. Empty, or one sentence that says why not.
/// `processId`: the process that the recording tells of. Blocks; any thread.
QString saveRecording(const Recording& recording, const QString& path, std::uint32_t processId,
                      const std::stop_token& stop = {});

} // namespace poolscope::ui
