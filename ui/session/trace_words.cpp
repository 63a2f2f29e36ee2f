#include "ui/session/trace_words.h"

#include "core/base/syscall.h"
#include "ui/theme/format.h"

#include <cerrno>

namespace poolscope::ui {

namespace {

QString kept(std::uint64_t events) {
  return events == 1 ? TraceWords::tr("1 event kept") : TraceWords::tr("%1 events kept").arg(formatCount(events));
}

/// What ended the reading in the middle; empty for what did not.
QString breach(const TraceReadResult& result) {
  const QString event = QString::number(result.number);
  switch (result.fault) {
  case TraceFault::BrokenSyntax:
    return TraceWords::tr("what follows is no JSON");
  case TraceFault::CutShort:
    return TraceWords::tr("the file ends in the middle of an event");
  case TraceFault::TooDeep:
    return TraceWords::tr("the nesting is deeper than 64");
  case TraceFault::TextTooLong:
    return TraceWords::tr("a text is longer than 1 MiB");
  case TraceFault::EventWithoutNumber:
    return TraceWords::tr("an event has no number");
  case TraceFault::EventMissing:
    return TraceWords::tr("event %1 is missing").arg(event);
  case TraceFault::BadTime:
    return TraceWords::tr("the time of event %1 is none, or before that of the event before it").arg(event);
  case TraceFault::BadField:
    return TraceWords::tr("a field of event %1 is none, or out of its range").arg(event);
  case TraceFault::TooManySlots:
    return TraceWords::tr("the pools have too many slots");
  default:
    return {};
  }
}

} // namespace

QString TraceWords::systemError(int error) {
  switch (error) {
  case ENOENT:
    return tr("there is no such file or folder");
  case EACCES:
  case EPERM:
    return tr("permission denied");
  case EISDIR:
    return tr("it is a folder");
  case ENOTDIR:
    return tr("a part of its path is no folder");
  case EIO:
    return tr("the medium reports an error");
  case ENOSPC:
  case EDQUOT:
    return tr("there is no space left");
  case EROFS:
    return tr("the medium can only be read");
  case EFBIG:
    return tr("the file would be too large");
  case EMFILE:
  case ENFILE:
    return tr("too many files are open");
  case ENAMETOOLONG:
    return tr("its name is too long");
  default: // rare: as the system says it
    return QString::fromLocal8Bit(errorText(error));
  }
}

QString TraceWords::of(const QString& path, const TraceReadResult& result) {
  const auto file = [&](const QString& sentence) { return tr("%1: %2").arg(path, sentence); };
  switch (result.fault) {
  case TraceFault::None:
    return {};
  case TraceFault::Unreadable: {
    const QString sentence = tr("%1 cannot be read: %2").arg(path, systemError(result.systemError));
    return result.events == 0 ? sentence : tr("%1; %2").arg(sentence, kept(result.events));
  }
  case TraceFault::Stopped:
    return file(tr("reading was stopped; %1").arg(kept(result.events)));
  case TraceFault::Empty:
    return file(tr("the file is empty"));
  case TraceFault::Foreign:
    return file(tr("this is no recording of Poolscope: it has none of its own lines, and only from those it can be "
                   "opened"));
  case TraceFault::NewerVersion:
    return file(tr("it was written by a newer version of Poolscope"));
  case TraceFault::DoesNotFit:
    return file(tr("showing the first %1 events: the rest does not fit in memory").arg(formatCount(result.events)));
  case TraceFault::UnknownKinds:
    return file(result.number == 1 ? tr("1 event of a kind that this version does not know was left out")
                                   : tr("%1 events of kinds that this version does not know were left out")
                                         .arg(formatCount(result.number)));
  default:
    return file(tr("stopped at byte %1: %2, %3")
                    .arg(QString::number(result.stoppedAt), breach(result), kept(result.events)));
  }
}

} // namespace poolscope::ui
