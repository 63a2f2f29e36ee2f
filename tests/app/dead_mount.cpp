// Preloaded into the program: a file whose path has "dead-mount" in it does not answer, as on a server that is gone.
// No signal and no descriptor wakes who opens it.
#include <cstdarg>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

namespace {

using Open = int (*)(const char*, int, ...);

int opened(const char* symbol, const char* path, int flags, mode_t mode) {
  while (std::strstr(path, "dead-mount") != nullptr)
    ::pause();
  return reinterpret_cast<Open>(::dlsym(RTLD_NEXT, symbol))(path, flags, mode);
}

mode_t modeOf(int flags, std::va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

} // namespace

extern "C" int open(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = modeOf(flags, rest);
  va_end(rest);
  return opened("open", path, flags, mode);
}

extern "C" int open64(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = modeOf(flags, rest);
  va_end(rest);
  return opened("open64", path, flags, mode);
}
