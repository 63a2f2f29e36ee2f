#pragma once

#include "core/analysis/latency_histogram.h"
#include "core/event/recording.h"

#include <cstdint>
#include <unordered_map>

namespace poolscope {

/// How long the server took to answer each client that is connected at a cursor: from having read what it sent
/// (ClientReceived) to having handed back as many bytes (ClientSent). What the client's bytes waited before, in its
/// socket or in the pool's queue, is not in it. A client that sends without a pause is told fifty times a second, so
/// that so many of its replies are measured.
///
/// Made by whoever shows it; advance() reads on from where it stood, so that a call costs what is new. A cursor that
/// moved back begins anew. Whoever has left is forgotten.
/// Threads: owner.
class ReplyLatency {
 public:
  /// Reads at most `most` events up to `seq`; true when nothing is left.
  bool advance(const Recording& recording, std::uint64_t seq, std::uint64_t most = UINT64_MAX);
  const LatencyHistogram* of(ClientId client) const; ///< null: no reply of it was measured

 private:
  struct Client {
    std::uint64_t unanswered = 0; // bytes
    std::int64_t since = 0;       // when the first of them was read
    LatencyHistogram replies;
  };
  void add(const Event& event);

  std::unordered_map<ClientId, Client> m_clients;
  std::uint64_t m_seq = 0;
};

} // namespace poolscope
