<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>ChatWindow</name>
    <message>
        <source>server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Send 100</source>
        <translation>发送 100 行</translation>
    </message>
    <message>
        <source>Type every 2 s</source>
        <translation>每 2 秒输入</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>断开</translation>
    </message>
    <message>
        <source>Reconnect</source>
        <translation>重新连接</translation>
    </message>
    <message>
        <source>Type a line and press Enter; it may wait in the queue, and you may go on typing</source>
        <translation>输入一行后按回车；它可能要在队列里等待，你可以继续输入</translation>
    </message>
    <message>
        <source>Send the line (Enter)</source>
        <translation>发送这一行（回车）</translation>
    </message>
    <message>
        <source>Send a hundred lines at once</source>
        <translation>一次发送一百行</translation>
    </message>
    <message>
        <source>Send a line every two seconds, as a person would</source>
        <translation>像人一样，每两秒发送一行</translation>
    </message>
    <message>
        <source>Close the connection: its worker is free for the next client</source>
        <translation>关闭连接：它的工作者便可服务下一个客户端</translation>
    </message>
    <message>
        <source>Connect once more</source>
        <translation>再连接一次</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>正在连接</translation>
    </message>
    <message>
        <source>to %1</source>
        <translation>到 %1</translation>
    </message>
    <message>
        <source>Connected to %1,</source>
        <translation>已连接到 %1，</translation>
    </message>
    <message>
        <source>not served yet: it waits</source>
        <translation>尚未被服务：正在等待</translation>
    </message>
    <message>
        <source>Disconnected</source>
        <translation>已断开</translation>
    </message>
    <message>
        <source>Reconnect to go on</source>
        <translation>重新连接即可继续</translation>
    </message>
    <message>
        <source>Closed by the server</source>
        <translation>被服务器关闭</translation>
    </message>
    <message>
        <source>No connection to %1</source>
        <translation>无法连接到 %1</translation>
    </message>
    <message>
        <source>Served by %1,</source>
        <translation>由 %1 服务，</translation>
    </message>
    <message>
        <source>Connected,</source>
        <translation>已连接，</translation>
    </message>
    <message>
        <source>not served yet: it waits (%1)</source>
        <translation>尚未被服务：正在等待（%1）</translation>
    </message>
    <message>
        <source>waiting for you to type</source>
        <translation>等你输入</translation>
    </message>
    <message>
        <source>waiting for you to read (%1)</source>
        <translation>等你读取（%1）</translation>
    </message>
    <message>
        <source>Connected, holds no worker:</source>
        <translation>已连接，不占用工作者：</translation>
    </message>
    <message>
        <source>one comes when you type</source>
        <translation>你输入时才会有工作者来</translation>
    </message>
    <message>
        <source>sent, not read yet</source>
        <translation>已发送，尚未被读取</translation>
    </message>
    <message>
        <source>%1 lines sent, not read yet</source>
        <translation>已发送 %1 行，尚未被读取</translation>
    </message>
    <message>
        <source>read by the worker %1 ago</source>
        <translation>工作者在 %1 前已读取</translation>
    </message>
    <message>
        <source>sent %1 · received %2</source>
        <translation>已发送 %1 · 已收到 %2</translation>
    </message>
    <message>
        <source>Not sent: the server has not read what was sent before.</source>
        <translation>未发送：服务器还没有读取之前发送的内容。</translation>
    </message>
    <message>
        <source>you</source>
        <translation>你</translation>
    </message>
    <message>
        <source>Closed by the server:</source>
        <translation>已被服务器关闭：</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>running upper(), %1</source>
        <translation>正在运行 upper()，%1</translation>
    </message>
</context>
<context>
    <name>ClientsModel</name>
    <message>
        <source>name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>peer</source>
        <translation>对端</translation>
    </message>
    <message>
        <source>state</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>worker</source>
        <translation>工作者</translation>
    </message>
    <message>
        <source>received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Bytes that the server received from it</source>
        <translation>服务器从它收到的字节数</translation>
    </message>
    <message>
        <source>Bytes that the server sent to it</source>
        <translation>服务器发给它的字节数</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>消息数</translation>
    </message>
    <message>
        <source>p50</source>
        <translation>p50</translation>
    </message>
    <message>
        <source>p99</source>
        <translation>p99</translation>
    </message>
    <message>
        <source>How many times the server read something from it: for a chat client, its lines</source>
        <translation>服务器从它读到数据的次数：对聊天客户端来说就是行数</translation>
    </message>
    <message>
        <source>The server&apos;s replies to it: half took no longer, from having read what it sent to having sent the whole answer. What that waited before, in the queue or in its socket, is not in it.</source>
        <translation>服务器给它的回复：一半不超过此时长，从读完它发来的内容到发完全部回答。此前在队列或套接字中的等待不计在内。</translation>
    </message>
    <message>
        <source>The server&apos;s replies to it: 99 of 100 took no longer, from having read what it sent to having sent the whole answer. What that waited before, in the queue or in its socket, is not in it.</source>
        <translation>服务器给它的回复：100 个中有 99 个不超过此时长，从读完它发来的内容到发完全部回答。此前在队列或套接字中的等待不计在内。</translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>%1 running, %2 queued</source>
        <translation>%1 个正在运行，%2 个在排队</translation>
    </message>
    <message>
        <source>Tasks are running</source>
        <translation>有任务正在运行</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>Cancel queued</source>
        <translation>取消排队的</translation>
    </message>
    <message>
        <source>Kill</source>
        <translation>强行结束</translation>
    </message>
    <message>
        <source>Stay open</source>
        <translation>不关闭</translation>
    </message>
    <message>
        <source>%1. What shall become of them?</source>
        <translation>%1。要怎样处理它们？</translation>
    </message>
    <message>
        <source>Without an answer the queued ones are cancelled in %1 s; the window closes within 10 s in any case.</source>
        <translation>若不回答，%1 秒后取消排队的任务；无论如何，窗口都会在 10 秒内关闭。</translation>
    </message>
    <message>
        <source>Poolscope: closing, %1; close again to end at once</source>
        <translation>Poolscope：正在关闭，%1；再关闭一次可立即结束</translation>
    </message>
    <message>
        <source>saving %1</source>
        <translation>正在保存 %1</translation>
    </message>
    <message>
        <source>A recording is being saved</source>
        <translation>正在保存记录</translation>
    </message>
    <message>
        <source>Close now</source>
        <translation>立即关闭</translation>
    </message>
    <message>
        <source>Save the recording</source>
        <translation>保存记录</translation>
    </message>
    <message>
        <source>As %1, when the tasks have ended</source>
        <translation>任务结束后保存为 %1</translation>
    </message>
    <message>
        <source>Not written yet: %1.</source>
        <translation>尚未写完：%1。</translation>
    </message>
    <message>
        <source>Without an answer it is waited for. The window closes within 10 s in any case; what is not written by then is left out, and the old file stays.</source>
        <translation>若不回答，就等它写完。窗口无论如何都会在 10 秒内关闭；到时未写完的不再写入，旧文件保持不变。</translation>
    </message>
    <message>
        <source>The recording goes to %1.</source>
        <translation>记录将保存到 %1。</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>End the program</source>
        <translation>结束程序</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>冻结</translation>
    </message>
    <message>
        <source>Stop the view, never the pool</source>
        <translation>只停住画面，不停池</translation>
    </message>
    <message>
        <source>Reset layout</source>
        <translation>重置布局</translation>
    </message>
    <message>
        <source>Put the tabs back where they were at first</source>
        <translation>把各标签页放回最初的位置</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Choose the colours of the window</source>
        <translation>选择窗口的配色</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Run scenario</source>
        <translation>运行场景</translation>
    </message>
    <message>
        <source>Start the chosen scenario in a pool of its own</source>
        <translation>在一个自己的池中启动所选场景</translation>
    </message>
    <message>
        <source>One worker more</source>
        <translation>多一个工作者</translation>
    </message>
    <message>
        <source>Make the current pool larger by one</source>
        <translation>把当前池扩大一个</translation>
    </message>
    <message>
        <source>One worker fewer</source>
        <translation>少一个工作者</translation>
    </message>
    <message>
        <source>Make the current pool smaller by one</source>
        <translation>把当前池缩小一个</translation>
    </message>
    <message>
        <source>Shut down</source>
        <translation>关闭池</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Show what the keys do</source>
        <translation>显示各按键的作用</translation>
    </message>
    <message>
        <source>Start server</source>
        <translation>启动服务器</translation>
    </message>
    <message>
        <source>Listen on 127.0.0.1 and serve with a pool of its own</source>
        <translation>在 127.0.0.1 上监听，用自己的池提供服务</translation>
    </message>
    <message>
        <source>Stop server</source>
        <translation>停止服务器</translation>
    </message>
    <message>
        <source>Accept nobody any more, answer what was sent, close the connections</source>
        <translation>不再接受连接，回答已发来的内容，然后关闭各连接</translation>
    </message>
    <message>
        <source>Close idle clients</source>
        <translation>关闭空闲的客户端</translation>
    </message>
    <message>
        <source>Close the clients that hold a worker others wait for, and say nothing</source>
        <translation>关闭占着别人等待的工作者却不说话的客户端</translation>
    </message>
    <message>
        <source>New chat client</source>
        <translation>新建聊天客户端</translation>
    </message>
    <message>
        <source>Open a chat window on the server</source>
        <translation>打开一个连到服务器的聊天窗口</translation>
    </message>
    <message>
        <source>Five chat clients</source>
        <translation>五个聊天客户端</translation>
    </message>
    <message>
        <source>Open five chat windows</source>
        <translation>打开五个聊天窗口</translation>
    </message>
    <message>
        <source>Close all chat windows</source>
        <translation>关闭所有聊天窗口</translation>
    </message>
    <message>
        <source>Disconnect every chat client of this window</source>
        <translation>断开本窗口的所有聊天客户端</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Choose the language of the window</source>
        <translation>选择窗口的语言</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Pool</source>
        <translation>池</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Lessons</source>
        <translation>课程</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the selected rows or text</source>
        <translation>复制所选的行或文本</translation>
    </message>
    <message>
        <source>Clear the selection</source>
        <translation>清除选择</translation>
    </message>
    <message>
        <source>Select nothing: the inspector shows the pool</source>
        <translation>不选择任何项：检查器显示池</translation>
    </message>
    <message>
        <source>Kill worker</source>
        <translation>强行结束工作者</translation>
    </message>
    <message>
        <source>Cancel task</source>
        <translation>取消任务</translation>
    </message>
    <message>
        <source>Move to front</source>
        <translation>移到队首</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Open a recording in a window of its own</source>
        <translation>在单独的窗口中打开一份记录</translation>
    </message>
    <message>
        <source>Save recording…</source>
        <translation>保存记录…</translation>
    </message>
    <message>
        <source>Write all that happened so far to a file</source>
        <translation>把至今发生的一切写入文件</translation>
    </message>
    <message>
        <source>This is a recording: there is no pool to command</source>
        <translation>这是一份记录：没有可以指挥的池</translation>
    </message>
    <message>
        <source>A crowd of clients…</source>
        <translation>一群客户端…</translation>
    </message>
    <message>
        <source>Let many clients loose on the server, and see what they see</source>
        <translation>让许多客户端涌向服务器，看看它们的体验</translation>
    </message>
    <message>
        <source>Reconnect all chat windows</source>
        <translation>重新连接所有聊天窗口</translation>
    </message>
    <message>
        <source>Connect those that the server has closed, after a change of its mode for example</source>
        <translation>重新连接被服务器关闭的窗口，例如在更改其模式之后</translation>
    </message>
    <message>
        <source>There is nothing here that could be copied</source>
        <translation>这里没有可以复制的内容</translation>
    </message>
    <message>
        <source>Nothing is selected</source>
        <translation>没有选中任何内容</translation>
    </message>
    <message>
        <source>Shut this pool down in the chosen mode</source>
        <translation>以选定的方式关闭这个池</translation>
    </message>
    <message>
        <source>The size cannot go further, or the pool has none</source>
        <translation>大小不能再改变，或者这个池没有大小</translation>
    </message>
    <message>
        <source>No pool is open here</source>
        <translation>这里没有打开的池</translation>
    </message>
    <message>
        <source>Nobody waits for a worker that a client holds</source>
        <translation>没有谁在等待被客户端占用的工作者</translation>
    </message>
    <message>
        <source>The server is stopping</source>
        <translation>服务器正在停止</translation>
    </message>
    <message>
        <source>The server runs already</source>
        <translation>服务器已在运行</translation>
    </message>
    <message>
        <source>No server is running</source>
        <translation>没有服务器在运行</translation>
    </message>
    <message>
        <source>No chat window has lost its connection</source>
        <translation>没有断开连接的聊天窗口</translation>
    </message>
    <message>
        <source>No chat window is open</source>
        <translation>没有打开的聊天窗口</translation>
    </message>
    <message>
        <source>Nothing has been recorded yet</source>
        <translation>还没有记录任何内容</translation>
    </message>
    <message>
        <source>End the selected worker processes as kill -9 would: their tasks fail, they are replaced. A thread cannot be killed</source>
        <translation>像 kill -9 那样结束选中的工作进程：它们的任务失败，由新进程顶替。线程不能被杀死</translation>
    </message>
    <message>
        <source>Cancel the selected tasks that wait in the queue; a client that waits is closed</source>
        <translation>取消选中的、在队列中等待的任务；在等待的客户端会被关闭</translation>
    </message>
    <message>
        <source>Let the selected tasks, or the clients that wait, be the next that workers take, in the order in which they stand</source>
        <translation>让选中的任务或在等待的客户端按现有次序成为工作者接下来取走的</translation>
    </message>
    <message>
        <source>No task that waits in the queue is selected here</source>
        <translation>这里没有选中在队列中等待的任务</translation>
    </message>
    <message>
        <source>No worker process is selected here; a thread cannot be killed</source>
        <translation>这里没有选中工作进程；线程不能被杀死</translation>
    </message>
    <message>
        <source>The view shows the past: commands are about what is there now (Live, or Freeze)</source>
        <translation>视图显示的是过去：命令只针对现在的状态（按“实时”或“冻结”返回）</translation>
    </message>
    <message>
        <source>It is at the front already</source>
        <translation>它已经在最前面</translation>
    </message>
