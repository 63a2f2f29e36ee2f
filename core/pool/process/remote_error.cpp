#include "core/pool/process/remote_error.h"

#include "core/event/utf8.h"
#include "core/pool/future.h"
#include "core/pool/process/serialize.h"

#include <algorithm>
#include <any>
#include <charconv>
#include <cstdlib>
#include <cxxabi.h>
#include <filesystem>
#include <future>
#include <ios>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <regex>
#include <system_error>
#include <typeinfo>
#include <utility>
#include <vector>

namespace poolscope::detail {

namespace {

constexpr std::size_t kMostText = std::size_t{1} << 20; // more says nothing to a person
constexpr int kMostNested = 32;                         // a chain may be a loop

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 ? text.get() : name;
}

/// An exception with the text that it had in the worker, where its own constructor would make another.
template <class E> struct WithText : E {
  WithText(E error, std::string given) : E(std::move(error)), text(std::move(given)) {}
  const char* what() const noexcept override { return text.c_str(); }
  std::string text;
};

/// The name of its class, without the wrapper that std::throw_with_nested puts around it and without our own.
std::string className(const std::exception& error) {
  std::string name = demangled(typeid(error).name());
  for (const std::string_view wrapper :
       {"std::_Nested_exception<", "poolscope::detail::(anonymous namespace)::WithText<"})
    if (name.starts_with(wrapper) && name.ends_with('>')) {
      name = name.substr(wrapper.size(), name.size() - wrapper.size() - 1);
      while (name.ends_with(' ')) // "<std::vector<int> >"
        name.pop_back();
    }
  if (name == "std::filesystem::__cxx11::filesystem_error") return "std::filesystem::filesystem_error";
  if (name == "std::ios_base::failure[abi:cxx11]") return "std::ios_base::failure";
  return name;
}

const std::error_category* const kCategories[] = {&std::generic_category(), &std::system_category(),
                                                  &std::iostream_category(), &std::future_category()};

/// What an exception has beside its text travels behind its type's name, each field after a NUL.
void addField(std::string& type, std::string_view field) {
  type += '\0', type += field;
}
void addCode(std::string& type, const std::error_code& code) {
  const auto* known = std::ranges::find_if(kCategories, [&](const auto* one) { return *one == code.category(); });
  addField(type, known == std::end(kCategories) ? "" : std::to_string(known - kCategories));
  addField(type, std::to_string(code.value()));
  addField(type, code.category().name());
}

std::string typeName(const std::exception& error) {
  std::string type = className(error);
  if (const auto* remote = dynamic_cast<const RemoteError*>(&error)) return remote->type(); // it travels on
  if (const auto* files = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
      files && type == "std::filesystem::filesystem_error") {
    addCode(type, files->code());
    // Its text shows with how many paths it was made, the empty ones too: " [/from] []".
    const std::string first = " [" + files->path1().native() + "]";
    const std::string_view text = files->what();
    const int paths = text.ends_with(first + " [" + files->path2().native() + "]") ? 2 : text.ends_with(first) ? 1 : 0;
    addField(type, std::to_string(paths));
    addField(type, files->path1().native()), addField(type, files->path2().native());
  } else if (const auto* system = dynamic_cast<const std::system_error*>(&error);
             system && (type == "std::system_error" || type == "std::ios_base::failure")) {
    addCode(type, system->code());
  } else if (const auto* future = dynamic_cast<const std::future_error*>(&error);
             future && type == "std::future_error") {
    addField(type, std::to_string(future->code().value()));
  } else if (const auto* regex = dynamic_cast<const std::regex_error*>(&error); regex && type == "std::regex_error") {
    addField(type, std::to_string(static_cast<int>(regex->code())));
  } else if (const auto* died = dynamic_cast<const WorkerDied*>(&error); died && type == "poolscope::WorkerDied") {
    addField(type, std::to_string(died->pid()));
    addField(type, died->exitCode() ? std::to_string(*died->exitCode()) : "");
    addField(type, died->signal() ? std::to_string(*died->signal()) : "");
  }
  return type;
}

} // namespace

std::string_view textOf(const std::exception& error) noexcept {
  const char* text = error.what();
  return text ? text : "an exception without a text";
}

namespace {

/// Its text; of a filesystem_error the one without the paths, which its constructor adds.
std::string_view ownText(const std::exception& error) {
  const auto* files = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
  if (files && className(error) == "std::filesystem::filesystem_error") return files->std::system_error::what();
  return textOf(error);
}

std::string cut(std::string_view text) {
  return std::string(text.substr(0, utf8CutBefore(text, std::min(text.size(), kMostText))));
}

void appendNested(const std::exception& error, std::string& trace, int depth) {
  if (depth == kMostNested || trace.size() >= kMostText) return;
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& nested) {
    trace += className(nested) + ": " + std::string(textOf(nested)) + "\n";
    appendNested(nested, trace, depth + 1);
  } catch (...) {
    trace += "an exception without a text\n";
  }
}

template <class E> [[noreturn]] void raise(E error, std::string_view trace) {
  if (trace.empty()) throw error;
  try {
    throw RemoteError("trace", std::string(trace));
  } catch (...) {
    std::throw_with_nested(std::move(error));
  }
}

using Raiser = void (*)(const std::string& what, std::string_view trace);
template <class E> void raiseAs(const std::string& what, std::string_view trace) {
  raise(E(what), trace);
}
template <class E> void raiseBare(const std::string&, std::string_view trace) {
  raise(E(), trace);
}

