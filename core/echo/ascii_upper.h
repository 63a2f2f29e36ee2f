#pragma once

#include <cstddef>

namespace poolscope {

/// a–z → A–Z in place and nothing else, whatever the locale: what bytes.upper() does. So bytes of UTF-8 beyond ASCII
/// stay as they are, and it does not matter where a stream was cut.
inline void upperAscii(char* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool lower = static_cast<unsigned char>(byte - 'a') < 26;
    bytes[i] = static_cast<char>(byte - (lower ? 'a' - 'A' : 0));
  }
}

} // namespace poolscope
