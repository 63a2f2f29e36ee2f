#include "app/serve_text.h"

#include <algorithm>
#include <cstdio>

namespace poolscope {

namespace {

constexpr std::size_t kMostClients = 20; // that stateText() names

template <class... A> std::string format(const char* form, A... values) {
  char text[96];
  std::snprintf(text, sizeof text, form, values...);
  return text;
}

std::string counted(std::uint64_t count, const char* one, const char* several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

std::string causeText(DisconnectCause cause) {
  switch (cause) {
  case DisconnectCause::EndOfStream:
    return "it has ended its stream";
  case DisconnectCause::Reset:
    return "it has reset the connection";
  case DisconnectCause::Lost:
    return "its host has vanished";
  case DisconnectCause::Idle:
    return "it was silent for too long";
  case DisconnectCause::SlowReader:
    return "it does not read its answers";
  case DisconnectCause::ServerStop:
    return "the server ends";
  case DisconnectCause::WorkerDied:
    return "its worker process has died";
  case DisconnectCause::Cancelled:
    return "its task was cancelled";
  case DisconnectCause::Error:
    break;
  }
  return "its connection failed";
}

std::string trafficText(const Traffic& traffic) {
  return counted(traffic.messages, "message", "messages") + ", " + bytesText(traffic.received) + " in, " +
         bytesText(traffic.sent) + " out";
}

/// "2, 3 and 4"
std::string listed(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    text += (i == 0 ? "" : i + 1 == numbers.size() ? " and " : ", ") + std::to_string(numbers[i]);
  return text;
}

std::string workersText(const EchoServer& server) {
  switch (server.mode()) {
  case ServeMode::ThreadPerConnection:
    return "a thread for each client";
  case ServeMode::ProcessPool:
    return counted(server.maxWorkers(), "worker process", "worker processes");
  default:
    return counted(server.maxWorkers(), "worker thread", "worker threads");
  }
}

} // namespace

std::string timeText(std::chrono::nanoseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  if (seconds < 0.1) return format("%.1f ms", seconds * 1e3);
  if (seconds < 100) return format("%.1f s", seconds);
  const auto whole = static_cast<long>(seconds);
  return format("%ld min %ld s", whole / 60, whole % 60);
}

std::string bytesText(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 10'000) return counted(bytes, "byte", "bytes");
  if (value < 1e6) return format("%.1f kB", value / 1e3);
  if (value < 1e9) return format("%.1f MB", value / 1e6);
  return format("%.1f GB", value / 1e9);
}

std::string newsText(const ClientNews& news) {
  const ClientInfo& client = news.client;
  const std::string who = "client " + std::to_string(client.number);
  switch (news.what) {
  case ClientNews::What::Came:
    return who + " has come: " + client.peer;
  case ClientNews::What::Waits: {
    std::string text = who + " waits: no worker is free";
    if (!news.behind.empty())
      text += std::string(", they serve client") + (news.behind.size() == 1 ? " " : "s ") + listed(news.behind);
    if (news.before > 0) text += "; " + std::to_string(news.before) + " before it in the queue";
    return text;
  }
  case ClientNews::What::Served:
    return who + " is served after " + timeText(client.waited);
  case ClientNews::What::Left:
    return who + " has left, " + causeText(news.cause) + ": " + trafficText(client.traffic);
  case ClientNews::What::Refused:
    break;
  }
  return (client.peer.empty() ? "a client" : client.peer) + " was refused: too many clients";
}

std::string startText(const EchoServer& server) {
  std::string text = std::string(serveModeName(server.mode())) + ", " + workersText(server);
  if (server.maxClients() < 1'000'000) text += ", at most " + counted(server.maxClients(), "client", "clients");
  return text + "; Ctrl-C ends it";
}

std::string summaryText(const ServerTotals& totals, std::chrono::nanoseconds served) {
  std::string text = counted(totals.clients, "client", "clients") + " in " + timeText(served) + ": " +
                     trafficText(totals.traffic) + "; longest wait " + timeText(totals.longestWait);
  if (totals.refused > 0) text += "; " + std::to_string(totals.refused) + " refused";
  return text;
}

std::vector<std::string> stateText(const EchoServer& server, std::chrono::nanoseconds served) {
  const std::vector<ClientInfo> clients = server.clients();
  const auto servedNow = static_cast<std::size_t>(std::ranges::count_if(clients, &ClientInfo::served));
  const PoolStats stats = server.stats();
  std::vector<std::string> lines;
  lines.push_back(std::string(serveModeName(server.mode())) + ", " + workersText(server) + ": " +
                  std::to_string(stats.liveWorkers) + " live, " + std::to_string(stats.running) + " busy; " +
                  counted(clients.size(), "client", "clients") + " here: " + std::to_string(servedNow) + " served, " +
                  std::to_string(clients.size() - servedNow) + " waiting");
  lines.push_back("so far " + summaryText(server.totals(), served));
  for (const ClientInfo& client : clients) {
    if (lines.size() == kMostClients + 2) {
      lines.push_back("… and " + std::to_string(clients.size() - kMostClients) + " more");
      break;
    }
    std::string line = "client " + std::to_string(client.number) + ", " + client.peer + ", ";
    if (!client.served)
      line += "waits for " + timeText(client.waited);
    else
      line += "is served" + (client.silence ? ", silent for " + timeText(*client.silence) : "") +
              (server.mode() == ServeMode::ProcessPool ? "" : ": " + trafficText(client.traffic));
    lines.push_back(line);
  }
  return lines;
}

} // namespace poolscope
