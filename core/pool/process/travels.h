#pragma once

#include <msgpack.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <ranges>
#include <type_traits>

/// What a task may return from another process: a thing, not a view of one. A view would be rebuilt over bytes that are
/// gone, and read another text.
namespace poolscope::detail {

template <class T> inline constexpr bool kIsReferenceWrapper = false;
template <class T> inline constexpr bool kIsReferenceWrapper<std::reference_wrapper<T>> = true;
template <class T> inline constexpr bool kIsReferenceWrapper<std::initializer_list<T>> = true;

/// Types that refer to what somebody else holds: pointers, string_view, span, every borrowed range or view of the
/// standard library, and msgpack's own views of a message.
template <class T>
inline constexpr bool kIsView =
    std::is_pointer_v<T> || std::is_member_pointer_v<T> || kIsReferenceWrapper<T> ||
    std::ranges::enable_borrowed_range<T> || std::ranges::enable_view<T> || std::same_as<T, msgpack::object> ||
    std::same_as<T, msgpack::type::raw_ref> || std::same_as<T, msgpack::type::ext_ref>;

template <class T> struct HoldsViews;

/// Stands for a packer where a type says itself what it packs (MSGPACK_DEFINE): looks at the members' types. Nothing is
/// ever packed with it.
struct NoSink {
  void write(const char*, std::size_t) {}
};
class TravelCheck : public msgpack::packer<NoSink> {
 public:
  using packer::packer;
  template <class T> TravelCheck& pack(const T&) {
    static_assert(!HoldsViews<std::remove_cv_t<T>>::value,
                  "a member that is a view or a pointer means nothing in another process: hold the thing itself");
    return *this;
  }
  TravelCheck& pack_array(std::uint32_t) { return *this; }
  TravelCheck& pack_map(std::uint32_t) { return *this; }
};
template <class T> constexpr bool membersTravel() {
  if constexpr (requires { &T::template msgpack_pack<TravelCheck>; }) {
    [[maybe_unused]] constexpr auto looked = &T::template msgpack_pack<TravelCheck>; // makes the compiler read its body
  }
  return true;
}

/// Whether a value of this type is a view, or holds one: as an element, or as a member that it packs.
template <class T> struct HoldsViews : std::bool_constant<kIsView<T> || !membersTravel<T>()> {};
template <class T, std::size_t N> struct HoldsViews<T[N]> : HoldsViews<std::remove_cv_t<T>> {};
template <template <class...> class Of, class... A>
struct HoldsViews<Of<A...>> : std::bool_constant<kIsView<Of<A...>> || !membersTravel<Of<A...>>() ||
                                                 (HoldsViews<std::remove_cv_t<A>>::value || ...)> {};
template <template <class, std::size_t> class Of, class T, std::size_t N>
struct HoldsViews<Of<T, N>> : std::bool_constant<kIsView<Of<T, N>> || HoldsViews<std::remove_cv_t<T>>::value> {};

} // namespace poolscope::detail
