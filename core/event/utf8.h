#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace poolscope {

/// The length of the valid sequence at the front of a text that is not empty; 0 when there is none.
std::size_t utf8LengthAt(std::string_view text);
bool isUtf8(std::string_view text);
/// The text with every byte that is not part of a valid sequence replaced by U+FFFD.
std::string repairUtf8(std::string_view text);
/// The greatest length ≤ `most` at which the text may be cut without cutting a character.
std::size_t utf8CutBefore(std::string_view text, std::size_t most);

} // namespace poolscope
