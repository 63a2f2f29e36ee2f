#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace poolscope {

/// What a task in a worker process threw, where its type cannot be made again here. Standard exceptions and this
/// library's own arrive as themselves, with what they have beside their text (codes, paths); an error code of a category
/// that is not the standard library's is told in the text. An exception that nested others arrives with a RemoteError
/// nested in it, whose what() lists what those said.
struct RemoteError : std::runtime_error {
  RemoteError(std::string type, const std::string& what) : std::runtime_error(what), m_type(std::move(type)) {}
  const std::string& type() const { return m_type; } ///< "std::vector<int>", "int": the name in the worker

 private:
  std::string m_type;
};

namespace detail {

/// What an exception says, where it says something: a user's own what() may return anything.
std::string_view textOf(const std::exception& error) noexcept;
/// Describes the exception being handled; call it in a catch block. Texts are cut at 1 MiB.
void describeCurrentException(std::string& type, std::string& what, std::string& trace);
/// The other way. Never null.
std::exception_ptr rebuildException(std::string_view type, std::string_view what, std::string_view trace);

} // namespace detail
} // namespace poolscope
