#pragma once

#include <string_view>

namespace poolscope {

/// "poolscope: SENTENCE" on stderr, unless nobody reads there and the write would block: who ends must not hang on it.
/// Threads: any thread.
void complain(std::string_view sentence);

} // namespace poolscope