</context>
<context>
    <name>ControlRow</name>
    <message>
        <source>This is a recording: there is no pool to command</source>
        <translation>这是一份记录：没有可以指挥的池</translation>
    </message>
</context>
<context>
    <name>CrowdDialog</name>
    <message>
        <source>A crowd of clients</source>
        <translation>一群客户端</translation>
    </message>
    <message>
        <source>Many clients of the server, from this program. They stand in Clients like any other.</source>
        <translation>由本程序发起的许多服务器客户端。它们和其他客户端一样列在“客户端”中。</translation>
    </message>
    <message>
        <source>Pattern</source>
        <translation>模式</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Message, bytes</source>
        <translation>消息，字节</translation>
    </message>
    <message>
        <source>Think time, ms</source>
        <translation>思考时间，毫秒</translation>
    </message>
    <message>
        <source>steady: ask, read, think, ask again</source>
        <translation>平稳：提问、读取、思考、再提问</translation>
    </message>
    <message>
        <source>burst: all ask at the same moments</source>
        <translation>突发：同时提问</translation>
    </message>
    <message>
        <source>slow reader: sends fast, reads slowly</source>
        <translation>慢读者：发得快，读得慢</translation>
    </message>
    <message>
        <source>idle holder: connects and says nothing</source>
        <translation>空占者：连接后一言不发</translation>
    </message>
    <message>
        <source>drop in, drop out: ask once, leave, come again</source>
        <translation>来来去去：问一次，离开，再来</translation>
    </message>
    <message>
        <source>How each client of the crowd behaves</source>
        <translation>这群客户端各自怎样行事</translation>
    </message>
    <message>
        <source>How many clients connect</source>
        <translation>有多少客户端连接</translation>
    </message>
    <message>
        <source>How long each message is</source>
        <translation>每条消息的长度</translation>
    </message>
    <message>
        <source>How long a client waits between an answer and its next question</source>
        <translation>客户端收到回答后多久再提问</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Let the crowd loose on the server</source>
        <translation>让这群客户端涌向服务器</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Disconnect every client of the crowd</source>
        <translation>断开这群客户端</translation>
    </message>
    <message>
        <source>No crowd yet.</source>
        <translation>还没有客户端群。</translation>
    </message>
    <message>
        <source>%1 answers · %2/s</source>
        <translation>%1 个回答 · 每秒 %2</translation>
    </message>
    <message>
        <source>nobody waits for an answer</source>
        <translation>没有人在等回答</translation>
    </message>
    <message>
        <source>%1 wait for an answer, longest %2 so far</source>
        <translation>%1 个在等回答，最久的到现在等了 %2</translation>
    </message>
    <message>
        <source>%1 got no answer, longest waited %2</source>
        <translation>%1 个没有得到回答，最久的等了 %2</translation>
    </message>
    <message>
        <source>%1 connected · %2 errors</source>
        <translation>已连接 %1 · 错误 %2</translation>
    </message>
    <message>
        <source>answered: half within %1 · 99 % within %2 · longest %3</source>
        <translation>已回答的：半数在 %1 内 · 99 % 在 %2 内 · 最长 %3</translation>
    </message>
</context>
<context>
    <name>DataTable</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
</context>
<context>
    <name>FactLabel</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>FirstLaunch</name>
    <message>
        <source>Watch 10 tasks share 4 workers</source>
        <translation>看 10 个任务共用 4 个工作者</translation>
    </message>
    <message>
        <source>Runs the scenario thread-pool in a pool of its own. Drag Pool size while it runs.</source>
        <translation>在自己的池中运行场景 thread-pool。运行时拖动“池大小”看看。</translation>
    </message>
    <message>
        <source>Chat with the echo server</source>
        <translation>和回显服务器聊天</translation>
    </message>
    <message>
        <source>Opens a chat window. Open a fifth one and see why it waits.</source>
        <translation>打开一个聊天窗口。再打开第五个，看看它为什么要等。</translation>
    </message>
    <message>
        <source>Opens a chat window on %1. Open a fifth one and see why it waits.</source>
        <translation>打开一个连到 %1 的聊天窗口。再打开第五个，看看它为什么要等。</translation>
    </message>
    <message>
        <source>Open a recording</source>
        <translation>打开一份记录</translation>
    </message>
    <message>
        <source>Shows a saved *.pooltrace.json and replays it; no pool is started.</source>
        <translation>显示保存的 *.pooltrace.json 并重放；不会启动任何池。</translation>
    </message>
