#include "core/pool/process/remote_error.h"

#include "core/event/utf8.h"
#include "core/pool/future.h"
#include "core/pool/process/serialize.h"

#include <cstdlib>
#include <cxxabi.h>
#include <filesystem>
#include <ios>
#include <memory>
#include <new>
#include <system_error>
#include <typeinfo>

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

/// "std::system_error/generic/2": the code travels in the type's name.
std::string typeName(const std::exception& error) {
  std::string type = demangled(typeid(error).name());
  // std::throw_with_nested wraps: std::_Nested_exception<std::runtime_error>.
  constexpr std::string_view kWrapper = "std::_Nested_exception<";
  if (type.starts_with(kWrapper) && type.ends_with('>'))
    type = type.substr(kWrapper.size(), type.size() - kWrapper.size() - 1);
  if (const auto* system = dynamic_cast<const std::system_error*>(&error);
      system && (type == "std::system_error" || type.starts_with("std::filesystem")))
    type += "/" + std::string(system->code().category().name()) + "/" + std::to_string(system->code().value());
  return type;
}

std::string cut(std::string_view text) {
  return std::string(text.substr(0, utf8CutBefore(text, std::min(text.size(), kMostText))));
}

void appendNested(const std::exception& error, std::string& trace, int depth) {
  if (depth == kMostNested || trace.size() >= kMostText) return;
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& nested) {
    trace += typeName(nested) + ": " + nested.what() + "\n";
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
    {"std::bad_alloc", raiseBare<std::bad_alloc>},
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
};

void raiseSystemError(std::string_view type, const std::string& what, std::string_view trace) {
  const std::size_t slash = type.find('/'), last = type.rfind('/');
  const std::string_view category = type.substr(slash + 1, last - slash - 1);
  const int value = std::atoi(std::string(type.substr(last + 1)).c_str());
  const std::error_code code(value, category == "generic" ? std::generic_category() : std::system_category());
  // Its constructor appends ": " and the code's message, which the text has already.
  std::string prefix = what;
  if (const std::string tail = ": " + code.message(); prefix.ends_with(tail))
    prefix.resize(prefix.size() - tail.size());
  raise(std::system_error(code, prefix), trace);
}

} // namespace

void describeCurrentException(std::string& type, std::string& what, std::string& trace) {
  try {
    throw;
  } catch (const std::exception& error) {
    type = cut(typeName(error));
    what = cut(error.what());
    appendNested(error, trace, 0);
    trace = cut(trace);
  } catch (...) {
    const std::type_info* thrown = abi::__cxa_current_exception_type();
    type = thrown ? cut(demangled(thrown->name())) : "unknown";
    what = "an exception of type " + type;
  }
}

std::exception_ptr rebuildException(std::string_view type, std::string_view what, std::string_view trace) {
  const std::string text(what);
  try {
    for (const Known& known : kKnown)
      if (known.type == type) known.raiser(text, trace);
    if (type.starts_with("std::system_error/")) raiseSystemError(type, text, trace);
    raise(RemoteError(std::string(type), text), trace);
  } catch (...) {
    return std::current_exception();
  }
}

} // namespace poolscope::detail
