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

TEST(CommandLine, withoutWordsItIsTheWindow) {
  EXPECT_TRUE(std::holds_alternative<WindowCommand>(parseCommandLine({})));
  EXPECT_TRUE(std::holds_alternative<HelpCommand>(parseCommandLine({"--help"})));
  EXPECT_TRUE(std::holds_alternative<VersionCommand>(parseCommandLine({"--version"})));
  EXPECT_TRUE(std::holds_alternative<ScenariosCommand>(parseCommandLine({"scenarios"})));
}