</context>
<context>
    <name>Inspector</name>
    <message>
        <source>INSPECTOR</source>
        <translation>检查器</translation>
    </message>
    <message>
        <source>1 of %1 tasks</source>
        <translation>共 %1 个任务之一</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>检查器</translation>
    </message>
    <message>
        <source>the last of %1 selected</source>
        <translation>选中的 %1 个中的最后一个</translation>
    </message>
</context>
<context>
    <name>KeyOverlay</name>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>W, S, Ctrl+wheel, +, −</source>
        <translation>W、S、Ctrl+滚轮、+、−</translation>
    </message>
    <message>
        <source>zoom at the pointer</source>
        <translation>以指针处为中心缩放</translation>
    </message>
    <message>
        <source>A, D, Shift+wheel, ←, →</source>
        <translation>A、D、Shift+滚轮、←、→</translation>
    </message>
    <message>
        <source>move in time</source>
        <translation>沿时间移动</translation>
    </message>
    <message>
        <source>drag</source>
        <translation>拖动</translation>
    </message>
    <message>
        <source>select a time range</source>
        <translation>选择一段时间</translation>
    </message>
    <message>
        <source>centre the selection, again to fit</source>
        <translation>把所选居中，再按则适合窗口</translation>
    </message>
    <message>
        <source>fit the selected range</source>
        <translation>适合所选时间段</translation>
    </message>
    <message>
        <source>next, previous span in the lane</source>
        <translation>泳道中的下一段、上一段</translation>
    </message>
    <message>
        <source>follow the live edge</source>
        <translation>跟随实时边缘</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>freeze or unfreeze the view</source>
        <translation>冻结或解冻画面</translation>
    </message>
    <message>
        <source>from event to event</source>
        <translation>逐个事件移动</translation>
    </message>
    <message>
        <source>clear the selection</source>
        <translation>清除选择</translation>
    </message>
    <message>
        <source>Ctrl+C in a table</source>
        <translation>表格中的 Ctrl+C</translation>
    </message>
    <message>
        <source>copy the selected rows</source>
        <translation>复制所选的行</translation>
    </message>
    <message>
        <source>Enter in a chat window</source>
        <translation>聊天窗口中的回车</translation>
    </message>
    <message>
        <source>send the line</source>
        <translation>发送这一行</translation>
    </message>
    <message>
        <source>Everywhere</source>
        <translation>任何地方</translation>
    </message>
    <message>
        <source>In the timeline</source>
        <translation>在时间线中</translation>
    </message>
    <message>
        <source>Elsewhere</source>
        <translation>其他地方</translation>
    </message>
    <message>
        <source>show the end of the recording</source>
        <translation>显示记录的末尾</translation>
    </message>
</context>
<context>
    <name>LatencyPanel</name>
    <message>
        <source>waited</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>阻塞</translation>
    </message>
    <message>
        <source>total</source>
        <translation>合计</translation>
    </message>
    <message>
        <source>Percentiles appear when the first task has ended.</source>
        <translation>第一个任务结束后会出现百分位数。</translation>
    </message>
    <message>
        <source>LATENCY</source>
        <translation>延迟</translation>
    </message>
    <message>
        <source>1 task that has ended</source>
        <translation>1 个已结束的任务</translation>
    </message>
    <message>
        <source>%1 tasks that have ended</source>
        <translation>%1 个已结束的任务</translation>
    </message>
    <message>
        <source>Up to this moment of the recording no task of this pool has ended.</source>
        <translation>到记录的这一时刻，这个池还没有任务结束。</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Every client, from this window or from outside, gets a row here.</source>
        <translation>每个客户端，无论来自本窗口还是外部，在这里都有一行。</translation>
    </message>
    <message>
        <source>Open a recording</source>
        <translation>打开一份记录</translation>
    </message>
    <message>
        <source>Recordings (*.pooltrace.json)</source>
        <translation>记录 (*.pooltrace.json)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Save the recording</source>
        <translation>保存记录</translation>
    </message>
    <message>
        <source>Saving %1</source>
        <translation>正在保存 %1</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>No worker.</source>
        <translation>没有工作者。</translation>
    </message>
    <message>
        <source>Run a scenario (Ctrl+R), or connect a client (Ctrl+N).</source>
        <translation>运行一个场景（Ctrl+R），或连接一个客户端（Ctrl+N）。</translation>
    </message>
    <message>
        <source>Nothing waits.</source>
        <translation>没有等待的任务。</translation>
    </message>
    <message>
        <source>A task that finds no free worker gets a row here.</source>
        <translation>找不到空闲工作者的任务在这里有一行。</translation>
    </message>
    <message>
        <source>No task yet.</source>
        <translation>还没有任务。</translation>
    </message>
    <message>
        <source>No client is connected. Press New chat client (Ctrl+N), or run: nc %1 %2</source>
        <translation>没有客户端连接。按“新建聊天客户端”（Ctrl+N），或运行：nc %1 %2</translation>
    </message>
    <message>
        <source>%1 is being written already</source>
        <translation>%1 已在写入中</translation>
    </message>
    <message>
        <source>So it is at this moment of the recording; a click in the timeline shows another.</source>
        <translation>记录的这一时刻就是这样；在时间线中点击可查看其他时刻。</translation>
    </message>
    <message>
        <source>The current pool has no worker.</source>
        <translation>当前池没有工作者。</translation>
    </message>
    <message>
        <source>No client is connected.</source>
        <translation>没有客户端连接。</translation>
    </message>
    <message>
        <source>A recording does not keep what its program printed.</source>
        <translation>记录不保存程序打印的内容。</translation>
    </message>
