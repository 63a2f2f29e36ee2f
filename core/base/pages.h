#pragma once

#include <cstddef>

namespace poolscope {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Fresh zeroed memory from the kernel, for what will be written whole: a fault of 4 KiB at a time costs more than the
/// writing itself. Threads: any thread.
struct Pages {
  void* mapping = nullptr;
  std::size_t mapped = 0;
  void* data = nullptr; ///< null when the system gives none

  /// From a huge page on aligned for huge pages, and the kernel is asked for them; it clears each when it is touched.
  static Pages lazy(std::size_t size);
  /// Has the kernel supply memory of whole pages now, so that writing it meets no fault. An advice.
  static void populate(void* data, std::size_t size);
  void free() const;
};

} // namespace poolscope
