#include "core/base/complain.h"

#include <poll.h>
#include <string>
#include <unistd.h>

namespace poolscope {

void complain(std::string_view sentence) {
  const std::string line = "poolscope: " + std::string(sentence) + "\n";
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return;
  // A pipe that is ready takes a page at once; longer sentences there are none.
  [[maybe_unused]] const ssize_t wrote = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace poolscope