</context>
<context>
    <name>Names</name>
    <message>
        <source>main thread</source>
        <translation>主线程</translation>
    </message>
    <message>
        <source>accept thread</source>
        <translation>接受连接的线程</translation>
    </message>
    <message>
        <source>reactor thread</source>
        <translation>反应器线程</translation>
    </message>
    <message>
        <source>echo server</source>
        <translation>回显服务器</translation>
    </message>
    <message>
        <source>About the selected</source>
        <translation>所选对象的说明</translation>
    </message>
    <message>
        <source>Cancel queued</source>
        <translation>取消排队的</translation>
    </message>
    <message>
        <source>Chat with the echo server</source>
        <translation>和回显服务器聊天</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Close idle clients</source>
        <translation>关闭空闲的客户端</translation>
    </message>
    <message>
        <source>Close inspector</source>
        <translation>关闭检查器</translation>
    </message>
    <message>
        <source>Connection state</source>
        <translation>连接状态</translation>
    </message>
    <message>
        <source>Crowd</source>
        <translation>一群客户端</translation>
    </message>
    <message>
        <source>Crowd clients</source>
        <translation>客户端数量</translation>
    </message>
    <message>
        <source>Crowd figures</source>
        <translation>客户端群的数据</translation>
    </message>
    <message>
        <source>Crowd message bytes</source>
        <translation>消息字节数</translation>
    </message>
    <message>
        <source>Crowd pattern</source>
        <translation>客户端行为</translation>
    </message>
    <message>
        <source>Crowd think time</source>
        <translation>思考时间</translation>
    </message>
    <message>
        <source>Current pool</source>
        <translation>当前池</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>断开</translation>
    </message>
    <message>
        <source>Dismiss notice</source>
        <translation>关闭提示</translation>
    </message>
    <message>
        <source>Dropped and frame</source>
        <translation>丢弃数与帧时间</translation>
    </message>
    <message>
        <source>First launch</source>
        <translation>首次启动</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>冻结</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>检查器</translation>
    </message>
    <message>
        <source>Inspector content</source>
        <translation>检查器内容</translation>
    </message>
    <message>
        <source>Inspector head</source>
        <translation>检查器标题</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Kill</source>
        <translation>强行结束</translation>
    </message>
    <message>
        <source>Latency head</source>
        <translation>延迟标题</translation>
    </message>
    <message>
        <source>Line counts</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>New chat client</source>
        <translation>新建聊天客户端</translation>
    </message>
    <message>
        <source>Notice</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Notice bar</source>
        <translation>提示栏</translation>
    </message>
    <message>
        <source>Open a recording</source>
        <translation>打开一份记录</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Pool row</source>
        <translation>池控制栏</translation>
    </message>
    <message>
        <source>Pool size</source>
        <translation>池大小</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Queue head</source>
        <translation>队列标题</translation>
    </message>
    <message>
        <source>Queue strip</source>
        <translation>队列条</translation>
    </message>
    <message>
        <source>Reconnect</source>
        <translation>重新连接</translation>
    </message>
    <message>
        <source>Run scenario</source>
        <translation>运行场景</translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>Selected</source>
        <translation>所选对象</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Send 100</source>
        <translation>发送 100 行</translation>
    </message>
    <message>
        <source>Separator</source>
        <translation>分隔线</translation>
    </message>
    <message>
        <source>Server address</source>
        <translation>服务器地址</translation>
    </message>
    <message>
        <source>Server mode</source>
        <translation>服务方式</translation>
    </message>
    <message>
        <source>Server row</source>
        <translation>服务器控制栏</translation>
    </message>
    <message>
        <source>Shares of time</source>
        <translation>时间占比</translation>
    </message>
    <message>
        <source>Shut down</source>
        <translation>关闭池</translation>
    </message>
    <message>
        <source>Shutdown mode</source>
        <translation>关闭方式</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Start crowd</source>
        <translation>开始客户端群</translation>
    </message>
    <message>
        <source>Start server</source>
        <translation>启动服务器</translation>
    </message>
    <message>
        <source>State badge</source>
        <translation>状态标记</translation>
    </message>
    <message>
        <source>State of the selected</source>
        <translation>所选对象的状态</translation>
    </message>
    <message>
        <source>Status counters</source>
        <translation>状态计数</translation>
    </message>
    <message>
        <source>Stay open</source>
        <translation>不关闭</translation>
    </message>
    <message>
        <source>Stop crowd</source>
        <translation>停止客户端群</translation>
    </message>
    <message>
        <source>Stop server</source>
        <translation>停止服务器</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Time bar</source>
        <translation>时间条</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>时间线</translation>
    </message>
    <message>
        <source>Timeline head</source>
        <translation>时间线标题</translation>
    </message>
    <message>
        <source>Transcript</source>
        <translation>聊天记录</translation>
    </message>
    <message>
        <source>Type every 2 s</source>
        <translation>每 2 秒输入</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>Watch 10 tasks share 4 workers</source>
        <translation>看 10 个任务共用 4 个工作者</translation>
    </message>
    <message>
        <source>What a crowd is</source>
        <translation>客户端群说明</translation>
    </message>
    <message>
        <source>Worker cards</source>
        <translation>工作者卡片</translation>
    </message>
    <message>
        <source>Worker kind</source>
        <translation>工作者类型</translation>
    </message>
    <message>
        <source>Workers</source>
        <translation>工作者</translation>
    </message>
    <message>
        <source>Workers head</source>
        <translation>工作者标题</translation>
    </message>
    <message>
        <source>Zones</source>
        <translation>视图区</translation>
    </message>
    <message>
        <source>Horizontal scroll bar</source>
        <translation>水平滚动条</translation>
    </message>
    <message>
        <source>Menu bar</source>
        <translation>菜单栏</translation>
    </message>
    <message>
        <source>Status bar</source>
        <translation>状态栏</translation>
    </message>
    <message>
        <source>Vertical scroll bar</source>
        <translation>垂直滚动条</translation>
    </message>
    <message>
        <source>Close now</source>
        <translation>立即关闭</translation>
    </message>
    <message>
        <source>End</source>
        <translation>末尾</translation>
    </message>
    <message>
        <source>Save the recording</source>
        <translation>保存记录</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Hide this line</source>
        <translation>隐藏这一行</translation>
    </message>
</context>
<context>
    <name>PageMaker</name>
    <message>
        <source>waited %1</source>
        <translation>等待 %1</translation>
    </message>
    <message>
        <source>computing %1</source>
        <translation>计算 %1</translation>
    </message>
    <message>
        <source>blocked %1</source>
        <translation>阻塞 %1</translation>
    </message>
    <message>
        <source>waited %1, not started</source>
        <translation>等待 %1，尚未开始</translation>
    </message>
    <message>
        <source>Blocked</source>
        <translation>阻塞</translation>
    </message>
    <message>
        <source>in %1</source>
        <translation>在 %1</translation>
    </message>
    <message>
        <source>Task #%1</source>
        <translation>任务 #%1</translation>
    </message>
    <message>
        <source>Submitted</source>
        <translation>提交</translation>
    </message>
    <message>
        <source>by %1</source>
        <translation>由 %1</translation>
    </message>
    <message>
        <source>Dispatched</source>
        <translation>派发</translation>
    </message>
    <message>
        <source>Requeued</source>
        <translation>重新排队</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>结束</translation>
    </message>
    <message>
        <source>Result read</source>
        <translation>读取结果</translation>
    </message>
    <message>
        <source>never, nobody called result()</source>
        <translation>从未，没有人调用 result()</translation>
    </message>
    <message>
        <source>Waited</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>Computing</source>
        <translation>计算</translation>
    </message>
    <message>
        <source>Worker</source>
        <translation>工作者</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Queue position</source>
        <translation>队列位置</translation>
    </message>
    <message>
        <source>%1 when submitted</source>
        <translation>提交时为 %1</translation>
    </message>
    <message>
        <source>Priority</source>
        <translation>优先级</translation>
    </message>
    <message>
        <source>Submitted in</source>
        <translation>提交于</translation>
    </message>
    <message>
        <source>task #%1</source>
        <translation>任务 #%1</translation>
    </message>
    <message>
        <source>Slot %1</source>
        <translation>槽位 %1</translation>
    </message>
    <message>
        <source>This slot is gone: the pool has become smaller, or has ended.</source>
        <translation>这个槽位已不存在：池变小了，或已结束。</translation>
    </message>
    <message>
        <source>Nobody is here yet: a worker starts with the next task that finds no idle one.</source>
        <translation>这里还没有工作者：下一个找不到空闲工作者的任务会启动它。</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>In this state</source>
        <translation>处于此状态</translation>
    </message>
    <message>
        <source>In this task</source>
        <translation>在此任务中</translation>
    </message>
    <message>
        <source>Tasks done</source>
        <translation>已完成任务</translation>
    </message>
    <message>
        <source>Processor time</source>
        <translation>处理器时间</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>%1 KiB resident</source>
        <translation>常驻 %1 KiB</translation>
    </message>
    <message>
        <source>Kernel&apos;s name</source>
        <translation>内核中的名称</translation>
    </message>
    <message>
        <source>Generation</source>
        <translation>代</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Retiring since</source>
        <translation>开始退出于</translation>
    </message>
    <message>
        <source>disconnected</source>
        <translation>已断开</translation>
    </message>
    <message>
        <source>Peer</source>
        <translation>对端</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation>%1 字节</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Served</source>
        <translation>被服务</translation>
    </message>
    <message>
        <source>Disconnected</source>
        <translation>已断开</translation>
    </message>
    <message>
        <source>in submit</source>
        <translation>在 submit 中</translation>
    </message>
    <message>
        <source>in result</source>
        <translation>在 result 中</translation>
    </message>
    <message>
        <source>in wait</source>
        <translation>在 wait 中</translation>
    </message>
    <message>
        <source>in map</source>
        <translation>在 map 中</translation>
    </message>
    <message>
        <source>in shutdown(wait)</source>
        <translation>在 shutdown(wait) 中</translation>
    </message>
    <message>
        <source>Thread %1</source>
        <translation>线程 %1</translation>
    </message>
    <message>
        <source>Calls the executors</source>
        <translation>调用执行器的线程</translation>
    </message>
    <message>
        <source>going on</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>For</source>
        <translation>已有</translation>
    </message>
    <message>
        <source>Pool</source>
        <translation>池</translation>
    </message>
    <message>
        <source>Waits for</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>Waited so far</source>
        <translation>至今等待</translation>
    </message>
    <message>
        <source>once</source>
        <translation>一次</translation>
    </message>
    <message>
        <source>%1 times</source>
        <translation>%1 次</translation>
    </message>
    <message>
        <source>Blocked in all</source>
        <translation>总共阻塞</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Worker kind</source>
        <translation>工作者类型</translation>
    </message>
    <message>
        <source>threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>processes</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>Occupied</source>
        <translation>被占用</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>尚无</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>排队</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Opened</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Shut down</source>
        <translation>关闭池</translation>
    </message>
    <message>
        <source>Closed</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Nothing selected</source>
        <translation>未选择任何项</translation>
    </message>
    <message>
        <source>Click a worker, a task or a client to see its times.</source>
        <translation>点击一个工作者、任务或客户端，查看它的时间。</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息数</translation>
    </message>
    <message>
        <source>Why it left</source>
        <translation>离开原因</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>Why it waits</source>
        <translation>为什么等待</translation>
    </message>
    <message>
        <source>Nobody is here: workers in other slots fill the pool&apos;s size.</source>
        <translation>这里没有工作者：其他槽位的工作者已占满池的大小。</translation>
    </message>
    <message>
        <source>%1 of the last second</source>
        <translation>最近一秒的 %1</translation>
    </message>
    <message>
        <source>%1 workers</source>
        <translation>%1 个工作者</translation>
    </message>
    <message>
        <source>1 worker</source>
        <translation>1 个工作者</translation>
    </message>
    <message>
        <source>Ran</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Waits for a processor</source>
        <translation>等待处理器</translation>
    </message>
    <message>
        <source>running %1</source>
        <translation>运行 %1</translation>
    </message>
    <message>
        <source>without a processor %1</source>
        <translation>没有处理器 %1</translation>
    </message>
    <message>
        <source>This worker is gone; another one has its slot, or will have it.</source>
        <translation>这个工作者已经离开；它的槽位由另一个占用，或将由另一个占用。</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>结束</translation>
    </message>
