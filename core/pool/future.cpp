#include "core/pool/future.h"

namespace poolscope::detail {

std::string stateName(FutureState state, bool failed) {
  switch (state) {
  case FutureState::Pending:
    return "pending";
  case FutureState::Running:
    return "running";
  case FutureState::Cancelled:
    return "cancelled";
  case FutureState::Finished:
    return failed ? "finished, raised" : "finished, returned";
  }
  return {};
}

void throwInvalidState(const TaskBlock& block) {
  throw InvalidStateError("the future has its outcome already or was cancelled: it is " +
                          stateName(block.state(), static_cast<bool>(block.error())));
}

void throwEmpty() {
  throw InvalidStateError("there is no future or promise here: it was made by default, or moved from");
}

void throwTaken() {
  throw InvalidStateError("the result was moved out before, by get() or by result() of a temporary");
}

} // namespace poolscope::detail
