#include "ui/models/why_waits.h"

#include "core/base/syscall.h"
#include "ui/theme/format.h"

#include <QStringList>

#include <algorithm>

namespace poolscope::ui {

namespace {

constexpr std::size_t kMostNames = 4;     // more are counted
constexpr std::size_t kMostRead = 10'000; // places in a queue

/// The client that a worker serves, by its name, else by its peer.
QString clientOf(const Session& session, const WorkerState* worker) {
  const TaskRow* task = worker ? session.history().find(worker->task) : nullptr;
  const ClientRow* client = task && task->client ? session.history().findClient(task->client) : nullptr;
  return client ? plainLine(session.text(client->name ? client->name : client->peer)) : QString();
}

} // namespace

QString WhyWaits::brief(const Waiting& waiting, std::size_t position) {
  switch (waiting.waitsFor(position)) {
  case Waiting::For::Release:
    return tr("Step holds the pool");
  case Waiting::For::FreeWorker:
    return tr("a worker is about to take it");
  case Waiting::For::Start:
    return waiting.unbounded ? tr("its thread is starting") : tr("its worker is starting");
  case Waiting::For::NewWorker:
    return waiting.unbounded ? tr("its thread is about to start") : tr("no free worker, a further one is about to start");
  case Waiting::For::Retry:
    return waiting.unbounded ? tr("its thread could not be started")
                             : tr("no free worker: a further one could not be started");
  case Waiting::For::Nobody:
    return tr("no free worker, and nobody stays who could take it");
  case Waiting::For::Helper:
    break;
  }
  const bool held = waiting.clients > 0 && waiting.clients == waiting.lanes();
  if (waiting.retiring == 0) {
    if (!held) return tr("no free worker");
    return waiting.clients == 1 ? tr("no free worker, a client holds it")
                                : tr("no free worker, %1 clients hold them").arg(formatCount(waiting.clients));
  }
  const QString stay = waiting.helpers == 1 ? tr("no free worker: 1 of %1 stays") : tr("no free worker: %2 of %1 stay");
  const QString text = stay.arg(formatCount(waiting.retiring + waiting.helpers));
  const QString counted = waiting.helpers == 1 ? text : text.arg(formatCount(waiting.helpers));
  if (!held) return counted;
  return waiting.clients == 1 ? tr("%1, a client holds it").arg(counted) : tr("%1, clients hold them").arg(counted);
}

QString WhyWaits::sentences(const Session& session, const PoolLive& pool, const TaskRow& task, std::size_t position) {
  if (task.phaseAt(session.now()) == TaskPhase::Dispatched) {
    const WorkerState* worker = session.state().worker(pool.id, task.slot);
    const QString name = worker ? plainLine(session.text(worker->name)) : QString();
    if (!worker || !worker->task) return tr("Handed to %1, which has not started it.").arg(name);
    return tr("Handed to %1, which runs #%2 first.").arg(name).arg(worker->task.value());
  }
  const Waiting waiting = Waiting::of(pool, session.history());
  const QString place =
      position > 0 ? tr("In the queue, position %1:").arg(formatCount(position)) : tr("In the queue:");
  const auto after = [](const QString& one, const QString& next) { return tr("%1 %2").arg(one, next); };
  QString text;
  switch (waiting.waitsFor(position)) {
  case Waiting::For::Retry:
    text = (waiting.unbounded ? tr("its thread could not be started (%1).")
                              : tr("no free worker, and a further one could not be started (%1)."))
               .arg(plainLine(QString::fromStdString(errorText(pool.spawnErrno))));
    break;
  case Waiting::For::Helper:
    text = tr("no free worker.");
    break;
  default:
    return after(place, tr("%1.").arg(brief(waiting, position)));
  }
  text = after(place, text);
  const TaskId head = [&] {
    const auto first = session.state().queuedTasks(pool.id, session.history(), 1);
    return first.empty() ? TaskId{} : first.front();
  }();
  if (const TaskRow* first = session.history().find(head); first && first->priority > task.priority)
    text = after(text, tr("Tasks of a higher priority are before it."));
  for (const QString& sentence : whoHelps(session, pool, task, waiting, position))
    text = after(text, sentence);
  return text;
}

/// Whose end is waited for, by name where they are clients, and who ends without that helping.
QStringList WhyWaits::whoHelps(const Session& session, const PoolLive& pool, const TaskRow& task,
                               const Waiting& waiting, std::size_t position) {
  const bool named = waiting.clients > 0 && waiting.clients == waiting.lanes();
  QStringList sentences;
  if (named) {
    QString names = tr("one of %1 clients").arg(formatCount(waiting.clients));
    if (waiting.clients <= kMostNames) {
      QStringList each;
      for (const SlotIndex slot : helpersOf(pool))
        each << clientOf(session, session.state().worker(pool.id, slot));
      names = each.back();
      if (each.size() > 1) names = tr("%1 or %2").arg(each.mid(0, each.size() - 1).join(tr(", ")), names);
    }
    sentences << (position > 1 ? tr("The head waits for %1 to leave.").arg(names)
                               : tr("#%1 waits for %2 to leave.").arg(task.id.value()).arg(names));
  }
  if (waiting.retiring == 0) return sentences;
  const QString many = formatCount(waiting.retiring);
  if (!named)
    sentences << tr("%1 of %2 workers retire: nobody takes their place.")
                     .arg(many, formatCount(waiting.retiring + waiting.helpers));
  else
    sentences << (waiting.retiring == 1 ? tr("Another retires: nobody takes its place.")
                                        : tr("%1 others retire: nobody takes their place.").arg(many));
  return sentences;
}

std::size_t WhyWaits::position(const Session& session, const TaskRow& task) {
  const auto queue = session.state().queuedTasks(task.pool, session.history(), kMostRead);
  const auto place = std::ranges::find(queue, task.id);
  return place == queue.end() ? 0 : static_cast<std::size_t>(place - queue.begin()) + 1;
}

} // namespace poolscope::ui
