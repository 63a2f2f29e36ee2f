#include "ui/chat/crowd_dialog.h"

#include "ui/accessible/combo_accessible.h"
#include "ui/accessible/names.h"
#include "ui/control/crowd_control.h"
#include "ui/theme/format.h"
#include "ui/theme/house_style.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QComboBox>
#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>

namespace poolscope::ui {

namespace {

constexpr std::chrono::milliseconds kTick{200};

QSpinBox* makeBox(const char* name, int least, int most, int value) {
  auto* box = new QSpinBox;
  nameWidget(box, name);
  box->setRange(least, most);
  box->setValue(value);
  return box;
}

QLabel* makeLabel(const char* name) {
  auto* label = new QLabel;
  nameWidget(label, name);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  return label;
}

} // namespace

CrowdDialog::CrowdDialog(CrowdControl& control, std::function<ServerAddress()> address, QWidget* parent)
    : QDialog(parent), m_control(control), m_address(std::move(address)), m_form(new QFormLayout) {
  nameWidget(this, "Crowd");
  m_clients = makeBox("Crowd clients", 1, static_cast<int>(kMostCrowd), 50);
  m_bytes = makeBox("Crowd message bytes", 1, static_cast<int>(kMostMessage), 16);
  m_think = makeBox("Crowd think time", 0, 60'000, 500);
  m_pattern = new QComboBox;
  nameWidget(m_pattern, "Crowd pattern");
  m_pattern->addItems(QStringList(static_cast<qsizetype>(crowdPatternNames().size()), QString()));
  for (QWidget* field : std::initializer_list<QWidget*>{m_pattern, m_clients, m_bytes, m_think})
    m_form->addRow(QStringLiteral("-"), field); // retranslate() says it
  m_start = new QPushButton(glyphIcon(Glyph::Triangle), {});
  nameWidget(m_start, "Start crowd");
  m_start->setProperty(kPrimaryProperty, true);
  m_stop = new QPushButton(glyphIcon(Glyph::Stop), {});
  nameWidget(m_stop, "Stop crowd");
  m_sentence = makeLabel("What a crowd is");
  m_figures = makeLabel("Crowd figures");
  m_figures->setMinimumHeight(px(80));
  m_figures->setAlignment(Qt::AlignLeft | Qt::AlignTop);

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 14, 16, 14);
  column->setSpacing(10);
  column->addWidget(m_sentence);
  column->addLayout(m_form);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(m_start);
  buttons->addWidget(m_stop);
  buttons->addStretch(1);
  column->addLayout(buttons);
  column->addWidget(m_figures);
  setMinimumWidth(px(460));

  connect(m_start, &QPushButton::clicked, this, &CrowdDialog::start);
  connect(m_stop, &QPushButton::clicked, &m_control, &CrowdControl::stop);
  connect(&m_control, &CrowdControl::changed, this, &CrowdDialog::showFigures);
  connect(&m_control, &CrowdControl::failed, this, [this](const QString& sentence) {
    m_failure = sentence;
    showFigures();
  });
  m_tick.setInterval(kTick);
  connect(&m_tick, &QTimer::timeout, this, &CrowdDialog::showFigures);
  retranslate();
}

void CrowdDialog::retranslate() {
  setWindowTitle(tr("A crowd of clients"));
  m_sentence->setText(tr("Many clients of the server, from this program. They stand in Clients like any other."));
  const QStringList labels{tr("Pattern"), tr("Clients"), tr("Message, bytes"), tr("Think time, ms")};
  for (int row = 0; row < labels.size(); ++row)
    static_cast<QLabel*>(m_form->itemAt(row, QFormLayout::LabelRole)->widget())->setText(labels[row]);
  setItemTexts(m_pattern, [] {
    return QStringList{tr("steady: ask, read, think, ask again"), tr("burst: all ask at the same moments"),
                       tr("slow reader: sends fast, reads slowly"), tr("idle holder: connects and says nothing"),
                       tr("drop in, drop out: ask once, leave, come again")};
  });
  m_pattern->setToolTip(tr("How each client of the crowd behaves"));
  m_clients->setToolTip(tr("How many clients connect"));
  m_bytes->setToolTip(tr("How long each message is"));
  m_think->setToolTip(tr("How long a client waits between an answer and its next question"));
  m_start->setText(tr("Start"));
  m_start->setToolTip(tr("Let the crowd loose on the server"));
  m_stop->setText(tr("Stop"));
  m_stop->setToolTip(tr("Disconnect every client of the crowd"));
  showFigures();
}

void CrowdDialog::start() {
  const ServerAddress server = m_address();
  CrowdOptions options;
  options.host = server.host.toStdString(), options.port = server.port;
  options.clients = static_cast<std::size_t>(m_clients->value());
  options.messageBytes = static_cast<std::size_t>(m_bytes->value());
  options.thinkTime = std::chrono::milliseconds(m_think->value());
  options.pattern = static_cast<CrowdPattern>(m_pattern->currentIndex());
  m_failure.clear();
  m_control.start(options);
  m_tick.start();
}

void CrowdDialog::showFigures() {
  const bool running = m_control.running();
  m_start->setEnabled(!running);
  m_stop->setEnabled(running);
  const auto figures = m_control.figures();
  if (!m_failure.isEmpty()) return setLabelText(m_figures, m_failure);
  if (!figures) return setLabelText(m_figures, tr("No crowd yet."));
  if (!running) m_tick.stop();
  const QString waiting = formatCount(figures->waiting), longest = formatElapsed(figures->waitingLongest.count());
  const QString unanswered = figures->waiting == 0 ? tr("nobody waits for an answer")
                             : running             ? tr("%1 wait for an answer, longest %2 so far").arg(waiting, longest)
                                                   : tr("%1 got no answer, longest waited %2").arg(waiting, longest);
  const QString who =
      tr("%1 connected · %2 errors").arg(formatCount(figures->connected), formatCount(figures->errors)) + u'\n' +
      unanswered;
  const QString answers =
      tr("%1 answers · %2/s")
          .arg(formatCount(figures->replies))
          .arg(QString::number(figures->repliesPerSecond, 'f', figures->repliesPerSecond < 10 ? 1 : 0));
  // Who waits is not in these: they are told above, with what they have waited so far.
  const QString times = tr("answered: half within %1 · 99 % within %2 · longest %3")
                            .arg(formatDuration(figures->p50.count()), formatDuration(figures->p99.count()),
                                 formatDuration(figures->longest.count()));
  QString text = who;
  if (figures->replies > 0) text += u'\n' + answers;
  if (figures->measured > 0) text += u'\n' + times;
  setLabelText(m_figures, text);
}

void CrowdDialog::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

} // namespace poolscope::ui
