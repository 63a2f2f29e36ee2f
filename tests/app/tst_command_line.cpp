#include "app/command_line.h"

#include <gtest/gtest.h>

using namespace poolscope;

namespace {
std::string wrongOf(std::vector<std::string> words) {
  const Command command = parseCommandLine(words);
  const auto* error = std::get_if<UsageError>(&command);
  return error ? error->text : "(accepted)";
}
} // namespace

TEST(CommandLine, namesTheWrongWord) {
  EXPECT_NE(wrongOf({"run", "nope"}).find("'nope'"), std::string::npos);
  EXPECT_NE(wrongOf({"run", "map", "--workers", "0"}).find("'0'"), std::string::npos);
  EXPECT_NE(wrongOf({"run", "map", "--workers", "4097"}).find("'4097'"), std::string::npos);
  EXPECT_NE(wrongOf({"run", "map", "--workers", "-1"}).find("-1"), std::string::npos);
  EXPECT_NE(wrongOf({"run", "map", "--speed", "0"}).find("'0'"), std::string::npos);
  EXPECT_NE(wrongOf({"run", "map", "extra"}).find("'extra'"), std::string::npos);
  EXPECT_NE(wrongOf({"--lang", "fr"}).find("'fr'"), std::string::npos);
  EXPECT_NE(wrongOf({"--wrong"}).find("wrong"), std::string::npos);
  EXPECT_NE(wrongOf({"serv"}).find("'serv'"), std::string::npos);
  EXPECT_NE(wrongOf({"run"}).find("missing"), std::string::npos);
  EXPECT_NE(wrongOf({"--screenshot", "a.png", "--after", "done"}).find("'done'"), std::string::npos);
}

TEST(CommandLine, understandsRun) {
  const Command command = parseCommandLine({"run", "thread-pool", "--workers", "8", "--tasks", "3", "--seed", "7",
                                            "--speed", "2.5", "--no-wait", "--cancel-futures", "--lang", "zh_CN"});
  const auto& run = std::get<RunCommand>(command);
  EXPECT_EQ(run.scenario, "thread-pool");
  EXPECT_EQ(run.workers, 8u);
  EXPECT_EQ(run.tasks, 3u);
  EXPECT_EQ(run.seed, 7u);
  EXPECT_EQ(run.speed, 2.5);
  EXPECT_TRUE(run.noWait && run.cancelFutures);
  EXPECT_EQ(run.language, Language::SimplifiedChinese);
}

TEST(CommandLine, understandsServesLimits) {
  const Command command = parseCommandLine({"serve", "--verbose", "--max-clients", "7", "--idle-limit", "1.5s",
                                            "--write-deadline", "200ms", "--duration", "2min"});
  const auto& serve = std::get<ServeCommand>(command);
  EXPECT_TRUE(serve.verbose);
  EXPECT_EQ(serve.maxClients, 7u);
  EXPECT_EQ(serve.idleLimit, std::chrono::milliseconds(1500));
  EXPECT_EQ(serve.writeDeadline, std::chrono::milliseconds(200));
  EXPECT_EQ(serve.duration, std::chrono::minutes(2));
  for (const char* wrong : {"5", "s", "-1s", "0s", "1h", "1 s", "1e3s", "nan s", "1sec", "", "0.1ms", "1e300min"})
    EXPECT_NE(wrongOf({"serve", "--duration", wrong}).find("'" + std::string(wrong) + "'"), std::string::npos) << wrong;
}

TEST(CommandLine, refusesWhatMeansNothingInAMode) {
  EXPECT_NE(wrongOf({"serve", "--mode", "thread-per-connection", "--workers", "2"}).find("--workers"),
            std::string::npos);
}

TEST(CommandLine, takesWordsOfChatAsMessages) {
  const Command command = parseCommandLine({"chat", "--port", "9", "hello", "two words", "--", "--help"});
  const auto& chat = std::get<ChatCommand>(command);
  EXPECT_EQ(chat.port, 9);
  EXPECT_EQ(chat.messages, (std::vector<std::string>{"hello", "two words", "--help"}));
}

TEST(CommandLine, helpsWithEachCommand) {
  const auto about = [](std::vector<std::string> words) {
    const Command command = parseCommandLine(words);
    const auto* help = std::get_if<HelpCommand>(&command);
    return help ? help->about : "(no help)";
  };
  for (const char* command : {"run", "serve", "chat", "scenarios"}) {
    EXPECT_EQ(about({command, "--help"}), command);
    EXPECT_EQ(about({command, "--port", "1", "-h"}), command);
    EXPECT_EQ(about({"help", command}), command);
    EXPECT_TRUE(helpText(command).starts_with("poolscope " + std::string(command)));
    EXPECT_NE(helpText().find(helpText(command)), std::string::npos);
  }
  EXPECT_EQ(about({"-h"}), "");
  EXPECT_EQ(about({"help"}), "");
  EXPECT_EQ(about({"--scenario", "map", "--help"}), "");
  EXPECT_NE(wrongOf({"help", "nope"}).find("'nope'"), std::string::npos);
  EXPECT_NE(wrongOf({"help", "run", "now"}).find("'now'"), std::string::npos);
}

TEST(CommandLine, withoutWordsItIsTheWindow) {
  EXPECT_TRUE(std::holds_alternative<WindowCommand>(parseCommandLine({})));
  EXPECT_TRUE(std::holds_alternative<HelpCommand>(parseCommandLine({"--help"})));
  EXPECT_TRUE(std::holds_alternative<VersionCommand>(parseCommandLine({"--version"})));
  EXPECT_TRUE(std::holds_alternative<ScenariosCommand>(parseCommandLine({"scenarios"})));
}