</context>
<context>
    <name>PoolRow</name>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Pool size</source>
        <translation>池大小</translation>
    </message>
    <message>
        <source>Worker kind</source>
        <translation>工作者类型</translation>
    </message>
    <message>
        <source>Shutdown mode</source>
        <translation>关闭方式</translation>
    </message>
    <message>
        <source>threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>processes</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>wait</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>don&apos;t wait</source>
        <translation>不等待</translation>
    </message>
    <message>
        <source>wait, cancel queued</source>
        <translation>等待，取消排队的</translation>
    </message>
    <message>
        <source>don&apos;t wait, cancel queued</source>
        <translation>不等待，取消排队的</translation>
    </message>
    <message>
        <source>Run scenario</source>
        <translation>运行场景</translation>
    </message>
    <message>
        <source>Shut down</source>
        <translation>关闭池</translation>
    </message>
    <message>
        <source>Start the chosen scenario in a pool of its own (Ctrl+R)</source>
        <translation>在一个自己的池中启动所选场景（Ctrl+R）</translation>
    </message>
    <message>
        <source>Stop the view, never the pool</source>
        <translation>只停住画面，不停池</translation>
    </message>
    <message>
        <source>Divide every sleep of the scenario</source>
        <translation>把场景中的每次睡眠时间除以它</translation>
    </message>
    <message>
        <source>How the program, and the button beside it, shuts the pool down</source>
        <translation>程序以及旁边的按钮怎样关闭池</translation>
    </message>
    <message>
        <source>Freeze</source>
        <translation>冻结</translation>
    </message>
    <message>
        <source>A thread for each connection: there is no pool, so it has no size. Threads grow with the clients.</source>
        <translation>每个连接一个线程：没有池，所以没有大小。线程随客户端增多。</translation>
    </message>
    <message>
        <source>How many workers the current pool may have; acts at once (Ctrl+Up, Ctrl+Down)</source>
        <translation>当前池最多可有多少工作者；立即生效（Ctrl+↑、Ctrl+↓）</translation>
    </message>
    <message>
        <source>What a worker of the next run is: a thread, or a process with a PID of its own</source>
        <translation>下一次运行的工作者是什么：线程，或有自己 PID 的进程</translation>
    </message>
    <message>
        <source>Shut %1 down in the chosen mode</source>
        <translation>以选定的方式关闭 %1</translation>
    </message>
    <message>
        <source>%1 has shut down</source>
        <translation>%1 已关闭</translation>
    </message>
    <message>
        <source>There is no pool</source>
        <translation>没有池</translation>
    </message>
</context>
<context>
    <name>ProcessorWords</name>
    <message>
        <source>computing %1</source>
        <translation>计算 %1</translation>
    </message>
    <message>
        <source>waits for a processor</source>
        <translation>等待处理器</translation>
    </message>
</context>
<context>
    <name>QueueModel</name>
    <message>
        <source>position</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>kind</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>position %1: %2</source>
        <translation>第 %1 位：%2</translation>
    </message>
</context>
<context>
    <name>Saves</name>
    <message>
        <source>%1 was not written: it took too long</source>
        <translation>%1 没有写入：耗时太长</translation>
    </message>
</context>
<context>
    <name>Scenarios</name>
    <message>
        <source>Ten tasks share four worker threads; the main thread waits in shutdown(wait).</source>
        <translation>十个任务共用四个工作线程；主线程在 shutdown(wait) 中等待。</translation>
    </message>
    <message>
        <source>Ten tasks share four worker processes; the main process waits in shutdown(wait).</source>
        <translation>十个任务共用四个工作进程；主进程在 shutdown(wait) 中等待。</translation>
    </message>
    <message>
        <source>map() gives ten elements to two worker threads; the main thread does not wait.</source>
        <translation>map() 把十个元素交给两个工作线程；主线程不等待。</translation>
    </message>
    <message>
        <source>The mistake: a pool built inside the loop opens ten pools, so nothing bounds the threads.</source>
        <translation>常见的错误：在循环里建池会打开十个池，线程数便没有上限。</translation>
    </message>
    <message>
        <source>The tutorial&apos;s server: a new thread for each of six clients, so nobody waits and nothing bounds it.</source>
        <translation>教程的服务端：六个客户端各有一个新线程，谁也不等待，线程数也没有上限。</translation>
    </message>
    <message>
        <source>The same server on four worker threads: six clients come, two wait until a worker is free.</source>
        <translation>同一个服务端用四个工作线程：来了六个客户端，其中两个等到有线程空闲。</translation>
    </message>
    <message>
        <source>The same server on four worker processes: each client&apos;s socket is passed to one of them.</source>
        <translation>同一个服务端用四个工作进程：每个客户端的套接字交给其中一个进程。</translation>
    </message>
    <message>
        <source>The same clients, but idle ones hold no worker: each message is a short task, so nobody waits.</source>
        <translation>同样的客户端，但空闲者不占用工作线程：每条消息是一个短任务，谁也不等待。</translation>
    </message>
</context>
<context>
    <name>ServerControl</name>
    <message>
        <source>Port %1 is not available, so another one was taken.</source>
        <translation>端口 %1 不可用，因此改用了另一个。</translation>
    </message>
</context>
<context>
    <name>ServerRow</name>
    <message>
        <source>Server mode</source>
        <translation>服务方式</translation>
    </message>
    <message>
        <source>A new thread for each client, as many as come</source>
        <translation>每个客户端一个新线程，来多少开多少</translation>
    </message>
    <message>
        <source>A client holds one thread of the pool as long as it stays</source>
        <translation>客户端在连接期间占用池中的一个线程</translation>
    </message>
    <message>
        <source>A client holds one worker process as long as it stays</source>
        <translation>客户端在连接期间占用一个工作进程</translation>
    </message>
    <message>
        <source>One thread waits for all clients; who sends something is one short task</source>
        <translation>一个线程等候所有客户端；谁发来内容，就是一个短任务</translation>
    </message>
    <message>
        <source>How the server serves its clients; a change drains it and starts it anew</source>
        <translation>服务器怎样服务客户端；更改时先排空再重新启动</translation>
    </message>
    <message>
        <source>Listen on 127.0.0.1 and serve with a pool of its own</source>
        <translation>在 127.0.0.1 上监听，用自己的池提供服务</translation>
    </message>
    <message>
        <source>Accept nobody any more, answer what was sent, close the connections</source>
        <translation>不再接受连接，回答已发来的内容，然后关闭各连接</translation>
    </message>
    <message>
        <source>Open a chat window on the server (Ctrl+N); Ctrl+Shift+N opens five</source>
        <translation>打开一个连到服务器的聊天窗口（Ctrl+N）；Ctrl+Shift+N 打开五个</translation>
    </message>
    <message>
        <source>Start server</source>
        <translation>启动服务器</translation>
    </message>
    <message>
        <source>Stop server</source>
        <translation>停止服务器</translation>
    </message>
    <message>
        <source>New chat client</source>
        <translation>新建聊天客户端</translation>
    </message>
    <message>
        <source>no clients</source>
        <translation>没有客户端</translation>
    </message>
    <message>
        <source>1 client</source>
        <translation>1 个客户端</translation>
    </message>
    <message>
        <source>%1 clients</source>
        <translation>%1 个客户端</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>启动中</translation>
    </message>
    <message>
        <source>listening, %1</source>
        <translation>正在监听，%1</translation>
    </message>
    <message>
        <source>stopping, %1</source>
        <translation>正在停止，%1</translation>
    </message>
    <message>
        <source>not listening: %1</source>
        <translation>未监听：%1</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Current pool: %1</source>
        <translation>当前池：%1</translation>
    </message>
    <message>
        <source>Close idle clients</source>
        <translation>关闭空闲的客户端</translation>
    </message>
    <message>
        <source>no server at this moment of the recording</source>
        <translation>记录的这一时刻没有服务器</translation>
    </message>
    <message>
        <source>was listening, %1</source>
        <translation>当时在监听，%1</translation>
    </message>
    <message>
        <source>had stopped, %1</source>
        <translation>当时已停止，%1</translation>
    </message>
    <message>
        <source>The server is stopping</source>
        <translation>服务器正在停止</translation>
    </message>
    <message>
        <source>The server runs already</source>
        <translation>服务器已在运行</translation>
    </message>
    <message>
        <source>No server is running</source>
        <translation>没有服务器在运行</translation>
    </message>
    <message>
        <source>Close the clients that hold a worker and have nothing unanswered: those of retiring workers, so that the pool is smaller now, else all, so that who waits in the queue is served</source>
        <translation>关闭占用工作者且没有未答复内容的客户端：先关闭即将退出的工作者的客户端，使池立即变小；否则关闭全部，使队列中等待者得到服务</translation>
    </message>
    <message>
        <source>Nobody waits for a worker that a client holds</source>
        <translation>没有谁在等待被客户端占用的工作者</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>running %1 · blocked %2 · queued %3 · done %4 · failed %5 · cancelled %6 · %7 · occupied %8 (computing %9)</source>
        <translation>运行 %1 · 阻塞 %2 · 排队 %3 · 完成 %4 · 失败 %5 · 取消 %6 · %7 · 占用 %8（计算 %9）</translation>
    </message>
    <message>
        <source>dropped %1</source>
        <translation>丢失 %1</translation>
    </message>
    <message>
        <source>frame %1 ms</source>
        <translation>每帧 %1 ms</translation>
    </message>
    <message>
        <source>occupied: slots that have a task
