#include "app/command_line.h"

#include "core/pool/executor.h"

#include <QCommandLineParser>
#include <QStringList>

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace poolscope {

namespace {

/// A word that is wrong, on its way out of the parsing.
struct Wrong {
  std::string text;
};

std::string quoted(const std::string& word) {
  return "'" + word + "'";
}

template <class Number> Number number(const QCommandLineParser& parser, const char* option, Number least, Number most) {
  const std::string word = parser.value(QString::fromLatin1(option)).toStdString();
  Number value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || word.empty() ||
      !(value >= least && value <= most)) { // so that "nan" is refused, too
    std::string range = std::to_string(least) + " to " + std::to_string(most);
    if constexpr (std::is_floating_point_v<Number>) range = "greater than 0";
    throw Wrong{"--" + std::string(option) + ": " + quoted(word) + " is not a number " + range};
  }
  return value;
}

double positive(const QCommandLineParser& parser, const char* option) {
  // A millionth: anything slower would not end in a lifetime.
  return number<double>(parser, option, 1e-6, 1e12);
}

std::string oneOf(const QCommandLineParser& parser, const char* option, std::initializer_list<const char*> allowed) {
  const std::string word = parser.value(QString::fromLatin1(option)).toStdString();
  std::string list;
  for (const char* name : allowed) {
    if (word == name) return word;
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  throw Wrong{"--" + std::string(option) + ": " + quoted(word) + " is none of " + list};
}

std::string scenarioName(const std::string& word) {
  if (!findScenario(word)) throw Wrong{"there is no scenario " + quoted(word) + "; `poolscope scenarios` lists them"};
  return word;
}

QCommandLineOption valued(const char* name) {
  return QCommandLineOption(QString::fromLatin1(name), {}, QStringLiteral("value"));
}
QCommandLineOption flag(const char* name) {
  return QCommandLineOption(QString::fromLatin1(name));
}

void parse(QCommandLineParser& parser, const std::vector<std::string>& words,
           std::initializer_list<QCommandLineOption> options) {
  for (const QCommandLineOption& option : options)
    parser.addOption(option);
  QStringList list{QStringLiteral("poolscope")};
  for (const std::string& word : words)
    list << QString::fromStdString(word);
  if (!parser.parse(list)) throw Wrong{parser.errorText().simplified().toStdString()};
}

bool has(const QCommandLineParser& parser, const char* option) {
  return parser.isSet(QString::fromLatin1(option));
}

Command parseRun(const std::vector<std::string>& words) {
  QCommandLineParser parser;
  parse(parser, words,
        {valued("workers"), valued("tasks"), valued("seed"), valued("speed"), valued("lang"), valued("trace"),
         flag("no-wait"), flag("cancel-futures")});
  const QStringList names = parser.positionalArguments();
  if (names.isEmpty()) throw Wrong{"run: the name of a scenario is missing; `poolscope scenarios` lists them"};
  if (names.size() > 1) throw Wrong{"run: " + quoted(names[1].toStdString()) + " is one word too many"};
  RunCommand command;
  command.scenario = scenarioName(names[0].toStdString());
  if (has(parser, "workers")) command.workers = number<std::size_t>(parser, "workers", 1, kMostWorkers);
  if (has(parser, "tasks")) command.tasks = number<std::size_t>(parser, "tasks", 0, 1'000'000);
  if (has(parser, "seed")) command.seed = number<std::uint64_t>(parser, "seed", 0, UINT64_MAX);
  if (has(parser, "speed")) command.speed = positive(parser, "speed");
  if (has(parser, "lang"))
    command.language = oneOf(parser, "lang", {"en", "zh_CN"}) == "en" ? Language::English : Language::SimplifiedChinese;
  if (has(parser, "trace")) {
    command.traceFile = parser.value(QStringLiteral("trace")).toStdString();
    if (command.traceFile.empty()) throw Wrong{"--trace: the name of a file is missing"};
  }
  command.noWait = has(parser, "no-wait");
  command.cancelFutures = has(parser, "cancel-futures");
  return command;
}

void expectNoWord(const QCommandLineParser& parser, const char* command) {
  const QStringList words = parser.positionalArguments();
  if (!words.isEmpty())
    throw Wrong{std::string(command) + ": " + quoted(words[0].toStdString()) + " is one word too many"};
}

/// --host and --port, where they are given.
template <class Where> void parseAddress(const QCommandLineParser& parser, Where& where) {
  if (has(parser, "port")) where.port = number<std::uint16_t>(parser, "port", 0, UINT16_MAX);
  if (!has(parser, "host")) return;
  where.host = parser.value(QStringLiteral("host")).toStdString();
  if (where.host.empty()) throw Wrong{"--host: the name of a host is missing"};
}

Command parseServe(const std::vector<std::string>& words) {
  QCommandLineParser parser;
  parse(parser, words, {valued("mode"), valued("workers"), valued("host"), valued("port"), valued("trace")});
  expectNoWord(parser, "serve");
  ServeCommand command;
  if (has(parser, "mode"))
    command.mode =
        *findServeMode(oneOf(parser, "mode", {"thread-per-connection", "thread-pool", "process-pool", "reactor"}));
  if (has(parser, "workers")) command.workers = number<std::size_t>(parser, "workers", 1, kMostWorkers);
  parseAddress(parser, command);
  if (has(parser, "trace")) {
    command.traceFile = parser.value(QStringLiteral("trace")).toStdString();
    if (command.traceFile.empty()) throw Wrong{"--trace: the name of a file is missing"};
  }
  return command;
}

Command parseChat(const std::vector<std::string>& words) {
  QCommandLineParser parser;
  parse(parser, words, {valued("host"), valued("port")});
  expectNoWord(parser, "chat");
  ChatCommand command;
  parseAddress(parser, command);
  if (command.port == 0) throw Wrong{"--port: '0' is no port to connect to"};
  return command;
}

Command parseWindow(const std::vector<std::string>& words) {
  QCommandLineParser parser;
  parse(parser, words,
        {valued("scenario"), valued("workers"), valued("seed"), valued("speed"), valued("lang"), valued("theme"),
         valued("screenshot"), valued("after"), flag("help"), flag("version")});
  if (has(parser, "help")) return HelpCommand{};
  if (has(parser, "version")) return VersionCommand{};
  WindowCommand command;
  ui::WindowOptions& options = command.options;
  const QStringList files = parser.positionalArguments();
  if (files.size() > 1) throw Wrong{quoted(files[1].toStdString()) + " is one word too many"};
  if (!files.isEmpty()) {
    options.file = files[0].toStdString();
    if (!options.file.ends_with(".json"))
      throw Wrong{quoted(options.file) + " is neither a command nor a recording (*.pooltrace.json)"};
  }
  if (has(parser, "scenario")) options.scenario = scenarioName(parser.value(QStringLiteral("scenario")).toStdString());
  if (!options.file.empty() && !options.scenario.empty())
    throw Wrong{"--scenario: a recording has no pool for " + quoted(options.scenario)};
  if (has(parser, "workers")) options.workers = number<std::size_t>(parser, "workers", 1, kMostWorkers);
  if (has(parser, "seed")) options.seed = number<std::uint64_t>(parser, "seed", 0, UINT64_MAX);
  if (has(parser, "speed")) options.speed = positive(parser, "speed");
  if (has(parser, "lang")) options.language = oneOf(parser, "lang", {"en", "zh_CN"});
  if (has(parser, "theme")) options.theme = oneOf(parser, "theme", {"system", "light", "dark"});
  if (has(parser, "screenshot")) {
    options.screenshotFile = parser.value(QStringLiteral("screenshot")).toStdString();
    if (options.screenshotFile.empty()) throw Wrong{"--screenshot: the name of a file is missing"};
    options.afterSeconds = 1; // the window is there and has painted
  }
  if (has(parser, "after")) {
    if (options.screenshotFile.empty())
      throw Wrong{"--after: it says when to take the picture, so it needs --screenshot"};
    options.afterSeconds.reset();
    if (parser.value(QStringLiteral("after")) != QLatin1String("done"))
      options.afterSeconds = positive(parser, "after");
    else if (options.scenario.empty())
      throw Wrong{"--after: 'done' means the end of a scenario, so it needs --scenario"};
  }
  return command;
}

} // namespace

Command parseCommandLine(const std::vector<std::string>& words) {
  try {
    const std::string first = words.empty() ? "" : words[0];
    const std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
    if (first == "run") return parseRun(rest);
    if (first == "serve") return parseServe(rest);
    if (first == "chat") return parseChat(rest);
    if (first == "scenarios") {
      if (!rest.empty()) throw Wrong{"scenarios: " + quoted(rest[0]) + " is one word too many"};
      return ScenariosCommand{};
    }
    return parseWindow(words);
  } catch (const Wrong& wrong) {
    return UsageError{wrong.text};
  }
}

std::string helpText() {
  return R"(Poolscope shows how a pool of workers schedules.

poolscope [FILE]                       the window; FILE is a recording (*.pooltrace.json) to open
  --scenario NAME                      start that scenario at once; its lines also go to stdout
  --workers N  --seed S  --speed X     its pool size (1 to 4096), the seed of its random sleeps, how many times faster
  --lang en|zh_CN  --theme system|light|dark
  --screenshot FILE.png                save a picture of the window, then quit
  --after SECONDS|done                 when to take it (done: when the scenario has ended)
poolscope run SCENARIO                 no window: prints what the tutorial's program prints
  --workers N  --tasks N  --seed S  --speed X  --no-wait  --cancel-futures  --lang en|zh_CN
  --trace FILE                         also writes a recording
poolscope serve                        no window: the upper-casing echo server, until Ctrl-C
  --mode MODE                          thread-per-connection, thread-pool (default), process-pool or reactor
  --workers N  --host H  --port P      4 workers, 127.0.0.1, port 8080 (0: any that is free) unless told
  --trace FILE
poolscope chat                         a client of it: sends each line, prints each reply
  --host H  --port P
poolscope scenarios                    the scenarios, one a line, with one sentence each
poolscope --help | --version

Exit codes: 0 done, 1 failed at run time, 2 wrong usage, 3 port or address not available.
)";
}

Language localeLanguage() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value && *value)
      return std::string_view(value).starts_with("zh") ? Language::SimplifiedChinese : Language::English;
  }
  return Language::English;
}

} // namespace poolscope
