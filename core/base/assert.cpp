#include "core/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace poolscope {

void assertFailed(const char* sentence, const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: %s (%s)\n", file, line, sentence, expression);
  std::abort();
}

} // namespace poolscope
