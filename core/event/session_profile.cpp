#include "core/event/session_profile.h"

#include <algorithm>

namespace poolscope {

void SessionProfile::set(std::int64_t t, std::uint32_t computing, std::uint32_t blocked, std::uint32_t capacity) {
  if (!m_started) m_begin = m_last = t, m_started = true;
  add(t);
  m_computing = static_cast<float>(computing), m_blocked = static_cast<float>(blocked);
  m_capacity = static_cast<float>(capacity);
}

/// Counts the time from the last change to t.
void SessionProfile::add(std::int64_t t) {
  while (t - m_begin >= m_width * static_cast<std::int64_t>(kMost)) {
    for (std::size_t i = 0; i < m_bins.size(); i += 2) {
      Bin sum = m_bins[i];
      if (i + 1 < m_bins.size()) {
        const Bin& second = m_bins[i + 1];
        sum.computing += second.computing, sum.blocked += second.blocked, sum.capacity += second.capacity;
      }
      m_bins[i / 2] = sum;
    }
    m_bins.resize((m_bins.size() + 1) / 2);
    m_width *= 2;
  }
  while (m_last < t) {
    const auto place = static_cast<std::size_t>((m_last - m_begin) / m_width);
    const std::int64_t end = std::min(t, m_begin + static_cast<std::int64_t>(place + 1) * m_width);
    if (place >= m_bins.size()) m_bins.resize(place + 1);
    const auto length = static_cast<float>(end - m_last);
    Bin& bin = m_bins[place];
    bin.computing += m_computing * length, bin.blocked += m_blocked * length, bin.capacity += m_capacity * length;
    m_last = end;
  }
}

SessionProfile SessionProfile::until(std::int64_t t) const {
  SessionProfile copy = *this; // some 24 KB, for a picture that is made a few times a second
  copy.add(t);
  return copy;
}

} // namespace poolscope
