#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace poolscope {

/// "prefix_slot" within the kernel's 15 bytes: the prefix is cut, at a UTF-8 boundary, so that the suffix fits.
inline std::string shortWorkerName(std::string_view prefix, std::size_t slot) {
  constexpr std::size_t kCommBytes = 15; // TASK_COMM_LEN − 1; pthread_setname_np refuses more and sets nothing
  const std::string suffix = "_" + std::to_string(slot);
  std::size_t keep = std::min(prefix.size(), kCommBytes - suffix.size());
  while (keep > 0 && keep < prefix.size() && (static_cast<unsigned char>(prefix[keep]) & 0xC0) == 0x80)
    --keep;
  return std::string(prefix.substr(0, keep)) + suffix;
}

} // namespace poolscope
