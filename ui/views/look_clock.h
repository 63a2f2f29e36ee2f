#pragma once

#include "ui/session/session.h"

namespace poolscope::ui {

/// Tells a view whether there is anything new to show: an event, another pool or cursor, or a tenth of a second, which
/// is how finely elapsed times are shown. So five of six frames of a busy session cost a view nothing.
/// Threads: GUI thread.
class LookClock {
 public:
  bool isDue(const Session& session) {
    constexpr std::int64_t kTenth = 100'000'000;
    const Look now{session.state().seq, session.now() / kTenth, session.currentPool(), session.isLive()};
    if (now == m_last) return false;
    m_last = now;
    return true;
  }

 private:
  struct Look {
    std::uint64_t seq = UINT64_MAX;
    std::int64_t tenth = 0;
    PoolId pool;
    bool live = true;
    friend bool operator==(const Look&, const Look&) = default;
  };
  Look m_last;
};

} // namespace poolscope::ui