computing: processor time of the same slots in the last second, as a share of that second</source>
        <translation>占用：有任务的槽位
计算：同样这些槽位在最近一秒内的处理器时间，占这一秒的比例</translation>
    </message>
</context>
<context>
    <name>Tabs</name>
    <message>
        <source>Workers</source>
        <translation>工作者</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
</context>
<context>
    <name>TasksModel</name>
    <message>
        <source>id</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>state</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>worker</source>
        <translation>工作者</translation>
    </message>
    <message>
        <source>waited</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>ran</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>outcome</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>ok</source>
        <translation>成功</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
</context>
<context>
    <name>TimelineText</name>
    <message>
        <source>waited %1</source>
        <translation>等待 %1</translation>
    </message>
    <message>
        <source>ran %1: computing %2, blocked %3</source>
        <translation>运行 %1：计算 %2，阻塞 %3</translation>
    </message>
    <message>
        <source>served %1</source>
        <translation>被服务 %1</translation>
    </message>
    <message>
        <source>%1: %2 submitted, %3 started, %4 done, %5 failed</source>
        <translation>%1：提交 %2，开始 %3，完成 %4，失败 %5</translation>
    </message>
    <message>
        <source>occupied %1, computing %2, at most %3 queued</source>
        <translation>占用 %1，计算 %2，最多排队 %3</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>已关闭</translation>
    </message>
    <message>
        <source>shutting down</source>
        <translation>正在关闭</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>%1 connected</source>
        <translation>%1 个已连接</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>%1 个已离开</translation>
    </message>
    <message>
        <source>Callers</source>
        <translation>调用者</translation>
    </message>
    <message>
        <source>%1 (folded)</source>
        <translation>%1（已折叠）</translation>
    </message>
    <message>
        <source>slot %1</source>
        <translation>槽位 %1</translation>
    </message>
    <message>
        <source>goes on</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Worker %1</source>
        <translation>工作者 %1</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>已结束</translation>
    </message>
    <message>
        <source>task #%1</source>
        <translation>任务 #%1</translation>
    </message>
    <message>
        <source>Client %1</source>
        <translation>客户端 %1</translation>
    </message>
    <message>
        <source>gone</source>
        <translation>已离开</translation>
    </message>
    <message>
        <source>thread %1</source>
        <translation>线程 %1</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>阻塞</translation>
    </message>
    <message>
        <source>recv</source>
        <translation>recv</translation>
    </message>
    <message>
        <source>send</source>
        <translation>send</translation>
    </message>
    <message>
        <source>sleep</source>
        <translation>睡眠</translation>
    </message>
    <message>
        <source>result</source>
        <translation>result</translation>
    </message>
    <message>
        <source>lock</source>
        <translation>锁</translation>
    </message>
    <message>
        <source>blocked in submit</source>
        <translation>阻塞在 submit</translation>
    </message>
    <message>
        <source>blocked in result</source>
        <translation>阻塞在 result</translation>
    </message>
    <message>
        <source>blocked in wait</source>
        <translation>阻塞在 wait</translation>
    </message>
    <message>
        <source>blocked in map</source>
        <translation>阻塞在 map</translation>
    </message>
    <message>
        <source>blocked in shutdown(wait)</source>
        <translation>阻塞在 shutdown(wait)</translation>
    </message>
    <message>
        <source>retires after #%1</source>
        <translation>#%1 之后退出</translation>
    </message>
    <message>
        <source>submits #%1</source>
        <translation>提交 #%1</translation>
    </message>
    <message>
        <source>submits #%1–#%2</source>
        <translation>提交 #%1–#%2</translation>
    </message>
    <message>
        <source>%1, then waits</source>
        <translation>%1，然后等待</translation>
    </message>
    <message>
        <source>%1, then goes on at once</source>
        <translation>%1，然后立即继续</translation>
    </message>
    <message>
        <source>pool %1</source>
        <translation>池 %1</translation>
    </message>
    <message>
        <source>holds no worker</source>
        <translation>不占用工作者</translation>
    </message>
    <message>
        <source>waits</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>served</source>
        <translation>服务中</translation>
    </message>
    <message>
        <source>no bound: a thread for each connection</source>
        <translation>无上限：每个连接一个线程</translation>
    </message>
    <message>
        <source>at most %1</source>
        <translation>最多 %1</translation>
    </message>
    <message>
        <source>peak %1</source>
        <translation>峰值 %1</translation>
    </message>
    <message>
        <source>queue depth %1</source>
        <translation>队列深度 %1</translation>
    </message>
    <message>
        <source>pool size %1</source>
        <translation>池大小 %1</translation>
    </message>
    <message>
        <source>peak %1, for less than %2</source>
        <translation>峰值 %1，不到 %2</translation>
    </message>
    <message>
        <source>not open yet</source>
        <translation>还没有打开</translation>
    </message>
</context>
<context>
    <name>TimelineView</name>
    <message>
        <source>Pool size</source>
        <translation>池大小</translation>
    </message>
    <message>
        <source>Queue depth</source>
        <translation>队列深度</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%2 中的 %1</translation>
    </message>
    <message>
        <source>at %1</source>
        <translation>在 %1</translation>
    </message>
    <message>
        <source>catching up</source>
        <translation>正在赶上</translation>
    </message>
    <message>
        <source>following live</source>
        <translation>跟随实时</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>Return to the live edge and follow it (L)</source>
        <translation>回到实时边缘并跟随（L）</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>%1 cancelled</source>
        <translation>取消 %1</translation>
    </message>
    <message>
        <source>%1 lost</source>
        <translation>%1 个丢失</translation>
    </message>
    <message>
        <source>the whole recording</source>
        <translation>整个记录</translation>
    </message>
    <message>
        <source>End</source>
        <translation>末尾</translation>
    </message>
    <message>
        <source>Show the end of the recording (L)</source>
        <translation>显示记录的末尾（L）</translation>
    </message>
</context>
<context>
    <name>TraceWords</name>
    <message>
        <source>1 event kept</source>
        <translation>保留了 1 个事件</translation>
    </message>
    <message>
        <source>%1 events kept</source>
        <translation>保留了 %1 个事件</translation>
    </message>
    <message>
        <source>what follows is no JSON</source>
        <translation>后面的内容不是 JSON</translation>
    </message>
    <message>
        <source>the file ends in the middle of an event</source>
        <translation>文件在一个事件中间结束</translation>
    </message>
    <message>
        <source>the nesting is deeper than 64</source>
        <translation>嵌套超过 64 层</translation>
    </message>
    <message>
        <source>a text is longer than 1 MiB</source>
        <translation>有一段文本超过 1 MiB</translation>
    </message>
    <message>
        <source>an event has no number</source>
        <translation>有一个事件没有编号</translation>
    </message>
    <message>
        <source>event %1 is missing</source>
        <translation>缺少事件 %1</translation>
    </message>
    <message>
        <source>the time of event %1 is none, or before that of the event before it</source>
        <translation>事件 %1 的时间无效，或早于它前面的事件</translation>
    </message>
    <message>
        <source>a field of event %1 is none, or out of its range</source>
        <translation>事件 %1 的某个字段无效，或超出范围</translation>
    </message>
    <message>
        <source>the pools have too many slots</source>
        <translation>池的槽位太多</translation>
    </message>
    <message>
        <source>there is no such file or folder</source>
        <translation>没有这个文件或文件夹</translation>
    </message>
    <message>
        <source>permission denied</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>it is a folder</source>
        <translation>它是一个文件夹</translation>
    </message>
    <message>
        <source>a part of its path is no folder</source>
        <translation>路径中有一部分不是文件夹</translation>
    </message>
    <message>
        <source>the medium reports an error</source>
        <translation>存储介质报告了错误</translation>
    </message>
    <message>
        <source>there is no space left</source>
        <translation>没有剩余空间</translation>
    </message>
    <message>
        <source>the medium can only be read</source>
        <translation>存储介质是只读的</translation>
    </message>
    <message>
        <source>the file would be too large</source>
        <translation>文件会太大</translation>
    </message>
    <message>
        <source>too many files are open</source>
        <translation>打开的文件太多</translation>
    </message>
    <message>
        <source>its name is too long</source>
        <translation>名称太长</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation>无法读取 %1：%2</translation>
    </message>
    <message>
        <source>%1; %2</source>
        <translation>%1；%2</translation>
    </message>
    <message>
        <source>reading was stopped; %1</source>
        <translation>读取已停止；%1</translation>
    </message>
    <message>
        <source>the file is empty</source>
        <translation>文件是空的</translation>
    </message>
    <message>
        <source>this is no recording of Poolscope: it has none of its own lines, and only from those it can be opened</source>
        <translation>这不是 Poolscope 的记录：其中没有它自己的行，而只有凭这些行才能打开</translation>
    </message>
    <message>
        <source>it was written by a newer version of Poolscope</source>
        <translation>它由更新版本的 Poolscope 写入</translation>
    </message>
    <message>
        <source>showing the first %1 events: the rest does not fit in memory</source>
        <translation>只显示前 %1 个事件：其余的内存放不下</translation>
    </message>
    <message>
        <source>1 event of a kind that this version does not know was left out</source>
        <translation>略去了 1 个本版本不认识的事件</translation>
    </message>
    <message>
        <source>%1 events of kinds that this version does not know were left out</source>
        <translation>略去了 %1 个本版本不认识的事件</translation>
    </message>
    <message>
        <source>stopped at byte %1: %2, %3</source>
        <translation>读到第 %1 字节停止：%2，%3</translation>
    </message>
