#include "ui/shell/scenario_words.h"

#include <QCoreApplication>

namespace poolscope::ui {

namespace {

QString textOf(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// The core's sentences, here for lupdate to find; a test fails when one is missing.
[[maybe_unused]] constexpr const char* kSentences[] = {
    QT_TRANSLATE_NOOP("Scenarios", "Ten tasks share four worker threads; the main thread waits in shutdown(wait)."),
    QT_TRANSLATE_NOOP("Scenarios", "Ten tasks share four worker processes; the main process waits in shutdown(wait)."),
    QT_TRANSLATE_NOOP("Scenarios", "map() gives ten elements to two worker threads; the main thread does not wait."),
    QT_TRANSLATE_NOOP("Scenarios",
                      "The mistake: a pool built inside the loop opens ten pools, so nothing bounds the threads."),
    QT_TRANSLATE_NOOP(
        "Scenarios",
        "The tutorial's server: a new thread for each of six clients, so nobody waits and nothing bounds it."),
    QT_TRANSLATE_NOOP("Scenarios",
                      "The same server on four worker threads: six clients come, two wait until a worker is free."),
    QT_TRANSLATE_NOOP("Scenarios",
                      "The same server on four worker processes: each client's socket is passed to one of them."),
    QT_TRANSLATE_NOOP("Scenarios",
                      "The same clients, but idle ones hold no worker: each message is a short task, so nobody waits."),
};

} // namespace

QString scenarioName(const ScenarioInfo& info) {
  return textOf(info.name);
}

QString scenarioSentence(const ScenarioInfo& info) {
  return QCoreApplication::translate("Scenarios", textOf(info.sentence).toUtf8().constData());
}

} // namespace poolscope::ui
