#include "app/command_line.h"

#include "core/pool/executor.h"

#include <QCommandLineParser>
#include <QStringList>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>

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

/// A number with its unit; none where the option is not given.
std::optional<std::chrono::milliseconds> timeOf(const QCommandLineParser& parser, const char* option) {
  if (!parser.isSet(QString::fromLatin1(option))) return {};
  constexpr double kMostMs = 1e12; // thirty years
  constexpr std::pair<std::string_view, double> kUnits[] = {{"ms", 1}, {"min", 60'000}, {"s", 1000}};
  const std::string word = parser.value(QString::fromLatin1(option)).toStdString();
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, std::chars_format::fixed);
  const std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
  for (const auto& [name, ms] : kUnits)
    if (error == std::errc{} && unit == name && value * ms >= 1 && value * ms <= kMostMs)
      return std::chrono::milliseconds(std::llround(value * ms));
  throw Wrong{"--" + std::string(option) + ": " + quoted(word) + " is not a time: a number with ms, s or min"};
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
  parse(parser, words,
        {valued("mode"), valued("workers"), valued("host"), valued("port"), valued("trace"), valued("max-clients"),
         valued("idle-limit"), valued("write-deadline"), valued("duration"), flag("verbose")});
  expectNoWord(parser, "serve");
  ServeCommand command;
  if (has(parser, "mode"))
    command.mode =
        *findServeMode(oneOf(parser, "mode", {"thread-per-connection", "thread-pool", "process-pool", "reactor"}));
  if (has(parser, "workers")) command.workers = number<std::size_t>(parser, "workers", 1, kMostWorkers);
  if (has(parser, "workers") && command.mode == ServeMode::ThreadPerConnection)
    throw Wrong{"--workers: thread-per-connection has no workers, but a thread for each client"};
  command.verbose = has(parser, "verbose");
  if (has(parser, "max-clients")) command.maxClients = number<std::size_t>(parser, "max-clients", 1, 1'000'000'000);
  command.idleLimit = timeOf(parser, "idle-limit");
  command.writeDeadline = timeOf(parser, "write-deadline");
  command.duration = timeOf(parser, "duration");
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
  ChatCommand command;
  for (const QString& message : parser.positionalArguments()) {
    command.messages.push_back(message.toStdString());
    if (command.messages.back().empty()) throw Wrong{"chat: '' is no message: nobody answers an empty one"};
  }
  parseAddress(parser, command);
  if (command.port == 0) throw Wrong{"--port: '0' is no port to connect to"};
  return command;
}

Command parseWindow(const std::vector<std::string>& words) {
  QCommandLineParser parser;
  parse(parser, words,
        {valued("scenario"), valued("workers"), valued("seed"), valued("speed"), valued("lang"), valued("theme"),
         valued("screenshot"), valued("after"), flag("version")});
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

struct CommandHelp {
  std::string_view name, text;
};

constexpr std::string_view kWindowHelp = R"(poolscope [FILE]                       the window; FILE is a recording (*.pooltrace.json) to open
  --scenario NAME                      start that scenario at once; its lines also go to stdout
  --workers N  --seed S  --speed X     its pool size (1 to 4096), the seed of its random sleeps, how many times faster
  --lang en|zh_CN  --theme system|light|dark
  --screenshot FILE.png                save a picture of the window, then quit
  --after SECONDS|done                 when to take it (done: when the scenario has ended)
)";

constexpr CommandHelp kCommands[] = {
    {"run", R"(poolscope run SCENARIO                 no window: prints what the tutorial's program prints
  --workers N  --tasks N  --seed S  --speed X  --no-wait  --cancel-futures  --lang en|zh_CN
  --trace FILE                         also writes a recording
)"},
    {"serve", R"(poolscope serve                        no window: the upper-casing echo server, until Ctrl-C
  --mode MODE                          thread-per-connection, thread-pool (default), process-pool or reactor
  --workers N  --host H  --port P      4 workers, 127.0.0.1, port 8080 (0: any that is free) unless told
  --max-clients N                      more are told so and closed; unless told as many as there are descriptors for
  --idle-limit TIME                    a served client that is silent for so long is closed; unless told, never
  --write-deadline TIME                one that does not read its answers for so long is closed; 10s unless told
  --duration TIME                      it ends by itself then
  --verbose                            says who comes, waits behind whom, is served, leaves and why
  --trace FILE                         also writes a recording
  TIME is a number with ms, s or min. SIGUSR1 makes it say how it is, on stderr.
)"},
    {"chat", R"(poolscope chat [MESSAGE...]            a client of it: sends each line or message, prints each reply
  --host H  --port P                   127.0.0.1, port 8080 unless told
)"},
    {"scenarios", R"(poolscope scenarios                    the scenarios, one a line, with one sentence each
)"},
};

bool isCommand(std::string_view word) {
  return std::ranges::find(kCommands, word, &CommandHelp::name) != std::end(kCommands);
}

bool asksForHelp(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return false; // what follows is no option
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

Command parseHelp(const std::vector<std::string>& words) {
  if (words.empty() || asksForHelp(words)) return HelpCommand{};
  if (!isCommand(words[0]))
    throw Wrong{"help: there is no command " + quoted(words[0])};
  if (words.size() > 1) throw Wrong{"help: " + quoted(words[1]) + " is one word too many"};
  return HelpCommand{words[0]};
}

} // namespace

Command parseCommandLine(const std::vector<std::string>& words) {
  try {
    const std::string first = words.empty() ? "" : words[0];
    const std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
    if (first == "help") return parseHelp(rest);
    if (asksForHelp(words)) return HelpCommand{isCommand(first) ? first : ""};
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

std::string helpText(std::string_view about) {
  for (const CommandHelp& command : kCommands)
    if (command.name == about) return std::string(command.text);
  std::string text = "Poolscope shows how a pool of workers schedules.\n\n" + std::string(kWindowHelp);
  for (const CommandHelp& command : kCommands)
    text += command.text;
  return text + R"(poolscope --help | --version           poolscope COMMAND --help: that command alone

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