</context>
<context>
    <name>Transcript</name>
    <message>
        <source>… (%1 characters)</source>
        <translation>…（%1 个字符）</translation>
    </message>
</context>
<context>
    <name>WhyWaits</name>
    <message>
        <source>Step holds the pool</source>
        <translation>单步暂停了这个池</translation>
    </message>
    <message>
        <source>a worker is about to take it</source>
        <translation>即将有工作者接手</translation>
    </message>
    <message>
        <source>its thread is starting</source>
        <translation>它的线程正在启动</translation>
    </message>
    <message>
        <source>its worker is starting</source>
        <translation>它的工作者正在启动</translation>
    </message>
    <message>
        <source>its thread is about to start</source>
        <translation>它的线程即将启动</translation>
    </message>
    <message>
        <source>no free worker, a further one is about to start</source>
        <translation>没有空闲的工作者，即将再启动一个</translation>
    </message>
    <message>
        <source>its thread could not be started</source>
        <translation>它的线程无法启动</translation>
    </message>
    <message>
        <source>no free worker: a further one could not be started</source>
        <translation>没有空闲的工作者：无法再启动一个</translation>
    </message>
    <message>
        <source>no free worker, and nobody stays who could take it</source>
        <translation>没有空闲的工作者，也没有会留下来接手的</translation>
    </message>
    <message>
        <source>no free worker</source>
        <translation>没有空闲的工作者</translation>
    </message>
    <message>
        <source>no free worker, a client holds it</source>
        <translation>没有空闲的工作者，被一个客户端占用</translation>
    </message>
    <message>
        <source>no free worker, %1 clients hold them</source>
        <translation>没有空闲的工作者，被 %1 个客户端占用</translation>
    </message>
    <message>
        <source>no free worker: 1 of %1 stays</source>
        <translation>没有空闲的工作者：%1 个只留 1 个</translation>
    </message>
    <message>
        <source>no free worker: %2 of %1 stay</source>
        <translation>没有空闲的工作者：%1 个只留 %2 个</translation>
    </message>
    <message>
        <source>%1, a client holds it</source>
        <translation>%1，被占用</translation>
    </message>
    <message>
        <source>%1, clients hold them</source>
        <translation>%1，都被占用</translation>
    </message>
    <message>
        <source>Handed to %1, which has not started it.</source>
        <translation>已交给 %1，它还没有开始。</translation>
    </message>
    <message>
        <source>Handed to %1, which runs #%2 first.</source>
        <translation>已交给 %1，它先运行 #%2。</translation>
    </message>
    <message>
        <source>In the queue, position %1:</source>
        <translation>在队列中，第 %1 位：</translation>
    </message>
    <message>
        <source>In the queue:</source>
        <translation>在队列中：</translation>
    </message>
    <message>
        <source>its thread could not be started (%1).</source>
        <translation>它的线程无法启动（%1）。</translation>
    </message>
    <message>
        <source>no free worker, and a further one could not be started (%1).</source>
        <translation>没有空闲的工作者，也无法再启动一个（%1）。</translation>
    </message>
    <message>
        <source>no free worker.</source>
        <translation>没有空闲的工作者。</translation>
    </message>
    <message>
        <source>%1.</source>
        <translation>%1。</translation>
    </message>
    <message>
        <source>Tasks of a higher priority are before it.</source>
        <translation>优先级更高的任务排在它前面。</translation>
    </message>
    <message>
        <source>one of %1 clients</source>
        <translation>%1 个客户端中的一个</translation>
    </message>
    <message>
        <source>%1 or %2</source>
        <translation>%1 或 %2</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>The head waits for %1 to leave.</source>
        <translation>队首等待 %1 离开。</translation>
    </message>
    <message>
        <source>#%1 waits for %2 to leave.</source>
        <translation>#%1 等待 %2 离开。</translation>
    </message>
    <message>
        <source>%1 of %2 workers retire: nobody takes their place.</source>
        <translation>%2 个工作者中有 %1 个要退出：没有人接替它们。</translation>
    </message>
    <message>
        <source>Another retires: nobody takes its place.</source>
        <translation>另有 1 个要退出：没有人接替它。</translation>
    </message>
    <message>
        <source>%1 others retire: nobody takes their place.</source>
        <translation>另有 %1 个要退出：没有人接替它们。</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1%2</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>retiring</source>
        <translation>退出中</translation>
    </message>
    <message>
        <source>vacant</source>
        <translation>空位</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>启动中</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>阻塞</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>dispatched</source>
        <translation>已派发</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>waiting in recv</source>
        <translation>在 recv 中等待</translation>
    </message>
    <message>
        <source>waiting in send</source>
        <translation>在 send 中等待</translation>
    </message>
    <message>
        <source>sleeping</source>
        <translation>睡眠</translation>
    </message>
    <message>
        <source>waiting for a result</source>
        <translation>等待结果</translation>
    </message>
    <message>
        <source>waiting for a lock</source>
        <translation>等待锁</translation>
    </message>
    <message>
        <source>connected, not served yet, %1</source>
        <translation>已连接，尚未被服务，%1</translation>
    </message>
    <message>
        <source>blocked in recv, %1</source>
        <translation>阻塞在 recv，%1</translation>
    </message>
    <message>
        <source>blocked in send, %1</source>
        <translation>阻塞在 send，%1</translation>
    </message>
    <message>
        <source>idle: holds no worker, %1</source>
        <translation>空闲：不占用工作者，%1</translation>
    </message>
    <message>
        <source>call</source>
        <translation>调用</translation>
    </message>
    <message>
        <source>map element</source>
        <translation>map 元素</translation>
    </message>
    <message>
        <source>connection</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>readable</source>
        <translation>可读</translation>
    </message>
    <message>
        <source>it had ended its sending</source>
        <translation>它已结束发送</translation>
    </message>
    <message>
        <source>it was reset by the client</source>
        <translation>连接被客户端重置</translation>
    </message>
    <message>
        <source>the server was stopped</source>
        <translation>服务器已停止</translation>
    </message>
    <message>
        <source>it did not read its answers</source>
        <translation>它不读取回答</translation>
    </message>
    <message>
        <source>it was idle</source>
        <translation>它处于空闲</translation>
    </message>
    <message>
        <source>its host has vanished</source>
        <translation>它的主机已消失</translation>
    </message>
    <message>
        <source>the system reported an error</source>
        <translation>系统报告了错误</translation>
    </message>
    <message>
        <source>its worker process died</source>
        <translation>它的工作进程已死亡</translation>
    </message>
    <message>
        <source>it was cancelled in the queue</source>
        <translation>它在队列中被取消</translation>
    </message>
    <message>
        <source>retires after %1 leaves</source>
        <translation>%1 离开后退出</translation>
    </message>
    <message>
        <source>In the queue, position %1:</source>
        <translation>在队列中，第 %1 位：</translation>
    </message>
    <message>
        <source>In the queue:</source>
        <translation>在队列中：</translation>
    </message>
    <message>
        <source>handed to a worker that has not started it</source>
        <translation>已交给一个工作者，它还没有开始</translation>
    </message>
    <message>
        <source>%1 %2, %3</source>
        <translation>%1%2，%3</translation>
    </message>
    <message>
        <source>1 thread, no bound</source>
        <translation>1 个线程，没有上限</translation>
    </message>
    <message>
        <source>%1 threads, no bound</source>
        <translation>%1 个线程，没有上限</translation>
    </message>
    <message>
        <source>no worker</source>
        <translation>没有工作者</translation>
    </message>
    <message>
        <source>1 worker</source>
        <translation>1 个工作者</translation>
    </message>
    <message>
        <source>%1 workers</source>
        <translation>%1 个工作者</translation>
    </message>
    <message>
        <source>1 worker, retiring</source>
        <translation>1 个工作者，退出中</translation>
    </message>
    <message>
        <source>%1, %2 of them retiring</source>
        <translation>%1，其中 %2 个退出中</translation>
    </message>
    <message>
        <source>size %1</source>
        <translation>大小 %1</translation>
    </message>
    <message>
        <source>%1 starting</source>
        <translation>%1 个启动中</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 个失败</translation>
    </message>
    <message>
        <source>running, %1</source>
        <translation>运行中，%1</translation>
    </message>
