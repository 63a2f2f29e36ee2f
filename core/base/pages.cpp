#include "core/base/pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace poolscope {

Pages Pages::lazy(std::size_t size) {
  const std::size_t spare = size < kHugePage ? 0 : kHugePage;
  void* mapping =
      ::mmap(nullptr, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) return {};
  if (spare == 0) return {mapping, size, mapping};
  const auto start = reinterpret_cast<std::uintptr_t>(mapping);
  void* const aligned = reinterpret_cast<void*>((start + kHugePage - 1) & ~std::uintptr_t{kHugePage - 1});
  ::madvise(aligned, size, MADV_HUGEPAGE); // an advice: small pages do as well
  return {mapping, size + spare, aligned};
}

void Pages::populate([[maybe_unused]] void* data, [[maybe_unused]] std::size_t size) {
#ifdef MADV_POPULATE_WRITE
  ::madvise(data, size, MADV_POPULATE_WRITE);
#endif
}

void Pages::free() const {
  if (mapping != nullptr) ::munmap(mapping, mapped);
}

} // namespace poolscope
