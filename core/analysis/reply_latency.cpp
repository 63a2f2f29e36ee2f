#include "core/analysis/reply_latency.h"

#include <algorithm>

namespace poolscope {

const LatencyHistogram* ReplyLatency::of(ClientId client) const {
  const auto it = m_clients.find(client);
  return it == m_clients.end() || it->second.replies.count() == 0 ? nullptr : &it->second.replies;
}

void ReplyLatency::add(const Event& event) {
  const std::int64_t t = event.t - event.c; // a worker process says when it was, its pool when it heard of it
  switch (event.kind) {
  case EventKind::ClientReceived: {
    Client& client = m_clients[event.client()];
    if (client.unanswered == 0) client.since = t;
    client.unanswered += static_cast<std::uint64_t>(event.ab());
    break;
  }
  case EventKind::ClientSent: {
    Client& client = m_clients[event.client()];
    if (client.unanswered == 0) break; // read before the recording began
    client.unanswered -= std::min(client.unanswered, static_cast<std::uint64_t>(event.ab()));
    // Bytes that are told in one with their answer say nothing of its time.
    if (client.unanswered == 0 && t > client.since) client.replies.record(t - client.since);
    break;
  }
  case EventKind::ClientDisconnected:
    m_clients.erase(event.client());
    break;
  case EventKind::Dropped:
    for (auto& [id, client] : m_clients)
      client.unanswered = 0;
    break;
  default:
    break;
  }
}

bool ReplyLatency::advance(const Recording& recording, std::uint64_t seq, std::uint64_t most) {
  if (seq < m_seq) *this = ReplyLatency();
  seq = std::min(seq, recording.size());
  const std::uint64_t end = most < seq - m_seq ? m_seq + most : seq;
  while (m_seq < end) {
    const auto run = recording.from(m_seq);
    for (const Event& event : run.first(std::min<std::size_t>(run.size(), static_cast<std::size_t>(end - m_seq))))
      add(event);
    m_seq += std::min<std::uint64_t>(run.size(), end - m_seq);
  }
  return m_seq == seq;
}

} // namespace poolscope
