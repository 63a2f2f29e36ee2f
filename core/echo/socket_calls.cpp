#include "core/echo/socket_calls.h"

namespace poolscope {

constinit SocketCalls g_socketCalls;

} // namespace poolscope