</context>
<context>
    <name>WorkersModel</name>
    <message>
        <source>slot</source>
        <translation>槽位</translation>
    </message>
    <message>
        <source>name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>PID</source>
        <translation>PID</translation>
    </message>
    <message>
        <source>TID</source>
        <translation>TID</translation>
    </message>
    <message>
        <source>state</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>elapsed</source>
        <translation>已用时间</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>The kernel shows it as %1.</source>
        <translation>内核显示为 %1。</translation>
    </message>
</context>
<context>
    <name>ZoneHead</name>
    <message>
        <source>queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>阻塞</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
</context>
<context>
    <name>ZoneText</name>
    <message>
        <source>A task that finds no free worker waits here.</source>
        <translation>找不到空闲工作者的任务在这里等待。</translation>
    </message>
    <message>
        <source>head</source>
        <translation>队首</translation>
    </message>
    <message>
        <source>Cancel task #%1</source>
        <translation>取消任务 #%1</translation>
    </message>
    <message>
        <source>Move to front</source>
        <translation>移到队首</translation>
    </message>
    <message>
        <source>Position %1, task %2, waiting for %3</source>
        <translation>第 %1 位，任务 %2，已等待 %3</translation>
    </message>
    <message>
        <source>starts with the next task</source>
        <translation>随下一个任务启动</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>启动中</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>retiring</source>
        <translation>退出中</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>retiring after #%1</source>
        <translation>#%1 之后退出</translation>
    </message>
    <message>
        <source>vacant</source>
        <translation>空位</translation>
    </message>
    <message>
        <source>%1 closed pools</source>
        <translation>%1 个已关闭的池</translation>
    </message>
    <message>
        <source>current</source>
        <translation>当前</translation>
    </message>
    <message>
        <source>Nobody selected</source>
        <translation>未选择</translation>
    </message>
    <message>
        <source>click a worker&apos;s cell</source>
        <translation>点击一个工作者的格子</translation>
    </message>
    <message>
        <source>%1 more workers</source>
        <translation>另有 %1 个工作者</translation>
    </message>
    <message>
        <source>lock</source>
        <translation>锁</translation>
    </message>
    <message>
        <source>blocked</source>
        <translation>阻塞</translation>
    </message>
    <message>
        <source>Slot %1</source>
        <translation>槽位 %1</translation>
    </message>
    <message>
        <source>Pool %1</source>
        <translation>池 %1</translation>
    </message>
    <message>
        <source>closing: its workers are being ended</source>
        <translation>正在关闭：正在结束它的工作者</translation>
    </message>
    <message>
        <source>closing: the last workers are leaving</source>
        <translation>正在关闭：最后的工作者正在离开</translation>
    </message>
    <message>
        <source>closing: shutdown(wait) waits for 1 task</source>
        <translation>正在关闭：shutdown(wait) 等待 1 个任务</translation>
    </message>
    <message>
        <source>closing: shutdown(wait) waits for %1 tasks</source>
        <translation>正在关闭：shutdown(wait) 等待 %1 个任务</translation>
    </message>
    <message>
        <source>closing: 1 task is left, nobody waits</source>
        <translation>正在关闭：剩 1 个任务，无人等待</translation>
    </message>
    <message>
        <source>closing: %1 tasks are left, nobody waits</source>
        <translation>正在关闭：剩 %1 个任务，无人等待</translation>
    </message>
    <message>
        <source>closed after %1</source>
        <translation>%1 后关闭</translation>
    </message>
    <message>
        <source>%1 done</source>
        <translation>完成 %1</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>失败 %1</translation>
    </message>
    <message>
        <source>%1 cancelled</source>
        <translation>取消 %1</translation>
    </message>
    <message>
        <source>no pool is open</source>
        <translation>没有打开的池</translation>
    </message>
    <message>
        <source>1 thread</source>
        <translation>1 个线程</translation>
    </message>
    <message>
        <source>%1 threads</source>
        <translation>%1 个线程</translation>
    </message>
    <message>
        <source>one a connection, no bound</source>
        <translation>每个连接一个，无上限</translation>
    </message>
    <message>
        <source>%1 of %2 occupied</source>
        <translation>%2 个中占用 %1</translation>
    </message>
    <message>
        <source>%1 computing</source>
        <translation>%1 个计算</translation>
    </message>
    <message>
        <source>%1 blocked</source>
        <translation>%1 个阻塞</translation>
    </message>
    <message>
        <source>%1 idle</source>
        <translation>%1 个空闲</translation>
    </message>
    <message>
        <source>%1 vacant</source>
        <translation>%1 个空位</translation>
    </message>
    <message>
        <source>%1 starting</source>
        <translation>%1 个启动中</translation>
    </message>
    <message>
        <source>%1 retiring</source>
        <translation>%1 个退出中</translation>
    </message>
    <message>
        <source>held by Step</source>
        <translation>被“单步”停住</translation>
    </message>
    <message>
        <source>empty · nothing waits</source>
        <translation>空 · 没有等待</translation>
    </message>
    <message>
        <source>empty · %1 waiting in other pools</source>
        <translation>空 · 其他池中有 %1 个等待</translation>
    </message>
    <message>
        <source>%1 waiting</source>
        <translation>%1 个等待</translation>
    </message>
    <message>
        <source>oldest %1</source>
        <translation>最久 %1</translation>
    </message>
    <message>
        <source>drained in about %1</source>
        <translation>约 %1 后排空</translation>
    </message>
    <message>
        <source>no estimate: no task has ended yet</source>
        <translation>无法估计：还没有任务结束</translation>
    </message>
    <message>
        <source>no estimate: every worker is held by a client</source>
        <translation>无法估计：每个工作者都被客户端占用</translation>
    </message>
    <message>
        <source>Worker %1</source>
        <translation>工作者 %1</translation>
    </message>
    <message>
        <source>blocked in %1</source>
        <translation>阻塞在 %1</translation>
    </message>
    <message>
        <source>task %1</source>
        <translation>任务 %1</translation>
    </message>
    <message>
        <source>task %1 of client %2</source>
        <translation>客户端 %2 的任务 %1</translation>
    </message>
    <message>
        <source>%1 of %2 done</source>
        <translation>%2 个中完成 %1</translation>
    </message>
    <message>
        <source>retires after %1</source>
        <translation>%1 离开后退出</translation>
    </message>
    <message>
        <source>closing: 1 client is still here</source>
        <translation>正在关闭：还有 1 个客户端</translation>
    </message>
    <message>
        <source>closing: %1 clients are still here</source>
        <translation>正在关闭：还有 %1 个客户端</translation>
    </message>
    <message>
        <source>no estimate: how long a task takes is not recorded</source>
        <translation>无法估计：没有记录任务要用多久</translation>
    </message>
    <message>
        <source>no estimate: every worker that stays is held by a client</source>
        <translation>无法估计：留下的工作者都被客户端占用</translation>
    </message>
    <message>
        <source>empty: the pool is full</source>
        <translation>空着：池已满</translation>
    </message>
    <message>
        <source>%1 waiting for a processor</source>
        <translation>%1 个等待处理器</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Cancel %1 tasks</source>
        <translation>取消 %1 个任务</translation>
    </message>
</context>
<context>
    <name>Zones</name>
    <message>
        <source>WORKERS</source>
        <translation>工作者</translation>
    </message>
    <message>
        <source>QUEUE</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>TIMELINE</source>
        <translation>时间线</translation>
    </message>
    <message>
        <source>no events yet</source>
        <translation>尚无事件</translation>
    </message>
    <message>
        <source>no task and no client so far</source>
        <translation>到此没有任务，也没有客户端</translation>
    </message>
</context>
<context>
    <name>poolscope::ui</name>
    <message>
        <source>Reading %1: %2</source>
        <translation>正在读取 %1：%2</translation>
    </message>
    <message>
        <source>%1: %2 events. A recording has no pool to command.</source>
        <translation>%1：%2 个事件。记录中没有可以指挥的池。</translation>
    </message>
    <message>
        <source>%1: %2 events; its program had not come to an end. A recording has no pool to command.</source>
        <translation>%1：%2 个事件；当时程序尚未结束。记录中没有可以指挥的池。</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>无法写入 %1：%2</translation>
    </message>
    <message>
        <source>%1 was not written: saving was stopped</source>
        <translation>%1 未写入：保存已被停止</translation>
    </message>
    <message>
        <source>Reading %1: %2 events so far</source>
        <translation>正在读取 %1：目前有 %2 个事件</translation>
    </message>
    <message>
        <source>%1 cannot be written: it is no file that could be replaced</source>
        <translation>无法写入 %1：它不是可以替换的文件</translation>
    </message>
</context>
</TS>