struct Known {
  std::string_view type;
  Raiser raiser;
};
constexpr Known kKnown[] = {
    {"std::runtime_error", raiseAs<std::runtime_error>},
    {"std::range_error", raiseAs<std::range_error>},
    {"std::overflow_error", raiseAs<std::overflow_error>},
    {"std::underflow_error", raiseAs<std::underflow_error>},
    {"std::logic_error", raiseAs<std::logic_error>},
    {"std::invalid_argument", raiseAs<std::invalid_argument>},
    {"std::domain_error", raiseAs<std::domain_error>},
    {"std::length_error", raiseAs<std::length_error>},
    {"std::out_of_range", raiseAs<std::out_of_range>},
    {"std::exception", raiseBare<std::exception>},
    {"std::bad_exception", raiseBare<std::bad_exception>},
    {"std::bad_alloc", raiseBare<std::bad_alloc>},
    {"std::bad_array_new_length", raiseBare<std::bad_array_new_length>},
    {"std::bad_weak_ptr", raiseBare<std::bad_weak_ptr>},
    {"std::bad_any_cast", raiseBare<std::bad_any_cast>},
    {"std::bad_cast", raiseBare<std::bad_cast>},
    {"std::bad_typeid", raiseBare<std::bad_typeid>},
    {"std::bad_optional_access", raiseBare<std::bad_optional_access>},
    {"std::bad_variant_access", raiseBare<std::bad_variant_access>},
    {"std::bad_function_call", raiseBare<std::bad_function_call>},
    {"poolscope::CancelledError", raiseAs<CancelledError>},
    {"poolscope::TimeoutError", raiseAs<TimeoutError>},
    {"poolscope::InvalidStateError", raiseAs<InvalidStateError>},
    {"poolscope::ExecutorShutdown", raiseAs<ExecutorShutdown>},
    {"poolscope::QueueFull", raiseAs<QueueFull>},
    {"poolscope::TaskTimeout", raiseAs<TaskTimeout>},
    {"poolscope::SerializationError", raiseAs<SerializationError>},
    {"poolscope::WouldDeadlock", raiseAs<WouldDeadlock>},
    {"poolscope::BrokenExecutor", raiseAs<BrokenExecutor>},
    {"poolscope::BrokenThreadPool", raiseAs<BrokenThreadPool>},
    {"poolscope::BrokenProcessPool", raiseAs<BrokenProcessPool>},
};

using Fields = std::vector<std::string>;

std::optional<int> number(const Fields& fields, std::size_t i) {
  int value = 0;
  if (i >= fields.size()) return {};
  const std::string& text = fields[i];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

/// Those with a code; returns where the category is nobody's whom this process knows, or a field is missing.
void raiseWithCode(std::string_view name, std::string text, const Fields& fields, std::string_view trace) {
  const auto category = number(fields, 0), value = number(fields, 1);
  if (!category || *category < 0 || static_cast<std::size_t>(*category) >= std::size(kCategories) || !value) return;
  const std::error_code code(*value, *kCategories[*category]);
  // Their constructors append ": " and the code's message, which the text has already.
  if (const std::string tail = ": " + code.message(); text.ends_with(tail)) text.resize(text.size() - tail.size());
  if (name == "std::system_error") raise(std::system_error(code, text), trace);
  if (name == "std::ios_base::failure") raise(std::ios_base::failure(text, code), trace);
  using FileError = std::filesystem::filesystem_error;
  if (name != "std::filesystem::filesystem_error" || fields.size() != 6) return;
  const int paths = number(fields, 3).value_or(0);
  raise(paths == 2   ? FileError(text, fields[4], fields[5], code)
        : paths == 1 ? FileError(text, fields[4], code)
                     : FileError(text, code),
        trace);
}

void raiseWithFields(std::string_view name, const std::string& text, const Fields& fields, std::string_view trace) {
  raiseWithCode(name, text, fields, trace);
  const auto first = number(fields, 0);
  if (!first) return;
  if (name == "std::future_error") raise(std::future_error(static_cast<std::future_errc>(*first)), trace);
  if (name == "std::regex_error")
    raise(WithText(std::regex_error(static_cast<std::regex_constants::error_type>(*first)), text), trace);
  if (name == "poolscope::WorkerDied") raise(WorkerDied(text, *first, number(fields, 1), number(fields, 2)), trace);
}

} // namespace

void describeCurrentException(std::string& type, std::string& what, std::string& trace) {
  try {
    throw;
  } catch (const std::exception& error) {
    type = cut(typeName(error));
    what = cut(ownText(error));
    appendNested(error, trace, 0);
    trace = cut(trace);
  } catch (...) {
    const std::type_info* thrown = abi::__cxa_current_exception_type();
    type = thrown ? cut(demangled(thrown->name())) : "unknown";
    what = "an exception of type " + type;
  }
}

std::exception_ptr rebuildException(std::string_view type, std::string_view what, std::string_view trace) {
  std::string text(what);
  Fields fields;
  const std::string_view name = type.substr(0, type.find('\0'));
  for (std::size_t at = name.size(); at < type.size();) {
    const std::size_t end = std::min(type.find('\0', at + 1), type.size());
    fields.emplace_back(type.substr(at + 1, end - at - 1));
    at = end;
  }
  try {
    for (const Known& known : kKnown)
      if (known.type == name) known.raiser(text, trace);
    raiseWithFields(name, text, fields, trace);
    if (fields.size() >= 3) text += " (error " + fields[1] + " of the category " + fields[2] + ")";
    raise(RemoteError(std::string(name), text), trace);
  } catch (...) {
    return std::current_exception();
  }
}

} // namespace poolscope::detail
