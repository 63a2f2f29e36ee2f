#pragma once

namespace poolscope {

/// Ends the program with the sentence, the expression and its place on stderr. Never returns.
[[noreturn]] void assertFailed(const char* sentence, const char* expression, const char* file, int line) noexcept;

} // namespace poolscope

/// What only we can cause: checked in debug builds and in every test build, and said in a sentence.
/// Its condition must be free of side effects, for a release build does not evaluate it.
#if defined(NDEBUG) && !defined(POOLSCOPE_ASSERTS)
#define POOLSCOPE_ASSERT(condition, sentence) static_cast<void>(sizeof(!(condition)))
#else
#define POOLSCOPE_ASSERT(condition, sentence)                                                                          \
  (static_cast<bool>(condition) ? static_cast<void>(0)                                                                 \
                                : ::poolscope::assertFailed(sentence, #condition, __FILE__, __LINE__))
#endif
