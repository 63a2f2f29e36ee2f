// Any bytes from a worker process, in pieces of any size: frames are cut, bodies decoded, and the same bytes give the
// same frames however they were cut.
#include "core/pool/process/wire.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

using namespace poolscope;
using namespace poolscope::wire;

namespace {

/// What a decoded message encodes to again; a body that is exactly one must give its own bytes.
template <class Message> bool sameAgain(const std::optional<Message>& message, std::string_view body) {
  if (!message) return true;
  std::string frame;
  append(frame, *message);
  return frame.size() >= body.size() && frame.compare(frame.size() - body.size(), body.size(), body) == 0;
}

bool decodes(const Frame& frame) {
  const std::string_view b = frame.body;
  return sameAgain(decodeHello(b), b) && sameAgain(decodeTask(b), b) && sameAgain(decodeStarted(b), b) &&
         sameAgain(decodeBlocked(b), b) && sameAgain(decodeUnblocked(b), b) && sameAgain(decodeLog(b), b) &&
         sameAgain(decodeClient(b), b) && sameAgain(decodeResult(b), b) && sameAgain(decodeError(b), b) &&
         sameAgain(decodeCancel(b), b) && sameAgain(decodeBye(b), b);
}

struct Seen {
  std::vector<std::string> frames;
  std::string error;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen readIn(const std::uint8_t* data, std::size_t size, std::size_t piece) {
  Seen seen;
  FrameReader reader;
  while (size > 0 && reader.error().empty()) {
    const std::size_t now = std::min(size, piece);
    const std::span<char> room = reader.room(now);
    std::memcpy(room.data(), data, now);
    reader.filled(now);
    data += now, size -= now;
    while (const auto frame = reader.next()) {
      if (!decodes(*frame)) std::abort();
      seen.frames.emplace_back(std::to_string(static_cast<int>(frame->tag)) + ' ' + std::string(frame->body));
    }
  }
  seen.error = reader.error();
  return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Seen whole = readIn(data, size, std::max<std::size_t>(size, 1));
  for (const std::size_t piece : {1, 3, 17})
    if (!(readIn(data, size, piece) == whole)) std::abort();
  return 0;
}
